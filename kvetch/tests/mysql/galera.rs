//! A shard that is a group of servers goes on when one of them is killed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::join_all;
use kvetch::{Kvetch, NodeId, Props, StoreUrl, Update, VerifyOptions};
use testkit::{Galera, Options};

use crate::dice::Dice;
use crate::fixture::*;
use crate::server::options;
use crate::writers::writers;

const WRITERS: u64 = 8;

/// How long writes may pause when a server of the group is killed.
const PAUSE_MAX: Duration = Duration::from_secs(10);

fn kills() -> u64 {
    if is_long() { 12 } else { 1 }
}

fn reads_after_writes() -> u64 {
    if is_long() { 10_000 } else { 300 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_goes_on_when_any_of_its_servers_is_killed() {
    let galera = Arc::new(Galera::start(&Options { address_space_mib: 8192, ..options() }));
    galera.nodes()[0].create_database("kvetch");
    let urls = addresses(&galera);
    let store = Kvetch::open(&urls[..1], schema()).await.expect("a store on a group opens");
    every_server_sees_what_was_written(&urls, &store).await;

    let (mut writers, pulse) = writers(&store, WRITERS, 1).await;
    let mut dice = Dice(7);
    let mut longest = Vec::new();
    for kill in 0..kills() {
        // Each server has its turn, the one that is written to before all.
        let victim = (kill % 3) as usize;
        let stop = Arc::new(AtomicBool::new(false));
        pulse.begin();
        let writing: Vec<_> = writers.into_iter().map(|writer| tokio::spawn(writer.write(stop.clone()))).collect();
        tokio::time::sleep(Duration::from_millis(200 + dice.roll(500))).await;
        let group = galera.clone();
        tokio::task::spawn_blocking(move || group.nodes()[victim].kill()).await.expect("it is killed");
        // Long enough for the others to agree, and for writes to go on.
        tokio::time::sleep(PAUSE_MAX + Duration::from_secs(1)).await;
        stop.store(true, Ordering::SeqCst);
        writers = join_all(writing).await.into_iter().map(|writer| writer.expect("a writer does not panic")).collect();
        let beats = pulse.beats();
        longest.push(beats.longest_pause);
        eprintln!("kill {kill} of server {victim}: the longest pause so far is {:.1?}", beats.longest_pause);
        assert_eq!(beats.unanswered, 0, "an error reached a caller");
        assert!(beats.longest_pause < PAUSE_MAX, "{:?}", beats.longest_pause);
        join_all(writers.iter().map(|writer| writer.check(&store))).await;
        let group = galera.clone();
        tokio::task::spawn_blocking(move || group.restart(victim)).await.expect("it comes back");
    }
    let report = store.verify(VerifyOptions::default(), |_| {}).await.expect("it is compared");
    assert!(report.is_clean(), "{report:?}");
    let beats = pulse.beats();
    eprintln!(
        "{} kills of servers of a group: {} writes acknowledged, 0 lost, no error; the longest pause {:.1?}; {} reads \
         after writes through other servers, all fresh",
        kills(),
        beats.acknowledged,
        longest.last().expect("there was a kill"),
        reads_after_writes()
    );
    store.close().await.expect("it closes");
}

/// The database of the group, once with each of its servers as the first.
fn addresses(galera: &Galera) -> Vec<StoreUrl> {
    let ports: Vec<u16> = galera.nodes().iter().map(|node| node.port()).collect();
    let address = |first: usize| {
        let others = (1..ports.len()).map(|step| format!("127.0.0.1:{}", ports[(first + step) % ports.len()]));
        let others = others.collect::<Vec<_>>().join(",");
        let url = format!("{}?endpoints={others}", galera.nodes()[first].url("kvetch"));
        url.parse().expect("the address is valid")
    };
    (0..ports.len()).map(address).collect()
}

/// What is written through one server is read through the others at once.
async fn every_server_sees_what_was_written(urls: &[StoreUrl], writing: &Kvetch) {
    let others = join_all(urls[1..].iter().map(|url| Kvetch::open(std::slice::from_ref(url), schema()))).await;
    let others: Vec<Kvetch> = others.into_iter().map(|store| store.expect("the store opens")).collect();
    let ids: Vec<NodeId> = join_all((0..WRITERS as i64).map(|rank| created(writing, list(spread(1), rank))))
        .await
        .iter()
        .map(|node| node.id)
        .collect();
    let checks = ids.iter().enumerate().map(|(at, id)| {
        let others = &others;
        async move {
            let mut version = 1;
            for rank in 0..reads_after_writes().div_ceil(WRITERS) {
                let set = Props::from([("rank", rank as i64)]);
                version =
                    writing.update(Update::new(LIST, *id, set)).await.expect("it is written").node.version.max(version);
                let reader = &others[(rank as usize + at) % others.len()];
                assert_eq!(node(reader, *id).await.map(|node| node.version), Some(version), "a stale read");
            }
        }
    });
    join_all(checks).await;
    for store in others {
        store.close().await.expect("it closes");
    }
}
