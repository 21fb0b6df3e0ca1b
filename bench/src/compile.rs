//! What grapple takes for a schema as large as the largest public ones: 64,272 lines, 902 object types; and what the
//! crate takes to build that it generates for another.

mod builds;
mod crates;
mod entities;
mod schema;

use std::fs;
use std::process::Command;
use std::time::Instant;

use grapple::{Directory, Schema, SourceFile};
use schema::{Size, schema};

use crate::contest::Effort;
use crate::figure::{Bound, Figure};

/// The name under which this program measures the memory of one run.
pub(crate) const MEMORY_OF_COMPILE: &str = "memory-of-compile";

/// Milliseconds to read and check it.
const CHECK: f64 = 150.0;

/// Milliseconds to generate its module, in memory.
const GENERATE: f64 = 1000.0;

/// Mebibytes of the process that generates it, at its peak.
const MEMORY: f64 = 200.0;

/// Twice the schema takes at most this many times as long.
const GROWTH: f64 = 2.6;

/// Runs all of it.
pub(crate) fn run(effort: Effort) -> Vec<Figure> {
    let (size, half) =
        if effort.is_quick() { (Size::QUICK, Size::QUICK.half()) } else { (Size::FULL, Size::FULL.half()) };
    let text = schema(size);
    let rounds = effort.rounds();
    let checks = (0..rounds).map(|_| millis(|| checked(&text))).collect();
    let mut generates = Vec::new();
    let mut growth = Vec::new();
    let half = schema(half);
    for _ in 0..rounds {
        let (whole, part) = (millis(|| generated(&text)), millis(|| generated(&half)));
        generates.push(whole);
        growth.push(whole / part);
    }
    let lines = text.lines().count();
    let mut figures = vec![
        Figure::of(format!("{lines} lines: read and check"), "ms", checks, Bound::AtMost(CHECK)),
        Figure::of(format!("{lines} lines: generate"), "ms", generates, Bound::AtMost(GENERATE)),
        Figure::of("generate: this schema / half of it".to_owned(), "x", growth, Bound::AtMost(GROWTH)),
        Figure::of(format!("{lines} lines: memory"), "MiB", vec![memory(effort)], Bound::AtMost(MEMORY)),
    ];
    figures.extend(builds::figures(effort));
    figures
}

fn millis<T>(work: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    std::hint::black_box(work());
    start.elapsed().as_secs_f64() * 1e3
}

fn checked(text: &str) -> Schema {
    Schema::check(SourceFile::new("schema.graphql", text)).expect("the schema is right")
}

fn generated(text: &str) -> grapple::Generated {
    let schema = SourceFile::new("schema.graphql", text);
    grapple::generate(schema, &Directory::empty("graph")).expect("the schema is right")
}

/// The peak of a process that generates once.
fn memory(effort: Effort) -> f64 {
    let program = std::env::current_exe().expect("this program has a file");
    let mut command = Command::new(program);
    command.arg(MEMORY_OF_COMPILE);
    if effort.is_quick() {
        command.arg("--quick");
    }
    let ran = command.output().expect("it runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8_lossy(&ran.stdout).trim().parse().expect("it prints a number")
}

/// Generates once and tells the peak of this process in mebibytes.
pub(crate) fn own_memory(effort: Effort) -> f64 {
    let text = schema(if effort.is_quick() { Size::QUICK } else { Size::FULL });
    assert!(!generated(&text).files().is_empty());
    let status = fs::read_to_string("/proc/self/status").expect("Linux tells of a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes: Option<f64> = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
    kibibytes.expect("it is a number of kilobytes") / 1024.0
}
