//! Shards that fail, wait and lose their answers, around the engine.

use std::sync::Arc;
use std::time::Duration;

use crate::shard_map::ShardIdx;
use crate::{Create, Kvetch, NodeId, VirtualShard, WriteId};

use super::fixture::*;
use super::instrumented::{Call, Fault, Instrumented};

/// An id whose bucket lies on this shard, or the only one.
fn id_on(store: &Kvetch, shard: usize, number: u64) -> NodeId {
    let shard = ShardIdx((shard % store.shard_map().shards()) as u16);
    let buckets = (0..VirtualShard::COUNT).filter_map(VirtualShard::new);
    let mut there = buckets.filter(|bucket| store.shard_map().shard_of(*bucket) == shard);
    NodeId::from_parts(1, there.next().expect("every shard has a bucket"), number)
}

pub(super) async fn a_shard_that_fails_fails_its_own_keys_only(store: Kvetch, layers: Vec<Arc<Instrumented>>) {
    let (here, there) = (id_on(&store, 0, 1), id_on(&store, 1, 2));
    for (id, name) in [(here, "ada"), (there, "bob")] {
        created(&store, Create { id: Some(id), ..user(name) }).await;
    }
    layers[0].inject(Call::Nodes, Fault::Fails);
    let found = nodes(&store, &[there, here]).await;
    assert_eq!(found[1].as_ref().unwrap_err().code(), "unavailable");
    assert_eq!(found[0].is_ok(), layers.len() > 1);
    layers[0].heal();
    assert!(nodes(&store, &[here, there]).await.iter().all(|node| matches!(node, Ok(Some(_)))));
}

pub(super) async fn a_slow_shard_changes_no_answer(store: Kvetch, layers: Vec<Arc<Instrumented>>) {
    let ids: Vec<NodeId> = (0..8).map(|number| id_on(&store, number, number as u64 + 1)).collect();
    for (number, id) in ids.iter().enumerate() {
        created(&store, Create { id: Some(*id), ..user(&format!("user{number}")) }).await;
    }
    layers[0].inject(Call::Nodes, Fault::Delayed(Duration::from_millis(30)));
    let found: Vec<NodeId> = nodes(&store, &ids).await.into_iter().map(|node| node.unwrap().unwrap().id).collect();
    assert_eq!(found, ids);
}

/// One call for each kind of read and shard, whatever the number of keys.
pub(super) async fn a_batch_is_one_call_on_each_shard(store: Kvetch, layers: Vec<Arc<Instrumented>>) {
    let ids: Vec<NodeId> = (0..50).map(spread).collect();
    layers.iter().for_each(|layer| drop(layer.take_calls()));
    nodes(&store, &ids).await;
    let calls: Vec<(Call, usize)> = layers.iter().flat_map(|layer| layer.take_calls()).collect();
    let of_nodes: Vec<usize> = calls.iter().filter(|(call, _)| *call == Call::Nodes).map(|(_, keys)| *keys).collect();
    assert!(of_nodes.len() <= layers.len(), "{calls:?}");
    assert_eq!(of_nodes.iter().sum::<usize>(), 50);
}

pub(super) async fn rows_that_cannot_be_delivered_are_pending_and_follow(
    store: Kvetch,
    layers: Vec<Arc<Instrumented>>,
) {
    if layers.len() == 1 {
        return;
    }
    let owner = created(&store, Create { id: Some(id_on(&store, 0, 1)), ..user("ada") }).await.id;
    layers[0].inject(Call::Apply, Fault::Fails);
    let id = id_on(&store, 1, 2);
    let written = store.create(Create { id: Some(id), ..list(owner, 1) }).await.unwrap();
    assert_eq!(written.pending, 1);
    assert!(ends(&store, LISTS, owner).await.is_empty());
    layers[0].heal();
    for _ in 0..1000 {
        if ends(&store, LISTS, owner).await == [id] {
            return assert_eq!(count(&store, LISTS, owner).await, 1);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the row never came");
}

/// A delivery whose answer is lost is made again, and counts nothing twice.
pub(super) async fn a_delivery_that_is_made_twice_counts_once(store: Kvetch, layers: Vec<Arc<Instrumented>>) {
    let owner = created(&store, Create { id: Some(id_on(&store, 0, 1)), ..user("ada") }).await.id;
    layers[0].inject(Call::Apply, Fault::LosesAnswer);
    let id = id_on(&store, 1, 2);
    store.create(Create { id: Some(id), ..list(owner, 1) }).await.unwrap();
    layers[0].heal();
    let moved = crate::Update::new(LIST, id, crate::Props::from([("rank", 5)]));
    assert_eq!(store.update(moved).await.unwrap().pending, 0);
    assert_eq!(ends(&store, RANKED, owner).await, [id]);
    assert_eq!(count(&store, RANKED, owner).await, 1);
}

pub(super) async fn a_write_whose_answer_was_lost_is_found_under_its_write_id(
    store: Kvetch,
    layers: Vec<Arc<Instrumented>>,
) {
    let create = Create { write_id: Some(WriteId::generate()), ..user("ada") };
    layers.iter().for_each(|layer| layer.inject(Call::Write, Fault::LosesAnswer));
    assert_eq!(store.create(create.clone()).await.unwrap_err().code(), "unavailable");
    layers.iter().for_each(|layer| layer.heal());
    let written = store.create(create).await.unwrap();
    assert_eq!(written.node.version, 1);
    assert_eq!(browse(&store, USER, None, 10).await.nodes, std::slice::from_ref(&written.node));
    assert_eq!(find(&store, BY_USERNAME, "ada").await, [written.node.id]);
}

/// The claim stays with the node if the write was done, and is free if it was not.
pub(super) async fn a_value_whose_write_is_in_doubt_ends_with_the_node_or_free(
    store: Kvetch,
    layers: Vec<Arc<Instrumented>>,
) {
    for (name, fault) in [("ada", Fault::LosesAnswer), ("bob", Fault::Fails)] {
        layers.iter().for_each(|layer| layer.inject(Call::Write, fault.clone()));
        assert_eq!(store.create(user(name)).await.unwrap_err().code(), "unavailable");
        layers.iter().for_each(|layer| layer.heal());
    }
    created(&store, user("bob")).await;
    let again = store.create(user("ada")).await.unwrap_err();
    assert!(again.is_conflict(), "{again}");
    assert_eq!(browse(&store, USER, None, 10).await.nodes.len(), 2);
}
