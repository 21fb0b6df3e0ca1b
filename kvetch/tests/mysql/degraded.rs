//! What goes on, and what does not, while one of two shards does not answer.

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
