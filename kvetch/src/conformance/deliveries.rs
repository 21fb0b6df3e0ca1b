//! Deliveries between shards, below the front door.

use std::sync::Arc;

use crate::{
    Delivery, EdgeRead, Kvetch, NodeId, NodeWrite, Outcome, Place, Props, PutEdge, ShardIdx, Timestamp, Value,
    VirtualShard, WriteOp,
};

use super::fixture::*;

/// An id whose bucket lies on the first shard, or on the second.
fn id_on(store: &Kvetch, shard: u16, number: u64) -> NodeId {
    let buckets = (0..VirtualShard::COUNT).filter_map(VirtualShard::new);
    let mut there = buckets.filter(|bucket| store.shard_map().shard_of(*bucket) == ShardIdx(shard));
    NodeId::from_parts(1, there.next().expect("every shard has a bucket"), number)
}

/// The intents of one node, applied in every order and each up to twice, always end in what the
/// newest version of the node says. With one shard there are none.
pub(super) async fn intents_may_come_late_twice_and_in_any_order(store: Kvetch) {
    if store.shard_map().shards() == 1 {
        return;
    }
    for (number, order) in permutations(4).into_iter().enumerate() {
        let base = 10 * number as u64;
        let (ada, bob) = (id_on(&store, 0, base + 1), id_on(&store, 0, base + 2));
        let id = id_on(&store, 1, base + 3);
        let deliveries = list_that_moves(&store, id, [ada, bob]).await;
        let target = &store.shards()[0];
        // Each comes twice: once in this order, and once more in the reverse of it.
        for delivery in order.iter().chain(order.iter().rev()) {
            target.apply(vec![deliveries[*delivery].clone()]).await.remove(0).unwrap();
        }
        for edge in [LISTS, RANKED] {
            let pages = target.edges(&EdgeRead::new(edge, 10), &[ada, bob]).await;
            let found: Vec<_> = pages.into_iter().map(|page| ids_of(&page.unwrap())).collect();
            assert_eq!(found, [vec![], vec![id]], "{order:?}");
            assert_eq!(target.counts(edge, &[ada, bob]).await, [Ok(0), Ok(1)], "{order:?}");
        }
        let ranked = target.edges(&EdgeRead::new(RANKED, 10), &[bob]).await.remove(0).unwrap();
        assert_eq!(ranked.edges[0].sort_key, 2, "{order:?}");
    }
}

/// What the versions of a list deliver while it moves between two owners of another shard.
async fn list_that_moves(store: &Kvetch, id: NodeId, [ada, bob]: [NodeId; 2]) -> Vec<Delivery> {
    let (schema, map) = (store.schema().clone(), Arc::new(store.shard_map().clone()));
    let place = Place { schema, map, here: ShardIdx(1) };
    let set = |set| WriteOp::Update { set, expected_version: None, found_by: None };
    let props = Props::from([("ownerId", Value::Id(ada)), ("rank", 1.into())]);
    let ops = [
        WriteOp::Create { props, created: Timestamp(1), restored: None },
        set(Props::from([("ownerId", bob)])),
        set(Props::from([("ownerId", Value::Id(ada)), ("rank", 2.into())])),
        set(Props::from([("ownerId", bob)])),
    ];
    let mut deliveries = Vec::new();
    for op in ops {
        let write = NodeWrite { id, node_type: LIST, op, now: Timestamp(5), write_id: None, claims: Vec::new() };
        let Outcome { intent, .. } = store.shards()[1].write(&place, vec![write]).await.remove(0).unwrap();
        let intent = intent.expect("the owner lies on the other shard");
        deliveries.push(Delivery { source: id, version: intent.version, changes: intent.changes });
    }
    deliveries
}

/// An older intent of a node that put an edge comes after the newer one that removed it.
pub(super) async fn a_late_half_of_a_stored_edge_does_not_come_back(store: Kvetch) {
    if store.shard_map().shards() == 1 {
        return;
    }
    let (ada, bob) = (id_on(&store, 0, 1), id_on(&store, 1, 2));
    for (id, name) in [(ada, "ada"), (bob, "bob")] {
        created(&store, crate::Create { id: Some(id), ..user(name) }).await;
    }
    let put = store.put_edge(PutEdge::new(FOLLOWS, ada, bob)).await.unwrap();
    let half = page(&store, all(FOLLOWERS), bob).await.edges.remove(0);
    store.delete_edge(crate::DeleteEdge::new(FOLLOWS, ada, bob)).await.unwrap();
    let change = crate::Change::PutStoredEdge {
        edge: FOLLOWERS,
        from: bob,
        to: ada,
        sort_key: half.sort_key,
        props: half.props.unwrap(),
    };
    let late = Delivery { source: ada, version: put.node.version, changes: vec![change] };
    store.shards()[1].apply(vec![late]).await.remove(0).unwrap();
    assert!(ends(&store, FOLLOWERS, bob).await.is_empty());
    assert_eq!(count(&store, FOLLOWERS, bob).await, 0);
}

pub(super) fn permutations(length: usize) -> Vec<Vec<usize>> {
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
