//! Stored edges.

use crate::{
    Create, DeleteEdge, EdgeAfter, EdgeRead, Kvetch, NodeId, Order, Props, PutEdge, Touched, Update, Value, WriteId,
};

use super::fixture::*;

async fn put(store: &Kvetch, edge: PutEdge) {
    let written = store.put_edge(edge).await.unwrap();
    assert_eq!(written.pending, 0);
}

async fn users(store: &Kvetch, number: u64) -> Vec<NodeId> {
    let creates = (0..number).map(|number| Create { id: Some(spread(number)), ..user(&format!("user{number}")) });
    store.create_many(creates.collect()).await.into_iter().map(|written| written.unwrap().node.id).collect()
}

pub(super) async fn a_stored_edge_is_seen_from_both_ends(store: Kvetch) {
    let people = users(&store, 4).await;
    for (number, to) in people[1..].iter().enumerate() {
        put(&store, PutEdge { sort_key: Some(number as i64), ..PutEdge::new(FOLLOWS, people[0], *to) }).await;
        put(&store, PutEdge { sort_key: Some(-(number as i64)), ..PutEdge::new(FOLLOWS, *to, people[0]) }).await;
    }
    let reversed: Vec<NodeId> = people[1..].iter().rev().copied().collect();
    assert_eq!(ends(&store, FOLLOWS, people[0]).await, people[1..]);
    assert_eq!(ends(&store, FOLLOWERS, people[0]).await, reversed);
    for edge in [FOLLOWS, FOLLOWERS] {
        assert_eq!(count(&store, edge, people[0]).await, 3);
        for other in &people[1..] {
            assert_eq!(ends(&store, edge, *other).await, [people[0]]);
            assert_eq!(count(&store, edge, *other).await, 1);
        }
    }
    let newest = EdgeRead { order: Order::Descending, ..EdgeRead::new(FOLLOWS, 2) };
    assert_eq!(ids_of(&page(&store, newest, people[0]).await), reversed[..2]);
}

pub(super) async fn putting_an_edge_again_replaces_its_props_and_keeps_its_place(store: Kvetch) {
    let people = users(&store, 3).await;
    for to in &people[1..] {
        put(&store, PutEdge::new(FOLLOWS, people[0], *to)).await;
    }
    let before = page(&store, all(FOLLOWS), people[0]).await;
    let props = Props::from([("since", Value::Int(7)), ("muted", Value::Bool(true))]);
    put(&store, PutEdge { props: props.clone(), ..PutEdge::new(FOLLOWS, people[0], people[1]) }).await;
    let after = page(&store, all(FOLLOWS), people[0]).await;
    assert_eq!(ids_of(&before), ids_of(&after));
    assert_eq!(before.edges[0].sort_key, after.edges[0].sort_key);
    let back = page(&store, all(FOLLOWERS), people[1]).await;
    for edge in [&after.edges[0], &back.edges[0]] {
        assert_eq!(edge.props.as_ref().unwrap().to_props().unwrap(), props);
        assert_eq!(edge.sort_key, before.edges[0].sort_key);
    }
    assert_eq!(count(&store, FOLLOWS, people[0]).await, 2);
    let props = Props::from([("since", 8)]);
    let moved = PutEdge { props, sort_key: Some(i64::MAX), ..PutEdge::new(FOLLOWS, people[0], people[1]) };
    put(&store, moved).await;
    assert_eq!(ends(&store, FOLLOWS, people[0]).await, [people[2], people[1]]);
    let back = page(&store, all(FOLLOWERS), people[1]).await;
    assert_eq!((back.edges.len(), back.edges[0].sort_key), (1, i64::MAX));
}

pub(super) async fn a_deleted_edge_is_gone_from_both_ends_and_deleting_it_again_says_so(store: Kvetch) {
    let people = users(&store, 2).await;
    put(&store, PutEdge::new(FOLLOWS, people[0], people[1])).await;
    let written = store.delete_edge(DeleteEdge::new(FOLLOWS, people[0], people[1])).await.unwrap();
    assert_eq!(written.pending, 0);
    for touched in [Touched::Edges(FOLLOWS, people[0]), Touched::Edges(FOLLOWERS, people[1])] {
        assert!(written.touched.contains(&touched), "{touched:?} is not in {:?}", written.touched);
    }
    for (edge, from) in [(FOLLOWS, people[0]), (FOLLOWERS, people[1])] {
        assert!(ends(&store, edge, from).await.is_empty());
        assert_eq!(count(&store, edge, from).await, 0);
    }
    let again = store.delete_edge(DeleteEdge::new(FOLLOWS, people[0], people[1])).await.unwrap_err();
    assert_eq!(again.code(), "edge_not_found");
    assert!(again.is_not_found() && again.to_string().contains("follows"), "{again}");
}

