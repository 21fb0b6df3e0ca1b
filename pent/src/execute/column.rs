//! The results of steps: one column per field, as long as its batch of parents.

use std::ops::Range;

use crate::error::{Error, Result};
use crate::output::OutputColumn;
use crate::rows::NodeSlot;

/// The results of one field for all parents.
pub(crate) enum Column {
    /// Not selected, by `@skip` or `@include`.
    Skipped,
    /// Written straight from the parent: it has no results of its own.
    Parent,
    /// The same failure for every parent.
    Failed(Error),
    /// At most one entity per parent.
    One(Vec<Result<Option<usize>>>, Entities),
    /// A list of entities per parent.
    Many(Vec<Result<Range<usize>>>, Entities),
    /// What a function answered for each parent, and what was selected of the objects in it.
    Answered(Box<dyn OutputColumn>, Below),
    /// One row that every parent shares.
    Shared(Box<Column>),
    /// What was selected of the objects in a field of plain parents.
    Plain(Below),
    /// JSON that is ready to be written; of the root, so of one row.
    Json(Vec<u8>),
}

impl Column {
    /// A column of one row as one that every parent shares.
    pub(super) fn shared(self) -> Self {
        Self::Shared(Box::new(self))
    }
}

/// A batch of entities, with the columns of what was selected of them.
///
/// A row that is absent, or is not shown, keeps its place; nobody looks at its results.
pub(crate) struct Entities {
    pub(crate) nodes: Vec<NodeSlot>,
    pub(crate) fields: Fields,
}

/// The columns of a batch of objects.
pub(crate) enum Fields {
    /// They are all of one type.
    Of(Vec<Column>),
    /// They were parted by their types.
    Among(Parted),
}

/// The columns of objects of several types: each type has a batch of its own, without columns when it is empty.
pub(crate) struct Parted {
    /// By position among the kinds of the selection.
    pub(crate) parts: Vec<Vec<Column>>,
    /// Of each object its kind, and its row among those of that kind.
    pub(crate) places: Vec<Place>,
}

/// Where an object is that was parted from those of other types.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) kind: usize,
    pub(crate) row: usize,
}

/// The objects inside outputs, in the order in which they are written.
pub(crate) struct Below {
    /// Where the objects of each parent begin.
    pub(crate) starts: Vec<usize>,
    pub(crate) objects: Objects,
}

/// What the objects are.
pub(crate) enum Objects {
    /// There are none: the field is a leaf.
    None,
    /// Plain ones of which nothing was run: all that is selected is written from them.
    Whole,
    Entities(Entities),
    /// Plain objects are found again by walking the output; only their columns are kept.
    Plain(Vec<Column>),
    /// Of any type that an interface or union allows.
    Any(Mixed),
}

/// Objects of several types, entities and plain ones.
pub(crate) struct Mixed {
    pub(crate) entities: Entities,
    pub(crate) plain: Parted,
    /// Of each object, in the order in which they are written: which one it is among the entities, or among the plain
    /// ones, or why it is none.
    pub(crate) found: Vec<Result<Member>>,
}

/// One object among others of several types.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Member {
    Entity(usize),
    Plain(usize),
}

impl Objects {
    /// Whether the object at a place is an entity that is not shown.
    pub(crate) fn is_hidden(&self, place: usize) -> bool {
        let (entities, row) = match self {
            Self::Entities(entities) => (entities, place),
            Self::Any(Mixed { entities, found, .. }) => match found[place] {
                Ok(Member::Entity(row)) => (entities, row),
                _ => return false,
            },
            Self::None | Self::Whole | Self::Plain(_) => return false,
        };
        matches!(entities.nodes[row], Ok(None))
    }
}
