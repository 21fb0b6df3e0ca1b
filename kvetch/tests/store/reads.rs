//! What reads answer.

use std::sync::atomic::Ordering;

use kvetch::{Create, EdgeAfter, EdgeRead, NodeId, Order, Read, VirtualShard};

use crate::faulty::faulty;
use crate::fixture::*;

#[test]
fn answers_come_in_the_order_of_the_keys_with_repeats_and_gaps() {
    on_every_size(async |store| {
        let (ada, bob) = (created(&store, user("ada")).await, created(&store, user("bob")).await);
        let missing = NodeId::generate();
        let answers = nodes(&store, &[bob.id, missing, ada.id, bob.id]).await;
        assert_eq!(answers, [Ok(Some(bob.clone())), Ok(None), Ok(Some(ada)), Ok(Some(bob))]);
    });
}

#[test]
fn pages_of_edges_go_both_ways_from_either_kind_of_cursor() {
    on_every_size(async |store| {
        let owner = created(&store, user("ada")).await;
        let mut lists = Vec::new();
        for rank in 0..7 {
            lists.push(created(&store, list(owner.id, rank)).await.id);
        }
        for order in [Order::Ascending, Order::Descending] {
            let (mut by_id, mut by_place) = (Vec::new(), Vec::new());
            let (mut id, mut place) = (None, None);
            loop {
                let read = |after| EdgeRead { edge: RANKED, first: 3, after, order };
                let (a, b) = (page(&store, read(id), owner.id).await, page(&store, read(place), owner.id).await);
                let last = a.edges.last().unwrap();
                id = Some(EdgeAfter::Node(last.to));
                place = Some(EdgeAfter::Position { sort_key: last.sort_key, to: last.to });
                by_id.extend(ids_of(&a));
                by_place.extend(ids_of(&b));
                if !a.has_next {
                    break;
                }
            }
            assert_eq!(by_id, lists);
            assert_eq!(by_place, lists);
            lists.reverse();
        }
    });
}

#[test]
fn a_page_of_nothing_is_empty_and_a_page_too_large_is_refused() {
    on_every_size(async |store| {
        let owner = created(&store, user("ada")).await;
        created(&store, list(owner.id, 1)).await;
        let none = page(&store, EdgeRead { first: 0, ..all(LISTS) }, owner.id).await;
        assert!(none.edges.is_empty() && !none.has_next);
        let refused = pages(&store, EdgeRead { first: 10_001, ..all(LISTS) }, &[owner.id]).await;
        assert_eq!(refused[0].as_ref().unwrap_err().code(), "over_limit");
    });
}

#[test]
fn a_round_counts_one_statement_for_each_read_shard_and_chunk() {
    on_every_size(async |store| {
        let ids: Vec<NodeId> = (0..1500).map(|_| NodeId::generate()).collect();
        let reads = vec![Read::Nodes { ids: ids.clone() }, Read::Counts { edge: LISTS, from: ids }];
        let round = store.round(reads).await;
        let statements = match store.shard_map().shards() {
            1 => 4,
            shards => 2 * shards as u64,
        };
        assert_eq!((round.stats.statements, round.stats.keys), (statements, 3000));
    });
}

#[tokio::test]
async fn a_shard_that_hangs_fails_its_own_keys_at_the_deadline() {
    let (store, faults) = faulty(&"memory:?shards=2".parse().unwrap()).await;
    let on = |shard: u16| NodeId::from_parts(1, VirtualShard::new(shard * 2048).unwrap(), 1);
    let ada = created(&store, Create { id: Some(on(0)), ..user("ada") }).await;
    faults[1].nodes_hang.store(true, Ordering::SeqCst);
    // Nothing else waits, so that the clock may run ahead to the deadline.
    tokio::time::pause();
    let answers = nodes(&store, &[on(1), ada.id]).await;
    tokio::time::resume();
    assert_eq!(answers[0].as_ref().unwrap_err().code(), "unavailable");
    assert_eq!(answers[1], Ok(Some(ada)));
    store.close().await.unwrap();
}

/// Reads run on whatever polls them; only writes and deadlines need the runtime of the store.
#[test]
fn a_round_may_be_awaited_outside_the_runtime_of_the_store() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let store = runtime.block_on(memory(3));
    futures::executor::block_on(async {
        let ada = created(&store, user("ada")).await;
        let lists = (0..500).map(|rank| list(ada.id, rank)).collect();
        assert!(store.create_many(lists).await.iter().all(Result::is_ok));
        assert_eq!(ends(&store, LISTS, ada.id).await.len(), 500);
        assert_eq!(browse(&store, LIST, None, 1000).await.nodes.len(), 500);
        store.close().await.unwrap();
    });
}
