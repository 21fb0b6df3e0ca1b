//! Which runs there are, and what they came to in all.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use kvetch::DriftClass;
use kvetch::conformance::FAIL_POINTS;

use crate::dice::Dice;
use crate::plan::{KINDS, Kind, Plan};
use crate::run::{self, Ended};
use crate::workload::fills_the_log;

/// Runs of the whole campaign for each way to come to each fail point.
const RUNS_EACH: usize = 5;

/// Runs at the same time.
const AT_ONCE: usize = 2;

/// How often a run that ended before its point came is repeated, with an earlier reaching.
const ATTEMPTS: u64 = 6;

const SHARD_COUNTS: [usize; 2] = [1, 4];

/// What the runs came to, by fail point and kind.
#[derive(Default)]
struct Totals {
    kills: BTreeMap<(&'static str, Kind), u64>,
    runs: u64,
    missed: u64,
    acknowledged: u64,
    unanswered: u64,
    intents: u64,
    pending: u64,
    drift: BTreeMap<DriftClass, u64>,
    failures: Vec<String>,
}

/// Runs the campaign, prints its totals, and fails if a run failed or a fail point was never come to.
pub(crate) fn run() {
    let one = std::env::var("KVETCH_CRASH_RUN").ok();
    let plans = match &one {
        Some(plan) => vec![plan.parse().expect("the run is written as a campaign prints it")],
        None => plans(std::env::var("GRAPHSCALE_LONG").is_ok_and(|long| long == "1")),
    };
    let begun = Instant::now();
    let totals = run_plans(&plans);
    print(&totals, begun.elapsed().as_secs_f64());
    assert!(totals.failures.is_empty(), "{} runs failed; the first: {}", totals.failures.len(), totals.failures[0]);
    for plan in &plans {
        let kills = totals.kills.get(&(plan.point, plan.kind));
        assert!(one.is_some() || kills.is_some(), "{} was never reached by {}", plan.point, plan.kind.name());
    }
}

/// All ways to come to all fail points; in short, one way to each.
fn plans(long: bool) -> Vec<Plan> {
    let mut plans = Vec::new();
    for (number, point) in FAIL_POINTS.into_iter().enumerate() {
        let mut ways: Vec<(Kind, usize)> = Vec::new();
        for shards in SHARD_COUNTS {
            ways.extend(KINDS.into_iter().filter(|kind| kind.reaches(point, shards)).map(|kind| (kind, shards)));
        }
        let taken = if long { ways.len() * RUNS_EACH } else { 1 };
        for repetition in 0..taken {
            // In short another way for each point, so that most kinds have their turn.
            let (kind, shards) = ways[(number * 5 + repetition) % ways.len()];
            plans.push(planned(kind, point, shards, plans.len() as u64));
        }
    }
    plans
}

fn planned(kind: Kind, point: &'static str, shards: usize, number: u64) -> Plan {
    let mut seed = 1 + number * 2;
    while point.starts_with("checkpoint") != fills_the_log(seed) {
        seed += 1;
    }
    let often = ["transaction", "savepoint", "commit", "write", "apply", "settle"];
    let nths = match point.split_once('.').map_or(point, |(place, _)| place) {
        _ if kind == Kind::Open => 2,
        place if often.contains(&place) => 16,
        "claim" | "write_together" | "release" => 8,
        _ => 2,
    };
    Plan { kind, point, nth: 1 + Dice(seed).roll(nths), shards, seed }
}

fn run_plans(plans: &[Plan]) -> Totals {
    let (next, totals) = (AtomicUsize::new(0), Mutex::new(Totals::default()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(plan) = plans.get(next.fetch_add(1, Ordering::SeqCst)) {
                    until_killed(plan, &totals);
                }
            });
        }
    });
    totals.into_inner().expect("no run panics")
}

/// Runs until the process was killed at its point: which reaching there is depends on the order of tasks.
fn until_killed(plan: &Plan, totals: &Mutex<Totals>) {
    for attempt in 0..ATTEMPTS {
        let nth = (plan.nth >> attempt).max(1);
        let plan = Plan { nth, seed: plan.seed + attempt * 1600, ..plan.clone() };
        let ended = run::run(&plan);
        let mut totals = totals.lock().expect("no run panics");
        match ended {
            Ok(ended) => {
                if totals.count(&plan, ended) {
                    return;
                }
            }
            Err(failure) => return totals.failures.push(format!("{plan}: {failure}")),
        }
    }
}

impl Totals {
    /// Whether it was killed at its point.
    fn count(&mut self, plan: &Plan, ended: Ended) -> bool {
        self.runs += 1;
        self.acknowledged += ended.acknowledged;
        self.unanswered += ended.unanswered;
        self.intents += ended.intents;
        self.pending += ended.pending;
        for (class, count) in ended.drift {
            *self.drift.entry(class).or_default() += count;
        }
        if ended.at_the_point {
            *self.kills.entry((plan.point, plan.kind)).or_default() += 1;
        } else {
            self.missed += 1;
        }
        ended.at_the_point
    }
}

fn print(totals: &Totals, seconds: f64) {
    let mut table = format!("\n{:24}", "killed at, by operation");
    for kind in KINDS {
        let _ = write!(table, "{:>10}", kind.name());
    }
    for point in FAIL_POINTS {
        let _ = write!(table, "\n{point:24}");
        for kind in KINDS {
            let kills = totals.kills.get(&(point, kind)).map_or(String::from("-"), u64::to_string);
            let _ = write!(table, "{kills:>10}");
        }
    }
    let kills: u64 = totals.kills.values().sum();
    let Totals { runs, missed, acknowledged, unanswered, intents, pending, .. } = totals;
    let drift: Vec<String> = totals.drift.iter().map(|(class, count)| format!("{class} {count}")).collect();
    #[expect(clippy::print_stdout, reason = "the totals of a campaign are what it is run for")]
    {
        println!("{table}\n");
        println!("crash campaign: {runs} runs in {seconds:.0} s, {kills} killed at their point, {missed} after it");
        println!(
            "  {acknowledged} writes acknowledged, {unanswered} unanswered; {} runs failed",
            totals.failures.len()
        );
        println!(
            "  {intents} intents and {pending} pending rows were left; drift that was named and mended: {}",
            drift.join(", ")
        );
        totals.failures.iter().for_each(|failure| println!("\nFAILED {failure}"));
    }
}
