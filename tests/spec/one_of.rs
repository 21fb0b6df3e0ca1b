//! Input objects of which exactly one field is given (3.10, `@oneOf`).

use serde_json::{Value, json};

use super::world::Kennel;

#[tokio::test]
async fn exactly_one_field_that_is_not_null_is_given() {
    let kennel = Kennel::open().await;
    for (literal, declared, variables, expected) in [
        ("{ number: 1 }", "", json!({}), Some(json!({ "number": 1 }))),
        ("{ text: \"a\" }", "", json!({}), Some(json!({ "text": "a" }))),
        ("{ self: { b: 1 } }", "", json!({}), Some(json!({ "self": { "b": 1 } }))),
        ("{}", "", json!({}), None),
        ("{ number: 1, text: \"a\" }", "", json!({}), None),
        ("{ number: 1, text: null }", "", json!({}), None),
        ("{ number: null }", "", json!({}), None),
        ("{ number: \"1\" }", "", json!({}), None),
        ("{ nothing: 1 }", "", json!({}), None),
        ("{ number: $n }", "($n: Int!)", json!({ "n": 1 }), Some(json!({ "number": 1 }))),
        ("{ number: $n }", "($n: Int! = 4)", json!({}), Some(json!({ "number": 4 }))),
        ("{ number: $n }", "($n: Int!)", json!({}), None),
        // It may not even be declared to be null, whatever its value.
        ("{ number: $n }", "($n: Int)", json!({ "n": 1 }), None),
        ("{ number: $n }", "($n: Int = 4)", json!({ "n": 1 }), None),
        ("{ number: 1, text: $t }", "($t: String)", json!({}), None),
        ("{ number: $n, text: $t }", "($n: Int!, $t: String!)", json!({ "n": 1, "t": "a" }), None),
        ("$c", "($c: Choice)", json!({ "c": { "text": "a" } }), Some(json!({ "text": "a" }))),
        ("$c", "($c: Choice)", json!({ "c": null }), Some(Value::Null)),
        ("$c", "($c: Choice)", json!({ "c": {} }), None),
        ("$c", "($c: Choice)", json!({ "c": { "number": 1, "text": "a" } }), None),
        ("$c", "($c: Choice)", json!({ "c": { "number": 1, "text": null } }), None),
        ("$c", "($c: Choice)", json!({ "c": { "text": null } }), None),
        ("$c", "($c: Choice)", json!({ "c": { "nothing": 1 } }), None),
        ("$c", "($c: Choice = { number: 7 })", json!({}), Some(json!({ "number": 7 }))),
        ("$c", "($c: Choice = { number: 7, text: \"a\" })", json!({}), None),
    ] {
        let query = format!("query{declared} {{ echo(choice: {literal}) }}");
        match expected {
            Some(expected) => assert_eq!(kennel.data(&query, variables).await["echo"]["choice"], expected, "{query}"),
            None => drop(kennel.refused(&query, variables).await),
        }
    }
}

#[tokio::test]
async fn clients_are_told_that_it_is_one_of() {
    let kennel = Kennel::open().await;
    let query = "{ __type(name: \"Choice\") { kind isOneOf description inputFields { name type { kind name } } }
        other: __type(name: \"Example\") { isOneOf } }";
    let data = kennel.data(query, Value::Null).await;
    assert_eq!(data["__type"]["isOneOf"], true);
    assert_eq!(
        data["__type"]["inputFields"][0],
        json!({ "name": "number", "type": { "kind": "SCALAR", "name": "Int" } })
    );
    assert_eq!(data["other"]["isOneOf"], false);
}
