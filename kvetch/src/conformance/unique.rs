//! Unique values hold, wherever they lie.

use crate::{Create, Delete, Kvetch, Props, Update, Value};
use futures::future::join_all;

use super::fixture::*;

fn named(name: &str) -> Props {
    Props::from([("username", name)])
}

pub(super) async fn a_unique_value_belongs_to_one_of_many_who_want_it_at_once(store: Kvetch) {
    let written = join_all((0..40).map(|_| store.create(user("ada")))).await;
    let (won, lost): (Vec<_>, Vec<_>) = written.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    assert!(lost.into_iter().all(|lost| lost.unwrap_err().code() == "duplicate"));
    assert_eq!(find(&store, BY_USERNAME, "ada").await, [won[0].as_ref().unwrap().node.id]);
    assert_eq!(browse(&store, USER, None, 100).await.nodes.len(), 1);
}

pub(super) async fn a_value_is_free_once_its_node_is_deleted_or_changed(store: Kvetch) {
    let ada = created(&store, user("ada")).await;
    store.update(Update::new(USER, ada.id, named("lovelace"))).await.unwrap();
    let second = created(&store, user("ada")).await;
    store.delete(Delete::new(USER, second.id)).await.unwrap();
    created(&store, user("ada")).await;
    let refused = store.update(Update::new(USER, ada.id, named("ada"))).await.unwrap_err();
    assert!(refused.is_conflict() && refused.to_string().contains("byUsername"), "{refused}");
}

pub(super) async fn a_node_may_claim_its_own_value_again(store: Kvetch) {
    let ada = created(&store, user("ada")).await;
    for name in ["ada", "bob", "ada", "ada"] {
        store.update(Update::new(USER, ada.id, named(name))).await.unwrap();
    }
    assert_eq!(find(&store, BY_USERNAME, "ada").await, [ada.id]);
    assert_eq!(store.create(user("ada")).await.unwrap_err().code(), "duplicate");
    created(&store, user("bob")).await;
}

pub(super) async fn a_refused_write_leaves_its_value_free(store: Kvetch) {
    let ada = created(&store, user("ada")).await;
    let again = Create { id: Some(ada.id), ..user("bob") };
    assert_eq!(store.create(again).await.unwrap_err().code(), "exists");
    let late = Update { expected_version: Some(9), ..Update::new(USER, ada.id, named("carl")) };
    assert_eq!(store.update(late).await.unwrap_err().code(), "conflict");
    assert_eq!(store.update(Update::new(LIST, ada.id, named("dora"))).await.unwrap_err().code(), "wrong_type");
    for free in ["bob", "carl", "dora"] {
        created(&store, user(free)).await;
    }
}

pub(super) async fn a_null_is_no_value_and_so_never_taken(store: Kvetch) {
    created(&store, Create::new(USER, Props::new())).await;
    created(&store, Create::new(USER, Props::from([("username", Value::Null)]))).await;
}

/// The second time the value is taken, by the first time.
pub(super) async fn a_create_with_a_unique_value_may_be_repeated_under_its_write_id(store: Kvetch) {
    for name in ["ada", "bob", "carl", "dora"] {
        let create = Create { write_id: Some(crate::WriteId::generate()), ..user(name) };
        let first = store.create(create.clone()).await.unwrap();
        assert_eq!(store.create(create).await.unwrap(), first);
    }
}
