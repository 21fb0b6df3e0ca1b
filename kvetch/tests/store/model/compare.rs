//! Reading a store in every way, and comparing what it says with the model.

use kvetch::{
    Answer, EdgeAfter, EdgeRead, EdgeType, IndexId, IndexRead, Kvetch, NodeId, NodeType, Order, Read, ScanRead, Value,
    ValueRange,
};

use crate::fixture::*;

use super::plain::{EDGES, Model};

/// Reads everything, in pages of so many, and compares it with the model. The ids are those to ask about, whether
/// they are there or not.
pub(super) async fn compare(store: &Kvetch, model: &Model, ids: &[NodeId], first: u32, order: Order) {
    let mut reads = vec![Read::Nodes { ids: ids.to_vec() }];
    reads.extend(EDGES.map(|(edge, _)| Read::Counts { edge, from: ids.to_vec() }));
    let mut answers = store.round(reads).await.answers.into_iter();

    let Some(Answer::Nodes(nodes)) = answers.next() else { panic!("another answer") };
    for (id, node) in ids.iter().zip(nodes) {
        let (node, expected) = (node.unwrap(), model.nodes.get(id));
        assert_eq!(node.is_some(), expected.is_some(), "{id}");
        assert!(node.iter().zip(expected).all(|(node, expected)| expected.is(node)), "{node:?} is not {expected:?}");
    }
    for (edge, _) in EDGES {
        let Some(Answer::Counts(counts)) = answers.next() else { panic!("another answer") };
        for (from, count) in ids.iter().zip(counts) {
            assert_eq!(count, Ok(model.edges(edge, *from).len() as u64), "count of edge {edge} from {from}");
        }
    }
    for (edge, from_type) in EDGES {
        // A node of another type has none, which the counts have told.
        let of_type = |id: &&NodeId| model.nodes.get(id).is_none_or(|node| node.node_type == from_type);
        for from in ids.iter().filter(of_type) {
            compare_edges(store, model, edge, *from, first, order).await;
        }
    }
    for name in 0..4 {
        compare_find(store, model, first, BY_USERNAME, USER, "username", format!("name{name}").into()).await;
    }
    for color in ["red", "blue"] {
        compare_find(store, model, first, BY_COLOR, LIST, "color", color.into()).await;
    }
    for rank in -2..3 {
        compare_find(store, model, first, BY_RANK, LIST, "rank", Value::Int(rank)).await;
    }
    for (index, key) in [(BY_RANK, "rank"), (BY_TITLE, "title")] {
        assert_eq!(scanned(store, index, first).await, model.scan(LIST, key), "{key}");
    }
    for node_type in [USER, LIST, NOTE, BADGE] {
        assert_eq!(browsed(store, node_type, first).await, model.of_type(node_type).collect::<Vec<_>>());
    }
}

async fn compare_edges(store: &Kvetch, model: &Model, edge: EdgeType, from: NodeId, first: u32, order: Order) {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = page(store, EdgeRead { after, order, ..EdgeRead::new(edge, first) }, from).await;
        assert!(page.edges.len() <= first as usize);
        found.extend(page.edges.iter().map(|edge| (edge.sort_key, edge.to)));
        let Some((sort_key, to)) = found.last().copied().filter(|_| page.has_next) else { break };
        // Both kinds of cursor lead on from the same place.
        after = Some(if found.len() % 2 == 0 { EdgeAfter::Node(to) } else { EdgeAfter::Position { sort_key, to } });
    }
    let mut expected = model.edges(edge, from);
    if order == Order::Descending {
        expected.reverse();
    }
    assert_eq!(found, expected, "edge {edge} from {from}");
}

async fn compare_find(
    store: &Kvetch,
    model: &Model,
    first: u32,
    index: IndexId,
    node_type: NodeType,
    key: &str,
    value: Value,
) {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = find_page(store, IndexRead { index, first, after }, value.clone()).await.unwrap();
        found.extend(page.ids);
        after = found.last().copied();
        if !page.has_next {
            break;
        }
    }
    assert_eq!(found, model.find(node_type, key, &value), "{key} {value:?}");
}

async fn scanned(store: &Kvetch, index: IndexId, first: u32) -> Vec<(Value, NodeId)> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let read = Read::Scan { read: ScanRead { index, first, after }, ranges: vec![ValueRange::all()] };
        let Some(Answer::Scan(mut pages)) = store.round(vec![read]).await.answers.pop() else {
            panic!("another answer")
        };
        let page = pages.remove(0).expect("the index can be scanned");
        found.extend(page.entries);
        after = found.last().cloned();
        if !page.has_next {
            return found;
        }
    }
}

async fn browsed(store: &Kvetch, node_type: NodeType, first: u32) -> Vec<NodeId> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = browse(store, node_type, after, first).await;
        found.extend(page.nodes.iter().map(|node| node.id));
        after = page.last;
        if !page.has_next {
            return found;
        }
    }
}
