//! Writers at the same time, on 1 to 16 shards: afterwards everything is as one order of their writes makes it.
//!
//! `GRAPHSCALE_LONG=1` asks for thousands of sequences; `KVETCH_MODEL_SEED=n` for that of one seed, many times, since the
//! order of writers is not the same each time.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use kvetch::{DriftClass, Kvetch, NodeId, Order, VerifyOptions};
use tokio::runtime::Runtime;

use crate::fixture::*;
use crate::quiet::quiet;
use crate::stalls::unless_stalled;

use super::compare::compare;
use super::replay::{Replayed, replay};
use super::writers::{Size, run, slots};

/// Sequences at the same time. They wait for each other's writers more than they work.
const AT_ONCE: usize = 4;

/// One sequence out of so many is verified: comparing shows what readers see, and this what they do not. It costs as
/// much as all else.
const VERIFIED: u64 = 3;

/// How often the sequence of one seed is run.
const REPETITIONS: u64 = 200;

/// What sequences came to in all.
#[derive(Debug, Default)]
struct Totals {
    sequences: AtomicU64,
    acknowledged: AtomicU64,
    refused: AtomicU64,
    went_along: AtomicU64,
    restricted: AtomicU64,
    edges: AtomicU64,
    halves: AtomicU64,
}

#[test]
fn writers_at_once_leave_what_one_order_of_their_writes_makes() {
    let seed = std::env::var("KVETCH_MODEL_SEED").ok().and_then(|seed| seed.parse::<u64>().ok());
    let seeds: Vec<u64> = match seed {
        Some(seed) => vec![seed; REPETITIONS as usize],
        None => (0..if is_long() { SEQUENCES } else { 100 }).collect(),
    };
    let (next, totals, begun) = (AtomicU64::new(0), Totals::default(), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
                let runtime = runtime.expect("a runtime starts");
                while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::SeqCst) as usize) {
                    sequence(&runtime, *seed, &totals);
                }
            });
        }
    });
    print(&totals, begun.elapsed());
}

/// One sequence. If it fails it says how to run it again.
fn sequence(runtime: &Runtime, seed: u64, totals: &Totals) {
    let size = Size::of(seed);
    let ended = catch_unwind(AssertUnwindSafe(|| {
        unless_stalled(|| {
            runtime.block_on(on_a_new_store(size.shards, async |store| one(store, seed, size, totals).await));
        });
    }));
    if let Err(panic) = ended {
        say(&format!(
            "seed {seed} failed, {size:?}; again: KVETCH_MODEL_SEED={seed} cargo test -p kvetch writers_at_once"
        ));
        resume_unwind(panic);
    }
}

async fn one(store: &Kvetch, seed: u64, size: Size, totals: &Totals) {
    let done = run(store, seed, size).await;
    quiet(store).await;
    let mut ids: BTreeSet<NodeId> = slots().into_iter().collect();
    ids.extend(done.iter().filter_map(|done| Some(done.answer.as_ref().ok()?.node.id)));
    let ids: Vec<NodeId> = ids.into_iter().collect();
    let there = there(store).await;
    let mut replayed = replay(&done, &there);
    if seed.is_multiple_of(VERIFIED) || !replayed.halves.is_empty() {
        bring_halves_in_step(store, &mut replayed).await;
    }

    let (first, order) = (1 + (seed % 4) as u32, [Order::Ascending, Order::Descending][(seed % 2) as usize]);
    compare(store, &replayed.model, &ids, first, order).await;
    totals.count(&replayed, done.len() as u64);
}

/// Every node that is there, by browsing.
async fn there(store: &Kvetch) -> BTreeSet<NodeId> {
    let pages = [USER, LIST, NOTE, BADGE].map(|node_type| browse(store, node_type, None, 1000));
    join_all(pages).await.into_iter().flat_map(|page| page.nodes).map(|node| node.id).collect()
}

/// Only halves of edges that were put while their target was deleted may differ from the nodes. A repair removes them,
/// by a write to their sources.
async fn bring_halves_in_step(store: &Kvetch, replayed: &mut Replayed) {
    let report = store.verify(VerifyOptions::default(), |_| {}).await.expect("the store is open");
    let dangling = report.drift_of(DriftClass::HalfDangling);
    assert_eq!((report.pending, report.undecided, report.unreadable.len()), (0, 0, 0), "{report:?}");
    assert!(report.drift.keys().all(|class| *class == DriftClass::HalfDangling), "{report:?}");
    assert!(dangling == 0 || !replayed.halves.is_empty(), "{report:?}");
    if dangling == 0 {
        replayed.halves.clear();
        return;
    }
    let report = store.repair(VerifyOptions::default(), |_| {}).await.expect("the store is open");
    assert_eq!((report.mended.values().sum::<u64>(), report.left), (dangling, 0), "{report:?}");
    for id in &replayed.halves {
        if let (Some(model), Some(node)) = (replayed.model.nodes.get_mut(id), node(store, *id).await) {
            assert!(node.version >= model.version);
            model.version = node.version;
        }
    }
}

impl Totals {
    fn count(&self, replayed: &Replayed, writes: u64) {
        let edges: usize = super::plain::EDGES
            .iter()
            .map(|(edge, _)| {
                replayed.model.nodes.keys().map(|from| replayed.model.edges(*edge, *from).len()).sum::<usize>()
            })
            .sum();
        let add = |to: &AtomicU64, more: u64| {
            to.fetch_add(more, Ordering::SeqCst);
        };
        add(&self.sequences, 1);
        add(&self.acknowledged, replayed.acknowledged);
        add(&self.refused, writes - replayed.acknowledged);
        add(&self.went_along, replayed.went_along);
        add(&self.restricted, replayed.restricted);
        add(&self.edges, edges as u64);
        add(&self.halves, replayed.halves.len() as u64);
    }
}

fn print(totals: &Totals, time: Duration) {
    let Totals { sequences, acknowledged, refused, went_along, restricted, edges, halves } = totals;
    let seconds = time.as_secs_f64();
    say(&format!("model with concurrent writers: {sequences:?} sequences on 1 to 16 shards in {seconds:.0} s"));
    say(&format!("  {acknowledged:?} writes acknowledged, {refused:?} refused, {restricted:?} of them by RESTRICT"));
    say(&format!("  {went_along:?} nodes went with a deleted one; {edges:?} edges at the end, counted right"));
    say(&format!("  {halves:?} sources of half an edge to a node that was deleted at that moment"));
}

#[expect(clippy::print_stdout, reason = "the totals of a campaign are what it is run for")]
fn say(text: &str) {
    println!("{text}");
}
