//! Parts of lists.

use std::fmt;

use kvetch::{Edge, EdgeAfter, NodeId};

/// Which part of a list to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Page {
    /// At most this many.
    pub first: u32,
    /// Only what follows this place.
    pub after: Option<Cursor>,
}

/// A page of a list, as long as its `first` or shorter: what no longer belongs to the list, or is not for the viewer to
/// see, is left out, and the page is not filled up. So only `next` says whether it was the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing<T, P = Page> {
    /// The items.
    pub items: Vec<T>,
    /// The page that follows; `None` after the last.
    pub next: Option<P>,
}

impl<T, P> std::ops::Deref for Listing<T, P> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<T, P> IntoIterator for Listing<T, P> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl Page {
    /// A page of the same length behind a place, if there is one.
    pub(super) fn followed_by(self, last: Option<Cursor>) -> Option<Self> {
        last.map(|last| Self { after: Some(last), ..self })
    }
}

impl Default for Page {
    /// The first hundred, as in the schema.
    fn default() -> Self {
        Self { first: 100, after: None }
    }
}

/// A place in a list: behind the last that was looked at, whether or not that was shown. It says nothing of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cursor(Place);

/// Where that is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    /// Behind an entity that the caller names.
    Node(NodeId),
    /// Behind an id that was looked at, shown or not.
    Id(NodeId),
    /// Behind an edge, there or not.
    Edge { sort_key: i64, to: NodeId },
}

impl Cursor {
    pub(super) fn behind_id(id: NodeId) -> Self {
        Self(Place::Id(id))
    }

    pub(super) fn behind(edge: &Edge) -> Self {
        Self(Place::Edge { sort_key: edge.sort_key, to: edge.to })
    }

    /// The same among edges.
    pub(crate) fn among_edges(self) -> EdgeAfter {
        match self.0 {
            Place::Node(id) | Place::Id(id) => EdgeAfter::Node(id),
            Place::Edge { sort_key, to } => EdgeAfter::Position { sort_key, to },
        }
    }

    /// The same among nodes in the order of their ids.
    pub(crate) fn among_ids(self) -> NodeId {
        match self.0 {
            Place::Node(id) | Place::Id(id) | Place::Edge { to: id, .. } => id,
        }
    }

    /// The entity that the caller names: who may not see it may not start there.
    pub(crate) fn named(self) -> Option<NodeId> {
        match self.0 {
            Place::Node(id) => Some(id),
            Place::Id(_) | Place::Edge { .. } => None,
        }
    }
}

impl From<NodeId> for Cursor {
    /// Behind an entity.
    fn from(id: NodeId) -> Self {
        Self(Place::Node(id))
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursor").finish_non_exhaustive()
    }
}
