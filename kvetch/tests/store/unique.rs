//! Unique values hold, wherever they lie.

use std::sync::atomic::Ordering;

use futures::future::join_all;
use kvetch::{Claim, Claimed, Create, Delete, IndexKey, Kvetch, NodeId, Nonce, Props, Update, Value};

use crate::faulty::faulty;
use crate::fixture::*;

fn named(name: &str) -> Props {
    Props::from([("username", name)])
}

#[test]
fn a_unique_value_belongs_to_one_of_many_who_want_it_at_once() {
    on_every_size(async |store| {
        let written = join_all((0..40).map(|_| store.create(user("ada")))).await;
        let (won, lost): (Vec<_>, Vec<_>) = written.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1);
        assert!(lost.into_iter().all(|lost| lost.unwrap_err().code() == "duplicate"));
        assert_eq!(find(&store, BY_USERNAME, "ada").await, [won[0].as_ref().unwrap().node.id]);
        assert_eq!(browse(&store, USER, None, 100).await.nodes.len(), 1);
    });
}

#[test]
fn a_value_is_free_once_its_node_is_deleted_or_changed() {
    on_every_size(async |store| {
        let ada = created(&store, user("ada")).await;
        store.update(Update::new(USER, ada.id, named("lovelace"))).await.unwrap();
        let second = created(&store, user("ada")).await;
        store.delete(Delete::new(USER, second.id)).await.unwrap();
        created(&store, user("ada")).await;
        let refused = store.update(Update::new(USER, ada.id, named("ada"))).await.unwrap_err();
        assert!(refused.is_conflict() && refused.to_string().contains("byUsername"), "{refused}");
    });
}

#[test]
fn a_node_may_claim_its_own_value_again() {
    on_every_size(async |store| {
        let ada = created(&store, user("ada")).await;
        for name in ["ada", "bob", "ada", "ada"] {
            store.update(Update::new(USER, ada.id, named(name))).await.unwrap();
        }
        assert_eq!(find(&store, BY_USERNAME, "ada").await, [ada.id]);
        assert_eq!(store.create(user("ada")).await.unwrap_err().code(), "duplicate");
        created(&store, user("bob")).await;
    });
}

#[test]
fn a_refused_write_leaves_its_value_free() {
    on_every_size(async |store| {
        let ada = created(&store, user("ada")).await;
        let again = Create { id: Some(ada.id), ..user("bob") };
        assert_eq!(store.create(again).await.unwrap_err().code(), "exists");
        let late = Update { expected_version: Some(9), ..Update::new(USER, ada.id, named("carl")) };
        assert_eq!(store.update(late).await.unwrap_err().code(), "conflict");
        assert_eq!(store.update(Update::new(LIST, ada.id, named("dora"))).await.unwrap_err().code(), "wrong_type");
        for free in ["bob", "carl", "dora"] {
            created(&store, user(free)).await;
        }
    });
}

#[test]
fn a_null_is_no_value_and_so_never_taken() {
    on_every_size(async |store| {
        created(&store, Create::new(USER, Props::new())).await;
        created(&store, Create::new(USER, Props::from([("username", Value::Null)]))).await;
    });
}

/// A process that died between its claim and its write leaves an attempt behind. The next who
/// wants the value waits for a time and then takes it, on the shard of the node as on another.
#[tokio::test]
async fn an_abandoned_claim_is_cleared_by_the_next_who_wants_the_value() {
    for shards in [1, 3] {
        let url = format!("memory:?shards={shards}").parse().unwrap();
        let (store, faults) = faulty(&url).await;
        let dead = abandon(&store, "ada").await;
        faults.iter().for_each(|faults| faults.attempts_look_old.store(true, Ordering::SeqCst));
        let ada = created(&store, user("ada")).await;
        assert_ne!(ada.id, dead);
        assert_eq!(store.create(user("ada")).await.unwrap_err().code(), "duplicate");
        store.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_claim_that_may_still_win_is_waited_for_and_then_refused_as_pending() {
    let (store, _) = faulty(&"memory:".parse().unwrap()).await;
    abandon(&store, "ada").await;
    let refused = store.create(user("ada")).await.unwrap_err();
    assert_eq!(refused.code(), "claim_pending");
    assert!(refused.is_retryable());
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
