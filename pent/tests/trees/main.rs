//! Random trees of loads against an oracle: the same values, the least number of rounds, every key sent once and none
//! for nobody, and no hang.
//!
//! `GRAPHSCALE_LONG=1` runs 100,000 trees. A tree that fails says how to run it alone.

mod oracle;
mod program;
mod tree;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use pent::{KeysPerCall, Scope, Stats};

use crate::program::{KINDS, Pause, Program, SOURCES_FROM, Things, value};
use crate::tree::{Key, Shape};

/// What is known beforehand of a run.
#[derive(Clone, Copy, PartialEq)]
enum Expected {
    /// Everything, round by round.
    Rounds,
    /// What is true whoever is answered first.
    Keys,
}

/// The answers of the store come together, so that its rounds are known.
#[tokio::test]
async fn trees_over_the_store_are_read_in_the_least_number_of_rounds() {
    let shape = Shape { kinds: 0..SOURCES_FROM, sources_from: SOURCES_FROM, outside: false, elsewhere: false };
    check("the_store", &shape, Expected::Rounds, [100, 20_000]).await;
}

#[tokio::test]
async fn trees_over_sources_are_read_in_the_least_number_of_rounds() {
    let shape = Shape { kinds: SOURCES_FROM..KINDS, sources_from: SOURCES_FROM, outside: false, elsewhere: false };
    check("sources", &shape, Expected::Rounds, [300, 70_000]).await;
}

/// Two threads poll its tasks, in whatever order, and its rounds are the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trees_in_tasks_on_two_threads_are_read_in_the_least_number_of_rounds() {
    let shape = Shape { kinds: SOURCES_FROM..KINDS, sources_from: SOURCES_FROM, outside: false, elsewhere: true };
    check("two_threads", &shape, Expected::Rounds, [200, 20_000]).await;
}

/// Who is answered first is a matter of time here, and with it how many rounds there are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trees_over_everything_in_tasks_of_the_runtime_too_send_each_key_once() {
    let shape = Shape { kinds: 0..KINDS, sources_from: SOURCES_FROM, outside: true, elsewhere: true };
    check("everything", &shape, Expected::Keys, [100, 10_000]).await;
}

/// Runs as many trees as are asked for, or the one of GRAPHSCALE_TREE.
async fn check(name: &'static str, shape: &Shape, expected: Expected, [trees, long]: [u64; 2]) {
    let things = Things::make().await;
    let only: Option<u64> = std::env::var("GRAPHSCALE_TREE").ok().and_then(|seed| seed.parse().ok());
    let is_long = std::env::var_os("GRAPHSCALE_LONG").is_some();
    let seeds = only.map_or(0..if is_long { long } else { trees }, |seed| seed..seed + 1);
    let mut totals = Totals::default();
    for seed in seeds {
        let _on_failure = Failure { name, seed };
        check_tree(seed, shape, expected, &things, &mut totals).await;
    }
    if is_long || only.is_some() {
        let Totals { trees, rounds, asked, sent, most_rounds } = totals;
        eprintln!(
            "{name}: {trees} trees, {rounds} rounds (at most {most_rounds}), {asked} keys asked for, {sent} sent"
        );
    }
}

async fn check_tree(seed: u64, shape: &Shape, expected: Expected, things: &Things, totals: &mut Totals) {
    let tree = Arc::new(shape.tree(&mut Rng::with_seed(seed)));
    let pause = if expected == Expected::Rounds { Pause::Own } else { Pause::Foreign };
    // In how many calls the store is asked makes no difference to anybody.
    let mut limits = KeysPerCall::default();
    (limits.nodes, limits.edges, limits.counts) = (1 + seed as usize % 5, 1 + seed as usize % 3, 1 + seed as usize % 4);
    let mut scope = Scope::builder(&things.store).keys_per_call(limits).build();
    let (program, departures) = Program::of(&scope, things, pause);
    let running = tokio::time::timeout(Duration::from_secs(20), scope.run(program.run(tree.clone())));
    let found = running.await.unwrap_or_else(|_| panic!("the scope hangs in {tree:?}"));
    let stats = scope.stats();
    assert_eq!(found, tree.value(&value), "the value of {tree:?}");

    let sent = departures.all();
    let distinct: HashSet<Key> = sent.iter().copied().collect();
    assert_eq!(distinct.len(), sent.len(), "a key was sent twice: {sent:?}\n{tree:?}");
    if expected == Expected::Rounds {
        let rounds = oracle::rounds(&tree);
        assert_eq!(read(&stats), by_operation(&rounds), "{stats}\n{rounds:?}\n{tree:?}");
        // A tree may be done, with a load that it drops in flight, before all of its last round were called.
        let (last, before) = rounds.split_last().map_or((None, &rounds[..]), |(last, before)| (Some(last), before));
        let of_sources = |key: &&Key| key.kind >= SOURCES_FROM;
        assert!(before.iter().flatten().filter(of_sources).all(|key| distinct.contains(key)), "{sent:?}\n{tree:?}");
        let wanted: HashSet<Key> = before.iter().chain(last).flatten().filter(of_sources).copied().collect();
        assert!(distinct.is_subset(&wanted), "sent for nobody: {sent:?}\n{tree:?}");
    }
    totals.add(&stats);
}

/// How many keys of each operation were sent, round by round.
fn read(stats: &Stats) -> Vec<BTreeMap<String, u64>> {
    let rounds = stats.rounds.iter().map(|round| {
        let mut keys = BTreeMap::new();
        for read in &round.reads {
            *keys.entry(read.operation.to_string()).or_default() += read.keys;
        }
        keys
    });
    rounds.collect()
}

fn by_operation(rounds: &[BTreeSet<Key>]) -> Vec<BTreeMap<String, u64>> {
    let rounds = rounds.iter().map(|round| {
        let mut keys = BTreeMap::new();
        for key in round {
            let operation = ["nodes", "counts", "edges"].get(key.kind).unwrap_or(&"numbers");
            *keys.entry((*operation).to_owned()).or_default() += 1;
        }
        keys
    });
    rounds.collect()
}

#[derive(Default)]
struct Totals {
    trees: u64,
    rounds: usize,
    most_rounds: usize,
    asked: u64,
    sent: u64,
}

impl Totals {
    fn add(&mut self, stats: &Stats) {
        self.trees += 1;
        self.rounds += stats.rounds.len();
        self.most_rounds = self.most_rounds.max(stats.rounds.len());
        self.asked += stats.asked();
        self.sent += stats.keys();
    }
}

/// Says which tree it was.
struct Failure {
    name: &'static str,
    seed: u64,
}

impl Drop for Failure {
    fn drop(&mut self) {
        let Self { name, seed } = self;
        if std::thread::panicking() {
            eprintln!("tree {seed} failed; alone: GRAPHSCALE_TREE={seed} cargo test -p pent --test trees {name}");
        }
    }
}
