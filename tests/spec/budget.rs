//! What one request may cost in entities: as far as its document tells, and as far as it turns out.

use kvetch::Value as Stored;
use pent::Limits;
use serde_json::{Value, json};

use super::world::Kennel;

#[tokio::test]
async fn a_document_that_asks_for_too_much_is_refused_before_anything_is_read() {
    let kennel = Kennel::with_limits(Limits { planned_rows: 1_000, ..Limits::default() }).await;
    for (query, asked) in [
        ("{ people(first: 10) { dogs(first: 10) { name } } }", None),
        ("{ people(first: 30) { dogs(first: 33) { name } } }", Some(1_020)),
        // The schema says how long a page is: 100.
        ("{ people { dogs { name } } }", Some(10_100)),
        ("{ people { favourite { owner { favourite { id } } } } }", None),
        ("{ people(first: 300) { favourite { owner { favourite { id } } } } }", Some(1_200)),
        // Of several types, what the most expensive would cost.
        ("{ people(first: 10) { favourite { ... on Dog { owner { dogs(first: 99) { id } } } name } } }", Some(1_020)),
        ("{ people(first: 4000000) { id } }", Some(4_000_000)),
        (
            "{ people(first: 2147483647) { dogs(first: 2147483647) { owner { dogs(first: 2147483647) { id } } } } }",
            Some(u64::MAX),
        ),
    ] {
        match asked {
            None => drop(kennel.data(query, Value::Null).await),
            Some(asked) => {
                let message = kennel.refused(query, Value::Null).await;
                let expected = format!(
                    "the number of entities asked for, if every page is full, is {asked}, over the limit of 1000"
                );
                assert_eq!(message, expected, "{query}");
            }
        }
    }
    // Of a variable nothing is known before it runs.
    kennel.data("query($n: Int) { people(first: $n) { dogs(first: $n) { name } } }", json!({ "n": 90 })).await;
}

#[tokio::test]
async fn a_request_that_turns_out_to_read_too_much_is_stopped() {
    let kennel = Kennel::with_limits(Limits { rows: 10, ..Limits::default() }).await;
    let person = kennel.add(3, [("name", Stored::from("Ada"))]).await;
    for number in 0..12 {
        kennel.add(1, [("name", Stored::from(number.to_string())), ("ownerId", person.into())]).await;
    }
    let query = "query($n: Int) { people { name dogs(first: $n) { name } } }";
    assert_eq!(kennel.data(query, json!({ "n": 9 })).await["people"][0]["dogs"].as_array().map(Vec::len), Some(9));
    let response = kennel.json(query, json!({ "n": 10 })).await;
    assert_eq!(response["data"], Value::Null);
    assert_eq!(response["errors"][0]["extensions"]["code"], "OVER_LIMIT");
    assert_eq!(response["errors"][0]["path"], json!(["people", 0, "dogs"]));
    assert_eq!(response["errors"][0]["message"], "the number of entities read is 11, over the limit of 10");
}
