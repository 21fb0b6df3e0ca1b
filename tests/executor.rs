//! Planned execution over a table written by hand.

use pent::{Limits, Schema};
use serde_json::{Value, json};
use tests::library::{LIBRARY, Library};

#[tokio::test]
async fn aliases_fragments_and_type_names_come_in_the_order_asked() {
    let library = Library::open().await;
    library.add("Dune").await;
    let (response, _) = library
        .run(
            "query { books { ...named again: title ... on Book { subtitle } __typename } top: __typename }
             fragment named on Book { title kind: __typename }",
            Value::Null,
        )
        .await;
    let body = String::from_utf8(response.body).expect("JSON is UTF-8");
    assert_eq!(
        body,
        r#"{"data":{"books":[{"title":"Dune","kind":"Book","again":"Dune","subtitle":null,"__typename":"Book"}],"top":"Query"}}"#
    );
}

#[tokio::test]
async fn the_same_response_key_twice_is_one_field_with_both_selections() {
    let library = Library::open().await;
    library.add("Dune").await;
    let data = library.data("{ books { title } books { subtitle title } ... { books { word } } }").await;
    assert_eq!(data, json!({ "books": [{ "title": "Dune", "subtitle": null, "word": "TWO" }] }));
}

#[tokio::test]
async fn skip_and_include_are_read_when_a_plan_runs() {
    let library = Library::open().await;
    library.add("Dune").await;
    let query = "query($a: Boolean!, $b: Boolean = false) {
        books { title @skip(if: $a) subtitle @include(if: $a) @skip(if: $b) word @include(if: false) }
        books { title @include(if: $b) }
    }";
    for (variables, expected) in [
        (json!({ "a": false }), json!([{ "title": "Dune" }])),
        (json!({ "a": true }), json!([{ "subtitle": null }])),
        (json!({ "a": true, "b": true }), json!([{ "title": "Dune" }])),
        (json!({ "a": false, "b": true }), json!([{ "title": "Dune" }])),
    ] {
        let response = library.json(query, variables).await;
        assert_eq!(response, json!({ "data": { "books": expected } }));
    }
}

/// It stood where the document mentions the field first, even when it was not selected there.
#[tokio::test]
async fn an_error_is_placed_where_its_field_is_selected() {
    let library = Library::open().await;
    let query = "query($a: Boolean!) {\n  fails @include(if: $a)\n  fails\n}";
    for (a, line) in [(true, 2), (false, 3)] {
        let response = library.json(query, json!({ "a": a })).await;
        assert_eq!(response["errors"][0]["locations"], json!([{ "line": line, "column": 3 }]));
    }
}

#[tokio::test]
async fn a_field_below_two_conditions_of_one_key_follows_its_own() {
    let library = Library::open().await;
    library.add("Dune").await;
    let query = "query($a: Boolean!, $b: Boolean!) {
        books @include(if: $a) { title }
        books @include(if: $b) { subtitle }
    }";
    for (a, b, expected) in [
        (true, false, json!({ "books": [{ "title": "Dune" }] })),
        (false, true, json!({ "books": [{ "subtitle": null }] })),
        (true, true, json!({ "books": [{ "title": "Dune", "subtitle": null }] })),
        (false, false, json!({})),
    ] {
        let response = library.json(query, json!({ "a": a, "b": b })).await;
        assert_eq!(response, json!({ "data": expected }));
    }
}

