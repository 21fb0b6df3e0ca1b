//! Kvetch beside several ways to do the same by hand.

use crate::contest::{Contender, Effort, agree, time};
use crate::figure::{Bound, Figure};

/// Kvetch takes at most this many times as long as the best of the others.
const BOUND: f64 = 1.3;

/// Times all of them, the first of which is Kvetch. Each answers how many rows it found.
pub(super) fn compare(what: &str, mut contenders: Vec<Contender<'_, usize>>, effort: Effort) -> Vec<Figure> {
    agree(&mut contenders, |found| found);
    let timings = time(&mut contenders, effort);
    let of = |timing: &crate::contest::Timing| {
        Figure::of(format!("{what}: {}", timing.name), "us", timing.rounds.clone(), Bound::None)
    };
    let mut figures = timings.iter().map(of).collect::<Vec<_>>();
    let (kvetch, others) = timings.split_first().expect("Kvetch is among them");
    let best = others.iter().zip(&figures[1..]).min_by(|one, other| one.1.value.total_cmp(&other.1.value));
    let ratio = kvetch.over(best.expect("there are others").0);
    figures.push(Figure::of(format!("{what}: kvetch / best"), "x", ratio, Bound::AtMost(BOUND)));
    figures
}
