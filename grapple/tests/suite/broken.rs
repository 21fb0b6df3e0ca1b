//! Broken schemas and what is found in them.
//!
//! Each file of `tests/broken` is one. A line `#   ^ G106` below a line says that a finding of that code starts
//! there, at the column of the caret; `#! G106`, that one starts at the first column. All that is found must be said, and nothing else.

use std::fs;
use std::path::Path;

use grapple::{Code, Diagnostics, Directory, SourceFile};

/// Line, column, code.
type Place = (usize, usize, String);

fn diagnostics(schema: &str) -> Option<Diagnostics> {
    grapple::generate(SourceFile::new("schema.graphql", schema), &Directory::empty("graph")).err()
}

fn found(schema: &str) -> Vec<Place> {
    let Some(diagnostics) = diagnostics(schema) else { return Vec::new() };
    let place = |diagnostic| {
        let position = diagnostics.position(diagnostic);
        (position.line, position.column, diagnostic.code.to_string())
    };
    sorted(diagnostics.iter().map(place).collect())
}

fn expected(schema: &str) -> Vec<Place> {
    let mut places = Vec::new();
    let mut above = 0;
    for (number, line) in (1..).zip(schema.lines()) {
        let mark = line.strip_prefix('#').and_then(|mark| mark.split_once("^ "));
        match (line.strip_prefix("#! "), mark) {
            (Some(code), _) => places.push((above, 1, code.to_owned())),
            (None, Some((before, code))) => places.push((above, before.chars().count() + 2, code.to_owned())),
            (None, None) => above = number,
        }
    }
    sorted(places)
}

fn sorted(mut places: Vec<Place>) -> Vec<Place> {
    places.sort();
    places
}

fn corpus() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let entries = fs::read_dir(folder).expect("the corpus is there");
    let mut schemas: Vec<(String, String)> = entries
        .map(|entry| {
            let path = entry.expect("the corpus can be listed").path();
            let text = fs::read_to_string(&path).expect("a schema of the corpus can be read");
            (path.display().to_string(), text)
        })
        .collect();
    schemas.sort();
    schemas
}

#[test]
fn every_mistake_is_found_at_its_place_and_nothing_else() {
    for (name, schema) in corpus() {
        assert_eq!(found(&schema), expected(&schema), "{name}");
    }
}

#[test]
fn every_rule_has_a_broken_schema() {
    let corpus: String = corpus().into_iter().map(|(_, schema)| schema).collect();
    for code in Code::ALL {
        // Of files beside the schema and of locks there are tests of their own.
        let elsewhere = code.as_str() >= "G700";
        assert!(
            elsewhere || corpus.contains(&format!("^ {code}")) || corpus.contains(&format!("#! {code}")),
            "no schema breaks {code}: {}",
            code.rule()
        );
    }
}

#[test]
fn codes_are_never_given_twice() {
    let mut codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    codes.dedup();
    assert_eq!(codes.len(), Code::ALL.len());
    assert!(codes.is_sorted());
}

