//! Which fields a selection asks for (6.3.2), in which order, and how those of one response key merge (5.3.2).

use serde_json::{Value, json};

use super::world::Kennel;

async fn text(kennel: &Kennel, query: &str, variables: Value) -> String {
    let (response, _) = kennel.run(query, variables).await;
    String::from_utf8(response.body).expect("JSON is UTF-8")
}

/// The example of 6.2.2: fields come in the order in which they are first met, fragments where they are spread.
#[tokio::test]
async fn keys_come_in_the_order_in_which_they_are_first_met() {
    let kennel = Kennel::open().await;
    let query = "{ nest(shape: { value: 1, child: { value: 2 } }) {
        a: value
        ...second
        child { value }
        ... { d: value a: value }
        child { again: value }
    } }
    fragment second on Nest { b: value child { first: value } c: value }";
    assert_eq!(
        text(&kennel, query, Value::Null).await,
        r#"{"data":{"nest":{"a":1,"b":1,"child":{"first":2,"value":2,"again":2},"c":1,"d":1}}}"#
    );
}

#[tokio::test]
async fn a_fragment_that_is_spread_twice_counts_once_unless_its_conditions_differ() {
    let kennel = Kennel::open().await;
    let query = "query($no: Boolean!) { nest(shape: { value: 1 }) { ...f @include(if: $no) z: value ...f } }
        fragment f on Nest { a: value }";
    for (no, expected) in [(false, r#"{"z":1,"a":1}"#), (true, r#"{"a":1,"z":1}"#)] {
        let body = text(&kennel, query, json!({ "no": no })).await;
        assert_eq!(body, format!(r#"{{"data":{{"nest":{expected}}}}}"#), "{no}");
    }
}

/// The order is that of the fields that count, though a plan is one for all values of variables.
#[tokio::test]
async fn conditions_decide_where_a_field_is_first_met() {
    let kennel = Kennel::open().await;
    let query = "query($a: Boolean!, $b: Boolean!) {
        nest(shape: { value: 1, child: { value: 2 } }) {
            x: value @include(if: $a)
            child @include(if: $b) { p: value q: value }
            y: value
            ... @skip(if: $a) { z: value x: value }
            child { q: value r: value p: value }
        }
        echo @include(if: $b)
        last: __typename
        echo
    }";
    let inner = |b: bool| if b { r#"{"p":2,"q":2,"r":2}"# } else { r#"{"q":2,"r":2,"p":2}"# };
    for (a, b, nest) in [
        (true, true, format!(r#"{{"x":1,"child":{},"y":1}}"#, inner(true))),
        (true, false, format!(r#"{{"x":1,"y":1,"child":{}}}"#, inner(false))),
        (false, true, format!(r#"{{"child":{},"y":1,"z":1,"x":1}}"#, inner(true))),
        (false, false, format!(r#"{{"y":1,"z":1,"x":1,"child":{}}}"#, inner(false))),
    ] {
        let rest = if b {
            r#""echo":{"flag":true,"size":"SMALL"},"last":"Query""#
        } else {
            r#""last":"Query","echo":{"flag":true,"size":"SMALL"}"#
        };
        let body = text(&kennel, query, json!({ "a": a, "b": b })).await;
        assert_eq!(body, format!(r#"{{"data":{{"nest":{nest},{rest}}}}}"#), "{a} {b}");
    }
}

/// 5.3.2: the examples of fields that merge, and of those that do not.
#[tokio::test]
async fn fields_of_one_key_merge_when_they_are_the_same() {
    let kennel = Kennel::open().await;
    let right = [
        "{ echo(int: 1) echo(int: 1) }",
        "{ echo(any: { a: 1, b: [2] }) echo(any: { b: [2], a: 1 }) }",
        "query($v: Int) { echo(int: $v) echo(int: $v) }",
        "{ things(names: []) { ... on Dog { value: barks } ... on Cat { other: lives } } }",
        // Of different objects, so that both are never asked of one.
        "{ named(names: []) { ... on Dog { name } ... on Robot { name } } }",
        "{ things(names: []) { ... on Dog { x: name } ... on Robot { x: name } } }",
        "{ nest { child { a: value } child { b: value } } }",
        "{ echo @skip(if: true) echo @include(if: true) }",
    ];
    for query in right {
        let response = kennel.json(query, Value::Null).await;
        assert!(response.get("errors").is_none(), "{query}: {response}");
    }
    let wrong = [
        "{ x: echo x: people { id } }",
        "{ x: echo(int: 1) x: echo(int: 2) }",
        "{ echo(int: 1) echo }",
        "query($a: Int, $b: Int) { echo(int: $a) echo(int: $b) }",
        "query($a: Int) { echo(int: $a) echo(int: 1) }",
        "{ nest { x: value x: valueRequired } }",
        "{ nest { child { x: value } child { x: child { value } } } }",
        "{ nest { child { x: value } ...f } } fragment f on Nest { child { x: valueRequired } }",
        // Different objects, but values of different shapes.
        "{ things(names: []) { ... on Dog { x: barks } ... on Cat { x: lives } } }",
        "{ echo(text: \"1\") echo(text: \"2\") }",
        "{ echo(any: 1) echo(any: \"1\") }",
        "{ echo(size: SMALL) echo(text: \"SMALL\") }",
    ];
    for query in wrong {
        kennel.refused(query, Value::Null).await;
    }
}

#[tokio::test]
async fn type_names_are_those_of_the_objects() {
    let (kennel, ids) = Kennel::inhabited().await;
    let query =
        "query($id: UUID!) { __typename kind: __typename node(id: $id) { __typename ... on Dog { __typename } } }";
    let data = kennel.data(query, json!({ "id": ids.dog.to_string() })).await;
    assert_eq!(data, json!({ "__typename": "Query", "kind": "Query", "node": { "__typename": "Dog" } }));
    let mutation = format!("mutation {{ __typename rename(id: \"{}\", text: \"!\") {{ __typename }} }}", ids.person);
    let data = kennel.data(&mutation, Value::Null).await;
    assert_eq!(data, json!({ "__typename": "Mutation", "rename": { "__typename": "Person" } }));
}

#[tokio::test]
async fn skip_and_include_say_what_counts_on_fields_and_fragments() {
    let kennel = Kennel::open().await;
    let query = "query($yes: Boolean!, $no: Boolean! = false) { nest(shape: { value: 1, child: { value: 2 } }) {
        a: value @include(if: $yes)
        b: value @skip(if: $yes)
        c: value @include(if: $yes) @skip(if: $no)
        ... @include(if: $yes) { d: value child @skip(if: $no) { e: value } }
        ... on Nest @skip(if: $yes) { f: value }
        ...g @include(if: $no)
        child { h: value @include(if: $no) }
        i: value @include(if: false)
    } }
    fragment g on Nest { g: value }";
    for (yes, no, expected) in [
        (true, false, json!({ "a": 1, "c": 1, "d": 1, "child": { "e": 2 } })),
        (true, true, json!({ "a": 1, "d": 1, "g": 1, "child": { "h": 2 } })),
        (false, false, json!({ "b": 1, "f": 1, "child": {} })),
        (false, true, json!({ "b": 1, "f": 1, "g": 1, "child": { "h": 2 } })),
    ] {
        let data = kennel.data(query, json!({ "yes": yes, "no": no })).await;
        assert_eq!(data["nest"], expected, "{yes} {no}");
    }
}

#[tokio::test]
async fn an_operation_whose_fields_are_all_skipped_answers_an_empty_object() {
    let kennel = Kennel::open().await;
    assert_eq!(text(&kennel, "{ echo @skip(if: true) }", Value::Null).await, r#"{"data":{}}"#);
    let query = "query($no: Boolean!) { nest(shape: {}) { value @include(if: $no) } }";
    assert_eq!(text(&kennel, query, json!({ "no": false })).await, r#"{"data":{"nest":{}}}"#);
}

#[tokio::test]
async fn what_is_skipped_is_not_read() {
    let (kennel, ids) = Kennel::inhabited().await;
    let query = "query($id: UUID!, $no: Boolean!) { pet(id: $id) @include(if: $no) { name } echo }";
    let (_, stats) = kennel.run(query, json!({ "id": ids.dog.to_string(), "no": false })).await;
    assert_eq!(stats.rounds.len(), 0);
}

/// What decides nothing was forgotten, so that a null was let through wherever the field was selected anyway.
#[tokio::test]
async fn no_condition_is_null_even_where_it_decides_nothing() {
    let kennel = Kennel::open().await;
    for selection in [
        "__typename @skip(if: $no)",
        "__typename __typename @skip(if: $no)",
        "__typename ...f",
        "__typename ... @include(if: $no) { __typename }",
        "__schema { queryType { name @skip(if: $no) } }",
    ] {
        let fragment =
            if selection.contains("...f") { "fragment f on Query { __typename @skip(if: $no) }" } else { "" };
        let query = format!("query($no: Boolean = true) {{ {selection} }} {fragment}");
        let refused = kennel.refused(&query, json!({ "no": null })).await;
        assert!(refused.to_string().contains("$no"), "{selection}: {refused}");
        kennel.data(&query, json!({})).await;
    }
}
