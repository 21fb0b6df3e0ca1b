//! Comparing the whole store with its nodes.

use std::time::Instant;

use kvetch::VerifyOptions;

use super::filled::Filled;
use crate::contest::Effort;
use crate::figure::{Bound, Figure};

/// At least this many derived rows a second.
const ROWS_PER_SECOND: f64 = 100_000.0;

pub(super) fn run(filled: &Filled, effort: Effort) -> Figure {
    let rounds = (0..effort.rounds().div_ceil(5)).map(|_| {
        let start = Instant::now();
        let report = filled.runtime.block_on(filled.kvetch.verify(VerifyOptions::default(), |_| {}));
        let report = report.expect("the store is open");
        assert!(report.is_clean(), "{report:?}");
        report.rows as f64 / start.elapsed().as_secs_f64()
    });
    Figure::of("verify: derived rows per second".to_owned(), "/s", rounds.collect(), Bound::AtLeast(ROWS_PER_SECOND))
}
