//! Derived rows on other shards: late, lost and repeated deliveries.

use std::sync::Arc;
use std::time::Duration;

use kvetch::conformance::{Call, Fault};
use kvetch::{
    Create, Delivery, Kvetch, Node, NodeId, NodeWrite, Outcome, Place, Props, ShardIdx, ShardMap, StoreUrl, Timestamp,
    Update, Value, VirtualShard, WriteOp, shards_at,
};

use crate::directory::TempDirectory;
use crate::fixture::*;

/// An id on the first or the second of two shards.
fn id_on(shard: u16, number: u64) -> NodeId {
    NodeId::from_parts(1, VirtualShard::new(shard * 2048).expect("there are two halves"), number)
}

async fn owners(store: &Kvetch) -> [Node; 2] {
    let owner = |number, name| Create { id: Some(id_on(0, number)), ..user(name) };
    [created(store, owner(1, "ada")).await, created(store, owner(2, "bob")).await]
}

/// Waits until an edge leads where it should; the test fails by its own deadline.
async fn eventually_ends(store: &Kvetch, from: NodeId, expected: &[NodeId]) {
    for _ in 0..500 {
        if ends(store, LISTS, from).await == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the edges of {from} never became {expected:?}");
}

#[tokio::test]
async fn a_write_whose_rows_cannot_be_delivered_is_pending_and_follows_later() {
    let (store, faults) = instrumented(&"memory:?shards=2".parse().unwrap()).await;
    let [ada, bob] = owners(&store).await;
    faults[0].inject(Call::Apply, Fault::Fails);
    let create = Create { id: Some(id_on(1, 3)), ..list(ada.id, 1) };
    let written = store.create(create).await.unwrap();
    assert_eq!(written.pending, 1);
    let moved = store.update(Update::new(LIST, written.node.id, Props::from([("ownerId", bob.id)]))).await.unwrap();
    assert_eq!(moved.pending, 1);
    assert!(node(&store, written.node.id).await.is_some());
    assert!(ends(&store, LISTS, bob.id).await.is_empty());

    faults[0].heal();
    eventually_ends(&store, bob.id, &[written.node.id]).await;
    assert!(ends(&store, LISTS, ada.id).await.is_empty());
    assert_eq!((count(&store, LISTS, ada.id).await, count(&store, LISTS, bob.id).await), (0, 1));
    store.close().await.unwrap();
}

#[tokio::test]
async fn an_intent_that_was_left_is_applied_when_the_store_is_opened() {
    let directory = TempDirectory::new();
    let url: StoreUrl = directory.url(2);
    let (store, faults) = instrumented(&url).await;
    let [ada, _] = owners(&store).await;
    faults[0].inject(Call::Apply, Fault::Fails);
    let create = Create { id: Some(id_on(1, 3)), ..list(ada.id, 1) };
    let left = store.create(create).await.unwrap();
    assert_eq!(left.pending, 1);
    store.close().await.unwrap();

    let store = Kvetch::open(&[url], schema()).await.unwrap();
    eventually_ends(&store, ada.id, &[left.node.id]).await;
    assert_eq!(count(&store, LISTS, ada.id).await, 1);
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_write_to_a_shard_that_hangs_is_answered_at_the_deadline() {
    let (store, faults) = instrumented(&"memory:?shards=2".parse().unwrap()).await;
    faults[1].inject(Call::Write, Fault::Hangs);
    // Nothing else waits, so that the clock may run ahead to the deadlines.
    tokio::time::pause();
    let refused = store.create(Create { id: Some(id_on(1, 3)), ..list(id_on(1, 1), 1) }).await.unwrap_err();
    assert_eq!(refused.code(), "unavailable");
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_caller_who_goes_away_does_not_stop_a_write() {
    let store = memory(2).await;
    let [ada, _] = owners(&store).await;
    let create = Create { id: Some(id_on(1, 3)), ..list(ada.id, 1) };
    let id = id_on(1, 3);
    {
        let write = store.create(create);
        let mut write = std::pin::pin!(write);
        // One poll starts the write, and nobody polls again.
        assert!(futures::poll!(write.as_mut()).is_pending());
    }
    eventually_ends(&store, ada.id, &[id]).await;
    assert!(node(&store, id).await.is_some());
    store.close().await.unwrap();
}

/// The intents of one node, applied in every order and each up to twice, always end in what the
/// newest version of the node says.
#[tokio::test]
async fn intents_may_come_late_twice_and_in_any_order() {
    let map = Arc::new(ShardMap::even(2).unwrap());
    let place = Place { schema: schema(), map, here: ShardIdx(1) };
    let (ada, bob, id) = (id_on(0, 1), id_on(0, 2), id_on(1, 3));
    let url: StoreUrl = "memory:?shards=2".parse().unwrap();
    let shards = shards_at(std::slice::from_ref(&url)).await.unwrap();
    let write = |op| NodeWrite { id, node_type: LIST, op, now: Timestamp(5), write_id: None, claims: Vec::new() };
    let set = |set| write(WriteOp::Update { set, expected_version: None, found_by: None });
    let writes = vec![
        write(WriteOp::Create {
            props: Props::from([("ownerId", Value::Id(ada)), ("rank", 1.into())]),
            created: Timestamp(1),
        }),
        set(Props::from([("ownerId", bob)])),
        set(Props::from([("ownerId", Value::Id(ada)), ("rank", 5.into())])),
        set(Props::from([("rank", 2)])),
        set(Props::from([("ownerId", bob)])),
    ];
    let mut deliveries = Vec::new();
    for write in writes {
        let Outcome { intent, .. } = shards[1].write(&place, vec![write]).await.remove(0).unwrap();
        let intent = intent.expect("the owner lies on the other shard");
        deliveries.push(Delivery { source: id, version: intent.version, changes: intent.changes });
    }
    for order in permutations(deliveries.len()) {
        let target = shards_at(std::slice::from_ref(&url)).await.unwrap();
        // Each comes twice: once in this order, and once more in the reverse of it.
        for number in order.iter().chain(order.iter().rev()) {
            target[0].apply(vec![deliveries[*number].clone()]).await.remove(0).unwrap();
        }
        for edge in [LISTS, RANKED] {
            let pages = target[0].edges(&all(edge), &[ada, bob]).await;
            let found: Vec<_> = pages.into_iter().map(|page| ids_of(&page.unwrap())).collect();
            assert_eq!(found, [vec![], vec![id]], "{order:?}");
            assert_eq!(target[0].counts(edge, &[ada, bob]).await, [Ok(0), Ok(1)], "{order:?}");
        }
        let ranked = target[0].edges(&all(RANKED), &[bob]).await.remove(0).unwrap();
        assert_eq!(ranked.edges[0].sort_key, 2, "{order:?}");
        target[0].close().await.unwrap();
    }
}

fn permutations(length: usize) -> Vec<Vec<usize>> {
    let Some(last) = length.checked_sub(1) else { return vec![Vec::new()] };
    let insert = |shorter: Vec<usize>| {
        (0..length).map(move |place| {
            let mut longer = shorter.clone();
            longer.insert(place, last);
            longer
        })
    };
    permutations(last).into_iter().flat_map(insert).collect()
}
