//! Records that have had their use.

use std::sync::Arc;
use std::time::Duration;

use crate::{
    Create, Delete, Delivery, Error, Intent, Kvetch, NodeId, NodeWrite, Nonce, Place, Props, Prunable, PrunePage,
    Shard, ShardIdx, Timestamp, VirtualShard, WriteId, WriteOp,
};

use super::fixture::*;
use super::{Call, Instrumented};

type Layers = Vec<Arc<Instrumented>>;

fn never() -> Timestamp {
    Timestamp(i64::MIN)
}

fn later() -> Timestamp {
    Timestamp(Timestamp::now().0 + 1_000_000)
}

/// Removes all records of a kind from before a time, in pages of this size.
async fn prune(shard: &dyn Shard, what: Prunable, before: Timestamp, first: u32) -> u64 {
    let (mut removed, mut after) = (0, None);
    loop {
        let pruned = shard.prune(what, before, PrunePage { after, first }).await.expect("records are removed");
        removed += pruned.removed;
        after = pruned.last;
        if after.is_none() {
            return removed;
        }
    }
}

async fn prune_everywhere(store: &Kvetch, what: Prunable, before: Timestamp, first: u32) -> u64 {
    let mut removed = 0;
    for shard in store.shards() {
        removed += prune(&**shard, what, before, first).await;
    }
    removed
}

pub(super) async fn a_record_of_a_write_is_kept_until_its_time_is_over(store: Kvetch, _: Layers) {
    let writes: Vec<Create> =
        (0..7).map(|number| Create { write_id: Some(WriteId::generate()), ..list(spread(50), number) }).collect();
    for write in &writes {
        created(&store, write.clone()).await;
    }
    assert_eq!(prune_everywhere(&store, Prunable::Writes, never(), 2).await, 0);
    created(&store, writes[0].clone()).await;
    assert_eq!(browse(&store, LIST, None, 10).await.nodes.len(), 7);
    assert_eq!(prune_everywhere(&store, Prunable::Writes, later(), 2).await, 7);
    // From now on a repetition is a write of its own.
    created(&store, writes[0].clone()).await;
    assert_eq!(browse(&store, LIST, None, 10).await.nodes.len(), 8);
}

pub(super) async fn an_id_is_free_again_once_its_tombstone_is_gone(store: Kvetch, _: Layers) {
    for number in 0..6 {
        created(&store, Create { id: Some(spread(number)), ..user(&format!("user{number}")) }).await;
        let list = Create { id: Some(spread(100 + number)), ..list(spread(number), 1) };
        created(&store, list).await;
        store.delete(Delete::new(LIST, spread(100 + number))).await.unwrap();
    }
    settled(&store).await;
    let again = Create { id: Some(spread(103)), ..list(spread(1), 2) };
    assert_eq!(prune_everywhere(&store, Prunable::Tombstones, never(), 3).await, 0);
    assert!(matches!(store.create(again.clone()).await, Err(Error::Gone { .. })));
    assert_eq!(prune_everywhere(&store, Prunable::Tombstones, later(), 3).await, 6);
    // Fences go before the tombstone does: they would keep the new node's rows out.
    prune_everywhere(&store, Prunable::Fences, later(), 3).await;
    created(&store, again).await;
    assert_eq!(ends(&store, LISTS, spread(1)).await, [spread(103)]);
    assert_eq!(browse(&store, USER, None, 10).await.nodes.len(), 6);
}

