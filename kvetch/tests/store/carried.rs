//! What a store's runtime carries out for others, who are on none: these tests are not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::executor::block_on;
use kvetch::Kvetch;
use tokio::runtime::{Builder, Runtime};

use super::fixture::schema;

/// A store with a runtime of its own, which lives as long as that.
fn store() -> (Runtime, Kvetch) {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime starts");
    let opened = runtime.block_on(Kvetch::open(&["memory:".parse().expect("the url is valid")], schema()));
    (runtime, opened.expect("a store in memory opens"))
}

#[test]
fn what_is_carried_out_is_answered() {
    let (_runtime, store) = store();
    assert_eq!(block_on(store.carry_out(async { 7 })), Ok(7));
}

#[test]
fn what_was_begun_is_done_though_nobody_waits_and_closing_waits_for_it() {
    let (_runtime, store) = store();
    let is_done = Arc::new(AtomicBool::new(false));
    let task = {
        let (store, is_done) = (store.clone(), is_done.clone());
        async move {
            store.pause(Duration::from_millis(20)).await;
            is_done.store(true, Ordering::SeqCst);
        }
    };
    assert_eq!(store.carry_out(task).now_or_never(), None);
    block_on(store.close()).expect("it closes");
    assert!(is_done.load(Ordering::SeqCst));
}

#[test]
fn a_panic_and_a_closed_store_are_errors() {
    let (_runtime, store) = store();
    let panicked = block_on(store.carry_out(async { panic!("as it is meant to") }));
    assert_eq!(panicked.map(|(): ()| ()).expect_err("it panicked").code(), "unavailable");
    let left = store.clone();
    block_on(store.close()).expect("it closes");
    assert_eq!(block_on(left.carry_out(async {})).expect_err("it is closed").code(), "unavailable");
}

#[test]
fn a_pause_is_as_long_as_it_was_asked_to_be() {
    let (_runtime, store) = store();
    let begun = Instant::now();
    block_on(store.pause(Duration::from_millis(15)));
    assert!(begun.elapsed() >= Duration::from_millis(15), "{:?}", begun.elapsed());
}
