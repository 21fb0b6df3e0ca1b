//! Null where it is not allowed (6.4.4): it reaches the nearest place where it is, and its error says where it was.

use serde_json::{Value, json};

use super::world::Kennel;

/// Asks for a nest of a shape; the data, and the paths of the errors.
async fn ask(selection: &str, shape: Value) -> (Value, Vec<Value>) {
    let kennel = Kennel::open().await;
    let query = format!("query($shape: Any) {{ nest(shape: $shape) {selection} beside: __typename }}");
    let mut response = kennel.json(&query, json!({ "shape": shape })).await;
    assert_eq!(response["data"]["beside"], "Query", "what stands beside it is not touched: {response:#}");
    let errors = response.get("errors").and_then(Value::as_array).cloned().unwrap_or_default();
    (response["data"]["nest"].take(), errors.iter().map(|error| error["path"].clone()).collect())
}

#[tokio::test]
async fn null_in_a_nullable_field_stays_there() {
    let (data, errors) = ask("{ value child { value } list { value } }", json!({ "list": [null, {}] })).await;
    assert_eq!(data, json!({ "value": null, "child": null, "list": [null, { "value": null }] }));
    assert_eq!(errors, Vec::<Value>::new());
}

#[tokio::test]
async fn null_in_a_field_that_has_none_is_null_in_its_object() {
    let (data, errors) = ask("{ value child { value valueRequired } }", json!({ "value": 1, "child": {} })).await;
    assert_eq!(data, json!({ "value": 1, "child": null }));
    assert_eq!(errors, [json!(["nest", "child", "valueRequired"])]);
}

#[tokio::test]
async fn null_goes_up_as_far_as_it_must() {
    let shape = json!({ "child": { "child": { "child": {} } } });
    let selection = "{ child { childRequired { childRequired { valueRequired } } } }";
    let (data, errors) = ask(selection, shape.clone()).await;
    assert_eq!(data, json!({ "child": null }));
    let path = json!(["nest", "child", "childRequired", "childRequired", "valueRequired"]);
    assert_eq!(errors, [path]);
    let (data, _) = ask("{ childRequired { childRequired { childRequired { valueRequired } } } }", shape).await;
    assert_eq!(data, Value::Null);
}

#[tokio::test]
async fn an_item_that_may_be_null_is() {
    let shape = json!({ "list": [{ "value": 1 }, {}, null, { "value": 4 }] });
    let (data, errors) = ask("{ list { valueRequired } }", shape.clone()).await;
    assert_eq!(data, json!({ "list": [{ "valueRequired": 1 }, null, null, { "valueRequired": 4 }] }));
    assert_eq!(errors, [json!(["nest", "list", 1, "valueRequired"])]);
    let (data, errors) = ask("{ listRequired { valueRequired } }", shape).await;
    assert_eq!(data["listRequired"], json!([{ "valueRequired": 1 }, null, null, { "valueRequired": 4 }]));
    assert_eq!(errors.len(), 1);
}

#[tokio::test]
async fn an_item_that_may_not_be_null_makes_its_list_null() {
    let shape = json!({ "value": 0, "list": [{ "value": 1 }, {}] });
    let (data, errors) = ask("{ value itemsRequired { valueRequired } }", shape).await;
    assert_eq!(data, json!({ "value": 0, "itemsRequired": null }));
    assert_eq!(errors, [json!(["nest", "itemsRequired", 1, "valueRequired"])]);
    let (data, errors) = ask("{ value itemsRequired { value } }", json!({ "list": [{}, null] })).await;
    assert_eq!(data, json!({ "value": null, "itemsRequired": null }));
    assert_eq!(errors, [json!(["nest", "itemsRequired", 1])]);
}

#[tokio::test]
async fn a_list_that_may_not_be_null_makes_its_object_null() {
    let (data, errors) = ask("{ value listRequired { value } }", json!({ "value": 0 })).await;
    assert_eq!((data, errors), (Value::Null, vec![json!(["nest", "listRequired"])]));
    let shape = json!({ "child": { "list": [{ "value": 1 }, {}] }, "value": 3 });
    let (data, errors) = ask("{ value child { allRequired { valueRequired } } }", shape).await;
    assert_eq!(data, json!({ "value": 3, "child": null }));
    assert_eq!(errors, [json!(["nest", "child", "allRequired", 1, "valueRequired"])]);
}

#[tokio::test]
async fn what_is_null_all_the_way_up_is_no_data_at_all() {
    let kennel = Kennel::open().await;
    let query =
        "query($shape: Any) { before: __typename nestRequired(shape: $shape) { valueRequired } after: __typename }";
    let response = kennel.json(query, json!({ "shape": {} })).await;
    assert_eq!(response["data"], Value::Null);
    assert_eq!(response["errors"][0]["path"], json!(["nestRequired", "valueRequired"]));
}

/// 6.4.4: of several errors that would make one object null, one is enough; here the first.
#[tokio::test]
async fn one_error_is_enough_to_make_an_object_null() {
    let shape = json!({ "child": {} });
    let (data, errors) = ask("{ child { a: valueRequired b: valueRequired c: childRequired { value } } }", shape).await;
    assert_eq!((data, errors), (json!({ "child": null }), vec![json!(["nest", "child", "a"])]));
}

#[tokio::test]
async fn lists_inside_lists_are_cut_where_they_are_wrong_alone() {
    let shape = json!({ "list": [
        { "list": [{ "value": 1 }, {}] },
        { "list": [{ "value": 3 }] },
        { "list": null },
        null,
    ] });
    let (data, errors) = ask("{ list { inner: itemsRequired { valueRequired } } }", shape.clone()).await;
    assert_eq!(
        data["list"],
        json!([{ "inner": null }, { "inner": [{ "valueRequired": 3 }] }, { "inner": null }, null])
    );
    assert_eq!(errors, [json!(["nest", "list", 0, "inner", 1, "valueRequired"])]);
    let (data, errors) = ask("{ list { inner: allRequired { valueRequired } } }", shape).await;
    assert_eq!(data["list"], json!([null, { "inner": [{ "valueRequired": 3 }] }, null, null]));
    assert_eq!(errors, [json!(["nest", "list", 0, "inner", 1, "valueRequired"]), json!(["nest", "list", 2, "inner"])]);
}

#[tokio::test]
async fn an_error_says_where_the_field_stands_in_the_document() {
    let (kennel, ids) = Kennel::inhabited().await;
    kennel.set(1, ids.dog, "name", "".into()).await;
    let query = format!(
        "{{\n  people {{\n    dogs {{ id ...loud }}\n  }}\n  dog(id: \"{}\") {{ id }}\n}}\nfragment loud on Dog {{\n  loudness: growlRequired\n}}",
        ids.dog
    );
    let response = kennel.json(&query, Value::Null).await;
    assert_eq!(response["data"], json!({ "people": [{ "dogs": [null] }], "dog": { "id": ids.dog.to_string() } }));
    assert_eq!(
        response["errors"],
        json!([{
            "message": "this one does not growl",
            "locations": [{ "line": 8, "column": 3 }],
            "path": ["people", 0, "dogs", 0, "loudness"],
            "extensions": { "code": "SILENT" },
        }])
    );
}
