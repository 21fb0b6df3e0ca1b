//! The same types inside a juniper server that knows nothing of the planner.

use juniper::http::GraphQLRequest;
use serde_json::{Value, json};

use super::world::{KENNEL, Kennel};

async fn ask(kennel: &Kennel, query: &str, variables: Value) -> Value {
    let request = json!({ "query": query, "variables": variables });
    let request: GraphQLRequest = serde_json::from_value(request).expect("a request");
    let root = pent::graphql::root_node(&KENNEL);
    let response = request.execute(&root, &pent::graphql::Context::new(kennel.kvetch.clone())).await;
    serde_json::to_value(&response).expect("a response is JSON")
}

#[tokio::test]
async fn interfaces_unions_and_fragments_on_them_are_answered() {
    let (kennel, ids) = Kennel::inhabited().await;
    let query = "query($id: UUID!, $names: [String!]!, $first: Int) {
        node(id: $id) { __typename ...person }
        things(names: $names) { __typename ... on Pet { name ...lives } ... on Robot { maker { name } } }
    }
    fragment person on Person { favourite { __typename owner { name } } dogs(first: $first) { ... on Dog { barks } } }
    fragment lives on Cat { lives }";
    let variables = json!({ "id": ids.person.to_string(), "names": ["robot", "cat", "dog"], "first": 1 });
    let response = ask(&kennel, query, variables).await;
    assert_eq!(
        response,
        json!({ "data": {
            "node": {
                "__typename": "Person",
                "favourite": { "__typename": "Cat", "owner": { "name": "Ada" } },
                "dogs": [{ "barks": true }],
            },
            "things": [
                { "__typename": "Robot", "maker": { "name": "Ada" } },
                { "__typename": "Cat", "name": "Tom", "lives": 9 },
                { "__typename": "Dog", "name": "Rex" },
            ],
        } })
    );
}

#[tokio::test]
async fn scalars_and_one_of_inputs_pass_through() {
    let (kennel, _) = Kennel::inhabited().await;
    let query = "query($at: DateTime, $choice: Choice) {
        half(half: 42) moment(at: $at) echo(choice: $choice, any: \"x\", deep: { any: 1 }, big: \"12\")
    }";
    let variables = json!({ "at": "2026-11-21T00:00:00Z", "choice": { "self": { "b": 1 } } });
    let response = ask(&kennel, query, variables).await;
    assert_eq!(response.get("errors"), None, "{response:#}");
    assert_eq!((&response["data"]["half"], &response["data"]["moment"]), (&json!(21), &json!("2026-11-21T00:00:00Z")));
    let echo = &response["data"]["echo"];
    assert_eq!((&echo["choice"], &echo["any"]), (&json!({ "self": { "b": 1 } }), &json!("x")));
    assert_eq!((&echo["deep"], &echo["big"]), (&json!({ "size": "LARGE", "any": 1 }), &json!({ "long": "12" })));
    let response = ask(&kennel, "{ echo(choice: { number: 1, text: \"a\" }) }", Value::Null).await;
    assert!(response.get("data").is_none_or(|data| data.is_null() || data["echo"].is_null()), "{response:#}");
    assert!(response.get("errors").is_some());
}
