//! The todo view over HTTP on loopback: `pent::http` against juniper_axum with `dataloader` and async-graphql-axum with
//! its `DataLoader`, over the same store and the same cache of nodes, in one process.
//!
//! The process that serves has the first core with one thread of its runtime, and whoever asks has the second: all are
//! measured at the same half of a small machine. wrk asks as fast as it is answered; what keeps a pace whatever comes
//! back, which wrk does not, is [`paced`].

mod cores;
mod juniper_served;
mod loads;
mod async_graphql_served;
mod overload;
mod paced;
mod process;
mod served;
mod stages;
mod stored;
mod wrk;

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::contest::Effort;
use crate::figure::{Bound, Figure};

use process::Serving;
use stored::Stored;

pub(crate) use served::serve;
pub(crate) use stages::in_process;

/// The names of the processes that this comparison starts for parts of itself.
pub(crate) const SERVED: &str = "http-served";
pub(crate) const STAGES: &str = "http-stages";

/// Who serves, and at least how many times their requests per second pent has.
const PEERS: [(&str, f64); 2] = [("juniper_axum", 3.0), ("async-graphql-axum", 2.0)];
const PENT: &str = "pent::http";
/// What sends the same bytes and does nothing for them.
const ECHO: &str = "echo";

/// How many ask at once.
const CONNECTIONS: usize = 64;
/// Connections for an even pace: enough that one is always free, where the server keeps up.
const CONNECTIONS_AT_PACE: usize = 512;
/// The part of its peak at which a server is asked at an even pace.
const LOAD: f64 = 0.7;
/// At most this many times the median is what the slowest of a hundred take then.
const P99_OF_P50: f64 = 2.0;

/// How often everybody has a turn, and how long one is.
#[derive(Debug, Clone, Copy)]
struct Turns {
    rounds: usize,
    time: Duration,
}

impl Turns {
    fn of(effort: Effort) -> Self {
        match effort.is_quick() {
            true => Self { rounds: 1, time: Duration::from_secs(1) },
            false => Self { rounds: 5, time: Duration::from_secs(3) },
        }
    }
}

pub(crate) fn run(effort: Effort) -> Vec<Figure> {
    wrk::must_be_there();
    cores::must_be_two();
    let directory = std::env::temp_dir().join(format!("pent-bench-{}", std::process::id()));
    let stored = Stored::fill(&directory);
    let turns = Turns::of(effort);
    let stages = stages::measure(&directory);
    let serving = Serving::start(&directory);
    agree(&serving, &stored);

    let (mut figures, peaks) = throughput(&serving, &directory, &stored, turns);
    let of = |name: &str| peaks.iter().find(|peak| peak.name == name).expect("all were measured");
    let peak = |name: &str| of(name).requests;
    figures.extend(stages.table(of(PENT).cpu_micros, of(ECHO).cpu_micros));
    // The echo does nothing, at the pace of pent: what the machine and whoever asks make late.
    let paces = [(PENT, PENT), (ECHO, PENT), (PEERS[0].0, PEERS[0].0), (PEERS[1].0, PEERS[1].0)];
    let steady = paces.map(|(name, pace)| steady(&serving, &stored, name, peak(pace), turns));
    let beside_echo = steady[0].1.iter().zip(&steady[1].1).map(|(ours, echo)| ours / echo).collect();
    figures.extend(steady.into_iter().flat_map(|(figures, _)| figures));
    figures.push(Figure::of(format!("{PENT} / {ECHO}: p99 at 70 %"), "x", beside_echo, Bound::None));
    figures.extend(overload::run(&serving, &stored, peak(PENT), turns));
    drop(serving);
    if let Err(error) = std::fs::remove_dir_all(&directory) {
        eprintln!("could not remove {}: {error}", directory.display());
    }
    figures
}

