//! Input coercion: the tables of the specification (3.5 to 3.12), as literals and as variables.

use serde_json::{Value, json};

use super::world::Kennel;

/// What one argument of `echo` makes of a literal and of a variable's value; `None` where it is refused.
struct Case(&'static str, &'static str, Option<Value>);

/// Writes each value into the document, and sends it as a variable where it is JSON.
async fn check(argument: &str, ty: &str, cases: &[Case]) {
    let kennel = Kennel::open().await;
    for Case(literal, variable, expected) in cases {
        let query = format!("{{ echo({argument}: {literal}) }}");
        let given = json!({ "value": serde_json::from_str::<Value>(variable).expect("JSON") });
        let with_variable = format!("query($value: {ty}) {{ echo({argument}: $value) }}");
        match expected {
            Some(expected) => {
                let echoed = kennel.data(&query, Value::Null).await;
                assert_eq!(echoed["echo"][argument], *expected, "{query}");
                let echoed = kennel.data(&with_variable, given).await;
                assert_eq!(echoed["echo"][argument], *expected, "{ty} {variable}");
            }
            None => {
                kennel.refused(&query, Value::Null).await;
                kennel.refused(&with_variable, given).await;
            }
        }
    }
}

#[tokio::test]
async fn a_list_takes_lists_and_single_values() {
    let cases = [
        Case("[1, 2, 3]", "[1, 2, 3]", Some(json!([1, 2, 3]))),
        Case("[1, \"b\", true]", "[1, \"b\", true]", None),
        Case("1", "1", Some(json!([1]))),
        Case("null", "null", Some(Value::Null)),
        Case("[1, null]", "[1, null]", Some(json!([1, null]))),
        Case("\"a\"", "\"a\"", None),
        Case("[]", "[]", Some(json!([]))),
        Case("[[1]]", "[[1]]", None),
    ];
    check("list", "[Int]", &cases).await;
}

#[tokio::test]
async fn items_that_may_not_be_null_are_not() {
    let cases = [
        Case("[1, 2]", "[1, 2]", Some(json!([1, 2]))),
        Case("[1, null]", "[1, null]", None),
        Case("null", "null", Some(Value::Null)),
        Case("[null]", "[null]", None),
        Case("7", "7", Some(json!([7]))),
    ];
    check("requiredItems", "[Int!]", &cases).await;
}

#[tokio::test]
async fn lists_of_lists_wrap_each_item_that_is_none() {
    let cases = [
        Case("[[1], [2, 3]]", "[[1], [2, 3]]", Some(json!([[1], [2, 3]]))),
        Case("[1, 2, 3]", "[1, 2, 3]", Some(json!([[1], [2], [3]]))),
        Case("[1, null, [2]]", "[1, null, [2]]", Some(json!([[1], null, [2]]))),
        Case("[[1], [\"b\"]]", "[[1], [\"b\"]]", None),
        Case("1", "1", Some(json!([[1]]))),
        Case("null", "null", Some(Value::Null)),
        Case("[[null]]", "[[null]]", Some(json!([[null]]))),
    ];
    check("nested", "[[Int]]", &cases).await;
}

