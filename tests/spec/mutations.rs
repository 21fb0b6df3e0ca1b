//! Root fields of a mutation run one after the other (6.2.2), each with its whole selection.

use serde_json::{Value, json};

use super::world::Kennel;

/// The example of the specification: each answers what was so after it, and before the next.
#[tokio::test]
async fn each_sees_what_those_before_it_have_done() {
    let (kennel, ids) = Kennel::inhabited().await;
    let person = ids.person;
    let query = format!(
        "mutation {{
            first: rename(id: \"{person}\", text: \"1\") {{ name dogs {{ owner {{ name }} }} }}
            second: rename(id: \"{person}\", text: \"2\") {{ name }}
            third: rename(id: \"{person}\", text: \"3\") {{ dogs {{ owner {{ name }} }} }}
        }}"
    );
    let data = kennel.data(&query, Value::Null).await;
    assert_eq!(
        data,
        json!({
            "first": { "name": "Ada1", "dogs": [{ "owner": { "name": "Ada1" } }] },
            "second": { "name": "Ada12" },
            "third": { "dogs": [{ "owner": { "name": "Ada123" } }] },
        })
    );
}

#[tokio::test]
async fn one_that_fails_does_not_stop_those_after_it() {
    let (kennel, ids) = Kennel::inhabited().await;
    let query = "mutation($id: UUID!) {
        a: rename(id: $id, text: \"1\") { name }
        b: rename(id: $id, text: \"\") { name }
        c: rename(id: $id, text: \"2\") { name }
        d: rename(id: \"00000000-0000-4000-8000-000000000000\", text: \"x\") { name }
    }";
    let response = kennel.json(query, json!({ "id": ids.person.to_string() })).await;
    let expected = json!({ "a": { "name": "Ada1" }, "b": null, "c": { "name": "Ada12" }, "d": null });
    assert_eq!(response["data"], expected);
    assert_eq!(response["errors"].as_array().map(Vec::len), Some(1));
    assert_eq!(response["errors"][0]["path"], json!(["b"]));
}

/// They run in the order in which they are first met, and that is for conditions to say.
#[tokio::test]
async fn conditions_decide_which_comes_first() {
    for (early, expected) in [(true, ["Ada1", "Ada12"]), (false, ["Ada21", "Ada2"])] {
        let (kennel, ids) = Kennel::inhabited().await;
        let query = "mutation($id: UUID!, $early: Boolean!) {
            one: rename(id: $id, text: \"1\") @include(if: $early) { name }
            two: rename(id: $id, text: \"2\") { name }
            one: rename(id: $id, text: \"1\") { name }
        }";
        let data = kennel.data(query, json!({ "id": ids.person.to_string(), "early": early })).await;
        assert_eq!([&data["one"]["name"], &data["two"]["name"]], [&json!(expected[0]), &json!(expected[1])]);
    }
}

/// Fields of one response key are one field: it runs once.
#[tokio::test]
async fn the_same_field_twice_runs_once() {
    let (kennel, ids) = Kennel::inhabited().await;
    let query = "mutation($id: UUID!) {
        rename(id: $id, text: \"!\") { name }
        ... on Mutation { rename(id: $id, text: \"!\") { id } }
        skipped: rename(id: $id, text: \"?\") @skip(if: true) { id }
    }";
    let data = kennel.data(query, json!({ "id": ids.person.to_string() })).await;
    assert_eq!(data, json!({ "rename": { "name": "Ada!", "id": ids.person.to_string() } }));
}