/// The node's transaction wrote the mark, and the claim on another shard is still to be confirmed. Without the mark
/// the next who wants the value would take the attempt for abandoned, and two nodes would have it.
pub(super) async fn a_mark_outlives_the_intent_that_confirms_its_claim(store: Kvetch, layers: Layers) {
    opened(&layers).await;
    let (shard, place) = (&*store.shards()[0], place(&store));
    let done = [Nonce::generate(), Nonce::generate()];
    assert_eq!(shard.void(vec![done[0]]).await.unwrap(), [true]);
    let intent = written(shard, &place, creation()).await;
    assert_eq!(shard.void(vec![done[1]]).await.unwrap(), [true]);
    if let Some(intent) = intent {
        let delivery = Delivery { source: NodeId::generate(), version: 5, changes: Vec::new() };
        shard.apply(vec![delivery]).await.remove(0).unwrap();
        // The fence of another node has nothing to do with the intent. Its tombstone must not go before it.
        assert_eq!(prune(shard, Prunable::Fences, later(), 1).await, 2);
        // The older mark is gone, the other is no older than the intent.
        assert_eq!(shard.void(done.to_vec()).await.unwrap(), [true, false]);
        shard.settle(vec![(intent.source, intent.version)]).await.unwrap();
    }
    prune(shard, Prunable::Fences, later(), 1).await;
    assert_eq!(shard.void(done.to_vec()).await.unwrap(), [true, true]);
}

/// An intent keeps the time of the oldest write in it, and holds the tombstone of its node in place.
pub(super) async fn what_an_intent_needs_stays_while_it_is_pending(store: Kvetch, layers: Layers) {
    opened(&layers).await;
    let (shard, place) = (&*store.shards()[0], place(&store));
    if written(shard, &place, creation()).await.is_none() {
        // On one shard nothing is ever pending.
        return;
    }
    let mark = Nonce::generate();
    assert_eq!(shard.void(vec![mark]).await.unwrap(), [true]);
    let intent = written(shard, &place, WriteOp::Delete { expected_version: None }).await;
    let intent = intent.expect("the edge from its owner goes");
    assert_eq!(prune(shard, Prunable::Tombstones, later(), 10).await, 0);
    prune(shard, Prunable::Fences, later(), 10).await;
    assert_eq!(shard.void(vec![mark]).await.unwrap(), [false]);
    shard.settle(vec![(intent.source, intent.version)]).await.unwrap();
    assert_eq!(prune(shard, Prunable::Tombstones, later(), 10).await, 1);
}

/// A delivery that comes late is kept out by the fence, as long as that is there.
pub(super) async fn a_fence_goes_when_its_time_is_over(store: Kvetch, _: Layers) {
    let shard = &*store.shards()[0];
    let source = NodeId::generate();
    let delivery = |version| Delivery { source, version, changes: Vec::new() };
    for applied in shard.apply(vec![delivery(5), delivery(3)]).await {
        applied.unwrap();
    }
    assert_eq!(prune(shard, Prunable::Fences, never(), 10).await, 0);
    assert_eq!(prune(shard, Prunable::Fences, later(), 10).await, 1);
    assert_eq!(prune(shard, Prunable::Fences, later(), 10).await, 0);
}

fn place(store: &Kvetch) -> Place {
    Place { schema: store.schema().clone(), map: store.shard_map().clone().into(), here: ShardIdx(0) }
}

/// A list on the first shard, with an owner on the last.
fn creation() -> WriteOp {
    let last = VirtualShard::new(VirtualShard::COUNT - 1).expect("it is below 4096");
    let owner = NodeId::from_parts(1000, last, 1);
    WriteOp::Create { props: Props::from([("ownerId", owner)]), created: Timestamp::now(), restored: None }
}

/// Writes to a list below the front door, so that nobody delivers what follows, and answers its intent.
async fn written(shard: &dyn Shard, place: &Place, op: WriteOp) -> Option<Intent> {
    let write =
        NodeWrite { id: spread(0), node_type: LIST, op, now: Timestamp::now(), write_id: None, claims: Vec::new() };
    shard.write(place, vec![write]).await.remove(0).expect("the list is written").intent
}

/// Waits until the store has looked for intents that were left. From then on it leaves them alone that are none of
/// its own.
async fn opened(layers: &Layers) {
    for layer in layers {
        while !layer.take_calls().iter().any(|(call, _)| *call == Call::Intents) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Waits until nothing is pending.
async fn settled(store: &Kvetch) {
    for _ in 0..500 {
        let mut left = 0;
        for shard in store.shards() {
            left += shard.intents(None, 1).await.expect("intents are read").intents.len();
        }
        if left == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("intents are left");
}
