//! Comparing the whole store with its nodes.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use kvetch::VerifyOptions;
use serde::{Deserialize, Serialize};

use super::filled::{Filled, open};
use crate::contest::Effort;
use crate::figure::{Bound, Figure};
use crate::memory::{forget_peak, peak_mib, resident_mib};

/// At least this many derived rows a second.
const ROWS_PER_SECOND: f64 = 100_000.0;

/// Ten times the rows take at most this many times the memory.
const GROWTH: f64 = 1.3;

/// What a comparison needed at its peak.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Memory {
    rows: u64,
    mebibytes: f64,
}

/// The memory of one comparison, in a process of its own: another before it would leave memory behind to be used again.
pub(super) fn memory(directory: &Path) -> Memory {
    let program = std::env::current_exe().expect("this program has a file");
    let ran = Command::new(program).arg(super::MEMORY_OF_VERIFY).arg(directory).output().expect("it runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).expect("it prints what it needed")
}

/// Runs one comparison and takes what memory this process has at its peak beyond what it had before.
pub(super) fn own_memory(directory: &Path) -> Memory {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let kvetch = runtime.block_on(open(directory, None));
    forget_peak();
    let before = resident_mib();
    let report = runtime.block_on(kvetch.verify(VerifyOptions::default(), |_| {})).expect("the store is open");
    assert!(report.is_clean(), "{report:?}");
    Memory { rows: report.rows, mebibytes: peak_mib() - before }
}

pub(super) fn growth(few: Memory, many: Memory) -> Vec<Figure> {
    let figure = |memory: Memory| {
        let name = format!("verify: memory for {:.1} million rows", memory.rows as f64 / 1e6);
        Figure::of(name, "MiB", vec![memory.mebibytes], Bound::None)
    };
    let ratio = vec![many.mebibytes / few.mebibytes];
    let ratio = Figure::of("verify: memory for the most / the fewest".to_owned(), "x", ratio, Bound::AtMost(GROWTH));
    vec![figure(few), figure(many), ratio]
}

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
