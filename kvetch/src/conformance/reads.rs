//! What reads answer.

use crate::{EdgeAfter, EdgeRead, Kvetch, NodeId, Order, Read};

use super::fixture::*;

pub(super) async fn answers_come_in_the_order_of_the_keys_with_repeats_and_gaps(store: Kvetch) {
    let (ada, bob) = (created(&store, user("ada")).await, created(&store, user("bob")).await);
    let missing = NodeId::generate();
    let answers = nodes(&store, &[bob.id, missing, ada.id, bob.id]).await;
    assert_eq!(answers, [Ok(Some(bob.clone())), Ok(None), Ok(Some(ada)), Ok(Some(bob))]);
}

pub(super) async fn pages_of_edges_go_both_ways_from_either_kind_of_cursor(store: Kvetch) {
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
}

pub(super) async fn a_page_of_nothing_is_empty_and_a_page_too_large_is_refused(store: Kvetch) {
    let owner = created(&store, user("ada")).await;
    created(&store, list(owner.id, 1)).await;
    let none = page(&store, EdgeRead { first: 0, ..all(LISTS) }, owner.id).await;
    assert!(none.edges.is_empty() && !none.has_next);
    let refused = pages(&store, EdgeRead { first: 10_001, ..all(LISTS) }, &[owner.id]).await;
    assert_eq!(refused[0].as_ref().unwrap_err().code(), "over_limit");
}

pub(super) async fn a_round_counts_one_statement_for_each_read_shard_and_chunk(store: Kvetch) {
    let ids: Vec<NodeId> = (0..1500).map(|_| NodeId::generate()).collect();
    let reads = vec![Read::Nodes { ids: ids.clone() }, Read::Counts { edge: LISTS, from: ids }];
    let round = store.round(reads).await;
    let statements = match store.shard_map().shards() {
        1 => 4,
        shards => 2 * shards as u64,
    };
    assert_eq!((round.stats.statements, round.stats.keys), (statements, 3000));
}
