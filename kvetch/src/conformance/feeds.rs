//! What listeners are told of writes.

use crate::{Commit, Create, Delete, Fed, Feed, Kvetch, NodeId, Props, Touched, Update, WriteId};

use super::fixture::*;

async fn commit(feed: &mut Feed) -> Commit {
    match feed.next().await {
        Some(Fed::Commit(commit)) => (*commit).clone(),
        other => panic!("it is no write: {other:?}"),
    }
}

pub(super) async fn each_write_is_told_once_readers_find_what_follows_from_it(store: Kvetch) {
    let owner = created(&store, user("ada")).await;
    let mut feed = store.feed();
    let list = created(&store, list(owner.id, 7)).await;
    let told = commit(&mut feed).await;
    assert_eq!((told.node_type, told.node, told.version), (LIST, list.id, 1));
    assert!(told.touched.contains(&Touched::Edges(LISTS, owner.id)), "{told:?}");
    assert_eq!(ends(&store, LISTS, owner.id).await, [list.id]);
    store.update(Update::new(LIST, list.id, Props::from([("rank", 8)]))).await.unwrap();
    assert_eq!(commit(&mut feed).await.version, 2);
    store.delete(Delete::new(LIST, list.id)).await.unwrap();
    let told = commit(&mut feed).await;
    assert!(told.touched.contains(&Touched::Node(list.id)), "{told:?}");
}

pub(super) async fn what_is_refused_is_not_told(store: Kvetch) {
    created(&store, user("ada")).await;
    let mut feed = store.feed();
    store.create(user("ada")).await.unwrap_err();
    let bob = created(&store, user("bob")).await;
    assert_eq!(commit(&mut feed).await.node, bob.id);
}

pub(super) async fn every_listener_is_told_and_one_that_is_behind_hears_how_much_it_missed(store: Kvetch) {
    let (mut slow, mut quick) = (store.feed(), store.feed());
    let creates = (0..1_500).map(|number| user(&format!("user {number}"))).collect::<Vec<_>>();
    let telling = async {
        for some in creates.chunks(100) {
            store.create_many(some.to_vec()).await.into_iter().for_each(|written| drop(written.unwrap()));
        }
    };
    let hearing = async {
        for _ in 0..1_500 {
            commit(&mut quick).await;
        }
    };
    futures::future::join(telling, hearing).await;
    let Some(Fed::Missed(missed)) = slow.next().await else { panic!("it missed nothing") };
    let mut heard = 0;
    while heard + missed < 1_500 {
        commit(&mut slow).await;
        heard += 1;
    }
}

pub(super) async fn a_write_whose_caller_has_gone_is_told(store: Kvetch) {
    let mut feed = store.feed();
    let id = NodeId::generate();
    let create = Create { id: Some(id), write_id: Some(WriteId::generate()), ..user("ada") };
    let mut write = Box::pin(store.create(create));
    let begun = futures::poll!(&mut write);
    assert!(begun.is_pending(), "{begun:?}");
    drop(write);
    assert_eq!(commit(&mut feed).await.node, id);
}

pub(super) async fn a_feed_ends_with_the_store(store: Kvetch) {
    let mut feed = store.feed();
    let ada = created(&store, user("ada")).await;
    store.clone().close().await.unwrap();
    assert_eq!(commit(&mut feed).await.node, ada.id);
    assert_eq!(feed.next().await, None);
    assert_eq!(store.feed().next().await, None);
}
