//! What writes do to nodes and to what is derived from them.

use crate::{Create, Delete, Kvetch, NodeId, NodeType, Props, Touched, Update, Value, WriteId};

use super::fixture::*;

pub(super) async fn a_created_node_is_found_by_every_kind_of_read(store: Kvetch) {
    let owner = created(&store, user("ada")).await;
    let list = created(&store, list(owner.id, 7)).await;
    assert_eq!(node(&store, list.id).await, Some(list.clone()));
    assert_eq!(ends(&store, LISTS, owner.id).await, [list.id]);
    assert_eq!(ends(&store, RANKED, owner.id).await, [list.id]);
    assert_eq!(count(&store, LISTS, owner.id).await, 1);
    assert_eq!(find(&store, BY_USERNAME, "ada").await, [owner.id]);
    assert_eq!(find(&store, BY_RANK, 7).await, [list.id]);
    assert_eq!(browse(&store, LIST, None, 10).await.nodes, [list]);
}

pub(super) async fn moving_an_edge_moves_both_counts(store: Kvetch) {
    let (from, to) = (created(&store, user("ada")).await, created(&store, user("bob")).await);
    let (stays, moves) = (created(&store, list(from.id, 1)).await, created(&store, list(from.id, 2)).await);
    let set = Props::from([("ownerId", to.id)]);
    let written = store.update(Update::new(LIST, moves.id, set)).await.unwrap();
    assert_eq!(written.pending, 0);
    for edge in [LISTS, RANKED] {
        assert_eq!(ends(&store, edge, from.id).await, [stays.id]);
        assert_eq!(ends(&store, edge, to.id).await, [moves.id]);
        assert_eq!((count(&store, edge, from.id).await, count(&store, edge, to.id).await), (1, 1));
    }
    for touched in [Touched::Edges(LISTS, from.id), Touched::Edges(LISTS, to.id), Touched::Node(moves.id)] {
        assert!(written.touched.contains(&touched), "{touched:?} is not in {:?}", written.touched);
    }
}

pub(super) async fn changing_the_ordering_prop_moves_the_edge_and_no_count(store: Kvetch) {
    let owner = created(&store, user("ada")).await;
    let (first, second) = (created(&store, list(owner.id, 1)).await, created(&store, list(owner.id, 2)).await);
    assert_eq!(ends(&store, RANKED, owner.id).await, [first.id, second.id]);
    store.update(Update::new(LIST, first.id, Props::from([("rank", 3)]))).await.unwrap();
    assert_eq!(ends(&store, RANKED, owner.id).await, [second.id, first.id]);
    assert_eq!(ends(&store, LISTS, owner.id).await.len(), 2);
    assert_eq!(count(&store, RANKED, owner.id).await, 2);
}

pub(super) async fn deleting_a_node_removes_its_edges_counts_and_index_entries(store: Kvetch) {
    let owner = created(&store, user("ada")).await;
    let list = created(&store, list(owner.id, 7)).await;
    let written = store.delete(Delete::new(LIST, list.id)).await.unwrap();
    assert_eq!((written.node, written.pending), (list.clone(), 0));
    assert_eq!(node(&store, list.id).await, None);
    assert!(ends(&store, LISTS, owner.id).await.is_empty());
    assert_eq!(count(&store, LISTS, owner.id).await, 0);
    assert!(find(&store, BY_RANK, 7).await.is_empty());
    assert!(browse(&store, LIST, None, 10).await.nodes.is_empty());
}

pub(super) async fn deleting_a_source_keeps_the_edges_that_other_nodes_still_store(store: Kvetch) {
    let owner = created(&store, user("ada")).await;
    let list = created(&store, list(owner.id, 7)).await;
    store.delete(Delete::new(USER, owner.id)).await.unwrap();
    assert_eq!(ends(&store, LISTS, owner.id).await, [list.id]);
}

pub(super) async fn an_update_merges_clears_by_null_and_keeps_what_is_absent(store: Kvetch) {
    let props = Props::from([("username", "ada"), ("city", "London"), ("email", "a@b.c")]);
    let before = created(&store, Create::new(USER, props)).await;
    let set = Props::from([("city", Value::Null), ("email", "d@e.f".into()), ("age", 36.into())]);
    let after = store.update(Update::new(USER, before.id, set)).await.unwrap().node;
    let expected = Props::from([("username", Value::from("ada")), ("email", "d@e.f".into()), ("age", 36.into())]);
    assert_eq!(after.body.to_props().unwrap(), expected);
    assert_eq!((after.version, after.created), (2, before.created));
    assert_eq!(node(&store, before.id).await, Some(after));
}

pub(super) async fn a_wrong_type_is_refused_before_anything_is_written(store: Kvetch) {
    let owner = created(&store, user("ada")).await;
    let set = Props::from([("username", "eve")]);
    let updated = store.update(Update::new(LIST, owner.id, set)).await.unwrap_err();
    let deleted = store.delete(Delete::new(LIST, owner.id)).await.unwrap_err();
    for error in [updated, deleted] {
        assert_eq!(error.code(), "wrong_type");
        assert!(error.to_string().contains("is a User, not a List"), "{error}");
    }
    assert_eq!(node(&store, owner.id).await, Some(owner.clone()));
    assert_eq!(find(&store, BY_USERNAME, "ada").await, [owner.id]);
}

