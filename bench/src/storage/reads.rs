//! Reads through the front door against the same statements on a connection of one's own.

use std::hint::black_box;

use kvetch::{EdgeRead, NodeId, Read};
use rusqlite::Connection;

use super::filled::{FIRST_EDGE, Filled};
use crate::contest::{Contender, Effort, time};
use crate::figure::{Bound, Figure};

/// How many ids, and how many lists, one request asks for.
const KEYS: usize = 100;
/// How many edges of each list.
const FIRST: u32 = 10;
/// How many nodes the figure of the node cache asks for, over and over.
const HOT: usize = 10_000;
/// At most this much time for a hit of the node cache.
const CACHE_BOUND_US: f64 = 0.5;
/// At most this many times the time of the bare statements.
const BOUND: f64 = 1.3;

pub(super) fn run(filled: &Filled, effort: Effort) -> Vec<Figure> {
    let connection = Connection::open(&filled.file).expect("the file of the shard opens");
    connection.execute_batch("PRAGMA cache_size = -16384; PRAGMA query_only = ON;").expect("it is SQLite");
    let mut figures = Vec::new();

    let mut keys = Keys::of(&filled.things);
    let mut same_keys = Keys::of(&filled.things);
    let mut contenders = [
        Contender { name: "kvetch", answer: Box::new(|| nodes(filled, keys.next())) },
        Contender { name: "statements", answer: Box::new(|| bare_nodes(&connection, &same_keys.next())) },
    ];
    figures.extend(compare("multi-get of 100", &mut contenders, effort));

    let mut keys = Keys::of(&filled.owners);
    let mut same_keys = Keys::of(&filled.owners);
    let mut contenders = [
        Contender { name: "kvetch", answer: Box::new(|| edges(filled, keys.next())) },
        Contender { name: "statements", answer: Box::new(|| bare_edges(&connection, &same_keys.next())) },
    ];
    figures.extend(compare("first 10 of 100 lists", &mut contenders, effort));
    figures
}

/// The microseconds of one id that the node cache has, in a round of a hundred.
pub(super) fn cached(filled: &Filled, effort: Effort) -> Figure {
    let known = &filled.things[..filled.things.len().min(HOT)];
    for ids in known.chunks(KEYS) {
        nodes(filled, ids.to_vec());
    }
    let mut keys = Keys::of(known);
    let mut contenders = [Contender { name: "cache", answer: Box::new(|| nodes(filled, keys.next())) }];
    let timings = time(&mut contenders, effort);
    let each = timings[0].rounds.iter().map(|micros| micros / KEYS as f64).collect();
    Figure::of("a hit of the node cache, per id".to_owned(), "us", each, Bound::AtMost(CACHE_BOUND_US))
}

fn compare(what: &str, contenders: &mut [Contender<'_, usize>], effort: Effort) -> Vec<Figure> {
    crate::contest::agree(contenders, |found| found);
    let timings = time(contenders, effort);
    let mut figures = timings
        .iter()
        .map(|timing| Figure::of(format!("{what}: {}", timing.name), "us", timing.rounds.clone(), Bound::None))
        .collect::<Vec<_>>();
    let ratio = timings[0].over(&timings[1]);
    figures.push(Figure::of(format!("{what}: ratio"), "x", ratio, Bound::AtMost(BOUND)));
    figures
}

/// Keys to ask for: a hundred at random, the same sequence for each contender.
struct Keys<'a> {
    all: &'a [NodeId],
    random: fastrand::Rng,
}

impl<'a> Keys<'a> {
    fn of(all: &'a [NodeId]) -> Self {
        Self { all, random: fastrand::Rng::with_seed(11) }
    }

    fn next(&mut self) -> Vec<NodeId> {
        (0..KEYS).map(|_| self.all[self.random.usize(..self.all.len())]).collect()
    }
}

fn nodes(filled: &Filled, ids: Vec<NodeId>) -> usize {
    let round = filled.runtime.block_on(filled.kvetch.round(vec![Read::Nodes { ids }]));
    match &round.answers[..] {
        [kvetch::Answer::Nodes(nodes)] => nodes.iter().filter(|node| matches!(node, Ok(Some(_)))).count(),
        other => panic!("{other:?}"),
    }
}

fn edges(filled: &Filled, from: Vec<NodeId>) -> usize {
    let read = EdgeRead::new(FIRST_EDGE, FIRST);
    let round = filled.runtime.block_on(filled.kvetch.round(vec![Read::Edges { read, from }]));
    match &round.answers[..] {
        [kvetch::Answer::Edges(pages)] => pages.iter().flatten().map(|page| page.edges.len()).sum(),
        other => panic!("{other:?}"),
    }
}

/// What a row of a node is made of.
type NodeRow = ([u8; 16], i64, i64, i64, i64, Vec<u8>);

fn bare_nodes(connection: &Connection, ids: &[NodeId]) -> usize {
    let transaction = connection.unchecked_transaction().expect("a transaction begins");
    let mut statement = transaction
        .prepare_cached("SELECT id, type, version, created, updated, body FROM kvetch_nodes WHERE id = ?1 AND type > 0")
        .expect("the statement is valid");
    let rows = ids.iter().map(|id| {
        let row = statement.query_row([id.as_bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
        });
        row.expect("the node is there")
    });
    black_box(rows.collect::<Vec<NodeRow>>()).len()
}

fn bare_edges(connection: &Connection, from: &[NodeId]) -> usize {
    let transaction = connection.unchecked_transaction().expect("a transaction begins");
    let mut statement = transaction
        .prepare_cached(
            "SELECT to_id, sort_key, props FROM kvetch_edges WHERE edge = ?1 AND from_id = ?2
             ORDER BY sort_key, to_id LIMIT ?3",
        )
        .expect("the statement is valid");
    let pages = from.iter().map(|from| {
        let rows = statement.query_map(rusqlite::params![FIRST_EDGE.0, from.as_bytes(), FIRST], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        });
        let rows = rows.expect("the statement runs");
        rows.collect::<rusqlite::Result<Vec<([u8; 16], i64, Option<Vec<u8>>)>>>().expect("edges can be read")
    });
    black_box(pages.collect::<Vec<_>>()).iter().map(Vec::len).sum()
}
