//! Intents of one node that are taken to their shards by two at once, in every order, twice and late: the end is what
//! the node says, and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::{join_all, try_join};

use crate::index_key::IndexKey;
use crate::report::VerifyOptions;
use crate::shard::route;
use crate::shard_map::ShardIdx;
use crate::{
    Change, Claim, Claimed, Create, Delivery, EdgeType, Kvetch, NodeId, NodeType, NodeWrite, Nonce, Place, Props,
    Timestamp, Value, VirtualShard, WriteOp,
};

use super::deliveries::permutations;
use super::fixture::*;

/// What happens to a node, and how many edges of which types its neighbours have of it in the end.
struct History {
    node_type: NodeType,
    ops: Vec<WriteOp>,
    counts: Vec<(EdgeType, NodeId, u64)>,
}

/// The nodes of one round: the one that is written, and two others of another shard.
#[derive(Clone, Copy)]
struct Nodes {
    id: NodeId,
    ada: NodeId,
    bob: NodeId,
}

fn id_on(store: &Kvetch, shard: u16, number: u64) -> NodeId {
    let buckets = (0..VirtualShard::COUNT).filter_map(VirtualShard::new);
    let mut there = buckets.filter(|bucket| store.shard_map().shard_of(*bucket) == ShardIdx(shard));
    NodeId::from_parts(1, there.next().expect("every shard has a bucket"), number)
}

