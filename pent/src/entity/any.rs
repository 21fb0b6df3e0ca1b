//! Entities of one of several types.

use std::future::Future;
use std::sync::Arc;

use kvetch::{Node, NodeId, NodeType};

use super::{refuse_unguarded, wrong_type};
use crate::cx::Cx;
use crate::error::{Error, Result};

/// A value that may be an entity of one of several types: generated for each interface and each union that has some.
pub trait AnyEntity: Sized + Send + Sync + 'static {
    /// The name of the interface or the union.
    const NAME: &'static str;
    /// The types among them that have privacy rules or hooks.
    const GUARDED: &'static [NodeType];

    /// Reads the typed values of a node; `None` for one of another type.
    fn of_node(node: Arc<Node>) -> Option<Result<Self>>;

    /// The node that an entity was read from; `None` for what is no entity.
    fn node(&self) -> Option<&Arc<Node>>;

    /// The entity with an id, or `None`.
    ///
    /// # Errors
    /// [`Error::WrongType`] for an id of a type that is not among them, and as [`Cx::nodes`].
    fn load(cx: &Cx, id: NodeId) -> impl Future<Output = Result<Option<Self>>> + Send {
        async move { Ok(Self::load_many(cx, &[id]).await?.pop().flatten()) }
    }

    /// The entities with these ids, in the order asked; `None` for those that are absent.
    ///
    /// # Errors
    /// As [`AnyEntity::load`], for any of them.
    fn load_many(cx: &Cx, ids: &[NodeId]) -> impl Future<Output = Result<Vec<Option<Self>>>> + Send {
        let ids = ids.to_vec();
        async move {
            if Self::GUARDED.iter().any(|node_type| cx.definition(*node_type).is_none()) {
                return Err(refuse_unguarded(Self::NAME));
            }
            let nodes = cx.nodes(ids).await.into_iter();
            nodes.map(|node| node?.map(|node| one_of(cx, &node)).transpose()).collect()
        }
    }
}

/// The entity with an id that a node is known to store.
///
/// # Errors
/// [`Error::NotFound`] when it is absent, and as [`AnyEntity::load`].
pub async fn load_any_required<T: AnyEntity>(cx: &Cx, id: NodeId) -> Result<T> {
    T::load(cx, id).await?.ok_or(Error::NotFound { id, expected: T::NAME })
}

fn one_of<T: AnyEntity>(cx: &Cx, node: &Arc<Node>) -> Result<T> {
    T::of_node(node.clone()).unwrap_or_else(|| Err(wrong_type(cx, node, T::NAME)))
}
