//! Servers that are killed under load lose nothing that was acknowledged.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use kvetch::{Kvetch, StoreUrl, VerifyOptions};

use crate::dice::Dice;
use crate::fixture::*;
use crate::quiet::quiet;
use crate::server::Server;
use crate::writers::{Pulse, Writer, writers};

const SERVERS: usize = 3;
const WRITERS: u64 = 16;

/// Writes that are acknowledged in a round before its kill, however slow the machine is, and how long that may take.
const WRITES_BEFORE: u64 = 100;
const WRITES_WITHIN: Duration = Duration::from_secs(60);

/// Kills on one store; then it has become large, and another is made.
const ROUNDS_PER_STORE: u64 = 10;

fn rounds() -> u64 {
    if is_long() { 100 } else { 2 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_servers_are_killed() {
    let servers: Arc<Vec<Server>> = Arc::new((0..SERVERS).map(|_| Server::start()).collect());
    let mut dice = Dice(20_261_121);
    let (mut done, mut acknowledged, mut unanswered, mut checked) = (0, 0, 0, 0);
    while done < rounds() {
        let urls: Vec<StoreUrl> = servers.iter().flat_map(|server| server.databases(1)).collect();
        let store = Kvetch::open(&urls, schema()).await.expect("a store on new databases opens");
        let (mut writers, pulse) = writers(&store, WRITERS, done).await;
        for _ in 0..ROUNDS_PER_STORE.min(rounds() - done) {
            writers = round(&servers, writers, &pulse, &mut dice).await;
            checked += checked_all(&store, &writers).await;
            done += 1;
            let beats = pulse.beats();
            eprintln!(
                "kill {done}: {} writes acknowledged, {} without an answer, nothing is lost",
                acknowledged + beats.acknowledged,
                unanswered + beats.unanswered
            );
        }
        acknowledged += pulse.beats().acknowledged;
        unanswered += pulse.beats().unanswered;
        drop(writers);
        store.close().await.expect("it closes");
    }
    eprintln!(
        "{done} kills of a random server of {SERVERS} under {WRITERS} writers: {acknowledged} writes acknowledged, 0 \
         lost; {unanswered} without an answer; {checked} nodes looked for, no drift after repair"
    );
    assert!(acknowledged >= WRITES_BEFORE * done, "the load was none: {acknowledged}");
}

/// Writes go on while one server is killed and comes back.
async fn round(servers: &Arc<Vec<Server>>, writers: Vec<Writer>, pulse: &Pulse, dice: &mut Dice) -> Vec<Writer> {
    let before = pulse.beats().acknowledged;
    let stop = Arc::new(AtomicBool::new(false));
    let writing = writers.into_iter().map(|writer| tokio::spawn(writer.write(stop.clone())));
    let writing: Vec<_> = writing.collect();
    let victim = dice.roll(SERVERS as u64) as usize;
    let begun = Instant::now();
    while pulse.beats().acknowledged < before + WRITES_BEFORE {
        assert!(begun.elapsed() < WRITES_WITHIN, "nobody writes");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tokio::time::sleep(Duration::from_millis(dice.roll(500))).await;
    let (servers, down) = (servers.clone(), Duration::from_millis(dice.roll(500)));
    let killed = tokio::task::spawn_blocking(move || {
        servers[victim].kill();
        std::thread::sleep(down);
        servers[victim].restart();
    });
    killed.await.expect("the server comes back");
    tokio::time::sleep(Duration::from_millis(150 + dice.roll(200))).await;
    stop.store(true, Ordering::SeqCst);
    join_all(writing).await.into_iter().map(|writer| writer.expect("a writer does not panic")).collect()
}

/// Looks for everything that was acknowledged, once what waited for the server that was away has come; then repairs,
/// which leaves nothing to be found.
async fn checked_all(store: &Kvetch, writers: &[Writer]) -> usize {
    quiet(store).await;
    let checked = join_all(writers.iter().map(|writer| writer.check(store))).await.into_iter().sum();
    store.repair(VerifyOptions::default(), |_| {}).await.expect("it is repaired");
    let report = store.verify(VerifyOptions::default(), |_| {}).await.expect("it is compared");
    assert!(report.is_clean() && report.pending == 0, "{report:?}");
    checked
}