pub(super) async fn an_edge_needs_both_of_its_nodes_of_the_right_types(store: Kvetch) {
    let people = users(&store, 2).await;
    let list = created(&store, list(people[0], 1)).await.id;
    let missing = NodeId::generate();
    let check = async |edge: PutEdge, code: &str| {
        let refused = store.put_edge(edge.clone()).await.unwrap_err();
        assert_eq!(refused.code(), code, "{edge:?}: {refused}");
    };
    check(PutEdge::new(FOLLOWS, people[0], missing), "not_found").await;
    check(PutEdge::new(FOLLOWS, missing, people[0]), "not_found").await;
    check(PutEdge::new(FOLLOWS, people[0], list), "wrong_type").await;
    check(PutEdge::new(LIKES, list, people[0]), "wrong_type").await;
    check(PutEdge::new(FOLLOWERS, people[0], people[1]), "invalid_argument").await;
    check(PutEdge::new(LISTS, people[0], list), "invalid_argument").await;
    let long = Props::from([("text", "x".repeat(20_000))]);
    check(PutEdge { props: long, ..PutEdge::new(LIKES, people[0], list) }, "over_limit").await;
    put(&store, PutEdge::new(LIKES, people[0], list)).await;
    assert_eq!(ends(&store, LIKED_BY, list).await, [people[0]]);
    assert_eq!(node(&store, people[0]).await.unwrap().version, 2);
}

pub(super) async fn an_edge_under_the_same_write_id_is_put_once(store: Kvetch) {
    let people = users(&store, 2).await;
    let edge = PutEdge { write_id: Some(WriteId::generate()), ..PutEdge::new(FOLLOWS, people[0], people[1]) };
    let first = store.put_edge(edge.clone()).await.unwrap();
    store.delete_edge(DeleteEdge::new(FOLLOWS, people[0], people[1])).await.unwrap();
    assert_eq!(store.put_edge(edge).await.unwrap(), first);
    assert!(ends(&store, FOLLOWS, people[0]).await.is_empty());
}

pub(super) async fn many_edges_at_once_keep_their_order_and_fail_alone(store: Kvetch) {
    let people = users(&store, 40).await;
    let edge = |(number, to): (usize, &NodeId)| PutEdge {
        sort_key: Some(number as i64),
        ..PutEdge::new(FOLLOWS, people[0], *to)
    };
    let mut edges: Vec<PutEdge> = people[1..].iter().enumerate().map(edge).collect();
    edges[7].to = NodeId::generate();
    let written = store.put_edges(edges).await;
    let failed: Vec<_> = (0..written.len()).filter(|number| written[*number].is_err()).collect();
    assert_eq!(failed, [7]);
    let mut expected = people[1..].to_vec();
    expected.remove(7);
    assert_eq!(ends(&store, FOLLOWS, people[0]).await, expected);
    assert_eq!(count(&store, FOLLOWS, people[0]).await, 38);
}

pub(super) async fn an_edge_may_lead_back_to_its_own_node(store: Kvetch) {
    let people = users(&store, 1).await;
    put(&store, PutEdge::new(FOLLOWS, people[0], people[0])).await;
    assert_eq!(ends(&store, FOLLOWS, people[0]).await, people);
    assert_eq!(ends(&store, FOLLOWERS, people[0]).await, people);
    store.delete(crate::Delete::new(USER, people[0])).await.unwrap();
    assert_eq!(count(&store, FOLLOWS, people[0]).await, 0);
}

pub(super) async fn an_update_leaves_the_stored_edges_of_its_node(store: Kvetch) {
    let people = users(&store, 2).await;
    put(&store, PutEdge::new(FOLLOWS, people[0], people[1])).await;
    for id in &people {
        store.update(Update::new(USER, *id, Props::from([("city", "Paris")]))).await.unwrap();
    }
    assert_eq!(ends(&store, FOLLOWS, people[0]).await, people[1..]);
    assert_eq!(ends(&store, FOLLOWERS, people[1]).await, people[..1]);
}

pub(super) async fn a_cursor_whose_stored_edge_was_deleted_still_works_by_its_place(store: Kvetch) {
    let people = users(&store, 5).await;
    for (number, to) in people[1..].iter().enumerate() {
        put(&store, PutEdge { sort_key: Some(number as i64), ..PutEdge::new(FOLLOWS, people[0], *to) }).await;
    }
    store.delete_edge(DeleteEdge::new(FOLLOWS, people[0], people[2])).await.unwrap();
    let after = |after| EdgeRead { after: Some(after), ..EdgeRead::new(FOLLOWS, 10) };
    let by_place = EdgeAfter::Position { sort_key: 1, to: people[2] };
    assert_eq!(ids_of(&page(&store, after(by_place), people[0]).await), people[3..]);
    // Nothing but the edge says where it was.
    let by_node = pages(&store, after(EdgeAfter::Node(people[2])), &[people[0]]).await.remove(0);
    assert_eq!(by_node.unwrap_err().code(), "cursor_gone");
}