/// The table of 3.10, with its variables `$var`.
#[tokio::test]
async fn an_input_object_is_what_its_fields_are() {
    let cases = [
        Case("{ a: \"abc\", b: 123 }", r#"{ "a": "abc", "b": 123 }"#, Some(json!({ "a": "abc", "b": 123 }))),
        Case("{ a: null, b: 123 }", r#"{ "a": null, "b": 123 }"#, Some(json!({ "a": null, "b": 123 }))),
        Case("{ b: 123 }", r#"{ "b": 123 }"#, Some(json!({ "b": 123 }))),
        Case("{ b: \"123\" }", r#"{ "b": "123" }"#, None),
        Case("{ a: \"abc\" }", r#"{ "a": "abc" }"#, None),
        Case("{ b: null }", r#"{ "b": null }"#, None),
        Case("{ b: 123, c: \"xyz\" }", r#"{ "b": 123, "c": "xyz" }"#, None),
        Case("\"abc123\"", r#""abc123""#, None),
        Case("[{ b: 1 }]", r#"[{ "b": 1 }]"#, None),
        Case("{}", "{}", None),
    ];
    check("example", "Example", &cases).await;
}

#[tokio::test]
async fn variables_inside_an_input_object_are_present_absent_or_null() {
    let kennel = Kennel::open().await;
    for (literal, declared, variables, expected) in [
        ("{ a: $var, b: 123 }", "String", json!({ "var": null }), Some(json!({ "a": null, "b": 123 }))),
        ("{ a: $var, b: 123 }", "String", json!({}), Some(json!({ "b": 123 }))),
        ("{ b: $var }", "Int!", json!({ "var": 123 }), Some(json!({ "b": 123 }))),
        ("{ b: $var }", "Int!", json!({}), None),
        ("{ b: $var }", "Int! = 5", json!({}), Some(json!({ "b": 5 }))),
        ("{ b: $var }", "Int", json!({ "var": 1 }), None),
        ("{ b: $var }", "Int = 5", json!({}), Some(json!({ "b": 5 }))),
        ("$var", "Example", json!({ "var": { "b": 123 } }), Some(json!({ "b": 123 }))),
    ] {
        let query = format!("query($var: {declared}) {{ echo(example: {literal}) }}");
        match expected {
            Some(expected) => assert_eq!(kennel.data(&query, variables).await["echo"]["example"], expected, "{query}"),
            None => drop(kennel.refused(&query, variables).await),
        }
    }
    // A default of the variable is no promise against a null that is sent.
    let query = "query($var: Int = 5) { echo(example: { b: $var }) }";
    let response = kennel.json(query, json!({ "var": null })).await;
    assert_eq!((&response["data"]["echo"], &response["errors"][0]["path"]), (&Value::Null, &json!(["echo"])));
}

#[tokio::test]
async fn defaults_fill_what_is_absent_at_every_level() {
    let kennel = Kennel::open().await;
    let default = json!({ "size": "LARGE", "any": { "a": [1] } });
    for (arguments, variables, key, expected) in [
        ("deep: {}", json!({}), "deep", default.clone()),
        ("deep: { size: SMALL, any: null }", json!({}), "deep", json!({ "size": "SMALL", "any": null })),
        ("deep: { size: $size }", json!({}), "deep", default),
        ("deep: { size: $size }", json!({ "size": "HUGE" }), "deep", json!({ "size": "HUGE", "any": { "a": [1] } })),
        ("size: $size", json!({}), "size", json!("SMALL")),
        ("size: $size", json!({ "size": null }), "size", Value::Null),
        ("int: 1", json!({}), "flag", json!(true)),
    ] {
        let declared = if arguments.contains('$') { "($size: Size)" } else { "" };
        let query = format!("query{declared} {{ echo({arguments}) }}");
        assert_eq!(kennel.data(&query, variables.clone()).await["echo"][key], expected, "{query} {variables}");
    }
    let deep = "query($deep: Deep) { echo(deep: $deep) }";
    let echoed = kennel.data(deep, json!({ "deep": { "many": { "b": 1 } } })).await;
    assert_eq!(echoed["echo"]["deep"], json!({ "many": [{ "b": 1 }], "size": "LARGE", "any": { "a": [1] } }));
    kennel.refused(deep, json!({ "deep": { "size": null } })).await;
    kennel.refused("{ echo(deep: { size: null }) }", Value::Null).await;
    kennel.refused("{ echo(flag: null) }", Value::Null).await;
}

#[tokio::test]
async fn whole_numbers_have_32_bits() {
    let cases = [
        Case("2147483647", "2147483647", Some(json!(2_147_483_647))),
        Case("-2147483648", "-2147483648", Some(json!(-2_147_483_648))),
        Case("2147483648", "2147483648", None),
        Case("99999999999999999999", "99999999999999999999", None),
        Case("1.5", "1.5", None),
        Case("\"1\"", "\"1\"", None),
        Case("true", "true", None),
        Case("null", "null", Some(Value::Null)),
    ];
    check("int", "Int", &cases).await;
    let kennel = Kennel::open().await;
    // JSON does not tell 1 from 1.0; a document does.
    let query = "query($int: Int) { echo(int: $int) }";
    assert_eq!(kennel.data(query, json!({ "int": 1.0 })).await["echo"]["int"], 1);
    kennel.refused("{ echo(int: 1.0) }", Value::Null).await;
}

#[tokio::test]
async fn numbers_text_and_ids_are_read_from_what_stands_for_them() {
    let float = |value: f64| Some(json!({ "float": value }));
    let cases = [
        Case("1.5", "1.5", float(1.5)),
        Case("1", "1", float(1.0)),
        Case("-1.5e3", "-1.5e3", float(-1500.0)),
        Case("99999999999999999999", "99999999999999999999", float(1e20)),
        Case("\"1.5\"", "\"1.5\"", None),
    ];
    check("ratio", "Float", &cases).await;
    let text = [
        Case("\"a\"", "\"a\"", Some(json!("a"))),
        Case("1", "1", None),
        Case("true", "true", None),
        Case("\"\\u00e9\\n\"", "\"\\u00e9\\n\"", Some(json!("é\n"))),
    ];
    check("text", "String", &text).await;
    let flag = [Case("true", "true", Some(json!(true))), Case("1", "1", None), Case("\"true\"", "\"true\"", None)];
    check("flag", "Boolean!", &flag).await;
    let key = [
        Case("\"a\"", "\"a\"", Some(json!("a"))),
        Case("4", "4", Some(json!("4"))),
        Case("12345678901234567890", "12345678901234567890", Some(json!("12345678901234567890"))),
        Case("1.5", "1.5", None),
        Case("true", "true", None),
    ];
    check("key", "ID", &key).await;
    let kennel = Kennel::open().await;
    let block = "{ echo(text: \"\"\"\n    first\n      second\n    \"\"\") }";
    assert_eq!(kennel.data(block, Value::Null).await["echo"]["text"], "first\n  second");
}

#[tokio::test]
async fn enum_values_are_names_in_documents_and_strings_in_json() {
    let kennel = Kennel::open().await;
    let query = "query($size: Size!) { echo(size: $size) }";
    assert_eq!(kennel.data("{ echo(size: LARGE) }", Value::Null).await["echo"]["size"], "LARGE");
    assert_eq!(kennel.data(query, json!({ "size": "LARGE" })).await["echo"]["size"], "LARGE");
    for literal in ["\"LARGE\"", "large", "TINY", "1", "true", "[LARGE]"] {
        kennel.refused(&format!("{{ echo(size: {literal}) }}"), Value::Null).await;
    }
    for value in [json!("large"), json!(1), json!(true), json!(["LARGE"]), Value::Null] {
        kennel.refused(query, json!({ "size": value })).await;
    }
}

#[tokio::test]
async fn json_is_any_literal_with_variables_inside() {
    let kennel = Kennel::open().await;
    let query = "query($n: Int, $text: String, $any: Any, $id: UUID, $absent: Int) {
        echo(any: { a: [1, $n, { deep: $any }], b: $text, c: NAME, d: $absent, e: [$absent], f: null, g: -1.5, h: $id })
    }";
    let id = "00000000-0000-4000-8000-000000000000";
    let variables = json!({ "n": 2, "text": "t", "any": { "x": [true, null] }, "id": id });
    let echoed = kennel.data(query, variables).await;
    assert_eq!(
        echoed["echo"]["any"],
        json!({
            "a": [1, 2, { "deep": { "x": [true, null] } }],
            "b": "t", "c": "NAME", "e": [null], "f": null, "g": -1.5, "h": id,
        })
    );
    for value in [json!([1, { "a": 2 }]), json!("text"), json!(18_446_744_073_709_551_615_u64), json!(false), json!({})]
    {
        let query = "query($any: Any, $anys: [Any!]) { echo(any: $any, anys: $anys) }";
        let echoed = kennel.data(query, json!({ "any": value, "anys": [value] })).await;
        assert_eq!((&echoed["echo"]["any"], &echoed["echo"]["anys"]), (&value, &json!([value])));
    }
    let echoed = kennel.data("query($any: Any = { a: [B] }) { echo(any: $any, anys: 1) }", Value::Null).await;
    assert_eq!(echoed["echo"]["any"], json!({ "a": ["B"] }));
    assert_eq!(echoed["echo"]["anys"], json!([1]));
    let refused = kennel.refused("{ echo(any: { a: 1, a: 2 }) }", Value::Null).await;
    assert!(refused.contains("only one field named \"a\""), "{refused}");
    kennel.refused("{ echo(anys: [null]) }", Value::Null).await;
}

#[tokio::test]
async fn scalars_of_the_schema_read_what_they_stand_for() {
    let big = |digits: &str| Some(json!({ "long": digits }));
    let cases = [
        Case("9223372036854775807", "9223372036854775807", big("9223372036854775807")),
        Case("\"-9223372036854775808\"", "\"-9223372036854775808\"", big("-9223372036854775808")),
        Case("9223372036854775808", "9223372036854775808", None),
        Case("1.5", "1.5", None),
        Case("{ a: 1 }", "{ \"a\": 1 }", None),
    ];
    check("big", "BigInt", &cases).await;
    let day = [
        Case("\"2024-02-29\"", "\"2024-02-29\"", Some(json!("2024-02-29"))),
        Case("\"2023-02-29\"", "\"2023-02-29\"", None),
        Case("20240229", "20240229", None),
    ];
    check("day", "Date", &day).await;
    let at = [
        Case("\"1970-01-01T00:00:01Z\"", "\"1970-01-01T00:00:01Z\"", Some(json!({ "micros": 1_000_000 }))),
        Case("\"1970-01-01\"", "\"1970-01-01\"", None),
    ];
    check("at", "DateTime", &at).await;
}

#[tokio::test]
async fn scalars_of_the_schema_are_written_as_they_say() {
    let (kennel, ids) = Kennel::inhabited().await;
    let data =
        kennel.data("{ half(half: 42) moment(at: \"2026-11-21T15:26:07.5+02:00\") none: moment }", Value::Null).await;
    assert_eq!(data, json!({ "half": 21, "moment": "2026-11-21T13:26:07.5Z", "none": null }));
    let refused = kennel.refused("{ half(half: 43) }", Value::Null).await;
    assert!(refused.contains("43 is not even"), "{refused}");

    let about = kvetch::Value::Map(kvetch::Props::from([
        ("list", kvetch::Value::List(vec![1.into(), kvetch::Value::Null, "x".into()])),
        ("id", ids.dog.into()),
    ]));
    kennel.set(2, ids.cat, "about", about).await;
    kennel.set(2, ids.cat, "born", kvetch::Timestamp(1_500_000).into()).await;
    let query = format!("{{ node(id: \"{}\") {{ ... on Cat {{ about born }} }} }}", ids.cat);
    let data = kennel.data(&query, Value::Null).await;
    let about = json!({ "id": ids.dog.to_string(), "list": [1, null, "x"] });
    assert_eq!(data["node"], json!({ "about": about, "born": "1970-01-01T00:00:01.5Z" }));
    // What is stored under the name is no moment.
    kennel.set(2, ids.cat, "born", "yesterday".into()).await;
    let response = kennel.json(&query, Value::Null).await;
    assert_eq!(response["data"]["node"], json!({ "about": about, "born": null }));
    assert_eq!(response["errors"][0]["path"], json!(["node", "born"]));
}
