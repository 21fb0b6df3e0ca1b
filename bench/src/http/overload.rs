//! Four times as many requests as can be answered.

use std::time::Duration;

use super::process::Serving;
use super::stored::Stored;
use super::{PENT, Turns, paced};
use crate::figure::{Bound, Figure};

/// So many times the peak is asked for.
const OVERLOAD: f64 = 4.0;
/// Connections over which that is asked: four times the places that requests have.
const CONNECTIONS: usize = 1_024;
/// At least this part of the peak is still answered.
const OF_PEAK: f64 = 0.9;
/// Memory that the process may have more at the end than after its first turn of this.
const GROWTH_MIB: f64 = 16.0;

pub(super) fn run(serving: &Serving, stored: &Stored, peak: f64, turns: Turns) -> Vec<Figure> {
    let turn = || paced::run(serving.address(PENT), stored.bodies(), peak * OVERLOAD, turns.time, CONNECTIONS);
    // Connections take memory, once.
    turn();
    let before = serving.resident_mib();
    let asked = (0..turns.rounds).map(|_| turn()).collect::<Vec<_>>();
    let growth = serving.resident_mib() - before;
    let deadline = pent::Limits::default().deadline;
    let of = |tell: &dyn Fn(&paced::Asked) -> f64| asked.iter().map(tell).collect::<Vec<_>>();
    let seconds = |time: Duration| time.as_secs_f64();
    vec![
        Figure::of(
            "4x: answered / peak".into(),
            "x",
            of(&|asked| asked.answered_a_second() / peak),
            Bound::AtLeast(OF_PEAK),
        ),
        Figure::of("4x: turned away with 503".into(), "", of(&|asked| asked.turned_away as f64), Bound::None),
        Figure::of("4x: no connection was free".into(), "", of(&|asked| asked.unsent as f64), Bound::None),
        Figure::of("4x: p50".into(), "ms", of(&|asked| asked.millis(50.0)), Bound::None),
        Figure::of(
            "4x: slowest answer".into(),
            "s",
            of(&|asked| seconds(asked.slowest())),
            Bound::AtMost(seconds(deadline)),
        ),
        Figure::of("4x: memory grown by".into(), "MiB", vec![growth], Bound::AtMost(GROWTH_MIB)),
    ]
}
