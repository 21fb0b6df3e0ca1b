//! `check-data`.

use kvetch::conformance::fixture::*;
use serde_json::{Value as Json, json};

use crate::fixture::*;

/// A table of one type, the note with values of every type.
fn table(values: &Json) -> String {
    let types = json!([{"name": "Note", "number": NOTE.0, "values": values}]);
    json!({"format": "graphscale-stored", "version": 1, "types": types}).to_string()
}

fn value(key: &str, kind: &str, required: bool) -> Json {
    json!({"key": key, "type": "T", "required": required, "kind": kind})
}

#[test]
fn what_fits_is_told_from_what_does_not() {
    let directory = Directory::new();
    fill(&directory.path("store"), 2);
    let store = directory.store("store");
    let fits = json!([
        value("bool", "bool", true),
        value("float", "float", true),
        value("listId", "id", true),
        value("long", "text", true),
        value("time", "time", true),
        value("int", "long", true),
        value("list", "json", true),
        value("map", "json", true),
        value("bytes", "any", true),
        value("never", "text", false),
    ]);
    let file = directory.file("fits.json", table(&fits));
    let clean = succeeds(&["check-data", &file, "--json", &store]).json();
    let unchecked = json!([{"type": "Note", "key": "bytes", "expected": "T"}]);
    let expected = json!({
        "command": "check-data", "clean": true, "nodes": 1, "values": [], "unchecked": unchecked, "unreadable": [],
    });
    assert_eq!(clean, expected);
    let said = "unchecked: how `T` of `Note.bytes` is stored is the scalar's own\nlooked at 1 nodes; all of it fits\n";
    assert_eq!(succeeds(&["check-data", &file, &store]).out, said);

    let item = json!({"required": true, "kind": "int"});
    let misfits = json!([
        value("never", "text", true),
        value("bool", "text", false),
        value("int", "int", false),
        {"key": "long", "type": "Mood!", "required": true, "kind": "enum", "values": ["GOOD"]},
        {"key": "list", "type": "[Int!]", "required": false, "kind": "list", "item": item},
        value("listId", "id", true),
        value("time", "date", true),
        value("long", "date", true),
        value("long", "time", true),
        value("float", "long", true),
        value("bytes", "json", true),
    ]);
    let file = directory.file("misfits.json", table(&misfits));
    let found = kvetch(&["check-data", &file, "--json", &store]);
    assert_eq!(found.code, 1, "{found:?}");
    let instead: Vec<(Json, Json)> = found.json()["values"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|value| (value["key"].clone(), value["instead"].clone()))
        .collect();
    assert_eq!(
        instead,
        [
            (json!("never"), json!({"absent": 1})),
            (json!("bool"), json!({"a bool": 1})),
            (json!("int"), json!({"of more than 32 bits": 1})),
            (json!("long"), json!({"another text": 1})),
            (json!("list"), json!({"a list with null in it": 1})),
            (json!("time"), json!({"a moment": 1})),
            (json!("long"), json!({"a text that is no day": 1})),
            (json!("long"), json!({"a text": 1})),
            (json!("float"), json!({"a float": 1})),
            (json!("bytes"), json!({"bytes": 1})),
        ]
    );
    assert_eq!(found.json()["values"][0]["examples"], json!([spread(300).to_string()]));
    let text = kvetch(&["check-data", &file, &store]);
    let expected = format!("1 of 1 `Note.never` do not fit `T`\n  1 absent\n  {}\n", spread(300));
    assert!(text.out.starts_with(&expected) && text.out.ends_with("looked at 1 nodes\n"), "{text:?}");
    assert!(text.out.lines().all(|line| line.chars().count() <= 80), "{text:?}");
}

#[test]
fn a_table_that_is_none_is_refused() {
    let directory = Directory::new();
    fill(&directory.path("store"), 1);
    let store = directory.store("store");
    for (text, message) in [
        ("{}".to_owned(), "`format` is missing"),
        (table(&json!([])).replace("graphscale-stored", "other"), "it is not what `grapple print --stored` prints"),
        (table(&json!([])).replace("\"version\":1", "\"version\":2"), "it is of another version than 1"),
        (table(&json!([value("a", "colour", true)])), "types[0]: values[0]: the kind `colour` is unknown"),
    ] {
        let file = directory.file("table.json", text);
        let (code, said) = kvetch(&["check-data", &file, "--json", &store]).error();
        assert_eq!(code, "invalid_table");
        assert!(said.contains(message), "{said}");
    }
}
