//! Writing by a unique value.

use futures::future::join_all;

use crate::{Delete, Kvetch, NodeId, Props, Update, Upsert, Value, WriteId};

use super::fixture::*;

fn ada(city: &str) -> Upsert {
    Upsert::new(USER, BY_USERNAME, Props::from([("username", "ada"), ("city", city)]))
}

pub(super) async fn an_upsert_creates_and_then_changes(store: Kvetch) {
    let first = store.upsert(ada("London")).await.unwrap().node;
    assert_eq!(first.version, 1);
    let second = store.upsert(ada("Paris")).await.unwrap().node;
    assert_eq!((second.id, second.version), (first.id, 2));
    let cleared = Upsert { set: Props::from([("username", "ada".into()), ("city", Value::Null)]), ..ada("") };
    let third = store.upsert(cleared).await.unwrap().node;
    assert_eq!(third.body.to_props().unwrap(), Props::from([("username", "ada")]));
    assert_eq!(browse(&store, USER, None, 10).await.nodes, [third]);
}

pub(super) async fn upserts_of_one_value_at_once_make_one_node(store: Kvetch) {
    let written = join_all((0..20).map(|number| store.upsert(ada(&format!("city{number}"))))).await;
    let ids: Vec<NodeId> = written.into_iter().map(|written| written.unwrap().node.id).collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert_eq!(node(&store, ids[0]).await.unwrap().version, 20);
    assert_eq!(browse(&store, USER, None, 10).await.nodes.len(), 1);
}

pub(super) async fn an_upsert_of_a_value_that_was_given_up_creates(store: Kvetch) {
    let first = store.upsert(ada("London")).await.unwrap().node;
    store.update(Update::new(USER, first.id, Props::from([("username", "lovelace")]))).await.unwrap();
    let second = store.upsert(ada("London")).await.unwrap().node;
    assert_ne!(second.id, first.id);
    store.delete(Delete::new(USER, second.id)).await.unwrap();
    assert_eq!(store.upsert(ada("London")).await.unwrap().node.version, 1);
}

pub(super) async fn an_upsert_under_the_same_write_id_is_done_once(store: Kvetch) {
    let upsert = Upsert { write_id: Some(WriteId::generate()), ..ada("London") };
    let first = store.upsert(upsert.clone()).await.unwrap();
    assert_eq!(store.upsert(upsert.clone()).await.unwrap(), first);
    store.update(Update::new(USER, first.node.id, Props::from([("username", "lovelace")]))).await.unwrap();
    assert_eq!(store.upsert(upsert).await.unwrap(), first);
    assert_eq!(browse(&store, USER, None, 10).await.nodes.len(), 1);
}

pub(super) async fn an_upsert_needs_a_unique_index_and_its_value(store: Kvetch) {
    for (upsert, what) in [
        (Upsert { by: BY_RANK, ..ada("") }, "no unique index"),
        (Upsert { node_type: LIST, ..ada("") }, "no unique index"),
        (Upsert { set: Props::from([("city", "Paris")]), ..ada("") }, "username"),
    ] {
        let refused = store.upsert(upsert).await.unwrap_err();
        assert!(refused.code() == "invalid_argument" && refused.to_string().contains(what), "{refused}");
    }
}
