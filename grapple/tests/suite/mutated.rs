//! Schemas that random damage was done to: never a panic, and every rejection has a place.
//!
//! `GRAPHSCALE_LONG=1` tries 100,000, on all processors, and says how far it is. A schema that fails is named by its
//! number, which makes it again: `GRAPPLE_MUTATED=n` tries that one.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use grapple::{Directory, SourceFile};

use crate::dice::Dice;

const SCHEMAS: [&str; 3] = [
    include_str!("../../../examples/todo/schema.graphql"),
    include_str!("../../../tests/rules/schema.graphql"),
    include_str!("../hard_names.graphql"),
];

/// What is put in: words of the language, numbers at their ends, deep nests, letters of more than one byte.
const BITS: [&str; 41] = [
    "!",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    ":",
    "=",
    "@",
    "\"",
    "\"\"\"",
    "#",
    "&",
    "|",
    "null",
    "-1",
    "2147483648",
    "1e999",
    "-1e999",
    "= 1e999",
    "= {a: [1e999, {b: -1e400}]}",
    "= {}",
    "= [[1, [2, null]]]",
    "@default(value: 1e999)",
    "scalar JSON",
    "input Many { a: Float = 1e999 b: Many = {} c: [Many!] = [{}, {}] }",
    "@scalar(rust: \"crate::type::fn\")",
    "@oneOf",
    "@pent(typeId: 5, crud: [READ, CREATE, UPDATE])",
    "@pent(typeId: 1)",
    "@unique @index",
    "extend type Query",
    "interface I { id: UUID! }",
    "union U = Query",
    "scalar S",
    "\u{1f600}",
    "\u{0}",
    "\\u{110000}",
    "type Self { self: Self! }",
    "subscription",
];

/// Schemas between two lines that say how far it is.
const TOLD_EVERY: u64 = 10_000;

#[test]
fn a_mutated_schema_never_panics_and_every_rejection_has_a_place() {
    if let Ok(case) = std::env::var("GRAPPLE_MUTATED") {
        let case = case.parse().expect("GRAPPLE_MUTATED is the number of a schema");
        eprintln!("schema {case}, rejected: {}\n{}", is_rejected(case), mutated(case));
        return;
    }
    let cases = if std::env::var("GRAPHSCALE_LONG").is_ok_and(|long| long == "1") { 100_000 } else { 400 };
    let rejected = rejected(cases);
    assert!(rejected > cases / 4, "damage is seen: {rejected} of {cases}");
    eprintln!("{cases} mutated schemas: {rejected} were rejected, each with a place, and none panicked");
}

/// Tries schemas on all processors; the answer is how many are rejected. One that fails does not keep the others from
/// being tried.
fn rejected(cases: u64) -> u64 {
    let (next, rejected, failed) = (AtomicU64::new(0), AtomicU64::new(0), Mutex::new(Vec::new()));
    let begun = Instant::now();
    let tried = || {
        loop {
            let case = next.fetch_add(1, Ordering::Relaxed);
            if case >= cases {
                return;
            }
            match catch_unwind(|| is_rejected(case)) {
                Ok(is_rejected) => {
                    rejected.fetch_add(u64::from(is_rejected), Ordering::Relaxed);
                }
                Err(_) => failed.lock().expect("nothing fails under it").push(case),
            }
            if (case + 1).is_multiple_of(TOLD_EVERY) {
                let rejected = rejected.load(Ordering::Relaxed);
                // Past what the harness keeps to itself until the test has ended.
                let line =
                    format!("{} of {cases} mutated schemas, {rejected} rejected, {:.0?}\n", case + 1, begun.elapsed());
                let _ = std::io::stderr().write_all(line.as_bytes());
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(tried);
        }
    });
    let failed = failed.into_inner().expect("nothing fails under it");
    assert!(failed.is_empty(), "{} of {cases} schemas failed, as is told above: {failed:?}", failed.len());
    rejected.into_inner()
}

fn is_rejected(case: u64) -> bool {
    let text = mutated(case);
    let checked = catch_unwind(AssertUnwindSafe(|| {
        grapple::generate(SourceFile::new("schema.graphql", text.clone()), &Directory::empty("graph"))
    }));
    let checked = checked.unwrap_or_else(|_| panic!("schema {case} panics:\n{text}"));
    let Err(found) = checked else { return false };
    assert!(!found.is_empty(), "schema {case} is rejected for nothing");
    let lines = text.matches('\n').count() + 1;
    for mistake in &found {
        let (start, end) = found.range(&mistake.label);
        let is_placed = start.line >= 1 && start.line <= lines && start.column >= 1;
        let is_ordered = (start.line, start.column) <= (end.line, end.column);
        assert!(is_placed && is_ordered, "schema {case}: {} at {start} to {end}", mistake.code);
    }
    assert!(!found.to_string().is_empty());
    true
}

fn mutated(case: u64) -> String {
    let mut dice = Dice::new(case);
    let mut text = SCHEMAS[dice.below(SCHEMAS.len())].to_owned();
    for _ in 0..=dice.below(4) {
        let (at, end) = span(&text, &mut dice);
        let other = span(&text, &mut dice);
        match dice.below(5) {
            0 => text.replace_range(at..end, ""),
            1 => text.insert_str(at, BITS[dice.below(BITS.len())]),
            2 => text.replace_range(at..end, BITS[dice.below(BITS.len())]),
            3 => text = format!("{}{}{}", &text[..at], &text[other.0..other.1], &text[at..]),
            _ => text.insert_str(at, &"[".repeat(dice.below(300))),
        }
    }
    text
}

/// A few characters, or a line, somewhere in a text.
fn span(text: &str, dice: &mut Dice) -> (usize, usize) {
    let boundary = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let at = boundary(dice.below(text.len() + 1));
    let line = text[at..].find('\n').map_or(text.len(), |end| at + end + 1);
    let few = boundary((at + dice.below(12)).min(text.len()));
    (at, if dice.below(3) == 0 { line } else { few })
}
