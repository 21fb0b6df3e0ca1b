//! What the loaders of the peers read: batches of nodes and pages of edges, each with one round of the store.

use std::collections::HashMap;
use std::sync::Arc;

use kvetch::{Answer, EdgeAfter, EdgeRead, EdgeType, Kvetch, Node, NodeId, Read, ValueRef};

/// From users to their lists, and from lists to their items.
pub(super) const LISTS: EdgeType = EdgeType(10000);
pub(super) const ITEMS: EdgeType = EdgeType(10001);

/// A page of the edges of one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PageOf {
    pub(super) edge: EdgeType,
    pub(super) from: NodeId,
    pub(super) first: u32,
    pub(super) after: Option<NodeId>,
}

pub(super) async fn nodes(kvetch: &Kvetch, ids: &[NodeId]) -> HashMap<NodeId, Option<Arc<Node>>> {
    let mut round = kvetch.round(vec![Read::Nodes { ids: ids.to_vec() }]).await;
    let Some(Answer::Nodes(nodes)) = round.answers.pop() else { unreachable!("nodes were asked for") };
    let nodes = nodes.into_iter().map(|node| node.expect("the store answers"));
    ids.iter().copied().zip(nodes).collect()
}

pub(super) async fn pages(kvetch: &Kvetch, keys: &[PageOf]) -> HashMap<PageOf, Arc<[NodeId]>> {
    let mut kinds = HashMap::<_, Vec<PageOf>>::new();
    keys.iter().for_each(|key| kinds.entry((key.edge, key.first, key.after)).or_default().push(*key));
    let reads = kinds.iter().map(|((edge, first, after), keys)| {
        let read = EdgeRead { after: after.map(EdgeAfter::Node), ..EdgeRead::new(*edge, *first) };
        Read::Edges { read, from: keys.iter().map(|key| key.from).collect() }
    });
    let round = kvetch.round(reads.collect()).await;
    let mut found = HashMap::with_capacity(keys.len());
    for (answer, keys) in round.answers.into_iter().zip(kinds.into_values()) {
        let Answer::Edges(pages) = answer else { unreachable!("edges were asked for") };
        for (key, page) in keys.into_iter().zip(pages) {
            let page = page.expect("the store answers");
            found.insert(key, page.edges.iter().map(|edge| edge.to).collect());
        }
    }
    found
}

/// A text that a node stores.
pub(super) fn text<'a>(node: &'a Node, key: &str) -> &'a str {
    match node.body.get(key).expect("the body is sound") {
        Some(ValueRef::Text(text)) => text,
        other => panic!("{key} of {} is {other:?}", node.id),
    }
}

/// The id that a node stores.
pub(super) fn id(node: &Node, key: &str) -> Option<NodeId> {
    match node.body.get(key).expect("the body is sound") {
        Some(ValueRef::Id(id)) => Some(id),
        _ => None,
    }
}
