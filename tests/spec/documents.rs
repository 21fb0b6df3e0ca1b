//! Documents that are refused before anything runs (chapter 5), each for its own reason, and their neighbours that are
//! not.

use pent::Scope;
use serde_json::{Value, json};

use super::world::{Kennel, request};

/// Documents with a part of the message that refuses them.
async fn refuse(cases: &[(&str, &str)]) {
    let kennel = Kennel::open().await;
    for (query, expected) in cases {
        let messages = kennel.refused(query, Value::Null).await;
        assert!(messages.contains(expected), "{query}: {messages}");
    }
}

async fn accept(queries: &[(&str, Value)]) {
    let kennel = Kennel::open().await;
    for (query, variables) in queries {
        kennel.data(query, variables.clone()).await;
    }
}

#[tokio::test]
async fn directives_stand_once_and_where_they_may() {
    refuse(&[
        ("{ echo @skip(if: true) @skip(if: false) }", "@skip"),
        ("{ echo @include(if: true) @skip(if: true) @include(if: true) }", "@include"),
        ("{ ... @skip(if: false) @skip(if: false) { echo } }", "@skip"),
        ("{ ...f @skip(if: false) @skip(if: false) } fragment f on Query { echo }", "@skip"),
        ("query @skip(if: true) { echo }", "skip"),
        ("query($a: Int @skip(if: true)) { echo(int: $a) }", "@skip"),
        ("fragment f on Query @include(if: true) { echo } { ...f }", "include"),
        ("{ echo @uppercase }", "uppercase"),
        ("{ echo @deprecated }", "deprecated"),
        ("{ echo @skip }", "if"),
        ("{ echo @skip(if: true, unless: false) }", "unless"),
        ("{ echo @skip(if: \"true\") }", "if"),
        ("{ echo @skip(if: null) }", "if"),
        ("query($a: Boolean) { echo @skip(if: $a) }", "expecting type \"Boolean!\""),
        ("query($a: String!) { echo @skip(if: $a) }", "expecting type \"Boolean!\""),
    ])
    .await;
    accept(&[
        ("{ echo @skip(if: false) @include(if: true) }", json!({})),
        ("query($a: Boolean = true) { echo @include(if: $a) }", json!({})),
    ])
    .await;
}

/// A union has no fields, so that nobody looked at what its `__typename` was given.
#[tokio::test]
async fn the_name_of_a_type_takes_no_arguments() {
    refuse(&[
        ("{ __typename(a: 1) }", "\"a\""),
        ("{ things(names: []) { __typename(a: 1) } }", "\"a\""),
        ("{ things(names: []) { ...f } } fragment f on Thing { name: __typename(a: $b) }", "\"a\""),
    ])
    .await;
}

#[tokio::test]
async fn variables_are_declared_once_used_and_of_input_types() {
    refuse(&[
        ("{ echo(int: $a) }", "\"$a\" is not defined"),
        ("{ ...f } fragment f on Query { echo(int: $a) }", "\"$a\" is not defined"),
        ("query A($a: Int) { ...f } query B { ...f } fragment f on Query { echo(int: $a) }", "\"$a\" is not defined"),
        ("query($a: Int) { echo }", "\"$a\" is never used"),
        ("query($a: Int) { echo } fragment f on Query { echo(int: $a) }", "never used"),
        ("query($a: Int, $a: Int) { echo(int: $a) }", "only one variable named \"$a\""),
        ("query($a: Person) { echo(int: $a) }", "not an input type"),
        ("query($a: Pet!) { echo(int: $a) }", "not an input type"),
        ("query($a: [Thing]) { echo(int: $a) }", "not an input type"),
        ("query($a: Nothing) { echo(int: $a) }", "no type \"Nothing\""),
        ("query($a: Int = \"1\") { echo(int: $a) }", "default"),
        ("query($a: Int! = null) { echo(int: $a) }", "default"),
        ("query($a: [Int!] = [1, null]) { echo(requiredItems: $a) }", "default"),
        ("query($a: Example = { a: \"x\" }) { echo(example: $a) }", "default"),
        ("query($a: Size = \"LARGE\") { echo(size: $a) }", "default"),
        ("query($a: Int, $b: Int = $a) { echo(int: $b) }", "error"),
    ])
    .await;
}

