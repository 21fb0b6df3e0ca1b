//! Putting nodes and stored edges back as they were, and how much there is.

use std::collections::BTreeMap;

use crate::{Body, Census, Create, Delete, EdgeToRestore, Kvetch, Node, NodeId, Props, Restored, Timestamp, Value};

use super::fixture::*;

const PUT: Restored = Restored::Put { pending: 0 };

/// Its version, its times and so the places of its edges are what they were.
pub(super) async fn a_restored_node_is_as_it_was_with_all_that_follows(store: Kvetch) {
    let (owner, list) = (a_user(1, "ada"), a_list(2, spread(1), "red"));
    assert_eq!(store.restore(vec![owner.clone(), list.clone()]).await, [Ok(PUT), Ok(PUT)]);
    assert_eq!(nodes(&store, &[owner.id, list.id]).await, [Ok(Some(owner.clone())), Ok(Some(list.clone()))]);
    let edges = page(&store, all(LISTS), owner.id).await.edges;
    assert_eq!((edges[0].to, edges[0].sort_key), (list.id, list.created.0));
    assert_eq!(count(&store, RANKED, owner.id).await, 1);
    assert_eq!(find(&store, BY_USERNAME, "ada").await, [owner.id]);
    assert_eq!(find(&store, BY_COLOR, "red").await, [list.id]);
    let taken = store.create(user("ada")).await.unwrap_err();
    assert_eq!(taken.code(), "duplicate");
    // It goes on from there as any node does.
    let deleted = store.delete(Delete { expected_version: Some(7), ..Delete::new(LIST, list.id) }).await;
    assert!(deleted.is_ok(), "{deleted:?}");
    assert_eq!(count(&store, LISTS, owner.id).await, 0);
    assert!(find(&store, BY_COLOR, "red").await.is_empty());
}

pub(super) async fn restoring_again_leaves_what_is_there_and_names_what_differs(store: Kvetch) {
    let nodes = vec![a_user(1, "ada"), a_user(2, "bob"), a_user(3, "carl")];
    assert_eq!(store.restore(nodes[..2].to_vec()).await, [Ok(PUT), Ok(PUT)]);
    assert_eq!(store.restore(nodes.clone()).await, [Ok(Restored::Already), Ok(Restored::Already), Ok(PUT)]);
    let other = Node { version: 8, ..nodes[0].clone() };
    let gone = created(&store, user("dora")).await;
    store.delete(Delete::new(USER, gone.id)).await.unwrap();
    let impossible = Node { version: 0, ..a_user(4, "eve") };
    let taken = a_user(5, "bob");
    let restored = store.restore(vec![other, gone, impossible, taken, a_user(6, "fay")]).await;
    let codes = restored.iter().map(|restored| restored.as_ref().map_err(crate::Error::code));
    assert_eq!(
        codes.collect::<Vec<_>>(),
        [Err("exists"), Err("gone"), Err("invalid_argument"), Err("duplicate"), Ok(&PUT)]
    );
    assert_eq!(node(&store, nodes[0].id).await, Some(nodes[0].clone()));
}

pub(super) async fn a_restored_edge_leaves_the_version_of_its_node(store: Kvetch) {
    let (ada, bob) = (a_user(1, "ada"), a_user(2, "bob"));
    store.restore(vec![ada.clone(), bob.clone()]).await;
    let edge = follow(ada.id, bob.id);
    let itself = follow(ada.id, ada.id);
    assert_eq!(store.restore_edges(vec![edge.clone(), itself.clone()]).await, [Ok(PUT), Ok(PUT)]);
    assert_eq!(store.restore_edges(vec![edge.clone(), itself]).await, [Ok(Restored::Already), Ok(Restored::Already)]);
    for (edge, from, to) in [(FOLLOWS, ada.id, bob.id), (FOLLOWERS, bob.id, ada.id)] {
        let edges = page(&store, all(edge), from).await.edges;
        let there = edges.iter().find(|edge| edge.to == to).expect("it is there");
        assert_eq!(there.sort_key, 5);
        assert_eq!(there.props.as_ref().map(|props| props.to_props()), Some(Ok(Props::from([("since", 7)]))));
    }
    assert_eq!((count(&store, FOLLOWS, ada.id).await, count(&store, FOLLOWERS, bob.id).await), (2, 1));
    assert_eq!(node(&store, ada.id).await, Some(ada.clone()));
    let refused = [
        EdgeToRestore { sort_key: 6, ..edge.clone() },
        follow(ada.id, spread(99)),
        EdgeToRestore { edge: LIKES, ..edge.clone() },
        EdgeToRestore { edge: FOLLOWERS, ..edge },
    ];
    let restored = store.restore_edges(refused.to_vec()).await;
    let codes = restored.iter().map(|restored| restored.as_ref().unwrap_err().code());
    assert_eq!(codes.collect::<Vec<_>>(), ["edge_differs", "not_found", "wrong_type", "invalid_argument"]);
}

pub(super) async fn a_shard_tells_how_much_it_holds(store: Kvetch) {
    let ada = created(&store, user("ada")).await;
    for rank in 0..5 {
        created(&store, Create { id: Some(spread(10 + rank)), ..list(ada.id, rank as i64) }).await;
    }
    store.delete(Delete::new(LIST, spread(12))).await.unwrap();
    let mut all = Census::default();
    for shard in store.shards() {
        let census = shard.census().await.unwrap();
        for (node_type, nodes) in census.nodes {
            *all.nodes.entry(node_type).or_default() += nodes;
        }
        all.tombstones += census.tombstones;
    }
    assert_eq!((all.nodes, all.tombstones), (BTreeMap::from([(USER, 1), (LIST, 4)]), 1));
}

pub(super) async fn what_is_left_of_a_deleted_node_can_be_read(store: Kvetch) {
    let list = created(&store, Create { id: Some(spread(3)), ..list(spread(1), 4) }).await;
    let home = store.shard_map().shard_of(list.id.virtual_shard());
    let shard = &store.shards()[home.get()];
    assert_eq!(shard.tombstones(&[list.id]).await, [Ok(None)]);
    store.delete(Delete::new(LIST, list.id)).await.unwrap();
    let mut found = shard.tombstones(&[spread(9), list.id]).await;
    let tombstone = found.remove(1).unwrap().expect("it was deleted");
    assert_eq!((tombstone.node_type, tombstone.version), (LIST, 2));
    assert!(tombstone.deleted >= list.created);
    assert_eq!(found, [Ok(None)]);
}

fn a_user(number: u64, username: &str) -> Node {
    as_it_was(number, &Create::new(USER, Props::from([("username", username)])))
}

fn a_list(number: u64, owner: NodeId, color: &str) -> Node {
    let props = [("ownerId", Value::Id(owner)), ("rank", 3.into()), ("color", color.into())];
    as_it_was(number, &Create::new(LIST, Props::from(props)))
}

/// A node with a past.
fn as_it_was(number: u64, create: &Create) -> Node {
    let body = Body::from_props(&create.props).expect("it is small");
    let (created, updated) = (Timestamp(1000 + number as i64), Timestamp(2000));
    Node { id: spread(number), node_type: create.node_type, version: 7, created, updated, body }
}

fn follow(from: NodeId, to: NodeId) -> EdgeToRestore {
    EdgeToRestore { edge: FOLLOWS, from, to, sort_key: 5, props: Props::from([("since", 7)]) }
}
