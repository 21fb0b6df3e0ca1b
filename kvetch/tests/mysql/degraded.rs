//! What goes on, and what does not, while one of two shards does not answer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use kvetch::limits::{MYSQL_OUTAGE_AFTER, ROUND_DEADLINE, WRITE_DEADLINE};
use kvetch::{Create, Kvetch, Node, NodeId, StoreUrl, VerifyOptions, VirtualShard};
use testkit::{Fault, Proxy};

use crate::fixture::*;
use crate::server::shared;

/// What does not need the silent shard takes no longer than this on the busiest machine, and what waits for it until a
/// deadline takes longer.
const SOON: Duration = Duration::from_secs(6);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shard_that_hangs_or_is_down_harms_what_needs_it_alone() {
    let runs = [Fault::Hang, Fault::Refuse].map(|fault| tokio::spawn(degraded(fault)));
    for run in join_all(runs).await {
        run.expect("what is promised holds");
    }
}

/// An id on the first or the second of two shards.
fn on_shard(shard: u16, number: u64) -> NodeId {
    NodeId::from_parts(1000, VirtualShard::new(shard * 2048 + 7).expect("it is below 4096"), number)
}

async fn degraded(fault: Fault) {
    let server = shared();
    let proxy = Proxy::start(server.port());
    let second = server.url_through(proxy.port(), &format!("{}?pool=8", server.database()));
    let urls: [StoreUrl; 2] = [server.databases(1).remove(0), second.parse().expect("the address is valid")];
    let store = Kvetch::open(&urls, schema()).await.expect("the store opens");
    let here = created(&store, Create { id: Some(on_shard(0, 1)), ..user("here") }).await;
    let there = created(&store, Create { id: Some(on_shard(1, 1)), ..user("there") }).await;
    let begun = Instant::now();
    proxy.set(fault);
    if fault == Fault::Refuse {
        proxy.disconnect();
    }

    let (lost, (), pending) =
        tokio::join!(a_read_of_both(&store, &here, &there), the_first_shard_goes_on(&store, &here), async {
            // The row of this list in the other shard has to wait.
            let begun = Instant::now();
            let create = Create { id: Some(on_shard(0, 2)), ..list(there.id, 1) };
            let written = store.create(create).await.expect("the node's own shard is there");
            assert!(begun.elapsed() < WRITE_DEADLINE + SOON, "{fault:?}: {:?}", begun.elapsed());
            written.pending
        });
    assert_eq!((lost.as_str(), pending), ("unavailable", 1), "{fault:?}");

    // Nobody waits any more for a shard that has been away for long, but for one who finds out whether it is back.
    while begun.elapsed() < MYSQL_OUTAGE_AFTER + WRITE_DEADLINE {
        let _ = nodes(&store, &[there.id]).await;
    }
    let all = join_all((0..20).map(|_| async {
        let begun = Instant::now();
        let error = nodes(&store, &[there.id]).await.remove(0).expect_err("it is away");
        (begun.elapsed() < SOON, error)
    }));
    let all = all.await;
    assert!(all.iter().all(|(_, error)| error.code() == "unavailable"), "{all:?}");
    assert!(all.iter().filter(|(soon, _)| *soon).count() >= 19, "{fault:?}: {all:?}");
    assert!(all.iter().any(|(_, error)| error.to_string().contains("has not answered for")), "{all:?}");

    // It comes back: whoever asks is answered, and what had to wait arrives.
    proxy.set(Fault::None);
    proxy.disconnect();
    let back = Instant::now();
    while nodes(&store, &[there.id]).await.remove(0).is_err() {
        assert!(back.elapsed() < ROUND_DEADLINE, "{fault:?}: it is back and still not asked");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    while ends(&store, LISTS, there.id).await != [on_shard(0, 2)] {
        assert!(back.elapsed() < 3 * ROUND_DEADLINE, "{fault:?}: what waited does not arrive");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let report = store.verify(VerifyOptions::default(), |_| {}).await.expect("it is compared");
    assert!(report.is_clean(), "{report:?}");
    store.close().await.expect("it closes");
    assert_eq!(proxy.open_connections(), 0, "{fault:?}: connections are left");
}

/// One round over both shards: the code of the error on the keys of the one that is silent.
async fn a_read_of_both(store: &Kvetch, here: &Node, there: &Node) -> String {
    let begun = Instant::now();
    let mut both = nodes(store, &[here.id, there.id]).await;
    assert!(begun.elapsed() < ROUND_DEADLINE + SOON, "{:?}", begun.elapsed());
    let error = both.pop().expect("two keys have two answers").expect_err("its shard is silent");
    assert_eq!(both.pop().expect("two keys have two answers").expect("its shard is there").as_ref(), Some(here));
    error.code().to_owned()
}

/// Reads and writes that need the first shard alone.
async fn the_first_shard_goes_on(store: &Kvetch, here: &Node) {
    let begun = Instant::now();
    for number in 0..50 {
        let create = Create { id: Some(on_shard(0, 100 + number)), ..list(here.id, number as i64) };
        let list = created(store, create).await;
        assert_eq!(node(store, list.id).await, Some(list));
    }
    assert_eq!(count(store, LISTS, here.id).await, 50);
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
}

/// Requests to the shard that is there, in all, while the network of the other breaks in every way.
fn requests() -> u64 {
    if is_long() { 10_000 } else { 400 }
}

/// Callers at a time, and the time between two who ask the shard behind the broken network.
const CALLERS: u64 = 8;
const BROKEN_EVERY: Duration = Duration::from_millis(20);

/// Connections to it at most.
const POOL: usize = 8;

/// Tasks that a store may have more at one moment than at another: goodbyes to connections, a look at what is left.
const TASKS_SPARE: usize = 4;

/// How long all that is under way when a network heals may take to end.
const SETTLED_WITHIN: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_breaks_fails_no_request_to_others_and_leaves_nothing_behind() {
    let server = shared();
    let proxy = Proxy::start(server.port());
    let second = server.url_through(proxy.port(), &format!("{}?pool={POOL}", server.database()));
    let urls: [StoreUrl; 2] = [server.databases(1).remove(0), second.parse().expect("the address is valid")];
    let store = Kvetch::open(&urls, schema()).await.expect("the store opens");
    let here = created(&store, Create { id: Some(on_shard(0, 1)), ..user("here") }).await;
    let there = created(&store, Create { id: Some(on_shard(1, 1)), ..user("there") }).await;
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    requests_to(&store, here.id, CALLERS).await;
    let before = tasks();
    let late = Duration::from_secs(2);
    for fault in [Fault::Hang, Fault::ResetAfter(300), Fault::TruncateAfter(300), Fault::Delay(late)] {
        proxy.set(fault);
        let asking = tokio::spawn(ask_steadily(store.clone(), there.id));
        requests_to(&store, here.id, requests() / 4).await;
        asking.abort();
        proxy.set(Fault::None);
        proxy.disconnect();
    }
    let healed = Instant::now();
    let is_left = || tasks() > before + TASKS_SPARE || proxy.open_connections() > POOL;
    while nodes(&store, &[there.id]).await.remove(0).is_err() || is_left() {
        let (tasks, connections) = (tasks(), proxy.open_connections());
        assert!(
            healed.elapsed() < SETTLED_WITHIN,
            "{tasks} tasks, of {before}, and {connections} connections are left"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    store.close().await.expect("it closes");
    assert_eq!(proxy.open_connections(), 0, "connections are left");
}

/// Reads and writes of nodes of the first shard, all of which are answered.
async fn requests_to(store: &Kvetch, owner: NodeId, requests: u64) {
    static NUMBER: AtomicU64 = AtomicU64::new(1_000);
    let callers = (0..CALLERS).map(|_| async {
        for number in 0..requests.div_ceil(CALLERS) {
            if number % 10 == 0 {
                let id = on_shard(0, NUMBER.fetch_add(1, Ordering::Relaxed));
                created(store, Create { id: Some(id), ..list(owner, number as i64) }).await;
            } else {
                assert!(node(store, owner).await.is_some());
            }
        }
    });
    join_all(callers).await;
}

/// Asks for a node over and over. What was asked goes on to its end, whoever stops asking.
async fn ask_steadily(store: Kvetch, id: NodeId) {
    let mut every = tokio::time::interval(BROKEN_EVERY);
    loop {
        every.tick().await;
        let store = store.clone();
        tokio::spawn(async move { drop(nodes(&store, &[id]).await) });
    }
}
