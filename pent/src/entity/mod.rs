//! Typed entities: what generated types are made of, usable without GraphQL.

mod page;
mod stored;
mod reads;
mod ranges;
mod writes;
mod any;

use std::future::Future;
use std::sync::Arc;

use kvetch::{Node, NodeId, NodeType};

pub use self::any::{AnyEntity, load_any_required};
pub use self::page::{Cursor, Listing, Page};
pub use self::ranges::{RangeCursor, RangePage, find_in_range, find_prefix};
pub use self::reads::{edge_targets, find_all, find_unique, load_required};
pub use self::stored::{StoredValue, patch, stored, unfit};
pub(crate) use self::writes::refuse_cleared;
pub use self::writes::{create, create_many, delete, update, upsert};
use crate::cx::{CreationDef, Cx};
use crate::error::{Error, Result};

/// A type whose values are nodes of one node type.
pub trait Entity: Sized + Send + Sync + 'static {
    /// Its number in the store.
    const NODE_TYPE: NodeType;
    /// Its name in the schema.
    const NAME: &'static str;
    /// The names under which it stores what is never null.
    const REQUIRED: &'static [&'static str];
    /// Whether it has privacy rules or hooks, so that only a scope that knows them may be asked for it.
    const IS_GUARDED: bool = false;
    /// What is added to one that is created.
    const CREATION: Option<CreationDef> = None;

    /// Reads the typed values of a node of this type.
    ///
    /// # Errors
    /// When a stored value does not fit its type.
    fn from_node(node: Arc<Node>) -> Result<Self>;

    /// The node it was read from.
    fn node(&self) -> &Arc<Node>;

    /// The entity with an id, or `None`.
    ///
    /// # Errors
    /// [`Error::WrongType`] for an id of another type, and as [`Cx::nodes`].
    fn load(cx: &Cx, id: NodeId) -> impl Future<Output = Result<Option<Self>>> + Send {
        async move {
            check_guarded::<Self>(cx)?;
            let mut nodes = cx.nodes(vec![id]).await;
            nodes.pop().expect("one answer per key")?.map(|node| typed(cx, node)).transpose()
        }
    }

    /// The entities with these ids, in the order asked; `None` for those that are absent. [`Entity::load_present`]
    /// leaves those out, [`Entity::load_all`] makes them an error.
    ///
    /// # Errors
    /// As [`Entity::load`], for any of them.
    fn load_many(cx: &Cx, ids: &[NodeId]) -> impl Future<Output = Result<Vec<Option<Self>>>> + Send {
        let ids = ids.to_vec();
        async move {
            check_guarded::<Self>(cx)?;
            let nodes = cx.nodes(ids).await.into_iter();
            nodes.map(|node| node?.map(|node| typed(cx, node)).transpose()).collect()
        }
    }

    /// The entities with these ids, in the order asked, without those that are absent.
    ///
    /// # Errors
    /// As [`Entity::load_many`].
    fn load_present(cx: &Cx, ids: &[NodeId]) -> impl Future<Output = Result<Vec<Self>>> + Send {
        let loaded = Self::load_many(cx, ids);
        async move { Ok(loaded.await?.into_iter().flatten().collect()) }
    }

    /// The entities with these ids, in the order asked, all of them.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the first that is absent, and as [`Entity::load_many`].
    fn load_all(cx: &Cx, ids: &[NodeId]) -> impl Future<Output = Result<Vec<Self>>> + Send {
        let wanted = ids.to_vec();
        let loaded = Self::load_many(cx, ids);
        async move {
            let found = wanted.into_iter().zip(loaded.await?);
            found.map(|(id, found)| found.ok_or(Error::NotFound { id, expected: Self::NAME })).collect()
        }
    }

    /// A page of all entities of this type, in id order.
    ///
    /// # Errors
    /// As [`Cx::browse`].
    fn browse(cx: &Cx, page: Page) -> impl Future<Output = Result<Listing<Self>>> + Send {
        async move {
            check_guarded::<Self>(cx)?;
            let named = page.after.and_then(Cursor::named);
            let read = cx.browse(Self::NODE_TYPE, page.after.map(Cursor::among_ids), page.first);
            let listing = cx.after_seen(Self::NODE_TYPE, named, read).await?;
            let items = listing.nodes.iter().map(|node| Self::from_node(node.clone())).collect::<Result<_>>()?;
            Ok(Listing { items, next: page.followed_by(listing.next_after.map(Cursor::behind_id)) })
        }
    }
}

/// Checks the type of a node that was loaded by id.
fn typed<T: Entity>(cx: &Cx, node: Arc<Node>) -> Result<T> {
    if node.node_type == T::NODE_TYPE {
        return T::from_node(node);
    }
    Err(wrong_type(cx, &node, T::NAME))
}

/// The error of a node that is of another type than the one asked for.
pub(crate) fn wrong_type(cx: &Cx, node: &Node, expected: &'static str) -> Error {
    let found = cx.kvetch().schema().node_type(node.node_type);
    let found = found.map_or_else(|_| format!("node of the unknown type {}", node.node_type), |def| def.name.clone());
    Error::WrongType { id: node.id, expected, found: found.into() }
}

/// Refuses an entity with rules or hooks in a scope that does not know them: such a scope would let everybody see it.
fn check_guarded<T: Entity>(cx: &Cx) -> Result<()> {
    if !T::IS_GUARDED || cx.definition(T::NODE_TYPE).is_some() {
        return Ok(());
    }
    Err(refuse_unguarded(T::NAME))
}

/// The error of a scope that does not know the rules of what it is asked for.
fn refuse_unguarded(name: &str) -> Error {
    Error::internal(format_args!(
        "{name} has privacy rules or hooks, and this scope does not know them: make it by Scope::builder"
    ))
}
