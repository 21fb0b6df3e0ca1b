//! The first edges of many lists.

use std::cell::RefCell;
use std::hint::black_box;

use kvetch::{Answer, EdgeRead, NodeId, Read};

use super::bare::{Bare, Query, packed, union_all};
use super::compared::compare;
use super::filled::{Filled, LENGTHS, THINGS};
use crate::contest::{Contender, Effort, time};
use crate::database::counted;
use crate::figure::{Bound, Figure};

/// How many lists one request asks for.
const SIZES: [usize; 3] = [10, 100, 1_000];

/// How many edges of each.
const FIRST: u32 = 5;

/// What a statement by hand asks for, to know what Kvetch answers besides: whether there are more.
const FIRST_AND_NEXT: u32 = FIRST + 1;

/// The longest lists take at most this many times as long as the shortest.
const LENGTH_BOUND: f64 = 1.5;

/// Rows that the server reads for each edge, at most.
const ROWS_BOUND: f64 = 1.1;

/// Edges of a page whose rows are counted: each page reads one row to see whether there are more.
const COUNTED_FIRST: u32 = 20;

/// An edge in columns, behind the number of its list.
type EdgeRow = (usize, Vec<u8>, i64, Option<Vec<u8>>);

pub(super) fn run(filled: &Filled, effort: Effort) -> Vec<Figure> {
    let mut figures = Vec::new();
    let one = RefCell::new(Bare::connect(&filled.runtime, &filled.url(), 1));
    let four = RefCell::new(Bare::connect(&filled.runtime, &filled.url(), 4));
    let rows = |bare: &RefCell<Bare>, queries: Vec<Query>| {
        let rows = black_box(filled.runtime.block_on(bare.borrow_mut().rows::<EdgeRow>(queries)));
        rows.len() / FIRST_AND_NEXT as usize * FIRST as usize
    };
    let columns = |bare: &RefCell<Bare>, queries: Vec<Query>| {
        let rows = filled.runtime.block_on(bare.borrow_mut().rows::<PackedRow>(queries));
        black_box(rows).iter().map(|PackedRow(edges)| edges.len().min(FIRST as usize)).sum()
    };
    let unions = |lists: &[NodeId], chunk: usize| -> Vec<Query> {
        lists.chunks(chunk).map(|lists| union_all(THINGS.0, lists, FIRST_AND_NEXT)).collect()
    };
    let packs = |lists: &[NodeId], chunk: usize| -> Vec<Query> {
        lists.chunks(chunk).map(|lists| packed(THINGS.0, lists, FIRST_AND_NEXT)).collect()
    };
    for size in SIZES {
        let lists = &filled.lists[..size];
        let contenders = vec![
            Contender { name: "kvetch", answer: Box::new(|| edges(filled, lists, FIRST)) },
            Contender { name: "unions of 25", answer: Box::new(|| rows(&one, unions(lists, 25))) },
            Contender { name: "unions of 25, 4 at once", answer: Box::new(|| rows(&four, unions(lists, 25))) },
            Contender { name: "unions of 100", answer: Box::new(|| rows(&one, unions(lists, 100))) },
            Contender { name: "selects, 4 at once", answer: Box::new(|| rows(&four, unions(lists, 1))) },
            Contender { name: "packed by 100", answer: Box::new(|| columns(&one, packs(lists, 100))) },
            Contender { name: "packed by 25, 4 at once", answer: Box::new(|| columns(&four, packs(lists, 25))) },
        ];
        figures.extend(compare(&format!("first {FIRST} of {size}"), contenders, effort));
    }
    one.into_inner().close(&filled.runtime);
    four.into_inner().close(&filled.runtime);
    figures.extend(lengths(filled, effort));
    figures.push(rows_read(filled));
    figures
}

/// The edges of a list, each packed: its target, its sort key, its props.
struct PackedRow(Vec<(Vec<u8>, i64, Vec<u8>)>);

impl mysql_async::prelude::FromRow for PackedRow {
    fn from_row_opt(row: mysql_async::Row) -> Result<Self, mysql_async::FromRowError> {
        let edges = row.unwrap().into_iter().filter_map(|column| match column {
            mysql_async::Value::Bytes(packed) => {
                let (to, rest) = packed.split_at(16);
                let (sort_key, props) = rest.split_at(8);
                let sort_key = i64::from_be_bytes(sort_key.try_into().expect("it is eight bytes"));
                Some((to.to_vec(), sort_key, props.to_vec()))
            }
            _ => None,
        });
        Ok(Self(edges.collect()))
    }
}

fn lengths(filled: &Filled, effort: Effort) -> Vec<Figure> {
    let names = ["lists of 10", "lists of 100", "lists of 1000", "lists of 10000"];
    let mut contenders = filled.by_length.iter().zip(names).map(|(lists, name)| {
        edges(filled, lists, FIRST);
        Contender { name, answer: Box::new(move || edges(filled, lists, FIRST)) }
    });
    let timings = time(&mut contenders.by_ref().collect::<Vec<_>>(), effort);
    let count = filled.by_length[0].len();
    let mut figures = timings
        .iter()
        .map(|timing| {
            let name = format!("first {FIRST} of {count}, {}", timing.name);
            Figure::of(name, "us", timing.rounds.clone(), Bound::None)
        })
        .collect::<Vec<_>>();
    let ratio = timings[LENGTHS.len() - 1].over(&timings[0]);
    figures.push(Figure::of("lists of 10000 / of 10".to_owned(), "x", ratio, Bound::AtMost(LENGTH_BOUND)));
    figures
}

fn rows_read(filled: &Filled) -> Figure {
    let lists = &filled.lists[..1_000.min(filled.lists.len())];
    let look = || counted(&filled.server, "Handler_read%");
    edges(filled, lists, COUNTED_FIRST);
    let looking = {
        let before = look();
        look() - before
    };
    let before = look();
    let found = edges(filled, lists, COUNTED_FIRST);
    let read = look() - before - looking;
    let name = format!("rows read per edge, first {COUNTED_FIRST}");
    Figure::of(name, "", vec![read as f64 / found as f64], Bound::AtMost(ROWS_BOUND))
}

fn edges(filled: &Filled, lists: &[NodeId], first: u32) -> usize {
    let read = EdgeRead::new(THINGS, first);
    let round = filled.runtime.block_on(filled.kvetch.round(vec![Read::Edges { read, from: lists.to_vec() }]));
    match &round.answers[..] {
        [Answer::Edges(pages)] => pages.iter().flatten().map(|page| page.edges.len()).sum(),
        other => panic!("{other:?}"),
    }
}
