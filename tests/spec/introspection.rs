//! What a schema tells of itself (chapter 4), for every kind of type.

use serde_json::{Value, json};

use super::world::{KENNEL, Kennel};

async fn ty(kennel: &Kennel, name: &str, selection: &str) -> Value {
    kennel.data(&format!("{{ __type(name: \"{name}\") {{ {selection} }} }}"), Value::Null).await["__type"].take()
}

#[tokio::test]
async fn each_kind_of_type_tells_its_own() {
    let kennel = Kennel::open().await;
    let selection = "kind name fields { name } interfaces { name } possibleTypes { name } enumValues { name }
        inputFields { name } ofType { name } specifiedByURL isOneOf";
    let names = |names: &[&str]| names.iter().map(|name| json!({ "name": name })).collect::<Value>();
    for (name, expected) in [
        ("Robot", json!({ "kind": "OBJECT", "fields": names(&["name", "maker"]), "interfaces": names(&["Named"]) })),
        (
            "Pet",
            json!({
                "kind": "INTERFACE",
                "fields": names(&["id", "name"]),
                "interfaces": names(&["Named", "Node"]),
                "possibleTypes": names(&["Cat", "Dog"]),
            }),
        ),
        ("Thing", json!({ "kind": "UNION", "possibleTypes": names(&["Cat", "Dog", "Robot"]) })),
        ("Size", json!({ "kind": "ENUM", "enumValues": names(&["SMALL", "LARGE"]) })),
        ("Even", json!({ "kind": "SCALAR", "specifiedByURL": "https://example.com/even" })),
        ("Int", json!({ "kind": "SCALAR" })),
        ("Example", json!({ "kind": "INPUT_OBJECT", "inputFields": names(&["a", "b"]), "isOneOf": false })),
        (
            "Choice",
            json!({ "kind": "INPUT_OBJECT", "inputFields": names(&["number", "text", "self"]), "isOneOf": true }),
        ),
    ] {
        let mut found = ty(&kennel, name, selection).await;
        if let Some(possible) = found["possibleTypes"].as_array_mut() {
            // Sets, as far as the specification goes.
            possible.sort_by_key(|ty| ty["name"].to_string());
        }
        for key in ["fields", "interfaces", "possibleTypes", "enumValues", "inputFields", "ofType", "specifiedByURL"] {
            assert_eq!(found[key], expected.get(key).cloned().unwrap_or_default(), "{key} of {name}: {found:#}");
        }
        assert_eq!((&found["kind"], &found["name"]), (&expected["kind"], &json!(name)));
    }
    assert_eq!(ty(&kennel, "Nothing", "name").await, Value::Null);
}

#[tokio::test]
async fn types_of_arguments_are_told_as_the_schema_has_them() {
    let kennel = Kennel::open().await;
    let selection = "fields { name args { name defaultValue type { kind name ofType { kind name ofType { name ofType { name } } } } } }";
    let query = ty(&kennel, "Query", selection).await;
    let echo = query["fields"].as_array().expect("a list").iter().find(|field| field["name"] == "echo").expect("echo");
    let argument = |name| echo["args"].as_array().expect("a list").iter().find(|arg| arg["name"] == name).expect("it");
    assert_eq!(
        argument("flag"),
        &json!({
            "name": "flag",
            "defaultValue": "true",
            "type": { "kind": "NON_NULL", "name": null, "ofType": { "kind": "SCALAR", "name": "Boolean", "ofType": null } },
        })
    );
    assert_eq!(argument("size")["defaultValue"], "SMALL");
    assert_eq!(argument("int")["defaultValue"], Value::Null);
    let deep = ty(&kennel, "Deep", "inputFields { name defaultValue type { kind } }").await;
    assert_eq!(
        deep["inputFields"][2],
        json!({ "name": "size", "defaultValue": "LARGE", "type": { "kind": "NON_NULL" } })
    );
    assert_eq!(deep["inputFields"][3]["defaultValue"], "{a: [1]}");
}

#[tokio::test]
async fn what_is_deprecated_is_told_to_those_who_ask() {
    let kennel = Kennel::open().await;
    let all = "includeDeprecated: true";
    let pet = ty(&kennel, "Pet", &format!("fields({all}) {{ name isDeprecated deprecationReason }}")).await;
    let owner = json!({ "name": "owner", "isDeprecated": true, "deprecationReason": "nobody owns a cat" });
    assert_eq!(pet["fields"][2], owner);
    let size = ty(&kennel, "Size", &format!("enumValues({all}) {{ name isDeprecated deprecationReason }}")).await;
    let huge = json!({ "name": "HUGE", "isDeprecated": true, "deprecationReason": "LARGE is enough" });
    assert_eq!(size["enumValues"][2], huge);
    let deep = ty(&kennel, "Deep", &format!("inputFields({all}) {{ name isDeprecated deprecationReason }}")).await;
    let old = json!({ "name": "old", "isDeprecated": true, "deprecationReason": "use any" });
    assert_eq!(deep["inputFields"][4], old);
    let hidden = ty(&kennel, "Deep", "inputFields { name }").await;
    assert_eq!(hidden["inputFields"].as_array().map(Vec::len), Some(4));
}

#[tokio::test]
async fn the_roots_the_types_and_the_directives_are_there() {
    let kennel = Kennel::open().await;
    let query = "{ __schema {
        queryType { name } mutationType { name } subscriptionType { name fields { name } }
        types { name } directives { name locations isRepeatable args { name } }
    } }";
    let schema = kennel.data(query, Value::Null).await["__schema"].take();
    assert_eq!(schema["queryType"]["name"], "Query");
    assert_eq!(schema["mutationType"]["name"], "Mutation");
    assert_eq!(
        schema["subscriptionType"]["fields"],
        json!([{ "name": "barked" }, { "name": "seen" }, { "name": "built" }])
    );
    let names = schema["types"].as_array().expect("a list").iter().map(|ty| ty["name"].as_str().expect("a name"));
    let names = names.collect::<Vec<_>>();
    for expected in
        KENNEL.types.iter().map(|ty| ty.name).chain(["Int", "Float", "String", "Boolean", "ID", "UUID", "__Type"])
    {
        assert_eq!(names.iter().filter(|name| **name == expected).count(), 1, "{expected} in {names:?}");
    }
    assert!(names.iter().all(|name| !name.starts_with("_Empty")), "{names:?}");
    let directives = schema["directives"].as_array().expect("a list").iter();
    let mut directives = directives.map(|directive| directive["name"].as_str().expect("a name")).collect::<Vec<_>>();
    directives.sort_unstable();
    assert_eq!(directives, ["deprecated", "include", "oneOf", "skip", "specifiedBy"]);
}

/// Fields, conditions and fragments of introspection are those of any other selection.
#[tokio::test]
async fn introspection_merges_skips_and_spreads_like_everything_else() {
    let kennel = Kennel::open().await;
    let query = "query($name: String!, $no: Boolean!) {
        a: __type(name: $name) { kind ...more }
        a: __type(name: $name) { fields { name @include(if: $no) __typename } }
        __schema @skip(if: true) { types { name } }
    }
    fragment more on __Type { name interfaces @skip(if: $no) { name } }";
    let data = kennel.data(query, json!({ "name": "Named", "no": false })).await;
    assert_eq!(
        data,
        json!({ "a": { "kind": "INTERFACE", "name": "Named", "interfaces": [], "fields": [{ "__typename": "__Field" }] } })
    );
}
