//! What goes with a deleted node, and what stays.

use crate::{Create, Delete, Kvetch, Node, NodeId, Props, PutEdge, Touched, Value};

use super::fixture::*;

async fn note(store: &Kvetch, key: &str, of: NodeId) -> Node {
    created(store, Create::new(NOTE, Props::from([(key, Value::Id(of))]))).await
}

pub(super) async fn deleting_a_node_removes_its_stored_edges_from_both_ends(store: Kvetch) {
    let mut people = Vec::new();
    for number in 0..5 {
        people.push(created(&store, Create { id: Some(spread(number)), ..user(&format!("user{number}")) }).await.id);
    }
    let (gone, others) = (people[0], &people[1..]);
    for other in others {
        store.put_edge(PutEdge::new(FOLLOWS, gone, *other)).await.unwrap();
        store.put_edge(PutEdge::new(FOLLOWS, *other, gone)).await.unwrap();
    }
    store.put_edge(PutEdge::new(FOLLOWS, others[0], others[1])).await.unwrap();
    let written = store.delete(Delete::new(USER, gone)).await.unwrap();
    assert_eq!(written.pending, 0);
    for edge in [FOLLOWS, FOLLOWERS] {
        assert!(written.touched.contains(&Touched::Edges(edge, others[3])));
        assert_eq!(count(&store, edge, gone).await, 0);
        assert!(ends(&store, edge, gone).await.is_empty());
        for other in &others[2..] {
            assert_eq!(count(&store, edge, *other).await, 0);
            assert!(ends(&store, edge, *other).await.is_empty());
        }
    }
    assert_eq!(ends(&store, FOLLOWS, others[0]).await, [others[1]]);
    assert_eq!(ends(&store, FOLLOWERS, others[1]).await, [others[0]]);
}

/// More edges than one step of a deletion takes.
pub(super) async fn deleting_a_node_with_many_stored_edges_removes_them_all(store: Kvetch) {
    let ada = created(&store, user("ada")).await.id;
    let lists = store.create_many((0..300).map(|rank| list(ada, rank)).collect()).await;
    let lists: Vec<NodeId> = lists.into_iter().map(|list| list.unwrap().node.id).collect();
    let put = store.put_edges(lists.iter().map(|list| PutEdge::new(LIKES, ada, *list)).collect()).await;
    assert!(put.iter().all(Result::is_ok));
    assert_eq!(count(&store, LIKES, ada).await, 300);
    let written = store.delete(Delete::new(USER, ada)).await.unwrap();
    assert_eq!(written.pending, 0);
    assert_eq!(count(&store, LIKES, ada).await, 0);
    for list in lists.iter().step_by(50).chain(&lists[299..]) {
        assert_eq!(count(&store, LIKED_BY, *list).await, 0);
        assert!(ends(&store, LIKED_BY, *list).await.is_empty());
    }
}

pub(super) async fn a_node_that_others_restrict_is_not_deleted(store: Kvetch) {
    let ada = created(&store, user("ada")).await;
    let badge = created(&store, Create::new(BADGE, Props::from([("userId", ada.id)]))).await;
    let refused = store.delete(Delete::new(USER, ada.id)).await.unwrap_err();
    assert_eq!(refused.code(), "restricted");
    assert!(refused.is_conflict() && refused.to_string().contains("badges"), "{refused}");
    assert_eq!(node(&store, ada.id).await, Some(ada.clone()));
    assert_eq!(find(&store, BY_USERNAME, "ada").await, [ada.id]);
    store.delete(Delete::new(BADGE, badge.id)).await.unwrap();
    store.delete(Delete::new(USER, ada.id)).await.unwrap();
    assert_eq!(node(&store, ada.id).await, None);
}

pub(super) async fn nodes_that_belong_to_a_deleted_one_go_with_it_and_so_on(store: Kvetch) {
    let ada = created(&store, user("ada")).await;
    let (gone, stays) = (created(&store, list(ada.id, 1)).await, created(&store, list(ada.id, 2)).await);
    let mut notes = Vec::new();
    for _ in 0..3 {
        let mut note_of_list = note(&store, "listId", gone.id).await;
        for _ in 0..4 {
            let answer = note(&store, "noteId", note_of_list.id).await;
            notes.push(std::mem::replace(&mut note_of_list, answer));
        }
        notes.push(note_of_list);
    }
    let kept = note(&store, "listId", stays.id).await;
    let written = store.delete(Delete::new(LIST, gone.id)).await.unwrap();
    assert_eq!(written.pending, 0);
    assert!(notes.iter().all(|note| written.touched.contains(&Touched::Node(note.id))));
    assert_eq!(browse(&store, NOTE, None, 100).await.nodes, [kept]);
    assert_eq!(count(&store, NOTES, gone.id).await, 0);
    for note in &notes {
        assert_eq!(count(&store, ANSWERS, note.id).await, 0);
    }
}

/// More than one step takes, with a chain that would be too deep for a stack.
pub(super) async fn a_cascade_may_be_wide_and_deep(store: Kvetch) {
    let list = created(&store, Create::new(LIST, Props::new())).await;
    let wide = (0..300).map(|_| Create::new(NOTE, Props::from([("listId", list.id)])));
    let ids: Vec<NodeId> = (0..80).map(spread).collect();
    let deep = ids
        .windows(2)
        .map(|pair| Create { id: Some(pair[1]), ..Create::new(NOTE, Props::from([("noteId", pair[0])])) });
    let top = Create { id: Some(ids[0]), ..Create::new(NOTE, Props::from([("listId", list.id)])) };
    let written = store.create_many(wide.chain([top]).chain(deep).collect()).await;
    assert!(written.iter().all(|written| written.as_ref().is_ok_and(|written| written.pending == 0)));
    store.delete(Delete::new(LIST, list.id)).await.unwrap();
    for _ in 0..300 {
        if browse(&store, NOTE, None, 1).await.nodes.is_empty() {
            assert_eq!(count(&store, NOTES, list.id).await, 0);
            return;
        }
        // A slow disk may need longer than the deadline of one write.
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("some notes were left");
}

pub(super) async fn a_node_that_was_moved_elsewhere_does_not_go_along(store: Kvetch) {
    let ada = created(&store, user("ada")).await;
    let (gone, stays) = (created(&store, list(ada.id, 1)).await, created(&store, list(ada.id, 2)).await);
    let moved = note(&store, "listId", gone.id).await;
    store.update(crate::Update::new(NOTE, moved.id, Props::from([("listId", stays.id)]))).await.unwrap();
    store.delete(Delete::new(LIST, gone.id)).await.unwrap();
    assert_eq!(ends(&store, NOTES, stays.id).await, [moved.id]);
    assert!(node(&store, moved.id).await.is_some());
}
