//! Whole tables in the order of their keys, and counts beside what they count, below the front door.

use crate::{
    Change, Claim, ClaimRow, Create, Delivery, EdgeRow, EdgeType, IndexKey, Kvetch, NodeId, Nonce, Props, PutEdge,
    Shard, Tally, WriteOp,
};
use crate::{NodeWrite, Place, ShardIdx, Timestamp};

use super::fixture::*;

/// Pages of every size join to the same rows, each once, in the order of their keys.
pub(super) async fn edges_and_counts_are_listed_in_the_order_of_their_keys(store: Kvetch) {
    let users = some_users(&store, 5).await;
    for number in 0..17 {
        // Several of one place in the order.
        created(&store, list(users[number % 3], (number / 6) as i64)).await;
    }
    for shard in store.shards() {
        let whole = edges(&**shard, RANKED, 100).await;
        for first in [1, 2, 7] {
            assert_eq!(edges(&**shard, RANKED, first).await, whole);
        }
        assert!(whole.is_sorted_by(|one, next| one.key() < next.key()));
        assert!(whole.iter().all(|row| row.props == Ok(None)));

        let counts = shard.list_counts(RANKED, None, 100).await.unwrap();
        let of = |from| whole.iter().filter(|row| row.from == from).count() as i64;
        assert!(counts.iter().all(|(from, count)| of(*from) == *count));
        assert_eq!(counts.iter().map(|(_, count)| count).sum::<i64>(), whole.len() as i64);
        for pair in counts.windows(2) {
            assert_eq!(shard.list_counts(RANKED, Some(pair[0].0), 1).await.unwrap(), [pair[1]]);
        }
    }
    assert_eq!(everywhere(&store, RANKED, 3).await.len(), 17);
}

pub(super) async fn halves_of_stored_edges_are_listed_with_their_props(store: Kvetch) {
    let users = some_users(&store, 2).await;
    let put = PutEdge { props: Props::from([("since", 7)]), ..PutEdge::new(FOLLOWS, users[0], users[1]) };
    store.put_edge(put).await.unwrap();
    for (edge, from, to) in [(FOLLOWS, users[0], users[1]), (FOLLOWERS, users[1], users[0])] {
        let listed = everywhere(&store, edge, 3).await;
        assert_eq!((listed.len(), listed[0].from, listed[0].to), (1, from, to));
        let props = listed[0].props.clone().unwrap().expect("a stored edge has props");
        assert_eq!(props.to_props().unwrap(), Props::from([("since", 7)]));
    }
}

pub(super) async fn claims_are_listed_and_found_by_their_values(store: Kvetch) {
    let users = some_users(&store, 9).await;
    let mut seen = Vec::new();
    for shard in store.shards() {
        let whole = shard.list_claims(BY_USERNAME, None, 100).await.unwrap();
        assert!(whole.is_sorted_by(|one, next| one.value < next.value));
        let mut paged: Vec<ClaimRow> = Vec::new();
        loop {
            let after = paged.last().map(|row| row.value.clone());
            let page = shard.list_claims(BY_USERNAME, after, 2).await.unwrap();
            if page.is_empty() {
                break;
            }
            paged.extend(page);
        }
        assert_eq!(paged, whole);
        let values: Vec<IndexKey> = whole.iter().map(|row| row.value.clone()).chain([key("nobody")]).collect();
        let found = shard.claims_of(BY_USERNAME, &values).await;
        let expected: Vec<_> = whole.iter().cloned().map(|row| Ok(Some(row))).chain([Ok(None)]).collect();
        assert_eq!(found, expected);
        assert!(whole.iter().all(|row| row.version == 1 && row.nonce.is_none()));
        seen.extend(whole.into_iter().map(|row| row.holder));
    }
    seen.sort_unstable();
    let mut expected = users;
    expected.sort_unstable();
    assert_eq!(seen, expected);
    // An attempt is listed with its mark.
    let nonce = Nonce::from_bytes([9; 16]);
    let claim = Claim { index: BY_USERNAME, value: key("nobody"), holder: seen[0], nonce };
    let shard = &store.shards()[0];
    shard.claim(vec![claim]).await.remove(0).unwrap();
    let found = shard.claims_of(BY_USERNAME, &[key("nobody")]).await.remove(0).unwrap().expect("it is there");
    assert_eq!((found.version, found.nonce, found.holder), (0, Some(nonce), seen[0]));
    assert!(found.claimed > Timestamp(0));
}