#[test]
fn a_report_shows_both_places_and_a_way_out() {
    let schema = "\
type Query { user(id: UUID!): User @readPent }
type User @pent(typeId: 1) {
  id: UUID!
\tlists(first: Int = 10, after: UUID): [List!]! @edgeToStoredId(edgeName: \"lists\", edgeId: 5, field: \"parent\")
}

type List @pent(typeId: 2) { id: UUID!  parent: List @genFromStoredId }
";
    let report = "\
error[G206]: the two ends of the edge disagree: `List.parent` points to `List`, not back to `User`
 --> schema.graphql:4:101
  |
4 | \tlists(first: Int = 10, after: UUID): [List!]! @edgeToStoredId(edgeName: \"lists\", edgeId: 5, field: \"parent\")
  | \t                                                                                                   ^^^^^^^^
 ::: schema.graphql:7:41
  |
7 | type List @pent(typeId: 2) { id: UUID!  parent: List @genFromStoredId }
  |                                         ^^^^^^ points to `List`
  = help: write `parent: User @genFromStoredId` in `List`, or name another field

";
    assert_eq!(diagnostics(schema).expect("the ends disagree").to_string(), report);
}

/// Random-looking damage: every fifth word of the todo schema left out, and each line.
#[test]
fn a_damaged_schema_never_panics_and_every_rejection_has_a_place() {
    let todo = include_str!("../../../examples/todo/schema.graphql");
    let words = todo.split_inclusive([' ', '(', ')', ':', '\n', '!']).scan(0, |start, word| {
        let at = *start;
        *start += word.len();
        Some(at..*start)
    });
    let lines = todo.split_inclusive('\n').scan(0, |start, line| {
        let at = *start;
        *start += line.len();
        Some(at..*start)
    });
    for range in words.step_by(5).chain(lines) {
        let damaged = format!("{}{}", &todo[..range.start], &todo[range.end..]);
        for (line, column, code) in found(&damaged) {
            assert!(line >= 1 && line <= damaged.lines().count() + 1 && column >= 1, "{code} at {line}:{column}");
        }
    }
}

/// The number after the greatest so far was suggested, which a type further down had already.
#[test]
fn a_number_that_is_suggested_is_free() {
    let schema = "\
type Query { a(id: UUID!): A @readPent }
type A @pent(typeId: 1) { id: UUID! }
type B @pent(typeId: 1) { id: UUID! }
type C @pent(typeId: 2) { id: UUID! }
";
    let report = diagnostics(schema).expect("a number is used twice").to_string();
    assert!(report.contains("= help: give one of them a number of its own: `@pent(typeId: 3)`"), "{report}");
}

#[test]
fn a_reference_that_may_be_hidden_shows_the_rules_and_how_to_require_it_all_the_same() {
    let schema = "\
type Query { note(id: UUID!): Note @readPent }
type Note @pent(typeId: 1) @privacy { id: UUID!  about: Note! @genFromStoredId }
";
    let report = "\
error[G209]: `Note.about` is never null, and a viewer may not see every `Note`
 --> schema.graphql:2:57
  |
2 | type Note @pent(typeId: 1) @privacy { id: UUID!  about: Note! @genFromStoredId }
  |                                                         ^^^^ null to who may not see it
 ::: schema.graphql:2:28
  |
2 | type Note @pent(typeId: 1) @privacy { id: UUID!  about: Note! @genFromStoredId }
  |                            ^^^^^^^^ rules say who may see a `Note`
  = help: write `about: Note`: it is null to a viewer who may not see it; the input of a mutation may require it all the same: `aboutId: UUID!`

";
    assert_eq!(diagnostics(schema).expect("a note may be hidden").to_string(), report);
}

/// A path of the parser's messages with `COLON` in a name of the schema's own was told with `:` in its place.
#[test]
fn only_punctuation_is_told_by_its_sign() {
    let report = |schema: &str| diagnostics(schema).expect("it is broken").to_string();
    assert!(report("type Query { a: SEMICOLON @custom  b: COLON @custom }").contains("cannot find type `SEMICOLON`"));
    assert!(report("type Query { a: COLON @custom }").contains("cannot find type `COLON`"));
    assert!(!report("type Query { a( }").contains("_PAREN"));
}

/// Each place of a report was looked for from the start of the file: 10,000 took half a minute.
#[test]
fn a_report_of_many_mistakes_reads_the_schema_once() {
    let fields: String = (0..20_000).map(|number| format!("  f{number}: Nothing @custom\n")).collect();
    let started = std::time::Instant::now();
    let found = diagnostics(&format!("type Query {{\n{fields}}}\n")).expect("there is no such type");
    let report = found.to_string();
    assert!(report.contains(" --> schema.graphql:20001:11\n"));
    assert!(started.elapsed() < std::time::Duration::from_secs(60), "{:?}", started.elapsed());
}
