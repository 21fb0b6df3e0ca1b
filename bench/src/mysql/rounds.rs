//! How many statements a round takes, by the server's own counters, and how many of them one after the other.

use std::time::{Duration, Instant};

use kvetch::{EdgeRead, Kvetch, Read, ReadKind};
use testkit::{Fault, Proxy};

use super::filled::{Filled, THINGS, open_at};
use crate::database::{self, counted};
use crate::figure::{Bound, Figure};

/// Keys of each of the three kinds of read in the round.
const KEYS: usize = 1_000;

/// Connections to the shard: statements that are under way at once.
const POOL: usize = 16;

/// What every statement takes longer than it does, so that the time of a round tells how many wait for each other.
const DELAY: Duration = Duration::from_millis(100);

/// Rounds before, so that every connection is there and knows the statements.
const WARM_UP: usize = 20;

pub(super) fn run(filled: &Filled) -> Vec<Figure> {
    let stated = stated(&filled.kvetch);
    round(filled, &filled.kvetch);
    let asked = || counted(&filled.server, "Com_stmt_execute") as f64;
    let before = asked();
    let said = round(filled, &filled.kvetch) as f64;
    let statements = asked() - before;
    let of = |name: &str, value, bound| Figure::of(format!("round of 3 x {KEYS} keys: {name}"), "", value, bound);
    vec![
        of("statements", vec![statements], Bound::AtMost(stated as f64)),
        of("as it says", vec![said], Bound::AtMost(statements)),
        of("in turn", in_turn(filled), Bound::AtMost(1.0 + stated as f64 / POOL as f64)),
    ]
}

/// Statements that the round may take: one for each kind of read and chunk of its keys.
fn stated(kvetch: &Kvetch) -> usize {
    let chunks = |kind| KEYS.div_ceil(kvetch.shards()[0].keys_per_statement(kind));
    chunks(ReadKind::Nodes) + chunks(ReadKind::Edges) + chunks(ReadKind::Counts)
}

/// How many statements a round waits for one after the other.
fn in_turn(filled: &Filled) -> Vec<f64> {
    let proxy = Proxy::start(filled.server.port());
    let kvetch = filled.runtime.block_on(open_at(&filled.server.url_through(proxy.port(), database::NAME), POOL));
    for _ in 0..WARM_UP {
        round(filled, &kvetch);
    }
    let timed = |_| {
        let start = Instant::now();
        round(filled, &kvetch);
        start.elapsed().as_secs_f64()
    };
    let fast = timed(());
    proxy.set(Fault::Delay(DELAY));
    let rounds = [(); 5].map(|()| ((timed(()) - fast) / DELAY.as_secs_f64()).round()).to_vec();
    proxy.set(Fault::None);
    filled.runtime.block_on(kvetch.close()).expect("the store closes");
    rounds
}

/// Asks for all kinds at once, and says how many statements Kvetch counts.
fn round(filled: &Filled, kvetch: &Kvetch) -> u64 {
    let lists = filled.lists[..KEYS].to_vec();
    let reads = vec![
        Read::Nodes { ids: filled.nodes[..KEYS].to_vec() },
        Read::Edges { read: EdgeRead::new(THINGS, 5), from: lists.clone() },
        Read::Counts { edge: THINGS, from: lists },
    ];
    let round = filled.runtime.block_on(kvetch.round(reads));
    assert_eq!(round.answers.len(), 3);
    round.stats.statements
}