/// 5.8.5, with its examples.
#[tokio::test]
async fn a_variable_stands_only_where_its_type_fits() {
    refuse(&[
        ("query($a: String) { echo(int: $a) }", "expecting type \"Int\""),
        ("query($a: Int) { echo(list: [$a], requiredItems: [$a]) }", "expecting type \"Int!\""),
        ("query($a: [Int]) { echo(requiredItems: $a) }", "expecting type \"[Int!]\""),
        ("query($a: [Int]) { echo(int: $a) }", "expecting type \"Int\""),
        ("query($a: Int) { echo(list: $a) }", "expecting type \"[Int]\""),
        ("query($a: Int) { echo(example: { b: $a }) }", "expecting type \"Int!\""),
        ("query($a: Int = null) { echo(example: { b: $a }) }", "expecting type \"Int!\""),
        ("query($a: UUID) { dog(id: $a) { id } }", "expecting type \"UUID!\""),
        ("query($a: Int) { echo(examples: { b: $a }) }", "expecting type \"Int!\""),
        ("query($a: Int) { echo(examples: [{ b: 1 }, { b: $a }]) }", "expecting type \"Int!\""),
        (
            "query($a: Int) { ...f } fragment f on Query { nest { ...g } echo(text: $a) } fragment g on Nest { value }",
            "\"String\"",
        ),
        ("query($a: Any) { echo(int: $a) }", "expecting type \"Int\""),
        ("query($a: Int) { echo(any: $a) }", "expecting type \"Any\""),
    ])
    .await;
    let id = "00000000-0000-4000-8000-000000000000";
    accept(&[
        ("query($a: Int!) { echo(int: $a, list: [$a], requiredItems: [$a, 1]) }", json!({ "a": 1 })),
        ("query($a: [Int!]!) { echo(list: $a, requiredItems: $a) }", json!({ "a": [1] })),
        ("query($a: Int = 1) { echo(example: { b: $a }) }", json!({})),
        ("query($a: Boolean) { echo(flag: $a) }", json!({})),
        ("query($a: Size) { echo(deep: { size: $a }) }", json!({})),
        ("query($a: UUID = \"00000000-0000-4000-8000-000000000000\") { dog(id: $a) { id } }", json!({ "a": id })),
        ("query($a: Int, $b: [String]) { echo(any: { a: $a, b: [$b] }) }", json!({})),
        ("query A($a: Int) { ...f } fragment f on Query { echo(int: $a) }", json!({})),
    ])
    .await;
}

#[tokio::test]
async fn values_are_checked_where_nothing_will_run_too() {
    refuse(&[
        ("{ echo @skip(if: true) nest @skip(if: true) { child { value } } ...f @skip(if: true) } fragment f on Query { echo(int: \"1\") }", "int"),
        ("{ things(names: []) { ... on Robot { maker { dogs(first: \"2\") { id } } } } }", "first"),
        ("{ named(names: []) { ... on Person { dogs(first: 1.5) { id } } } }", "first"),
        ("{ echo(int: 1, int: 1) }", "int"),
        ("{ echo(nothing: 1) }", "nothing"),
        ("{ echo(deep: { inner: { b: 1, b: 2 } }) }", "only one field named \"b\""),
        ("{ dog { id } }", "id"),
        ("{ people { nothing } }", "nothing"),
        ("{ echo { a } }", "echo"),
        ("{ people }", "people"),
        ("{ ...f } fragment f on Query { ...f }", "f"),
        ("{ ...missing }", "missing"),
        ("{ echo } fragment f on Query { echo }", "f"),
        ("{ echo } fragment f on Nothing { echo }", "Nothing"),
        ("{ ...f } fragment f on Size { echo }", "Size"),
        ("{ __type(name: 1) { name } }", "name"),
        ("{ __type { name } }", "name"),
        ("{ __schema { types { fields(includeDeprecated: 1) { name } } } }", "includeDeprecated"),
        ("query($n: Int!) { __type(name: $n) { name } }", "expecting type \"String!\""),
        ("mutation { nothing }", "nothing"),
        ("{ echo } { echo }", "anonymous"),
        ("query A { echo } query A { echo }", "A"),
        ("{ echo( }", "Syntax"),
        ("", "Syntax"),
        ("type A { b: Int }", "Syntax"),
    ])
    .await;
    // The operation that is not asked for is checked as well.
    let kennel = Kennel::open().await;
    let mut request = request("query A { echo } query B { echo(int: \"1\") }", Value::Null);
    request.operation_name = Some("A".to_owned());
    let response = kennel.schema.execute(&request, &mut Scope::new(kennel.kvetch.clone())).await;
    assert!(!response.is_executed);
}

#[tokio::test]
async fn the_operation_to_run_is_named_or_alone() {
    let kennel = Kennel::open().await;
    let query = "query A { a: echo(int: 1) } query B { b: echo(int: 2) }";
    for (name, expected) in
        [(Some("A"), Some("a")), (Some("B"), Some("b")), (Some("C"), None), (Some(""), None), (None, None)]
    {
        let mut request = request(query, Value::Null);
        request.operation_name = name.map(str::to_owned);
        let response = kennel.schema.execute(&request, &mut Scope::new(kennel.kvetch.clone())).await;
        let body = serde_json::from_slice::<Value>(&response.body).expect("JSON");
        let keys = body.get("data").and_then(Value::as_object).map(|data| data.keys().cloned().collect::<Vec<_>>());
        assert_eq!(keys, expected.map(|key| vec![key.to_owned()]), "{name:?}");
    }
}

#[tokio::test]
async fn all_mistakes_are_told_with_their_places() {
    let kennel = Kennel::open().await;
    let query = "query($a: Int, $b: Person) {\n  echo(int: \"1\")\n  again: echo(size: TINY)\n}";
    let response = kennel.json(query, Value::Null).await;
    let places = response["errors"].as_array().expect("a list").iter().map(|error| &error["locations"][0]);
    let places = places.map(|at| (at["line"].as_u64(), at["column"].as_u64())).collect::<Vec<_>>();
    for place in [(2, 3), (3, 3), (1, 7), (1, 16)] {
        assert!(places.contains(&(Some(place.0), Some(place.1))), "{place:?}: {response:#}");
    }
}
