//! Reading entities by what other entities store, and by indexed values.

use std::sync::Arc;

use kvetch::{EdgeRead, EdgeType, IndexId, IndexRead, Node, NodeId, Value};

use super::page::{Cursor, Listing, Page};
use super::{Entity, check_guarded};
use crate::cx::{Cx, UNIQUE_CANDIDATES};
use crate::error::{Error, Result};

/// The entity with an id that a node is known to store.
///
/// # Errors
/// [`Error::NotFound`] when it is absent, and as [`Entity::load`].
pub async fn load_required<T: Entity>(cx: &Cx, id: NodeId) -> Result<T> {
    T::load(cx, id).await?.ok_or(Error::NotFound { id, expected: T::NAME })
}

/// A page of the entities that store the id of `from`, in the order of the edge.
///
/// # Errors
/// When a shard could not be read.
pub async fn edge_targets<T: Entity>(cx: &Cx, edge: EdgeType, from: NodeId, page: Page) -> Result<Listing<T>> {
    check_guarded::<T>(cx)?;
    let read = EdgeRead { after: page.after.map(Cursor::among_edges), ..EdgeRead::new(edge, page.first) };
    let found = cx.edge_pages(read, vec![from]).await.pop().expect("one answer per key")?;
    let nodes = cx.nodes(found.edges.iter().map(|edge| edge.to).collect()).await;
    let holds = |node: &Arc<Node>| cx.kvetch().schema().edge_holds(edge, from, node);
    let last = found.edges.last().filter(|_| found.has_next).map(Cursor::behind);
    Ok(Listing { items: present(nodes, holds)?, next: page.followed_by(last) })
}

/// A page of the entities whose indexed value is `value`, in id order.
///
/// # Errors
/// When a shard could not be read.
pub async fn find_all<T: Entity>(cx: &Cx, index: IndexId, value: Value, page: Page) -> Result<Listing<T>> {
    check_guarded::<T>(cx)?;
    let read = IndexRead { index, first: page.first, after: page.after.map(Cursor::among_ids) };
    let named = page.after.and_then(Cursor::named);
    let found = cx.after_seen(T::NODE_TYPE, named, cx.id_page(read, value.clone())).await?;
    let nodes = cx.nodes(found.ids.clone()).await;
    let items = present(nodes, |node| cx.kvetch().schema().index_holds(index, &value, node))?;
    let last = found.ids.last().filter(|_| found.has_next).map(|id| Cursor::behind_id(*id));
    Ok(Listing { items, next: page.followed_by(last) })
}

/// The entity whose unique value is `value`.
///
/// # Errors
/// When a shard could not be read.
pub async fn find_unique<T: Entity>(cx: &Cx, index: IndexId, value: Value) -> Result<Option<T>> {
    let found = find_all(cx, index, value, Page { first: UNIQUE_CANDIDATES, after: None }).await?;
    Ok(found.into_iter().next())
}

/// The entities of a derived list: absent nodes and those that no longer belong there are left out.
pub(super) fn present<T: Entity>(
    nodes: Vec<Result<Option<Arc<Node>>>>,
    holds: impl Fn(&Arc<Node>) -> bool,
) -> Result<Vec<T>> {
    let nodes = nodes.into_iter().filter_map(Result::transpose);
    nodes.filter(|node| node.as_ref().map_or(true, &holds)).map(|node| T::from_node(node?)).collect()
}