#[tokio::test]
async fn arguments_know_default_null_and_absent_apart() {
    let library = Library::open().await;
    let query = "query($n: Int, $r: Range, $l: [Int!]) { echo(number: $n, range: $r, list: $l) }";
    for (variables, expected) in [
        (json!({}), vec![r#"("number", Int(3))"#, r#"("flag", Bool(true))"#, r#"("word", Text("ONE"))"#]),
        (json!({ "n": null }), vec![r#"("number", Null)"#]),
        (json!({ "n": 5, "r": { "from": 1 } }), vec![r#"("number", Int(5))"#, r#"("from", Int(1)), ("to", Int(10))"#]),
        (json!({ "r": { "from": 1, "to": null } }), vec![r#"("to", Null)"#]),
        (json!({ "l": 4 }), vec![r#"("list", List([Int(4)]))"#]),
    ] {
        let response = library.json(query, variables).await;
        let echoed = response["data"]["echo"].as_str().unwrap_or_else(|| panic!("{response:#}"));
        for part in expected {
            assert!(echoed.contains(part), "{part} in {echoed}");
        }
        assert!(!echoed.contains("ratio"), "an absent argument is absent: {echoed}");
    }
}

/// JSON does not tell 17 from 17.0, and clients in languages that do not either may write both.
#[tokio::test]
async fn a_whole_number_is_an_id_however_it_is_written() {
    let library = Library::open().await;
    for (number, text) in [("17", "17"), ("17.0", "17"), ("-9007199254740991", "-9007199254740991")] {
        let number = serde_json::from_str::<Value>(number).expect("it is JSON");
        let response = library.json("query($k: ID) { echo(key: $k) }", json!({ "k": number })).await;
        let echoed = response["data"]["echo"].as_str().unwrap_or_else(|| panic!("{response:#}"));
        assert!(echoed.contains(&format!("(\"key\", Text({text:?}))")), "{echoed}");
    }
}

#[tokio::test]
async fn literals_are_coerced_like_variables() {
    let library = Library::open().await;
    let echoed = library.data("{ echo(ratio: 2, key: 17, list: 1, range: {from: 2}, word: TWO) }").await;
    let echoed = echoed["echo"].as_str().expect("a string");
    for part in
        ["Float(2.0)", r#"Text("17")"#, "List([Int(1)])", r#"("from", Int(2)), ("to", Int(10))"#, r#"Text("TWO")"#]
    {
        assert!(echoed.contains(part), "{part} in {echoed}");
    }
}

/// Such an argument was shown as one that may be null.
#[tokio::test]
async fn introspection_says_that_an_argument_with_a_default_is_never_null() {
    let library = Library::open().await;
    let query = "{ __type(name: \"Query\") { fields { name args { name defaultValue type { kind name } } } } }";
    let data = library.data(query).await;
    let fields = data["__type"]["fields"].as_array().expect("a list");
    let echo = fields.iter().find(|field| field["name"] == "echo").expect("a field of the query root");
    let flag = echo["args"].as_array().expect("a list").iter().find(|arg| arg["name"] == "flag");
    let expected = json!({ "name": "flag", "defaultValue": "true", "type": { "kind": "NON_NULL", "name": null } });
    assert_eq!(flag, Some(&expected));
    // A variable that may be null may stand there all the same.
    let data = library.data("query($flag: Boolean) { echo(flag: $flag) }").await;
    assert!(data["echo"].as_str().expect("a string").contains("(\"flag\", Bool(true))"));
}

/// Numbers were read from other places of the text than those where they stand.
#[tokio::test]
async fn numbers_behind_characters_of_several_bytes_are_read() {
    let library = Library::open().await;
    let echoed =
        library.data("{ # a remark: \u{e9} \u{1F4D6}\n echo(key: \"\u{1F4D6}\", number: 17, ratio: 2.5, list: [3]) }");
    let echoed = echoed.await;
    let echoed = echoed["echo"].as_str().expect("a string");
    for part in ["(\"number\", Int(17))", "(\"ratio\", Float(2.5))", "List([Int(3)])", "Text(\"\u{1F4D6}\")"] {
        assert!(echoed.contains(part), "{part} in {echoed}");
    }
}

#[tokio::test]
async fn a_request_that_is_refused_has_errors_and_no_data() {
    let library = Library::open().await;
    for (query, variables, expected) in [
        ("{ books", json!({}), "Syntax error"),
        ("{ nothing }", json!({}), "nothing"),
        ("{ book(id: \"x\") { title } }", json!({}), "UUID"),
        ("{ echo(word: THREE) }", json!({}), "its values are ONE, TWO"),
        ("{ echo(range: {to: 1}) }", json!({}), "from"),
        ("{ echo(range: {from: 1, upTo: 2}) }", json!({}), "upTo"),
        ("query($n: Int!) { echo(number: $n) }", json!({}), "required"),
        // juniper's validation panics over this one.
        ("query($n: Nothing = 1) { echo(number: $n) }", json!({}), "there is no type"),
        ("query($n: Int!) { echo(number: $n) }", json!({ "n": "one" }), "is not a value of"),
        ("query($n: Int!) { echo(number: $n) }", json!({ "n": 2_147_483_648_i64 }), "Int"),
        ("query($w: Word) { echo(word: $w) }", json!({ "w": "FOUR" }), "FOUR"),
        ("query($id: UUID!) { book(id: $id) { title } }", json!({ "id": "0-1" }), "UUID"),
        ("query A { books { title } } query B { books { title } }", json!({}), "several operations"),
    ] {
        let (response, stats) = library.run(query, variables).await;
        let body = serde_json::from_slice::<Value>(&response.body).expect("JSON");
        assert!(!response.is_executed && body.get("data").is_none(), "{query}: {body:#}");
        assert!(body["errors"].to_string().contains(expected), "{query}: {expected} in {body:#}");
        assert_eq!(stats.rounds.len(), 0, "nothing is read for a request that is refused");
    }
}

#[tokio::test]
async fn an_error_nulls_its_field_and_says_where_it_was() {
    let library = Library::open().await;
    library.add("Dune").await;
    library.add("?").await;
    let response = library.json("{ books {\n  title\n  size: length } }", Value::Null).await;
    assert_eq!(response["data"], json!({ "books": [{ "title": "Dune", "size": 4 }, { "title": "?", "size": null }] }));
    assert_eq!(
        response["errors"],
        json!([{
            "message": "no length",
            "locations": [{ "line": 3, "column": 3 }],
            "path": ["books", 1, "size"],
            "extensions": { "code": "UNKNOWN" },
        }])
    );
}

#[tokio::test]
async fn a_null_that_is_not_allowed_reaches_the_nearest_place_where_it_is() {
    let library = Library::open().await;
    library.add("Dune").await;
    library.add("?").await;
    // [Book!]! has no place for null: the whole response is null.
    let response = library.json("{ books { lengthRequired } }", Value::Null).await;
    assert_eq!(response["data"], Value::Null);
    assert_eq!(response["errors"][0]["path"], json!(["books", 1, "lengthRequired"]));
    // [Book] has: one item is.
    let response = library.json("{ shelf { label books { lengthRequired } } }", Value::Null).await;
    assert_eq!(response["data"], json!({ "shelf": { "label": "top", "books": [{ "lengthRequired": 4 }, null] } }));
    // A non-null field of a nullable object nulls that object.
    let response = library.json("{ shelf { label broken } top: __typename }", Value::Null).await;
    assert_eq!(response["data"], json!({ "shelf": null, "top": "Query" }));
}

/// After a row of a nested list was cut off, the objects of the next row were taken from the wrong place.
#[tokio::test]
async fn objects_behind_a_list_that_was_cut_off_keep_their_places() {
    let library = Library::open().await;
    library.add("First").await;
    library.add("Last").await;
    let response = library.json("{ shelf { grid { number book { title } } } }", Value::Null).await;
    assert_eq!(
        response["data"]["shelf"]["grid"],
        json!([
            [{ "number": 1, "book": null }, { "number": 2, "book": { "title": "First" } }],
            null,
            [{ "number": 4, "book": { "title": "Last" } }],
        ])
    );
    assert_eq!(response["errors"][0]["path"], json!(["shelf", "grid", 1, 0, "number"]));
}

#[tokio::test]
async fn a_panic_in_a_custom_field_is_an_error_of_that_field() {
    let library = Library::open().await;
    library.add("!").await;
    library.add("Dune").await;
    let response = library.json("{ panics books { length } }", Value::Null).await;
    assert_eq!(response["data"], json!({ "panics": null, "books": [{ "length": null }, { "length": 4 }] }));
    let messages = response["errors"].as_array().expect("a list").iter().map(|error| error["message"].clone());
    assert_eq!(messages.collect::<Vec<_>>(), vec!["internal error", "internal error"]);
    assert_eq!(library.data("{ books { title } }").await["books"][1]["title"], "Dune");
}

#[tokio::test]
async fn errors_meant_for_the_log_are_masked() {
    let library = Library::open().await;
    let response = library.json("{ fails breaks }", Value::Null).await;
    let errors = response["errors"].to_string();
    assert!(errors.contains("no copies left") && errors.contains("SOLD_OUT"), "{errors}");
    assert!(!errors.contains("hunter2"), "{errors}");
}

#[tokio::test]
async fn custom_fields_of_many_items_load_together() {
    let library = Library::open().await;
    for number in 0..20 {
        library.add(&format!("Book {number}")).await;
    }
    let (response, stats) = library.run("{ books { twin { title } } }", Value::Null).await;
    let body = serde_json::from_slice::<Value>(&response.body).expect("JSON");
    assert_eq!(body["data"]["books"][7]["twin"]["title"], "Book 7");
    // The books come with their page, so their twins are found and already there.
    let reads = stats.rounds.iter().map(|round| round.reads.iter().map(|read| (&*read.operation, read.keys)).collect());
    assert_eq!(reads.collect::<Vec<Vec<_>>>(), vec![vec![("browse", 1)], vec![("find", 20)]]);
}

#[tokio::test]
async fn many_parents_that_name_one_entity_read_it_once() {
    let library = Library::open().await;
    let author = kvetch::Props::from([("name", kvetch::Value::Text("Ursula".to_owned()))]);
    let author =
        library.kvetch.create(kvetch::Create::new(kvetch::NodeType(2), author)).await.expect("created").node.id;
    for number in 0..5 {
        library.add_by(&number.to_string(), Some(author)).await;
    }
    let (response, stats) = library.run("{ books { author { name books(first: 2) { title } } } }", Value::Null).await;
    let body = serde_json::from_slice::<Value>(&response.body).expect("JSON");
    assert_eq!(
        body["data"]["books"][4]["author"],
        json!({ "name": "Ursula", "books": [{ "title": "0" }, { "title": "1" }] })
    );
    assert_eq!((stats.rounds.len(), stats.keys()), (2, 3));
}

#[tokio::test]
async fn mutations_run_one_after_the_other_and_each_sees_the_last() {
    let library = Library::open().await;
    let id = library.add("Dune").await;
    let data = library
        .data(&format!(
            "mutation {{ a: append(id: {id:?}, text: \"x\") {{ subtitle }} b: append(id: {id:?}, text: \"y\") {{ subtitle }}
             c: updateBook(id: {id:?}, data: {{title: \"Dune II\"}}) {{ book {{ title subtitle twin {{ id }} }} }}
             d: updateBook(id: {id:?}, data: {{subtitle: null}}) {{ book {{ title subtitle }} }} }}"
        ))
        .await;
    assert_eq!(
        data,
        json!({
            "a": { "subtitle": "x" },
            "b": { "subtitle": "xy" },
            "c": { "book": { "title": "Dune II", "subtitle": "xy", "twin": { "id": id } } },
            "d": { "book": { "title": "Dune II", "subtitle": null } },
        })
    );
}

#[tokio::test]
async fn what_is_never_null_cannot_be_cleared() {
    let library = Library::open().await;
    let id = library.add("Dune").await;
    let query = format!("mutation {{ updateBook(id: {id:?}, data: {{title: null}}) {{ bookId }} }}");
    let response = library.json(&query, Value::Null).await;
    assert!(response["errors"].to_string().contains("Book.title cannot be null"));
    assert_eq!(library.data("{ books { title } }").await, json!({ "books": [{ "title": "Dune" }] }));
}

#[tokio::test]
async fn a_value_that_somebody_else_holds_is_refused() {
    let library = Library::open().await;
    library.add("Dune").await;
    let response = library.json("mutation { addBook(data: {title: \"Dune\"}) { bookId } }", Value::Null).await;
    assert_eq!(response["errors"][0]["extensions"]["code"], "DUPLICATE", "{response:#}");
    assert_eq!(
        library.data("{ bookByTitle(title: \"Dune\") { title } none: bookByTitle(title: \"-\") { title } }").await,
        json!({ "bookByTitle": { "title": "Dune" }, "none": null })
    );
}

#[tokio::test]
async fn stored_lists_and_text_that_needs_escaping_come_back_as_they_were() {
    let library = Library::open().await;
    let title = "a \"quoted\" \\ line\nwith é and \u{1F4D6}\u{7}";
    let query = "mutation($data: BookData!) { addBook(data: $data) { book { title pages } } }";
    let response = library.json(query, json!({ "data": { "title": title, "pages": [1, 2, 3] } })).await;
    assert_eq!(response["data"]["addBook"]["book"], json!({ "title": title, "pages": [1, 2, 3] }));
}

#[tokio::test]
async fn a_document_that_spreads_fragments_doubly_is_refused_quickly() {
    let library = Library::open().await;
    let mut query = "{ books { ...f0 } }".to_owned();
    for number in 0..40 {
        query +=
            &format!(" fragment f{number} on Book {{ a{number}: title ...f{0} b{number}: title ...f{0} }}", number + 1);
    }
    query += " fragment f40 on Book { title }";
    let response = library.json(&query, Value::Null).await;
    assert!(response["errors"].to_string().contains("limit"), "{response:#}");
}

/// The failure of a field of a plain object was passed over: the node in it was written as if it were a scalar, which
/// hid the limit behind an internal error.
#[tokio::test]
async fn a_created_entity_that_is_over_the_limit_says_so() {
    let mut library = Library::open().await;
    library.schema = Schema::with_limits(&LIBRARY, Limits { rows: 0, ..Limits::default() });
    let query = "mutation($data: BookData!) { addBook(data: $data) { book { title } } }";
    let response = library.json(query, json!({ "data": { "title": "Dune" } })).await;
    let [error] = response["errors"].as_array().expect("it fails").as_slice() else { panic!("{response:#}") };
    assert_eq!((&error["extensions"]["code"], &error["path"]), (&json!("OVER_LIMIT"), &json!(["addBook", "book"])));
}

/// Eleven nodes were read and a million objects written: references to one entity are one row, so that the limit on
/// rows never counted them. Each further level of the query made ten times as much.
#[tokio::test]
async fn what_a_response_holds_is_bounded() {
    let library = Library::open().await;
    let author = kvetch::Props::from([("name", kvetch::Value::Text("Ursula".to_owned()))]);
    let author = library.kvetch.create(kvetch::Create::new(kvetch::NodeType(2), author)).await.expect("created");
    for number in 0..10 {
        library.add_by(&number.to_string(), Some(author.node.id)).await;
    }
    let levels = 9;
    let query = format!("{{ books {{ {} title {} }} }}", "author { books { ".repeat(levels), "} }".repeat(levels));
    let response = library.json(&query, Value::Null).await;
    assert_eq!(response["data"], Value::Null);
    assert_eq!(response["errors"][0]["extensions"]["code"], "OVER_LIMIT", "{}", response["errors"]);
    // Nothing about one response outlives it.
    assert_eq!(library.data("{ books(first: 1) { title } }").await["books"][0]["title"], "0");
}

/// GraphQL 5.8.5: a nullable variable with a default may stand in a condition, and a null that arrives there at run
/// time is an error. It selected nothing, silently; beside `__schema` it made juniper's executor panic.
#[tokio::test]
async fn a_null_condition_is_an_error() {
    let library = Library::open().await;
    for query in [
        "query($a: Boolean = true) { __typename @skip(if: $a) }",
        "query($a: Boolean = true) { __schema @include(if: $a) { queryType { name } } }",
        "query($a: Boolean = true) { __schema { queryType { name @skip(if: $a) } } }",
    ] {
        let response = library.json(query, json!({ "a": null })).await;
        assert!(response.get("data").is_none() && response.get("errors").is_some(), "{response}");
        let response = library.json(query, json!({})).await;
        assert!(response.get("data").is_some() && response.get("errors").is_none(), "{response}");
    }
}

#[tokio::test]
async fn what_stands_beside_an_introspection_is_planned_and_counted() {
    let library = Library::open().await;
    library.add("Dune").await;
    let query = "query($name: String = \"Word\", $old: Boolean!) {
        word: __type(name: $name) { ...named enumValues(includeDeprecated: $old) { name } kind @skip(if: $old) }
        books { title length }
        fails
        __schema { ... { queryType { name } } }
    }
    fragment named on __Type { name }";
    let (response, stats) = library.run(query, json!({ "old": true })).await;
    let body = serde_json::from_slice::<Value>(&response.body).expect("JSON");
    assert_eq!(
        body["data"],
        json!({
            "word": { "name": "Word", "enumValues": [{ "name": "ONE" }, { "name": "TWO" }] },
            "books": [{ "title": "Dune", "length": 4 }],
            "fails": null,
            "__schema": { "queryType": { "name": "Query" } },
        })
    );
    assert!(response.has_errors);
    assert_eq!(body["errors"][0]["extensions"]["code"], "SOLD_OUT");
    assert_eq!(stats.rounds.len(), 1);
    let (response, _) = library.run(query, json!({ "old": false })).await;
    let body = serde_json::from_slice::<Value>(&response.body).expect("JSON");
    assert_eq!(body["data"]["word"], json!({ "name": "Word", "enumValues": [{ "name": "ONE" }], "kind": "ENUM" }));
}

/// A field that became a list: the value that is stored does not fit, and is no answer to `[Int!]`.
#[tokio::test]
async fn a_single_stored_value_is_no_list() {
    let library = Library::open().await;
    let props = kvetch::Props::from([("title", kvetch::Value::Text("t".to_owned())), ("pages", kvetch::Value::Int(3))]);
    library.kvetch.create(kvetch::Create::new(kvetch::NodeType(1), props)).await.expect("created");
    let response = library.json("{ books { title pages } }", Value::Null).await;
    assert_eq!(response["data"], json!({ "books": [{ "title": "t", "pages": null }] }));
    assert_eq!(response["errors"][0]["path"], json!(["books", 0, "pages"]));
}

/// The client asked for a page after an entity that has left the list: its own input, not our insides.
#[tokio::test]
async fn a_cursor_that_is_gone_is_told_to_the_client() {
    let library = Library::open().await;
    let author = kvetch::Props::from([("name", kvetch::Value::Text("Ursula".to_owned()))]);
    let author = library.kvetch.create(kvetch::Create::new(kvetch::NodeType(2), author)).await.expect("created");
    let after = "00000000-0000-4000-8000-000000000000";
    let query = format!("{{ author(id: \"{}\") {{ books(after: \"{after}\") {{ title }} }} }}", author.node.id);
    let response = library.json(&query, Value::Null).await;
    assert_eq!(response["errors"][0]["extensions"]["code"], "CURSOR_GONE", "{response:#}");
    assert!(response["errors"][0]["message"].to_string().contains(after), "{response:#}");
}

#[tokio::test]
async fn a_nullable_variable_may_stand_where_an_argument_has_a_default() {
    let library = Library::open().await;
    let query = "query($f: Boolean, $t: Int) { echo(flag: $f, range: {from: 1, to: $t}) }";
    let echoed = library.json(query, json!({})).await["data"]["echo"].to_string();
    assert!(echoed.contains("Bool(true)") && echoed.contains("Int(10)"), "{echoed}");
    let response = library.json(query, json!({ "f": null })).await;
    assert!(response["errors"].to_string().contains("null where"), "{response:#}");
}

/// juniper's own scalars refuse whole numbers of more than 32 bits, whatever their place.
#[tokio::test]
async fn large_whole_numbers_are_floats_and_ids() {
    let library = Library::open().await;
    let echoed = library.data("{ echo(ratio: 3000000000, key: 12345678901234567890) }").await["echo"].to_string();
    assert!(echoed.contains("Float(3000000000.0)") && echoed.contains("12345678901234567890"), "{echoed}");
    let response = library.json("{ echo(number: 3000000000) }", Value::Null).await;
    assert!(response.get("data").is_none(), "{response}");
}
