//! Derived rows on other shards: late, lost and repeated deliveries.

use std::time::Duration;

use kvetch::conformance::{Call, Fault};
use kvetch::{
    Create, Delete, DeleteEdge, Error, Kvetch, Node, NodeId, Props, PutEdge, StoreUrl, Update, VerifyOptions,
    VirtualShard, Write, limits,
};

use crate::directory::TempDirectory;
use crate::fixture::*;
use crate::quiet::quiet;

/// An id on the first or the second of two shards.
fn id_on(shard: u16, number: u64) -> NodeId {
    NodeId::from_parts(1, VirtualShard::new(shard * 2048).expect("there are two halves"), number)
}

async fn owners(store: &Kvetch) -> [Node; 2] {
    let owner = |number, name| Create { id: Some(id_on(0, number)), ..user(name) };
    [created(store, owner(1, "ada")).await, created(store, owner(2, "bob")).await]
}

/// Waits until an edge leads where it should; the test fails by its own deadline.
async fn eventually_ends(store: &Kvetch, from: NodeId, expected: &[NodeId]) {
    for _ in 0..500 {
        if ends(store, LISTS, from).await == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the edges of {from} never became {expected:?}");
}

#[tokio::test]
async fn a_write_whose_rows_cannot_be_delivered_is_pending_and_follows_later() {
    let (store, faults) = instrumented(&"memory:?shards=2".parse().unwrap()).await;
    let [ada, bob] = owners(&store).await;
    faults[0].inject(Call::Apply, Fault::Fails);
    let create = Create { id: Some(id_on(1, 3)), ..list(ada.id, 1) };
    let written = store.create(create).await.unwrap();
    assert_eq!(written.pending, 1);
    let moved = store.update(Update::new(LIST, written.node.id, Props::from([("ownerId", bob.id)]))).await.unwrap();
    assert_eq!(moved.pending, 1);
    assert!(node(&store, written.node.id).await.is_some());
    assert!(ends(&store, LISTS, bob.id).await.is_empty());

    faults[0].heal();
    eventually_ends(&store, bob.id, &[written.node.id]).await;
    assert!(ends(&store, LISTS, ada.id).await.is_empty());
    assert_eq!((count(&store, LISTS, ada.id).await, count(&store, LISTS, bob.id).await), (0, 1));
    store.close().await.unwrap();
}

/// A write whose commit was not answered is done all the same, and its caller need not come back: its rows on other
/// shards were missing until the store was opened again.
#[tokio::test]
async fn a_write_whose_answer_was_lost_is_followed_by_its_rows() {
    for together in [false, true] {
        let (store, faults) = instrumented(&"memory:?shards=2".parse().unwrap()).await;
        let [ada, _] = owners(&store).await;
        let list = Create { id: Some(id_on(1, 3)), ..list(ada.id, 1) };
        let call = if together { Call::WriteTogether } else { Call::Write };
        faults[1].inject(call, Fault::LosesAnswer);
        let error = match together {
            true => store.write_together(vec![Write::Create(list)], None).await.err(),
            false => store.create(list).await.err(),
        };
        assert_eq!(error.expect("the answer is lost").code(), "unavailable");
        faults[1].heal();
        eventually_ends(&store, ada.id, &[id_on(1, 3)]).await;
        quiet(&store).await;
        assert_eq!(count(&store, LISTS, ada.id).await, 1);
        store.close().await.unwrap();
    }
}

/// What was applied and could not be removed stayed until the store was opened again, and was pending all the while.
#[tokio::test]
async fn an_intent_that_could_not_be_removed_is_removed_later() {
    let (store, faults) = instrumented(&"memory:?shards=2".parse().unwrap()).await;
    let [ada, _] = owners(&store).await;
    quiet(&store).await;
    faults[1].inject(Call::Settle, Fault::Fails);
    created(&store, Create { id: Some(id_on(1, 3)), ..list(ada.id, 1) }).await;
    while !faults[1].take_calls().iter().any(|(call, _)| *call == Call::Settle) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    faults[1].heal();
    quiet(&store).await;
    store.close().await.unwrap();
}

#[tokio::test]
async fn an_intent_that_was_left_is_applied_when_the_store_is_opened() {
    let directory = TempDirectory::new();
    let url: StoreUrl = directory.url(2);
    let (store, faults) = instrumented(&url).await;
    let [ada, _] = owners(&store).await;
    faults[0].inject(Call::Apply, Fault::Fails);
    let create = Create { id: Some(id_on(1, 3)), ..list(ada.id, 1) };
    let left = store.create(create).await.unwrap();
    assert_eq!(left.pending, 1);
    store.close().await.unwrap();

    let store = Kvetch::open(&[url], schema()).await.unwrap();
    eventually_ends(&store, ada.id, &[left.node.id]).await;
    assert_eq!(count(&store, LISTS, ada.id).await, 1);
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_write_to_a_shard_that_hangs_is_answered_at_the_deadline() {
    let (store, faults) = instrumented(&"memory:?shards=2".parse().unwrap()).await;
    faults[1].inject(Call::Write, Fault::Hangs);
    // Nothing else waits, so that the clock may run ahead to the deadlines.
    tokio::time::pause();
    let refused = store.create(Create { id: Some(id_on(1, 3)), ..list(id_on(1, 1), 1) }).await.unwrap_err();
    assert_eq!(refused.code(), "unavailable");
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_caller_who_goes_away_does_not_stop_a_write() {
    let store = memory(2).await;
    let [ada, _] = owners(&store).await;
    let create = Create { id: Some(id_on(1, 3)), ..list(ada.id, 1) };
    let id = id_on(1, 3);
    {
        let write = store.create(create);
        let mut write = std::pin::pin!(write);
        // One poll starts the write, and nobody polls again.
        assert!(futures::poll!(write.as_mut()).is_pending());
    }
    eventually_ends(&store, ada.id, &[id]).await;
    assert!(node(&store, id).await.is_some());
    store.close().await.unwrap();
}

/// The process ends between the deletion and what goes with it; the next to open the store goes on.
#[tokio::test]
async fn a_deletion_that_was_interrupted_goes_on_when_the_store_is_opened() {
    let directory = TempDirectory::new();
    let url: StoreUrl = directory.url(2);
    let (store, faults) = instrumented(&url).await;
    let [ada, bob] = owners(&store).await;
    let list = created(&store, Create { id: Some(id_on(0, 9)), ..list(ada.id, 1) }).await;
    let note = |number, key, of| Create { id: Some(id_on(1, number)), ..Create::new(NOTE, Props::from([(key, of)])) };
    let notes: Vec<Create> = (20..320).map(|number| note(number, "listId", list.id)).collect();
    assert!(store.create_many(notes).await.iter().all(Result::is_ok));
    let answer = created(&store, note(400, "noteId", id_on(1, 20))).await;
    store.put_edge(PutEdge::new(LIKES, bob.id, list.id)).await.unwrap();
    // Nothing can be read of the other shard, so that nothing there is deleted.
    faults[1].inject(Call::Nodes, Fault::Fails);
    let deleted = store.delete(Delete::new(LIST, list.id)).await.unwrap();
    assert_eq!(deleted.pending, 1);
    assert_eq!(count(&store, LIKES, bob.id).await, 0);
    store.close().await.unwrap();

    let store = Kvetch::open(&[url], schema()).await.unwrap();
    for _ in 0..500 {
        if browse(&store, NOTE, None, 1).await.nodes.is_empty() {
            assert_eq!(node(&store, answer.id).await, None);
            assert_eq!(count(&store, NOTES, list.id).await, 0);
            return store.close().await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("notes of the deleted list are left");
}

#[tokio::test]
async fn a_stored_edge_whose_other_half_cannot_be_delivered_follows_later() {
    let (store, faults) = instrumented(&"memory:?shards=2".parse().unwrap()).await;
    let [ada, bob] = owners(&store).await;
    let carl = created(&store, Create { id: Some(id_on(1, 3)), ..user("carl") }).await;
    faults[1].inject(Call::Apply, Fault::Fails);
    assert_eq!(store.put_edge(PutEdge::new(FOLLOWS, ada.id, carl.id)).await.unwrap().pending, 1);
    assert_eq!(store.put_edge(PutEdge::new(FOLLOWS, bob.id, carl.id)).await.unwrap().pending, 1);
    assert_eq!(store.delete_edge(DeleteEdge::new(FOLLOWS, bob.id, carl.id)).await.unwrap().pending, 1);
    assert_eq!(ends(&store, FOLLOWS, ada.id).await, [carl.id]);
    assert!(ends(&store, FOLLOWERS, carl.id).await.is_empty());
    faults[1].heal();
    for _ in 0..500 {
        if ends(&store, FOLLOWERS, carl.id).await == [ada.id] {
            assert_eq!(count(&store, FOLLOWERS, carl.id).await, 1);
            return store.close().await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the other half never came");
}

/// The other end is deleted while its half of the edge is still on its way.
#[tokio::test]
async fn half_a_stored_edge_is_not_put_beside_a_deleted_node() {
    let (store, faults) = instrumented(&"memory:?shards=2".parse().unwrap()).await;
    let [ada, _] = owners(&store).await;
    let carl = created(&store, Create { id: Some(id_on(1, 3)), ..user("carl") }).await;
    faults[1].inject(Call::Apply, Fault::Fails);
    assert_eq!(store.put_edge(PutEdge::new(FOLLOWS, ada.id, carl.id)).await.unwrap().pending, 1);
    store.delete(Delete::new(USER, carl.id)).await.unwrap();
    faults[1].heal();
    // The next write of the same node takes the older half along.
    let dora = created(&store, Create { id: Some(id_on(1, 4)), ..user("dora") }).await;
    assert_eq!(store.put_edge(PutEdge::new(FOLLOWS, ada.id, dora.id)).await.unwrap().pending, 0);
    assert!(ends(&store, FOLLOWERS, carl.id).await.is_empty());
    assert_eq!(count(&store, FOLLOWERS, carl.id).await, 0);
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_node_with_too_much_pending_takes_no_more_until_it_is_applied() {
    let (store, faults) = instrumented(&"memory:?shards=2".parse().unwrap()).await;
    let [ada, _] = owners(&store).await;
    let lists = (0..=limits::INTENT_CHANGES_MAX as u64)
        .map(|number| Create { id: Some(id_on(1, 10 + number)), ..Create::new(LIST, Props::new()) });
    let lists: Vec<NodeId> =
        store.create_many(lists.collect()).await.into_iter().map(|written| written.unwrap().node.id).collect();
    faults[1].inject(Call::Apply, Fault::Fails);
    let (last, first) = lists.split_last().unwrap();
    let put = store.put_edges(first.iter().map(|list| PutEdge::new(LIKES, ada.id, *list)).collect()).await;
    assert!(put.iter().all(|put| put.as_ref().is_ok_and(|put| put.pending == 1)));
    let refused = store.put_edge(PutEdge::new(LIKES, ada.id, *last)).await.unwrap_err();
    assert!(matches!(refused, Error::Backlogged { .. }) && refused.is_retryable(), "{refused}");
    assert_eq!(count(&store, LIKES, ada.id).await, first.len() as u64);
    faults[1].heal();
    assert_eq!(store.put_edge(PutEdge::new(LIKES, ada.id, *last)).await.unwrap().pending, 0);
    assert_eq!(ends(&store, LIKED_BY, first[0]).await, [ada.id]);
    store.close().await.unwrap();
}

/// Each step of a deletion carried along what the steps before it had done, until none fitted into an intent any more
/// and the rest of the edges stayed for good.
#[test]
fn a_node_at_the_end_of_thousands_of_edges_is_deleted_whole() {
    on_every_size(|store| async move {
        let star = created(&store, user("star")).await.id;
        let fans = store.create_many((0..1600).map(|number| user(&format!("fan{number}"))).collect()).await;
        let fans = fans.into_iter().map(|fan| fan.unwrap().node.id).collect::<Vec<_>>();
        let put = store.put_edges(fans.iter().map(|fan| PutEdge::new(FOLLOWS, *fan, star)).collect()).await;
        assert!(put.iter().all(Result::is_ok));
        assert_eq!(count(&store, FOLLOWERS, star).await, 1600);
        store.delete(Delete::new(USER, star)).await.unwrap();
        let mut left = fans.clone();
        for _ in 0..200 {
            let mut still = Vec::new();
            for fan in left {
                if count(&store, FOLLOWS, fan).await > 0 {
                    still.push(fan);
                }
            }
            left = still;
            if left.is_empty() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{} edges are left", left.len());
    });
}

/// What was left by many writes is held by no task of its own each: the shard that was away is asked again
/// page by page, however many there are.
#[tokio::test]
async fn a_shard_that_was_away_is_brought_up_to_date_page_by_page() {
    let (store, faults) = instrumented(&"memory:?shards=2".parse().unwrap()).await;
    let [ada, _] = owners(&store).await;
    faults[0].inject(Call::Apply, Fault::Fails);
    let creates = (10..610).map(|number| Create { id: Some(id_on(1, number)), ..list(ada.id, number as i64) });
    for written in store.create_many(creates.collect()).await {
        assert_eq!(written.unwrap().pending, 1);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let _ = faults[0].take_calls();
    tokio::time::sleep(Duration::from_millis(1200)).await;
    let asked = faults[0].take_calls().into_iter().filter(|(call, _)| *call == Call::Apply).count();
    assert!((1..=6).contains(&asked), "{asked} times in a second");
    faults[0].heal();
    for _ in 0..500 {
        if count(&store, LISTS, ada.id).await == 600 {
            return store.close().await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{} of 600 lists arrived", count(&store, LISTS, ada.id).await);
}

/// One record that does not decode ended the pass over its shard, and no other intent there was applied.
#[tokio::test]
async fn an_intent_that_does_not_decode_keeps_no_other_waiting() {
    let directory = TempDirectory::new();
    let url: StoreUrl = directory.url(2);
    let (store, faults) = instrumented(&url).await;
    let [ada, _] = owners(&store).await;
    faults[0].inject(Call::Apply, Fault::Fails);
    for number in [3, 4] {
        let create = Create { id: Some(id_on(1, number)), ..list(ada.id, number as i64) };
        assert_eq!(store.create(create).await.unwrap().pending, 1);
    }
    store.close().await.unwrap();
    let broken = rusqlite::Connection::open(directory.0.join("shard-0001.sqlite")).unwrap();
    let first = id_on(1, 3);
    let done = broken.execute("UPDATE kvetch_intents SET changes = x'ff' WHERE source = ?1", [first.as_bytes()]);
    assert_eq!(done.unwrap(), 1);
    drop(broken);

    let store = Kvetch::open(&[url], schema()).await.unwrap();
    eventually_ends(&store, ada.id, &[id_on(1, 4)]).await;
    // A repair needs no intent: the rows follow from the node.
    let report = store.repair(VerifyOptions::default(), |_| {}).await.unwrap();
    // Its edge is one of two lists.
    assert_eq!((report.mended.values().sum::<u64>(), report.left), (2, 0), "{report:?}");
    assert_eq!(ends(&store, LISTS, ada.id).await, [id_on(1, 3), id_on(1, 4)]);
    assert!(store.verify(VerifyOptions::default(), |_| {}).await.unwrap().is_clean());
    store.close().await.unwrap();
}

/// Props that do not decode made their edge last for ever: nothing that looks at it could read it.
#[tokio::test]
async fn a_stored_edge_whose_props_do_not_decode_can_be_put_again_and_removed() {
    let directory = TempDirectory::new();
    let store = Kvetch::open(&[directory.url(1)], schema()).await.unwrap();
    let [ada, bob] = owners(&store).await;
    let lists = [created(&store, list(ada.id, 1)).await, created(&store, list(ada.id, 2)).await];
    let breaks = rusqlite::Connection::open(directory.0.join("shard-0000.sqlite")).unwrap();
    for list in &lists {
        store.put_edge(PutEdge::new(LIKES, bob.id, list.id)).await.unwrap();
    }
    let done = breaks.execute("UPDATE kvetch_edges SET props = x'ff' WHERE edge = ?1", [LIKES.0]).unwrap();
    assert_eq!(done, 2);
    store.put_edge(PutEdge::new(LIKES, bob.id, lists[0].id)).await.unwrap();
    assert_eq!(pages(&store, all(LIKES), &[bob.id]).await[0].as_ref().unwrap_err().code(), "corrupt");
    store.delete(Delete::new(LIST, lists[1].id)).await.unwrap();
    assert_eq!(ends(&store, LIKES, bob.id).await, [lists[0].id]);
    store.close().await.unwrap();
}
