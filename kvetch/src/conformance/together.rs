//! Writes that are done together.

use crate::{Create, Delete, DeleteEdge, Kvetch, NodeId, Props, PutEdge, Update, Value, VirtualShard, Write, WriteId};

use super::fixture::*;

const PLACE: u16 = 1234;

fn here(number: u64) -> NodeId {
    NodeId::from_parts(1000, VirtualShard::new(PLACE).unwrap(), number)
}

fn ada() -> Create {
    Create { id: Some(here(1)), ..user("ada") }
}

pub(super) async fn writes_of_one_virtual_shard_are_done_together_and_see_each_other(store: Kvetch) {
    let writes = vec![
        Write::Create(ada()),
        Write::Create(list(here(1), 5)),
        Write::Create(Create { id: Some(here(2)), ..user("bob") }),
        Write::PutEdge(PutEdge::new(FOLLOWS, here(1), here(2))),
        Write::Update(Update::new(USER, here(1), Props::from([("city", "Paris")]))),
    ];
    let written = store.write_together(writes, None).await.unwrap();
    assert_eq!(written.len(), 5);
    assert!(written.iter().all(|written| written.pending == 0));
    assert_eq!((written[3].node.version, written[4].node.version), (2, 3));
    assert_eq!(written[1].node.id.virtual_shard().get(), PLACE);
    assert_eq!(ends(&store, LISTS, here(1)).await, [written[1].node.id]);
    assert_eq!(ends(&store, FOLLOWERS, here(2)).await, [here(1)]);
    assert_eq!(find(&store, BY_USERNAME, "bob").await, [here(2)]);
    let gone =
        vec![Write::DeleteEdge(DeleteEdge::new(FOLLOWS, here(1), here(2))), Write::Delete(Delete::new(USER, here(2)))];
    store.write_together(gone, None).await.unwrap();
    assert_eq!(node(&store, here(2)).await, None);
    assert!(ends(&store, FOLLOWS, here(1)).await.is_empty());
    assert_eq!(store.write_together(Vec::new(), None).await.unwrap(), []);
}

pub(super) async fn one_write_that_fails_undoes_those_done_with_it(store: Kvetch) {
    let taken = created(&store, user("carl")).await;
    let check = async |last: Write, code: &str| {
        let writes = vec![Write::Create(ada()), Write::Create(list(here(1), 5)), last];
        assert_eq!(store.write_together(writes, None).await.unwrap_err().code(), code);
        assert_eq!(node(&store, here(1)).await, None);
        assert!(find(&store, BY_USERNAME, "ada").await.is_empty());
        assert_eq!(count(&store, LISTS, here(1)).await, 0);
        assert!(browse(&store, LIST, None, 10).await.nodes.is_empty());
    };
    check(Write::Update(Update::new(USER, here(9), Props::new())), "not_found").await;
    check(Write::Create(ada()), "exists").await;
    check(Write::Create(Create { id: Some(here(3)), ..user("carl") }), "duplicate").await;
    check(Write::PutEdge(PutEdge::new(FOLLOWS, here(1), NodeId::generate())), "not_found").await;
    // The other end is made by the same batch, and is a user.
    check(Write::PutEdge(PutEdge::new(LIKES, here(1), here(1))), "wrong_type").await;
    // At once, and not when waiting for the first to end has proved to be in vain.
    let begun = std::time::Instant::now();
    check(Write::Create(Create { id: Some(here(3)), ..user("ada") }), "duplicate").await;
    assert!(begun.elapsed() < std::time::Duration::from_secs(4));
    // The values are free, and the same writes without the last go through.
    let writes = vec![Write::Create(ada()), Write::Create(list(here(1), 5))];
    store.write_together(writes, None).await.unwrap();
    assert_eq!(find(&store, BY_USERNAME, "carl").await, [taken.id]);
}

pub(super) async fn writes_of_several_virtual_shards_are_not_done_together(store: Kvetch) {
    let writes = vec![Write::Create(ada()), Write::Create(Create { id: Some(spread(3)), ..user("bob") })];
    assert_eq!(store.write_together(writes, None).await.unwrap_err().code(), "invalid_argument");
    let own_id = Create { write_id: Some(WriteId::generate()), ..ada() };
    let refused = store.write_together(vec![Write::Create(own_id)], None).await;
    assert_eq!(refused.unwrap_err().code(), "invalid_argument");
    assert_eq!(node(&store, here(1)).await, None);
}

pub(super) async fn writes_together_under_the_same_write_id_are_done_once(store: Kvetch) {
    let writes =
        vec![Write::Create(user("ada")), Write::Create(Create::new(LIST, Props::from([("rank", Value::Int(1))])))];
    let write_id = Some(WriteId::generate());
    let first = store.write_together(writes.clone(), write_id).await.unwrap();
    assert_eq!(store.write_together(writes.clone(), write_id).await.unwrap(), first);
    // The same id over more writes names other writes, and nothing of them is done.
    let more = [writes, vec![Write::Create(user("bob"))]].concat();
    assert_eq!(store.write_together(more, write_id).await.unwrap_err().code(), "invalid_argument");
    assert_eq!(browse(&store, USER, None, 10).await.nodes.len(), 1);
    assert_eq!(browse(&store, LIST, None, 10).await.nodes.len(), 1);
}

/// A node that is not there was reported as a value that is taken, wherever the value had to be claimed first.
pub(super) async fn what_is_wrong_with_a_node_comes_before_a_value_that_is_taken(store: Kvetch) {
    created(&store, user("carl")).await;
    let writes = vec![
        Write::Create(Create { id: Some(here(1)), ..user("carl") }),
        Write::Update(Update::new(USER, here(9), Props::new())),
    ];
    assert_eq!(store.write_together(writes, None).await.unwrap_err().code(), "not_found");
}