pub(super) async fn a_write_at_another_version_is_a_conflict(store: Kvetch) {
    let owner = created(&store, user("ada")).await;
    let update = |version| Update {
        expected_version: Some(version),
        ..Update::new(USER, owner.id, Props::from([("city", "Paris")]))
    };
    assert_eq!(store.update(update(1)).await.unwrap().node.version, 2);
    assert!(store.update(update(1)).await.unwrap_err().is_conflict());
    let delete = Delete { expected_version: Some(1), ..Delete::new(USER, owner.id) };
    assert_eq!(store.delete(delete).await.unwrap_err().code(), "conflict");
}

pub(super) async fn the_id_of_a_deleted_node_is_gone(store: Kvetch) {
    let create = Create { id: Some(NodeId::generate()), ..user("ada") };
    let owner = created(&store, create.clone()).await;
    assert_eq!(store.create(create.clone()).await.unwrap_err().code(), "exists");
    store.delete(Delete::new(USER, owner.id)).await.unwrap();
    assert_eq!(store.create(create).await.unwrap_err().code(), "gone");
    assert!(store.delete(Delete::new(USER, owner.id)).await.unwrap_err().is_not_found());
    let update = Update::new(USER, owner.id, Props::new());
    assert_eq!(store.update(update).await.unwrap_err().code(), "not_found");
}

pub(super) async fn a_write_under_the_same_write_id_is_done_once(store: Kvetch) {
    let write_id = Some(WriteId::generate());
    let create = Create { write_id, ..user("ada") };
    let first = store.create(create.clone()).await.unwrap();
    store.update(Update::new(USER, first.node.id, Props::from([("city", "Paris")]))).await.unwrap();
    assert_eq!(store.create(create).await.unwrap(), first);
    assert_eq!(browse(&store, USER, None, 10).await.nodes.len(), 1);

    let write_id = Some(WriteId::generate());
    let delete = Delete { write_id, ..Delete::new(USER, first.node.id) };
    let deleted = store.delete(delete.clone()).await.unwrap();
    assert_eq!(store.delete(delete).await.unwrap(), deleted);
}

/// They were put into one transaction, in which each met the record of the other, and failed with all others of it.
pub(super) async fn writes_of_one_batch_under_one_write_id_are_one(store: Kvetch) {
    let twin = || Create { write_id: Some(WriteId::from_bytes([7; 16])), ..list(spread(1), 1) };
    let answers = store.create_many(vec![twin(), list(spread(1), 2), twin()]).await;
    let ids = answers.into_iter().map(|answer| answer.unwrap().node.id).collect::<Vec<_>>();
    assert_eq!(ids[0], ids[2]);
    assert_eq!(browse(&store, LIST, None, 10).await.nodes.len(), 2);
}

pub(super) async fn a_node_created_near_another_lies_in_its_virtual_shard(store: Kvetch) {
    let owner = created(&store, user("ada")).await;
    let near = Create { near: Some(owner.id), ..list(owner.id, 1) };
    assert_eq!(created(&store, near).await.id.virtual_shard(), owner.id.virtual_shard());
}

pub(super) async fn props_that_do_not_fit_the_schema_are_refused(store: Kvetch) {
    async fn check(store: &Kvetch, node_type: NodeType, key: &str, value: Value, code: &str) {
        let refused = store.create(Create::new(node_type, Props::from([(key, value)]))).await;
        assert_eq!(refused.unwrap_err().code(), code, "{key}");
    }
    check(&store, LIST, "ownerId", "no id".into(), "invalid_argument").await;
    check(&store, LIST, "color", Value::List(vec![]), "invalid_argument").await;
    check(&store, LIST, "color", "x".repeat(512).into(), "over_limit").await;
    check(&store, LIST, &"k".repeat(256), 1.into(), "over_limit").await;
    check(&store, LIST, "text", "x".repeat(1 << 20).into(), "over_limit").await;
    check(&store, NodeType(9), "a", 1.into(), "invalid_argument").await;
    assert!(browse(&store, LIST, None, 10).await.nodes.is_empty());
}

pub(super) async fn many_creates_at_once_keep_their_order_and_fail_alone(store: Kvetch) {
    let owner = created(&store, user("ada")).await;
    let mut creates: Vec<Create> = (0..300).map(|rank| list(owner.id, rank)).collect();
    creates[100] = user("ada");
    creates[200] = Create::new(NodeType(9), Props::new());
    let written = store.create_many(creates).await;
    let codes: Vec<_> = written.iter().filter_map(|written| written.as_ref().err()).map(|e| e.code()).collect();
    assert_eq!(codes, ["duplicate", "invalid_argument"]);
    let ids: Vec<NodeId> = written.iter().flatten().map(|written| written.node.id).collect();
    assert_eq!(ends(&store, RANKED, owner.id).await, ids);
    assert_eq!(count(&store, LISTS, owner.id).await, 298);
}
