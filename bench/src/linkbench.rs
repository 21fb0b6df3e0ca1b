//! The mix of LinkBench over Kvetch, against the same mix as bare prepared statements on the same rows of the same
//! server, in turn.
//!
//! LinkBench is what Facebook published of the requests to its social graph: Armstrong and others, "LinkBench: a
//! database benchmark based on the Facebook social graph", SIGMOD 2013. The shares of the operations are theirs, as is
//! that few nodes have most of the links and most of the requests.
//!
//! Both contenders write the same tables, and a comparison of the store with its nodes afterwards shows that both did
//! the whole work: two halves of a link, two counts, and no link of a node that is gone.

mod graph;
mod loading;
mod mix;
mod over_kvetch;
mod by_hand;
mod costs;
mod tally;

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;
use kvetch::{Kvetch, VerifyOptions};
use testkit::Server;
use tokio::runtime::Runtime;

use crate::contest::Effort;
use crate::database;
use crate::figure::{Bound, Figure};
use by_hand::ByHand;
use graph::Graph;
use mix::{Operation, Requests};
use over_kvetch::OverKvetch;
use tally::Tally;

/// How many ask at once, each for one thing after the other.
const REQUESTERS: [usize; 2] = [8, 20];

/// Kvetch reaches at least this part of what the bare statements do.
const BOUND: f64 = 0.75;

/// How long one contender has its turn, and how many turns each has.
struct Turns {
    turn: Duration,
    count: usize,
}

/// Runs all of it on a server of its own, which ends with it.
pub(crate) fn run(effort: Effort) -> Vec<Figure> {
    let is_quick = effort.is_quick();
    let (nodes, turns) = match is_quick {
        true => (5_000, Turns { turn: Duration::from_millis(500), count: 2 }),
        false => (100_000, Turns { turn: Duration::from_secs(3), count: 7 }),
    };
    let server = database::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let graph = Arc::new(Graph::of(nodes));
    let kvetch = runtime.block_on(loading::open(&server, *REQUESTERS.iter().max().expect("there are some")));
    loading::load(&server, &graph);
    let figures = REQUESTERS.map(|requesters| compare(&runtime, &server, &kvetch, &graph, requesters, &turns));
    let costs = costs::of_each(&runtime, &server, &kvetch, &graph, turns.turn / 3);
    let report = runtime.block_on(kvetch.verify(VerifyOptions::default(), |_| {})).expect("the store is open");
    assert!(report.is_clean(), "the contenders did not do the same work: {report:?}");
    runtime.block_on(kvetch.close()).expect("the store closes");
    figures.into_iter().flatten().chain(costs).collect()
}

fn compare(
    runtime: &Runtime,
    server: &Server,
    kvetch: &Kvetch,
    graph: &Arc<Graph>,
    requesters: usize,
    turns: &Turns,
) -> Vec<Figure> {
    let over_kvetch = |_| OverKvetch(kvetch.clone());
    let mut kvetches = (0..requesters).map(over_kvetch).collect::<Vec<_>>();
    let connecting = (0..requesters).map(|_| ByHand::connect(server));
    let mut by_hand = runtime.block_on(join_all(connecting));
    let (mut rates, mut ratios) = ([Vec::new(), Vec::new()], Vec::new());
    let mut tallies = [Tally::default(), Tally::default()];
    // The first turn of each is for what connections do once.
    for number in 0..=turns.count {
        eprintln!("{requesters} requesters: turn {number} of {}", turns.count);
        // Requests of their own for each: the second would find deleted, or put, what the first was asked to.
        let [first, second] = [2 * number, 2 * number + 1].map(|seed| (100 * requesters + seed) as u64);
        let kvetch = runtime.block_on(turn(&mut kvetches, graph, first, turns.turn, None));
        let bare = runtime.block_on(turn(&mut by_hand, graph, second, turns.turn, None));
        if number > 0 {
            let rate = |tally: &Tally| tally.count() as f64 / turns.turn.as_secs_f64();
            ratios.push(rate(&kvetch) / rate(&bare));
            for (at, tally) in [kvetch, bare].into_iter().enumerate() {
                rates[at].push(rate(&tally));
                tallies[at].merge(tally);
            }
        }
    }
    let of = |name: String, unit, rounds, bound| Figure::of(format!("x{requesters} {name}"), unit, rounds, bound);
    let [kvetch_rates, bare_rates] = rates;
    let mut figures = vec![
        of("kvetch".to_owned(), "/s", kvetch_rates, Bound::None),
        of("statements".to_owned(), "/s", bare_rates, Bound::None),
        of("kvetch / statements".to_owned(), "x", ratios, Bound::AtLeast(BOUND)),
    ];
    for operation in Operation::ALL {
        for (tally, name) in tallies.iter_mut().zip(["kvetch", "statements"]) {
            for (part, label) in [(0.5, "p50"), (0.99, "p99")] {
                let name = format!("{} {label}, {name}", operation.name());
                figures.push(of(name, "ms", vec![tally.percentile(operation, part)], Bound::None));
            }
            // What the two find is the same but for chance.
            let name = format!("{} found, {name}", operation.name());
            figures.push(of(name, "", vec![tally.found_by_each(operation)], Bound::None));
        }
    }
    figures
}

/// Somebody who does one request after the other.
trait Requester: Send {
    /// Does it, and says how many rows it found, or whether it found what it is to change.
    fn request(&mut self, request: mix::Request) -> impl Future<Output = usize> + Send;
}

/// Lets all requesters go on for some time, and says what took how long.
async fn turn<R: Requester + 'static>(
    requesters: &mut Vec<R>,
    graph: &Arc<Graph>,
    seed: u64,
    turn: Duration,
    only: Option<Operation>,
) -> Tally {
    let end = Instant::now() + turn;
    let tasks = std::mem::take(requesters).into_iter().enumerate().map(|(number, mut requester)| {
        let mut requests = Requests::new(graph.clone(), seed * 1_000 + number as u64, only);
        tokio::spawn(async move {
            let mut tally = Tally::default();
            while Instant::now() < end {
                let (operation, request) = requests.next();
                let start = Instant::now();
                let found = requester.request(request).await;
                tally.add(operation, start.elapsed(), found);
            }
            (requester, tally)
        })
    });
    let mut all = Tally::default();
    for ended in join_all(tasks.collect::<Vec<_>>()).await {
        let (requester, tally) = ended.expect("the requester ends");
        requesters.push(requester);
        all.merge(tally);
    }
    all
}
