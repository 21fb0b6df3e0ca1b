//! Requests to healthy shards while another one is behind a network that breaks: their latency beside that of quiet
//! times, and whether anything is left over afterwards.
//!
//! Three servers, the second behind a proxy. Requesters without a pause ask the first and the third: a round of nodes
//! and pages of edges, and every tenth time a write. Others ask the second at a steady rate all the time, more and more
//! of them at once while it does not answer.

mod load;
mod process;

use std::time::Duration;

use kvetch::{Kvetch, StoreUrl};
use testkit::{Fault, Options, Proxy, Server};
use tokio::runtime::Runtime;

use crate::contest::Effort;
use crate::figure::{Bound, Figure};

use load::Load;
use process::Held;

const SERVERS: usize = 3;
/// The one behind the proxy.
const BROKEN: usize = 1;
/// Connections to each.
const POOL: usize = 16;
/// The slowest of a hundred requests takes at most this many times what it takes in quiet times.
const P99_RATIO: f64 = 1.5;
/// Memory that a process may hold on to after ten thousand requests.
const GROWTH_MIB: f64 = 16.0;
/// How long work that is under way when a network heals may take to end.
const SETTLING: Duration = Duration::from_secs(25);

/// What breaks, and how it is called.
const FAULTS: [(&str, Fault); 4] = [
    ("hangs", Fault::Hang),
    ("reset mid-reply", Fault::ResetAfter(300)),
    ("truncated replies", Fault::TruncateAfter(300)),
    ("2 s late", Fault::Delay(Duration::from_secs(2))),
];

pub(crate) fn run(effort: Effort) -> Vec<Figure> {
    let (rounds, requests) = if effort.is_quick() { (1, 400) } else { (5, 8_000) };
    let servers: Vec<Server> = (0..SERVERS).map(|_| Server::start(&Options::default())).collect();
    let proxy = Proxy::start(servers[BROKEN].port());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime starts");
    let store = runtime.block_on(Kvetch::open(&addresses(&servers, &proxy), load::schema())).expect("the store opens");
    let load = runtime.block_on(Load::fill(&store));

    // Whatever is made once is made: connections, statements, pages of memory.
    for (_, fault) in FAULTS {
        turn(&runtime, &load, &proxy, fault, requests / 5);
        turn(&runtime, &load, &proxy, Fault::None, requests / 5);
    }
    settle(&runtime, &load);
    let before = Held::by(&runtime, &servers, &proxy);
    let mut figures = Vec::new();
    for (name, fault) in FAULTS {
        let turns = (0..rounds).map(|_| {
            let quiet = turn(&runtime, &load, &proxy, Fault::None, requests);
            let broken = turn(&runtime, &load, &proxy, fault, requests);
            settle_network(&proxy);
            (quiet, broken)
        });
        let turns: Vec<(f64, f64)> = turns.collect();
        let ratios = turns.iter().map(|(quiet, broken)| broken / quiet).collect();
        let quiet = turns.iter().map(|turn| turn.0).collect();
        figures.push(Figure::of(format!("p99 in quiet turns: {name}"), "ms", quiet, Bound::None));
        figures.push(Figure::of(format!("p99 of others: {name}"), "x", ratios, Bound::AtMost(P99_RATIO)));
    }
    settle(&runtime, &load);
    figures.extend(Held::by(&runtime, &servers, &proxy).beyond(&before));
    let asked = FAULTS.len() * rounds * 2 * requests;
    figures.push(Figure::of("requests to others in all".into(), "", vec![asked as f64], Bound::None));
    figures.push(Figure::of("requests to the broken one".into(), "", vec![load.asked_broken() as f64], Bound::None));
    runtime.block_on(store.close()).expect("the store closes");
    figures
}

fn addresses(servers: &[Server], proxy: &Proxy) -> Vec<StoreUrl> {
    let address = |(number, server): (usize, &Server)| {
        server.create_database("bench");
        let port = if number == BROKEN { proxy.port() } else { server.port() };
        format!("{}?pool={POOL}", server.url_through(port, "bench")).parse().expect("the address is valid")
    };
    servers.iter().enumerate().map(address).collect()
}

/// The p99 in milliseconds of so many requests to the healthy shards, while this happens to the other.
fn turn(runtime: &Runtime, load: &Load, proxy: &Proxy, fault: Fault, requests: usize) -> f64 {
    proxy.set(fault);
    runtime.block_on(load.run(requests))
}

fn settle_network(proxy: &Proxy) {
    proxy.set(Fault::None);
    proxy.disconnect();
}

/// Waits until nobody asks the broken shard any more.
fn settle(runtime: &Runtime, load: &Load) {
    runtime.block_on(async {
        let ended = tokio::time::timeout(SETTLING, load.ended()).await;
        ended.expect("requests end at their deadlines");
    });
}
