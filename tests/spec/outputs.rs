//! Result coercion (3.5, 3.9 and 6.4.3): a value that is not one of its type is an error, whatever is stored.

use kvetch::Value as Stored;
use serde_json::{Value, json};

use super::world::Kennel;

#[tokio::test]
async fn values_are_written_as_their_types_have_them_or_are_errors() {
    let (kennel, ids) = Kennel::inhabited().await;
    let text = |text: &str| Stored::from(text);
    let list = |items: &[&str]| Stored::List(items.iter().map(|item| text(item)).collect());
    for (field, value, expected) in [
        ("lives", Stored::Int(9), Some(json!(9))),
        ("lives", Stored::Int(i64::from(i32::MIN)), Some(json!(i32::MIN))),
        ("lives", Stored::Int(1 << 31), None),
        ("lives", Stored::Float(9.0), None),
        ("lives", text("9"), None),
        ("lives", Stored::Bool(true), None),
        ("lives", Stored::List(vec![Stored::Int(9)]), None),
        ("weight", Stored::Float(4.5), Some(json!(4.5))),
        ("weight", Stored::Int(4), Some(json!(4.0))),
        ("weight", Stored::Float(f64::NAN), None),
        ("weight", Stored::Float(f64::INFINITY), None),
        ("weight", text("4.5"), None),
        ("nickname", text("a \"b\" \\ \u{1} é"), Some(json!("a \"b\" \\ \u{1} é"))),
        ("nickname", Stored::Int(1), None),
        ("nickname", Stored::Id(ids.dog), None),
        ("indoors", Stored::Bool(false), Some(json!(false))),
        ("indoors", Stored::Int(0), None),
        ("size", text("LARGE"), Some(json!("LARGE"))),
        // Values that a schema deprecates are values; those that it has lost are not.
        ("size", text("HUGE"), Some(json!("HUGE"))),
        ("size", text("TINY"), None),
        ("size", text("large"), None),
        ("sizes", list(&["SMALL", "HUGE"]), Some(json!(["SMALL", "HUGE"]))),
        ("sizes", list(&[]), Some(json!([]))),
        ("sizes", list(&["SMALL", "TINY"]), None),
        ("sizes", text("SMALL"), None),
        ("tag", text("x1"), Some(json!("x1"))),
        ("chip", Stored::Id(ids.dog), Some(json!(ids.dog.to_string()))),
        ("chip", text("no id"), None),
    ] {
        kennel.set(2, ids.cat, field, value.clone()).await;
        let query = format!("{{ node(id: \"{}\") {{ ... on Cat {{ name {field} }} }} }}", ids.cat);
        let response = kennel.json(&query, Value::Null).await;
        let found = &response["data"]["node"];
        assert_eq!(found["name"], "Tom", "{field} {value:?}: {response:#}");
        assert_eq!(found[field], expected.clone().unwrap_or_default(), "{field} {value:?}");
        assert_eq!(response.get("errors").is_none(), expected.is_some(), "{field} {value:?}: {response:#}");
        if expected.is_none() {
            // An item that is wrong says which; what is stored is for the log.
            let path = &response["errors"][0]["path"];
            assert_eq!((&path[0], &path[1]), (&json!("node"), &json!(field)), "{field} {value:?}: {response:#}");
            assert_eq!(response["errors"][0]["message"], "internal error");
        }
    }
}
