//! Durable creates: a node with two edges and an index entry, by one writer and by sixteen.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use kvetch::{Create, Kvetch, NodeId, Props, Value};

use super::filled::{OWNER, THING, open};
use crate::contest::Effort;
use crate::figure::{Bound, Figure};

const WRITERS: usize = 16;
/// Sixteen writers reach at least this many times the rate of one.
const GROUP_COMMIT: f64 = 2.0;
/// The slowest of a hundred, in milliseconds, on a quiet disk.
const P99_MS: f64 = 10.0;
/// How many flushes of the disk are timed for comparison.
const FLUSHES: usize = 200;

pub(super) fn run(directory: &Path, effort: Effort) -> Vec<Figure> {
    let turn = if effort.is_quick() { Duration::from_millis(100) } else { Duration::from_secs(2) };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().expect("a runtime");
    let kvetch = runtime.block_on(open(directory, None));
    let owner = Create::new(OWNER, Props::from([("name", Value::Text("somebody".to_owned()))]));
    let owner = runtime.block_on(kvetch.create(owner)).expect("the owner is created").node.id;

    let mut rates = Vec::new();
    let mut ratios = Vec::new();
    let mut slowest = Vec::new();
    for _ in 0..effort.rounds().div_ceil(3) {
        let one = runtime.block_on(write(&kvetch, owner, 1, turn));
        let many = runtime.block_on(write(&kvetch, owner, WRITERS, turn));
        let rate = |latencies: &[f64]| latencies.len() as f64 / turn.as_secs_f64();
        rates.push((rate(&one), rate(&many)));
        ratios.push(rate(&many) / rate(&one));
        slowest.push(percentile(many, 0.99));
    }
    runtime.block_on(kvetch.close()).expect("the store closes");
    let flush = flushes(directory);

    let rate_of = |pick: fn(&(f64, f64)) -> f64| rates.iter().map(pick).collect::<Vec<_>>();
    vec![
        Figure::of("creates: 1 writer".to_owned(), "/s", rate_of(|rate| rate.0), Bound::None),
        Figure::of("creates: 16 writers".to_owned(), "/s", rate_of(|rate| rate.1), Bound::None),
        Figure::of("creates: 16 writers / 1 writer".to_owned(), "x", ratios, Bound::AtLeast(GROUP_COMMIT)),
        Figure::of("creates: p99 of 16 writers".to_owned(), "ms", slowest, Bound::AtMost(P99_MS)),
        Figure::of("a flush of the disk, p50".to_owned(), "ms", vec![flush], Bound::None),
    ]
}

/// The milliseconds that each create took.
async fn write(kvetch: &Kvetch, owner: NodeId, writers: usize, turn: Duration) -> Vec<f64> {
    let end = Instant::now() + turn;
    let tasks = (0..writers).map(|_| {
        let kvetch = kvetch.clone();
        tokio::spawn(async move {
            let mut latencies = Vec::new();
            while Instant::now() < end {
                let props = Props::from([
                    ("a", Value::Id(owner)),
                    ("b", Value::Id(owner)),
                    ("code", Value::Int(i64::from(fastrand::i32(..)))),
                ]);
                let start = Instant::now();
                kvetch.create(Create::new(THING, props)).await.expect("a node is created");
                latencies.push(start.elapsed().as_secs_f64() * 1e3);
            }
            latencies
        })
    });
    let mut latencies = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        latencies.extend(task.await.expect("the writer ends"));
    }
    latencies
}

fn flushes(directory: &Path) -> f64 {
    let mut file = std::fs::File::create(directory.join("flush")).expect("the directory is writable");
    let timed = (0..FLUSHES).map(|_| {
        let start = Instant::now();
        file.write_all(&[7; 4096]).and_then(|()| file.sync_data()).expect("the file is writable");
        start.elapsed().as_secs_f64() * 1e3
    });
    percentile(timed.collect(), 0.5)
}

fn percentile(mut values: Vec<f64>, part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * part) as usize]
}
