//! How many allocations an answer takes.

use std::process::Command;

use super::CASES;
use crate::figure::{Bound, Figure};

/// The program that counts them, beside this one.
const PROGRAM: &str = "allocations";
/// For a thousand scalars of the first query, at most: 0.01 for each.
const OF_THE_FIRST: f64 = 10.0;
/// How many scalars the answers have: 10,000 x 5; 100 x 100 x 3 and the names of the groups; a user, its 10 lists and
/// 50 things to do.
const SCALARS: [u32; 3] = [50_000, 30_100, 61];

pub(super) fn run() -> Vec<Figure> {
    let mut bounds = [Bound::None; 3];
    bounds[0] = Bound::AtMost(OF_THE_FIRST);
    let cases = CASES.iter().zip(SCALARS).zip(bounds);
    cases.flat_map(|((case, scalars), bound)| of_case(case.name, case.query, scalars, bound)).collect()
}

fn of_case(name: &str, query: &str, scalars: u32, bound: Bound) -> [Figure; 2] {
    let counted = counted(query);
    let of_thousand = counted * 1_000.0 / f64::from(scalars);
    [
        Figure::of(format!("{name}: allocations"), "", vec![counted], Bound::None),
        Figure::of(format!("{name}: for 1,000 scalars"), "", vec![of_thousand], bound),
    ]
}

/// The allocations of one answer. The same program takes as many each time.
fn counted(query: &str) -> f64 {
    let own = std::env::current_exe().expect("Linux tells which program this is");
    let program = own.with_file_name(PROGRAM);
    let output = Command::new(&program).arg(query).output().unwrap_or_else(|error| {
        panic!("{}: {error}; `cargo build --release --package bench` makes it", program.display())
    });
    let number = String::from_utf8_lossy(&output.stdout).trim().parse();
    number.unwrap_or_else(|_| panic!("{}: {}", program.display(), String::from_utf8_lossy(&output.stderr)))
}
