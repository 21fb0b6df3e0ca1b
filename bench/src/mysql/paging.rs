//! Paging through a long list whose sort keys are all the same.

use std::sync::Arc;

use kvetch::{Answer, EdgeAfter, EdgePage, EdgeRead, Order, Read};

use super::filled::{Filled, THINGS, TIES};
use crate::contest::{Contender, Effort, time};
use crate::database::counted;
use crate::figure::{Bound, Figure};

/// Edges of a page.
const FIRST: u32 = 100;

/// The last pages cost at most this many times what the first do.
const BOUND: f64 = 1.5;

pub(super) fn run(filled: &Filled, effort: Effort) -> Vec<Figure> {
    let starts = starts(filled);
    let (early, late) = (starts[0], starts[starts.len() - 1]);
    let mut contenders = [
        Contender { name: "second page", answer: Box::new(|| page(filled, Some(early)).edges.len()) },
        Contender { name: "last page", answer: Box::new(|| page(filled, Some(late)).edges.len()) },
    ];
    let timings = time(&mut contenders, effort);
    let of = |name: &str, unit, rounds, bound| Figure::of(format!("{TIES} ties: {name}"), unit, rounds, bound);
    let mut figures = Vec::new();
    for timing in &timings {
        figures.push(of(timing.name, "us", timing.rounds.clone(), Bound::None));
    }
    figures.push(of("last / second, by time", "x", timings[1].over(&timings[0]), Bound::AtMost(BOUND)));
    let [read_early, read_late] = [early, late].map(|start| rows_read(filled, start));
    figures.push(of("rows read, second page", "", vec![read_early], Bound::None));
    figures.push(of("rows read, last page", "", vec![read_late], Bound::None));
    figures.push(of("last / second, by rows", "x", vec![read_late / read_early], Bound::AtMost(BOUND)));
    figures
}

/// Where each page starts after the first, of whole pages.
fn starts(filled: &Filled) -> Vec<EdgeAfter> {
    let mut starts = Vec::new();
    let mut after = None;
    loop {
        let found = page(filled, after);
        let last = found.edges.last().expect("the list is no multiple short of a page");
        if !found.has_next {
            return starts;
        }
        after = Some(EdgeAfter::Position { sort_key: last.sort_key, to: last.to });
        starts.extend(after);
    }
}

fn rows_read(filled: &Filled, start: EdgeAfter) -> f64 {
    let look = || counted(&filled.server, "Handler_read%");
    let looking = {
        let before = look();
        look() - before
    };
    let before = look();
    page(filled, Some(start));
    (look() - before - looking) as f64
}

fn page(filled: &Filled, after: Option<EdgeAfter>) -> Arc<EdgePage> {
    let read = EdgeRead { after, order: Order::Ascending, ..EdgeRead::new(THINGS, FIRST) };
    let from = vec![filled.ties];
    let mut round = filled.runtime.block_on(filled.kvetch.round(vec![Read::Edges { read, from }]));
    match round.answers.pop() {
        Some(Answer::Edges(mut pages)) => pages.remove(0).expect("the page can be read"),
        other => panic!("{other:?}"),
    }
}
