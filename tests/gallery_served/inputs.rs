//! Inputs of every shape: exactly one field, lists in lists, defaults, deprecations.

use serde_json::{Value, json};

use super::world::Gallery;

#[tokio::test]
async fn an_input_of_exactly_one_field_arrives_as_the_variant_of_that_field() {
    let gallery = Gallery::open().await;
    let plain = json!({ "height": 3.0, "width": 1.0, "tags": [], "frame": "NONE", "depth": null });
    for (by, expected) in [
        ("{ title: \"Noon\" }", json!({ "title": "Noon" })),
        ("{ number: 5 }", json!({ "number": 5 })),
        ("{ size: { height: 3 } }", json!({ "size": plain })),
        ("{ many: [{ number: 1 }, { title: \"x\" }] }", json!({ "many": [{ "number": 1 }, { "title": "x" }] })),
        ("{ many: { number: 1 } }", json!({ "many": [{ "number": 1 }] })),
        ("null", Value::Null),
    ] {
        assert_eq!(gallery.data(&format!("{{ chosen(by: {by}) }}")).await["chosen"]["by"], expected, "{by}");
    }
    let query = "query($by: WorkBy) { chosen(by: $by) }";
    let data = gallery.json(query, json!({ "by": { "title": "Noon" } })).await;
    assert_eq!(data["data"]["chosen"]["by"], json!({ "title": "Noon" }));
    for by in ["{}", "{ title: \"x\", number: 1 }", "{ title: null }", "{ many: [{}] }"] {
        let message = gallery.error(&format!("{{ chosen(by: {by}) }}")).await;
        assert!(message.contains("WorkBy"), "{by}: {message}");
    }
}

#[tokio::test]
async fn defaults_of_every_type_arrive_as_if_they_were_written() {
    let gallery = Gallery::open().await;
    let by = json!({ "height": 1.0, "width": 1.0, "tags": [], "frame": "NONE", "depth": null });
    let size = json!({ "height": 2.0, "width": 1.0, "tags": ["one"], "frame": "OAK", "depth": null });
    let expected = json!({
        "by": { "size": by }, "grid": [[1, 2], null, []], "size": size, "frames": ["OAK", "NONE"], "old": null,
    });
    assert_eq!(gallery.data("{ chosen }").await["chosen"], expected);
    let given = gallery.data("{ chosen(grid: [[], [3], null], size: null, frames: GOLD, old: 1) }").await;
    assert_eq!(given["chosen"]["grid"], json!([[], [3], null]));
    assert_eq!(given["chosen"]["frames"], json!(["GOLD"]));
    assert_eq!((&given["chosen"]["size"], &given["chosen"]["old"]), (&Value::Null, &json!(1)));
}

#[tokio::test]
async fn introspection_tells_defaults_descriptions_and_deprecations() {
    let gallery = Gallery::open().await;
    let arguments = "args(includeDeprecated: true) { name description defaultValue isDeprecated deprecationReason }";
    let query = format!(
        "{{ query: __type(name: \"Query\") {{ fields {{ name {arguments} }} }}
        by: __type(name: \"WorkBy\") {{ isOneOf description inputFields(includeDeprecated: true) {{
            name description isDeprecated deprecationReason }} }}
        frame: __type(name: \"Frame\") {{ enumValues(includeDeprecated: true) {{ name deprecationReason }} }} }}"
    );
    let data = gallery.data(&query).await;
    let fields = data["query"]["fields"].as_array().expect("a list");
    let chosen = &fields.iter().find(|field| field["name"] == "chosen").expect("it is there")["args"];
    let defaults = chosen.as_array().expect("a list").iter().map(|argument| argument["defaultValue"].clone());
    let [by, grid, size, frames, old] = defaults.collect::<Vec<_>>().try_into().expect("five of them");
    let squeezed = |value: &Value| value.as_str().expect("text").replace(' ', "");
    assert_eq!(squeezed(&by), "{size:{height:1}}");
    assert_eq!(squeezed(&grid), "[[1,2],null,[]]");
    assert_eq!(squeezed(&size), "{height:2,tags:\"one\",frame:{frame:OAK}}");
    assert_eq!((squeezed(&frames), squeezed(&old)), ("[OAK,NONE]".to_owned(), "null".to_owned()));
    assert_eq!(chosen[4]["description"], "Nobody needs it.");
    assert_eq!((&chosen[4]["isDeprecated"], &chosen[4]["deprecationReason"]), (&json!(true), &json!("use `by`")));
    assert_eq!((&data["by"]["isOneOf"], &data["by"]["description"]), (&json!(true), &json!("How a work is chosen.")));
    assert_eq!(data["by"]["inputFields"][1]["description"], "By how large it is.");
    assert_eq!(data["by"]["inputFields"][3]["deprecationReason"], "numbers change");
    assert_eq!(data["frame"]["enumValues"][2], json!({ "name": "GOLD", "deprecationReason": "too dear" }));
}

/// Types that contain themselves were refused, though GraphQL has them.
#[tokio::test]
async fn inputs_and_outputs_that_contain_themselves_arrive_to_any_depth() {
    let gallery = Gallery::open().await;
    let condition = "{ title: \"a\", not: { not: { all: [{ title: \"b\" }, { all: { title: \"c\" } }] } },
        one: { where: { title: \"d\", one: { title: \"e\" } } } }";
    let reason = "reason { __typename ... on Nothing { of: text } ... on Saying { text reason { __typename } } }";
    let fields = format!("text {reason} because {{ text {reason} because {{ text because {{ text }} }} }}");
    let data = gallery.data(&format!("{{ asked(where: {condition}) {{ {fields} }} }}")).await;
    let nothing = json!({ "__typename": "Nothing", "of": "nothing" });
    let expected = json!({
        "text": "a",
        "reason": { "__typename": "Saying", "text": "d", "reason": { "__typename": "Nothing" } },
        "because": { "text": "", "reason": nothing, "because": { "text": "b and c", "because": null } },
    });
    assert_eq!(data["asked"], expected);
    let variable = json!({ "where": { "not": { "not": { "title": "f" } } } });
    let query = "query($where: Where!) { asked(where: $where) { because { because { text } } } }";
    let data = gallery.json(query, variable).await;
    assert_eq!(data["data"]["asked"], json!({ "because": { "because": { "text": "f" } } }));
}
