//! Schemas that random damage was done to: never a panic, and every rejection has a place.
//!
//! `GRAPHSCALE_LONG=1` tries 100,000. A schema that fails is named by its number, which makes it again.

use std::panic::{AssertUnwindSafe, catch_unwind};

use grapple::{Directory, SourceFile};

use crate::dice::Dice;

const SCHEMAS: [&str; 3] = [
    include_str!("../../../examples/todo/schema.graphql"),
    include_str!("../../../tests/rules/schema.graphql"),
    include_str!("../hard_names.graphql"),
];

/// What is put in: words of the language, numbers at their ends, deep nests, letters of more than one byte.
const BITS: [&str; 30] = [
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

#[test]
fn a_mutated_schema_never_panics_and_every_rejection_has_a_place() {
    let cases = if std::env::var("GRAPHSCALE_LONG").is_ok_and(|long| long == "1") { 100_000 } else { 400 };
    let rejected = (0..cases).filter(|case| is_rejected(*case)).count();
    assert!(rejected > cases as usize / 4, "damage is seen: {rejected} of {cases}");
    eprintln!("{cases} mutated schemas: {rejected} were rejected, each with a place, and none panicked");
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
