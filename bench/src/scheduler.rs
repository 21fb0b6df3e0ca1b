//! Batching: scopes of pent beside the crate `dataloader`, async-graphql's `DataLoader` and `ultra-batch`, at the same
//! loads over the same backend.

mod backend;
mod view;
mod ours;
mod peers;
mod floor;
mod wide;
mod memory;

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::contest::{Contender, Effort, Timing, agree, time};
use crate::figure::{Bound, Figure};

use backend::Backend;
use floor::Floor;
use ours::scoped;
use peers::{Timed, Ultra, Yielding};
use view::{BATCHES, many, todo_view};

/// At most this much of `dataloader`'s time for the todo view, and of async-graphql's without its delay.
const OF_DATALOADER: f64 = 0.3;
const OF_ASYNC_GRAPHQL: f64 = 0.35;
/// At most this much of five bare calls where each takes a millisecond.
const OF_BARE_CALLS: f64 = 1.02;
/// At most this much of the best peer, for each of many loads: of as many keys, and of few.
const OF_BEST_DISTINCT: f64 = 0.35;
const OF_BEST_SHARED: f64 = 0.6;

/// Contenders that have loaders: pent and its peers.
const CONTENDERS: usize = 4;
const MANY: u64 = 100_000;
const FEW_KEYS: u64 = 1_000;
const LATENCY: Duration = Duration::from_millis(1);

pub(crate) fn run(effort: Effort) -> Vec<Figure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let number = if effort.is_quick() { MANY / 20 } else { MANY };
    let mut figures = free_view(&runtime, effort);
    figures.extend(slow_view(&runtime, effort));
    figures.extend(many_loads(&runtime, effort, number, number, "distinct", OF_BEST_DISTINCT));
    figures.extend(many_loads(&runtime, effort, number, FEW_KEYS, "of 1,000 keys", OF_BEST_SHARED));
    figures.extend(wide::run(&runtime));
    figures.push(memory::of_scopes(&runtime, effort));
    figures
}

/// A contender that does the same by way of each kind of loaders.
macro_rules! contenders {
    ($runtime:ident, $backend:ident, $loads:ident => $work:expr) => {{
        let (runtime, backend) = (&$runtime, &$backend);
        vec![
            contender("pent", move || {
                runtime.block_on(scoped(backend, async |own| {
                    let $loads = &own;
                    $work.await
                }))
            }),
            contender("dataloader", move || {
                runtime.block_on(async {
                    let $loads = &Yielding::over(backend);
                    $work.await
                })
            }),
            contender("async-graphql, no delay", move || {
                runtime.block_on(async {
                    let $loads = &Timed::over(backend, Duration::ZERO);
                    $work.await
                })
            }),
            contender("ultra-batch, no delay", move || {
                runtime.block_on(async {
                    let $loads = &Ultra::over(backend);
                    $work.await
                })
            }),
            contender("no loader", move || {
                runtime.block_on(async {
                    let $loads = &Floor(backend);
                    $work.await
                })
            }),
        ]
    }};
}

fn contender<'a>(name: &'static str, answer: impl FnMut() -> u64 + 'a) -> Contender<'a, u64> {
    Contender { name, answer: Box::new(answer) }
}

fn free_view(runtime: &Runtime, effort: Effort) -> Vec<Figure> {
    let backend = Backend::free();
    let mut contenders = contenders!(runtime, backend, loads => todo_view(loads));
    let mut figures = batches(&backend, &mut contenders, "todo view", BATCHES);
    agree(&mut contenders, |sum| sum);
    let timings = time(&mut contenders, effort);
    figures.extend(timings.iter().map(|timing| of(timing, "todo view", "us", 1.0)));
    let [ours, dataloader, async_graphql, ultra, floor] = &timings[..] else { unreachable!("there are five") };
    figures.push(ratio("todo view: pent/dataloader", ours, dataloader, Bound::AtMost(OF_DATALOADER)));
    figures.push(ratio("todo view: pent/async-graphql", ours, async_graphql, Bound::AtMost(OF_ASYNC_GRAPHQL)));
    figures.push(ratio("todo view: pent/ultra-batch", ours, ultra, Bound::None));
    figures.push(ratio("todo view: pent/no loader", ours, floor, Bound::None));
    figures
}

fn slow_view(runtime: &Runtime, effort: Effort) -> Vec<Figure> {
    let backend = Backend::slow(LATENCY);
    let mut contenders = contenders!(runtime, backend, loads => todo_view(loads));
    let bare = &backend;
    contenders.push(contender("five bare calls", move || {
        runtime.block_on(async {
            for _ in 0..BATCHES {
                bare.wait().await;
            }
            0
        })
    }));
    let delayed = &backend;
    contenders.push(contender("async-graphql, its delay", move || {
        runtime.block_on(async { todo_view(&Timed::over(delayed, Duration::from_millis(1))).await })
    }));
    let timings = time(&mut contenders, effort);
    let mut figures: Vec<Figure> = timings.iter().map(|timing| of(timing, "1 ms a batch", "us", 1.0)).collect();
    figures.push(ratio("1 ms a batch: pent/bare calls", &timings[0], &timings[5], Bound::AtMost(OF_BARE_CALLS)));
    figures
}

fn many_loads(runtime: &Runtime, effort: Effort, number: u64, keys: u64, what: &str, bound: f64) -> Vec<Figure> {
    let backend = Backend::free();
    let mut contenders = contenders!(runtime, backend, loads => many(loads, number, keys));
    let name = format!("{number} loads {what}");
    let mut figures = batches(&backend, &mut contenders, &name, 1);
    (contenders[0].answer)();
    let (_, sent) = backend.taken();
    assert_eq!(sent, keys.min(number), "each key is sent once");
    agree(&mut contenders, |sum| sum);
    let timings = time(&mut contenders, effort);
    figures.extend(timings.iter().map(|timing| of(timing, &name, "ns a load", 1_000.0 / number as f64)));
    let best = timings[1..CONTENDERS].iter().min_by(|one, other| one.median().total_cmp(&other.median()));
    let best = best.expect("there are peers");
    figures.push(ratio(&format!("{name}: pent/best peer"), &timings[0], best, Bound::AtMost(bound)));
    figures
}

/// How many batches each of them sends, of which the first has to send the least.
fn batches(backend: &Arc<Backend>, contenders: &mut [Contender<'_, u64>], what: &str, least: u64) -> Vec<Figure> {
    backend.taken();
    let counted = contenders.iter_mut().take(CONTENDERS).enumerate().map(|(place, contender)| {
        (contender.answer)();
        let bound = if place == 0 { Bound::AtMost(least as f64) } else { Bound::None };
        let count = backend.taken().0 as f64;
        Figure::of(format!("{what}: batches of {}", contender.name), "", vec![count], bound)
    });
    counted.collect()
}

fn of(timing: &Timing, what: &str, unit: &'static str, factor: f64) -> Figure {
    let rounds = timing.rounds.iter().map(|micros| micros * factor).collect();
    Figure::of(format!("{what}: {}", timing.name), unit, rounds, Bound::None)
}

fn ratio(name: &str, one: &Timing, other: &Timing, bound: Bound) -> Figure {
    Figure::of(name.to_owned(), "x", one.over(other), bound)
}