pub(super) async fn counts_are_told_beside_their_edges_and_counted_again(store: Kvetch) {
    let user = some_users(&store, 1).await[0];
    for rank in 0..3 {
        created(&store, list(user, rank)).await;
    }
    let home = store.shard_map().shard_of(user.virtual_shard());
    let shard = &store.shards()[home.get()];
    let right = Tally { count: 3, edges: 3 };
    let none = Tally { count: 0, edges: 0 };
    let nobody = NodeId::generate();
    assert_eq!(shard.tallies(LISTS, &[nobody, user, user]).await, [Ok(none), Ok(right), Ok(right)]);
    // What is right stays as it is.
    shard.recount(vec![(LISTS, user), (LISTS, nobody), (RANKED, user)]).await.unwrap();
    assert_eq!(shard.tallies(LISTS, &[user, nobody]).await, [Ok(right), Ok(none)]);
    assert_eq!(count(&store, RANKED, user).await, 3);
}

/// Deliveries of a node that is not there are applied until it is, and never against it.
pub(super) async fn what_nobody_is_the_source_of_is_removed_until_somebody_is(store: Kvetch) {
    let user = some_users(&store, 1).await[0];
    let home = store.shard_map().shard_of(user.virtual_shard());
    let shard = &store.shards()[home.get()];
    let nobody = NodeId::generate_in(user.virtual_shard());
    let put = Change::PutEdge { edge: LISTS, from: user, to: nobody, sort_key: 1 };
    for _ in 0..2 {
        let stray = Delivery { source: NodeId::generate(), version: 1, changes: vec![put.clone()] };
        shard.apply(vec![stray]).await.remove(0).unwrap();
        assert_eq!(count(&store, LISTS, user).await, 1);
        shard.apply(vec![removal(user, nobody, 0)]).await.remove(0).unwrap();
        assert_eq!(count(&store, LISTS, user).await, 0);
    }
    let known = Delivery { source: nobody, version: 1, changes: vec![put] };
    shard.apply(vec![known]).await.remove(0).unwrap();
    shard.apply(vec![removal(user, nobody, 0)]).await.remove(0).unwrap();
    assert_eq!(count(&store, LISTS, user).await, 1);
}

/// Rows are derived anew under the lock of their node, whatever they were.
pub(super) async fn mending_makes_rows_what_their_node_says(store: Kvetch) {
    let user = some_users(&store, 1).await[0];
    let list = created(&store, Create { near: Some(user), ..list(user, 4) }).await;
    let home = store.shard_map().shard_of(user.virtual_shard());
    let shard = &store.shards()[home.get()];
    let stray = [
        Change::RemoveEdge { edge: LISTS, from: user, to: list.id },
        Change::PutEdge { edge: RANKED, from: user, to: list.id, sort_key: 99 },
        Change::PutEdge { edge: NOTES, from: user, to: list.id, sort_key: 1 },
    ];
    let stray = Delivery { source: NodeId::generate(), version: 1, changes: stray.to_vec() };
    let rows = stray.changes.iter().map(Change::row).collect();
    shard.apply(vec![stray]).await.remove(0).unwrap();
    let op = WriteOp::Mend { rows, gone: Vec::new(), expected_version: None, step: 1 };
    let write =
        NodeWrite { id: list.id, node_type: LIST, op, now: Timestamp::now(), write_id: None, claims: Vec::new() };
    let place = Place {
        schema: store.schema().clone(),
        map: std::sync::Arc::new(store.shard_map().clone()),
        here: ShardIdx(home.0),
    };
    let outcome = shard.write(&place, vec![write]).await.remove(0).unwrap();
    assert_eq!((outcome.node.version, &outcome.node.body), (list.version + 1, &list.body));
    assert_eq!(ends(&store, LISTS, user).await, [list.id]);
    assert_eq!(page(&store, all(RANKED), user).await.edges[0].sort_key, 4);
    assert_eq!(shard.tallies(NOTES, &[user]).await, [Ok(Tally { count: 0, edges: 0 })]);
}

fn removal(from: NodeId, to: NodeId, version: u64) -> Delivery {
    Delivery { source: to, version, changes: vec![Change::RemoveEdge { edge: LISTS, from, to }] }
}

fn key(value: &str) -> IndexKey {
    IndexKey::new(&value.into()).expect("it can be indexed")
}

async fn some_users(store: &Kvetch, count: usize) -> Vec<NodeId> {
    let creates = (0..count).map(|number| user(&format!("user{number}"))).collect();
    store.create_many(creates).await.into_iter().map(|written| written.unwrap().node.id).collect()
}

/// All edges of a type on all shards.
async fn everywhere(store: &Kvetch, edge: EdgeType, first: u32) -> Vec<EdgeRow> {
    let mut rows = Vec::new();
    for shard in store.shards() {
        rows.extend(edges(&**shard, edge, first).await);
    }
    rows
}

/// All edges of a type on a shard, in pages of this size.
async fn edges(shard: &dyn Shard, edge: EdgeType, first: u32) -> Vec<EdgeRow> {
    let mut rows: Vec<EdgeRow> = Vec::new();
    loop {
        let page = shard.list_edges(edge, rows.last().map(EdgeRow::key), first).await.unwrap();
        assert!(page.len() <= first as usize);
        if page.is_empty() {
            return rows;
        }
        rows.extend(page);
    }
}
