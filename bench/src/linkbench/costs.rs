//! What one operation costs: statements, by the server's own counter, and the processor's time of both sides.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use kvetch::Kvetch;
use testkit::Server;
use tokio::runtime::Runtime;

use super::by_hand::ByHand;
use super::graph::Graph;
use super::mix::Operation;
use super::over_kvetch::OverKvetch;
use super::{Requester, turn};
use crate::database::{counted, cpu_seconds, own_cpu_seconds};
use crate::figure::{Bound, Figure};

/// How many ask at once. Of 8 with the whole mix about as many write at a time.
const REQUESTERS: usize = 2;

/// Seeds that no other part uses.
const SEEDS: u64 = 1_000_000;

/// Each operation alone, over Kvetch and by hand in turn.
pub(super) fn of_each(
    runtime: &Runtime,
    server: &Server,
    kvetch: &Kvetch,
    graph: &Arc<Graph>,
    time: Duration,
) -> Vec<Figure> {
    let mut over_kvetch = (0..REQUESTERS).map(|_| OverKvetch(kvetch.clone())).collect::<Vec<_>>();
    let mut by_hand = runtime.block_on(join_all((0..REQUESTERS).map(|_| ByHand::connect(server))));
    let mut figures = Vec::new();
    for (number, operation) in Operation::ALL.into_iter().enumerate() {
        let cost = Cost { runtime, server, graph, operation, time };
        let seed = SEEDS + 10 * number as u64;
        figures.extend(cost.measured("kvetch", &mut over_kvetch, seed));
        figures.extend(cost.measured("statements", &mut by_hand, seed + 5));
    }
    figures
}

/// The measuring of one operation.
struct Cost<'a> {
    runtime: &'a Runtime,
    server: &'a Server,
    graph: &'a Arc<Graph>,
    operation: Operation,
    time: Duration,
}

impl Cost<'_> {
    fn measured<R: Requester + 'static>(&self, by: &str, requesters: &mut Vec<R>, seed: u64) -> Vec<Figure> {
        let mut run = |seed, time| {
            let run = turn(requesters, self.graph, seed, time, Some(self.operation));
            self.runtime.block_on(run).count() as f64
        };
        // What connections do once is done before.
        run(seed, self.time / 5);
        let before = self.taken();
        let operations = run(seed + 1, self.time);
        let each = self.taken().into_iter().zip(before).map(|(after, before)| (after - before) / operations);
        let named = each.zip([("statements", "", 1.0), ("server", "us", 1e6), ("client", "us", 1e6)]);
        let figure = |(value, (name, unit, factor)): (f64, (&str, &'static str, f64))| {
            let name = format!("{}: {name}, {by}", self.operation.name());
            Figure::of(name, unit, vec![value * factor], Bound::None)
        };
        named.map(figure).collect()
    }

    /// Statements so far, and the seconds of the processor that the server and this process have taken.
    fn taken(&self) -> [f64; 3] {
        [counted(self.server, "Questions") as f64, cpu_seconds(self.server), own_cpu_seconds()]
    }
}
