//! Unique values hold, wherever they lie.

use kvetch::{Claim, Claimed, DriftClass, IndexKey, Kvetch, NodeId, Nonce, VerifyOptions};

use crate::directory::TempDirectory;
use crate::fixture::*;

/// A process that died between its claim and its write leaves an attempt behind. The next who
/// wants the value waits for a time and then takes it, on the shard of the node as on another.
#[tokio::test]
async fn an_abandoned_claim_is_cleared_by_the_next_who_wants_the_value() {
    for shards in [1, 3] {
        let url = format!("memory:?shards={shards}").parse().unwrap();
        let (store, faults) = instrumented(&url).await;
        let dead = abandon(&store, "ada").await;
        faults.iter().for_each(|faults| faults.age_attempts());
        let ada = created(&store, user("ada")).await;
        assert_ne!(ada.id, dead);
        assert_eq!(store.create(user("ada")).await.unwrap_err().code(), "duplicate");
        store.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_claim_that_may_still_win_is_waited_for_and_then_refused_as_pending() {
    let (store, _) = instrumented(&"memory:".parse().unwrap()).await;
    abandon(&store, "ada").await;
    let refused = store.create(user("ada")).await.unwrap_err();
    assert_eq!(refused.code(), "claim_pending");
    assert!(refused.is_retryable());
    store.close().await.unwrap();
}

/// A node's claim was never confirmed, because its shard had been put back from an older state than the fences of the
/// other, and its mark had its hour. Whoever wanted the value next took the attempt for abandoned and had it, too.
#[tokio::test]
async fn an_old_attempt_of_a_node_that_has_the_value_is_not_taken_for_abandoned() {
    let directory = TempDirectory::new();
    let store = Kvetch::open(&[directory.url(1)], schema()).await.unwrap();
    let ada = created(&store, user("ada")).await;
    let connection = rusqlite::Connection::open(directory.0.join("shard-0000.sqlite")).unwrap();
    let aged = "UPDATE kvetch_claims SET version = 0, nonce = x'07070707070707070707070707070707', claimed = 0";
    assert_eq!(connection.execute(aged, []).unwrap(), 1);
    assert_eq!(store.create(user("ada")).await.unwrap_err().code(), "duplicate");
    let report = store.repair(VerifyOptions::default(), |_| {}).await.unwrap();
    assert_eq!((report.drift_of(DriftClass::AttemptStale), report.left), (1, 0), "{report:?}");
    assert_eq!(store.create(user("ada")).await.unwrap_err().code(), "duplicate");
    assert_eq!(find(&store, BY_USERNAME, "ada").await, [ada.id]);
    store.close().await.unwrap();
}

/// Claims a value for a node that is never written.
async fn abandon(store: &Kvetch, name: &str) -> NodeId {
    let holder = NodeId::generate();
    let value = IndexKey::new(&name.into()).unwrap();
    let shard = store.shard_map().shard_of(value.virtual_shard());
    let claim = Claim { index: BY_USERNAME, value, holder, nonce: Nonce::from_bytes([7; 16]) };
    let claimed = store.shards()[shard.get()].claim(vec![claim]).await;
    assert_eq!(claimed, [Ok(Claimed::Granted)]);
    holder
}