/// Checks that all answer the same.
fn agree(serving: &Serving, stored: &Stored) {
    let data = |name: &str, body: &[u8]| {
        let answer = paced::ask(serving.address(name), body);
        let answer: Value = serde_json::from_slice(&answer).expect("a response is JSON");
        assert!(answer.get("errors").is_none() && answer["data"]["todoUser"]["name"].is_string(), "{name}: {answer}");
        answer["data"].clone()
    };
    for body in stored.bodies().iter().take(10) {
        let expected = data(PENT, body);
        for (name, _) in PEERS {
            assert!(data(name, body) == expected, "{name} answers otherwise than {PENT}");
        }
    }
}

/// What a server came to when it was asked as fast as it answered.
struct Peak {
    name: &'static str,
    /// Per second.
    requests: f64,
    /// Of the server's core, for each request.
    cpu_micros: f64,
}

/// Requests per second of each, and the medians by name.
fn throughput(serving: &Serving, directory: &Path, stored: &Stored, turns: Turns) -> (Vec<Figure>, Vec<Peak>) {
    let script = wrk::script(directory, stored.bodies());
    let names = [PENT, PEERS[0].0, PEERS[1].0, ECHO];
    let mut turns_of = names.map(|name| (name, Vec::new(), Vec::new()));
    for name in names {
        // Whatever is made once is made: plans, statements, pages of memory, the nodes of the cache.
        wrk::run(serving.address(name), &script, CONNECTIONS, turns.time / 2);
    }
    for _ in 0..turns.rounds {
        for (name, rates, micros) in &mut turns_of {
            let before = serving.cpu();
            let asked = wrk::run(serving.address(name), &script, CONNECTIONS, turns.time);
            rates.push(asked.a_second);
            micros.push((serving.cpu() - before).as_secs_f64() * 1e6 / asked.requests);
        }
    }
    let (mut figures, mut peaks) = (Vec::new(), Vec::new());
    for (name, rates, micros) in &turns_of {
        let rate = Figure::of(format!("{name}: requests"), "/s", rates.clone(), Bound::None);
        let cpu = Figure::of(format!("{name}: of the core"), "us", micros.clone(), Bound::None);
        peaks.push(Peak { name, requests: rate.value, cpu_micros: cpu.value });
        figures.extend([rate, cpu]);
    }
    let ours = &turns_of[0].1;
    for ((_, theirs, _), (name, bound)) in turns_of[1..].iter().zip(PEERS) {
        let ratios = ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect();
        figures.push(Figure::of(format!("{PENT} / {name}"), "x", ratios, Bound::AtLeast(bound)));
    }
    (figures, peaks)
}

/// How long requests take that come at an even pace; of each turn, the milliseconds of the slowest of a hundred.
fn steady(serving: &Serving, stored: &Stored, name: &str, peak: f64, turns: Turns) -> (Vec<Figure>, Vec<f64>) {
    let paced = (0..turns.rounds).map(|_| {
        let asked = paced::run(serving.address(name), stored.bodies(), peak * LOAD, turns.time, CONNECTIONS_AT_PACE);
        if asked.turned_away > 0 || asked.unsent > 0 {
            eprintln!("{name} did not keep {LOAD} of its peak: is the machine busy with something else?");
        }
        asked
    });
    let paced = paced.collect::<Vec<_>>();
    let of = |per_cent: f64| paced.iter().map(|asked| asked.millis(per_cent)).collect::<Vec<_>>();
    let ratios = of(99.0).iter().zip(of(50.0)).map(|(p99, p50)| p99 / p50).collect();
    let bound = if name == PENT { Bound::AtMost(P99_OF_P50) } else { Bound::None };
    let figures = vec![
        Figure::of(format!("{name}: p50 at 70 %"), "ms", of(50.0), Bound::None),
        Figure::of(format!("{name}: p99 at 70 %"), "ms", of(99.0), Bound::None),
        Figure::of(format!("{name}: p99 / p50 at 70 %"), "x", ratios, bound),
    ];
    (figures, of(99.0))
}