fn set(props: impl IntoIterator<Item = (&'static str, Value)>) -> WriteOp {
    let set = props.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    WriteOp::Update { set, expected_version: None, found_by: None }
}

fn create(props: impl IntoIterator<Item = (&'static str, Value)>) -> WriteOp {
    let props = props.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    WriteOp::Create { props, created: Timestamp(1), restored: None }
}

const DELETE: WriteOp = WriteOp::Delete { expected_version: None };

/// Derived edges, their counts and index entries of a list that moves.
pub(super) async fn two_appliers_of_derived_rows_at_once_end_in_what_the_node_says(store: Kvetch) {
    every_order(&store, |Nodes { ada, bob, .. }| History {
        node_type: LIST,
        ops: vec![
            create([("ownerId", ada.into()), ("rank", 1.into()), ("color", "red".into())]),
            set([("ownerId", bob.into()), ("color", "blue".into())]),
            set([("ownerId", ada.into()), ("rank", 2.into()), ("color", "green".into())]),
            set([("ownerId", bob.into()), ("color", "red".into())]),
        ],
        counts: [LISTS, RANKED].into_iter().flat_map(|edge| [(edge, ada, 0), (edge, bob, 1)]).collect(),
    })
    .await;
}

/// The same list is deleted in the end.
pub(super) async fn two_appliers_at_once_leave_nothing_of_a_deleted_node(store: Kvetch) {
    every_order(&store, |Nodes { ada, bob, .. }| History {
        node_type: LIST,
        ops: vec![
            create([("ownerId", ada.into()), ("rank", 1.into()), ("color", "red".into())]),
            set([("ownerId", bob.into()), ("color", "blue".into())]),
            set([("ownerId", ada.into()), ("rank", 2.into())]),
            DELETE,
        ],
        counts: [LISTS, RANKED].into_iter().flat_map(|edge| [(edge, ada, 0), (edge, bob, 0)]).collect(),
    })
    .await;
}

/// The other halves of stored edges that come, change and go.
pub(super) async fn two_appliers_of_stored_edges_at_once_end_in_their_first_halves(store: Kvetch) {
    every_order(&store, |Nodes { ada, bob, .. }| {
        let put = |to, sort_key, note: &'static str| WriteOp::PutEdge {
            edge: FOLLOWS,
            to,
            sort_key: Some(sort_key),
            props: Props::from([("note", note)]),
        };
        let gone = |to| WriteOp::DeleteEdge { edge: FOLLOWS, to };
        History {
            node_type: USER,
            ops: vec![create([]), put(ada, 1, "a"), put(bob, 2, "b"), gone(ada), put(bob, 3, "c")],
            counts: vec![(FOLLOWERS, ada, 0), (FOLLOWERS, bob, 1)],
        }
    })
    .await;
}

/// The same user is deleted in the end.
pub(super) async fn two_appliers_at_once_leave_no_half_of_a_stored_edge(store: Kvetch) {
    every_order(&store, |Nodes { ada, bob, .. }| {
        let put = |to| WriteOp::PutEdge { edge: FOLLOWS, to, sort_key: Some(1), props: Props::new() };
        History {
            node_type: USER,
            ops: vec![create([]), put(ada), put(bob), DELETE],
            counts: vec![(FOLLOWERS, ada, 0), (FOLLOWERS, bob, 0)],
        }
    })
    .await;
}

/// A user whose unique name changes, wherever the names lie.
pub(super) async fn two_appliers_of_claims_at_once_end_with_the_one_value_claimed(store: Kvetch) {
    let name = |id: NodeId, more| Value::from(format!("{id}-{more}"));
    every_order(&store, |Nodes { id, .. }| History {
        node_type: USER,
        ops: (0..4)
            .map(
                |more| {
                    if more == 0 { create([("username", name(id, 0))]) } else { set([("username", name(id, more))]) }
                },
            )
            .collect(),
        counts: Vec::new(),
    })
    .await;
}

/// Every order of a node's deliveries, each against its reverse; and all once more, late. With one shard there are
/// none.
async fn every_order(store: &Kvetch, history: impl Fn(Nodes) -> History) {
    if store.shard_map().shards() == 1 {
        return;
    }
    let rounds = permutations(4).into_iter().enumerate().map(|(number, order)| {
        let base = 10 * number as u64;
        let nodes =
            Nodes { id: id_on(store, 1, base + 3), ada: id_on(store, 0, base + 1), bob: id_on(store, 0, base + 2) };
        round(store, nodes, order, history(nodes))
    });
    join_all(rounds).await;
    let report = store.verify(VerifyOptions::default(), |_| {}).await.expect("the store is open");
    assert!(report.is_clean() && report.pending == 0, "{report:?}");
}

async fn round(store: &Kvetch, Nodes { id, ada, bob }: Nodes, order: Vec<usize>, history: History) {
    for other in [ada, bob] {
        created(store, Create { id: Some(other), ..Create::new(USER, Props::new()) }).await;
    }
    let mut versions = Vec::new();
    for op in history.ops {
        versions.extend(written(store, id, history.node_type, op).await);
    }
    // The last ones in every order; those before them in their own.
    let first = versions.len().saturating_sub(order.len());
    let order: Vec<usize> = (0..first).chain(order.into_iter().map(|place| first + place)).collect();
    let order: Vec<usize> = order.into_iter().filter(|place| *place < versions.len()).collect();
    let forth = tokio::spawn(apply(store.clone(), versions.clone(), order.clone()));
    let back = tokio::spawn(apply(store.clone(), versions.clone(), order.into_iter().rev().collect()));
    try_join(forth, back).await.expect("no applier panics");
    ends(store, &history.counts).await;

    // Values may all lie with their node, and then there is no intent.
    let newest = versions.iter().flatten().map(|(_, delivery)| (id, delivery.version)).max();
    store.shards()[1].settle(newest.into_iter().collect()).await.expect("the intent is removed");
    let again = (0..versions.len()).collect();
    apply(store.clone(), versions, again).await;
    ends(store, &history.counts).await;
}

/// What one version of the node takes to each shard.
type Version = Vec<(ShardIdx, Delivery)>;

/// Writes below the front door, so that nothing is delivered.
async fn written(store: &Kvetch, id: NodeId, node_type: NodeType, op: WriteOp) -> Option<Version> {
    let here = ShardIdx(1);
    let (schema, map) = (store.schema().clone(), Arc::new(store.shard_map().clone()));
    let place = Place { schema, map, here };
    let claims = claims(store, id, &op).await;
    let write = NodeWrite { id, node_type, op, now: Timestamp(5), write_id: None, claims };
    let mut outcomes = store.shards()[1].write(&place, vec![write]).await;
    let intent = outcomes.remove(0).expect("the write is done").intent?;
    let mut by_shard: BTreeMap<ShardIdx, Vec<Change>> = BTreeMap::new();
    for change in intent.changes {
        by_shard.entry(route(&place.schema, &place.map, &change)).or_default().push(change);
    }
    let delivery = |changes| Delivery { source: id, version: intent.version, changes };
    Some(by_shard.into_iter().map(|(shard, changes)| (shard, delivery(changes))).collect())
}

async fn claims(store: &Kvetch, id: NodeId, op: &WriteOp) -> Vec<Claim> {
    let (WriteOp::Create { props, .. } | WriteOp::Update { set: props, .. }) = op else { return Vec::new() };
    let Some(name) = props.get("username") else { return Vec::new() };
    let value = IndexKey::new(name).expect("a name can be indexed");
    let shard = store.shard_map().shard_of(value.virtual_shard());
    let claim = Claim { index: BY_USERNAME, value, holder: id, nonce: Nonce::generate() };
    let claimed = store.shards()[shard.get()].claim(vec![claim.clone()]).await;
    assert_eq!(claimed, [Ok(Claimed::Granted)]);
    vec![claim]
}

async fn apply(store: Kvetch, versions: Vec<Version>, order: Vec<usize>) {
    for place in order {
        for (shard, delivery) in &versions[place] {
            let applied = store.shards()[shard.get()].apply(vec![delivery.clone()]).await;
            assert_eq!(applied, [Ok(())]);
        }
    }
}

/// Each count is what it should be, and the number of the edges.
async fn ends(store: &Kvetch, counts: &[(EdgeType, NodeId, u64)]) {
    for (edge, from, expected) in counts {
        let edges = super::fixture::ends(store, *edge, *from).await.len() as u64;
        assert_eq!((edges, count(store, *edge, *from).await), (*expected, *expected), "edge {edge} from {from}");
    }
}
