//! What both sides say of a whole schema.

use serde_json::Value as Json;

use super::campaign::request;
use super::reference::{Asked, Reference, Verdict};
use super::world::World;

/// What clients ask for that want to know everything.
const QUERY: &str = include_str!("introspection.graphql");

/// How many schemas.
const SCHEMAS: u64 = 100;
/// Types that every schema has.
const BUILT_IN: [&str; 6] = ["Boolean", "Float", "ID", "Int", "String", "UUID"];

#[tokio::test]
async fn random_schemas_are_described_as_graphql_js_describes_them() {
    let mut reference = Reference::start();
    for seed in 0..SCHEMAS {
        let world = World::invent(seed);
        let asked = Asked { query: QUERY.to_owned(), operation_name: None, variables: "{}".to_owned() };
        let verdict = reference.ask(&world, std::slice::from_ref(&asked)).pop();
        let Some(Verdict::Answered(data, _)) = verdict else { panic!("graphql-js describes its schema: {verdict:?}") };
        let wanted = serde_json::from_str::<Json>(&data).expect("data is JSON");
        let response = world.serve().await.answer(&request(&asked)).await;
        let mut found = serde_json::from_slice::<Json>(&response.body).expect("a response is JSON");
        assert_eq!(found.get("errors"), None, "world {seed}");
        let found = in_order(found["data"].take());
        let wanted = in_order(wanted);
        for list in ["types", "directives"] {
            let pairs = wanted["__schema"][list].as_array().into_iter().flatten();
            for (wanted, found) in pairs.zip(found["__schema"][list].as_array().into_iter().flatten()) {
                assert_eq!(found, wanted, "world {seed}");
            }
        }
        assert_eq!(found, wanted, "world {seed}");
    }
}

/// The types of the schema by name, without those that every schema has, and the directives that every server has.
fn in_order(mut data: Json) -> Json {
    let schema = &mut data["__schema"];
    let name = |json: &Json| json["name"].as_str().unwrap_or_default().to_owned();
    if let Some(types) = schema["types"].as_array_mut() {
        // The built-in ones are described in each side's own words, and listed by one even where nothing is of them.
        types.retain(|ty| !name(ty).starts_with("__") && !BUILT_IN.contains(&name(ty).as_str()));
        types.sort_by_key(name);
        types.iter_mut().for_each(alike);
    }
    if let Some(directives) = schema["directives"].as_array_mut() {
        directives.retain(|directive| ["skip", "include"].contains(&name(directive).as_str()));
        directives.iter_mut().for_each(alike);
        directives.sort_by_key(name);
    }
    data
}

/// Defaults are compared as present or absent: one side prints them as they are written in the schema, the other as
/// they are coerced. Fields that echo their arguments show that they are the same.
fn alike(json: &mut Json) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(alike),
        Json::Object(fields) => {
            for (name, value) in fields {
                if name == "defaultValue" && value.is_string() {
                    *value = Json::Bool(true);
                }
                alike(value);
            }
        }
        _ => {}
    }
}
