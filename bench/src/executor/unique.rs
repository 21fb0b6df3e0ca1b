//! A document that nobody has sent before, each time: what parsing, checking and planning cost.

use super::planned::Planned;
use crate::contest::{Contender, Effort, Timing, time};
use crate::figure::{Bound, Figure};

/// At most this many times what the same view takes with its plan in the cache.
const OF_CACHED: f64 = 4.0;

pub(super) fn run(query: &str, effort: Effort) -> Vec<Figure> {
    let (cached, unique) = (Planned::new(query), Planned::new(query));
    let mut number = 0_u64;
    let fresh = move || {
        number += 1;
        unique.answer_to(format!("query View{number} {query}"))
    };
    let mut contenders = [
        Contender { name: "cached", answer: Box::new(|| cached.answer()) },
        Contender { name: "unique", answer: Box::new(fresh) },
    ];
    let timings = time(&mut contenders, effort);
    let [cached, unique] = &timings[..] else { unreachable!("two contenders") };
    let figure = |timing: &Timing| {
        Figure::of(format!("todo view, {} documents", timing.name), "us", timing.rounds.clone(), Bound::None)
    };
    let ratio =
        Figure::of("todo view: unique / cached documents".into(), "x", unique.over(cached), Bound::AtMost(OF_CACHED));
    vec![figure(cached), figure(unique), ratio]
}
