//! The root node inside a juniper server that knows nothing of the planner.

use std::sync::Arc;

use axum::routing::post;
use axum::{Extension, Router};
use juniper::http::GraphQLRequest;
use juniper_axum::extract::JuniperRequest;
use juniper_axum::response::JuniperResponse;
use kvetch::Kvetch;
use pent::graphql::{Context, RootNode};
use serde_json::{Value, json};
use tests::server::Server;
use todo::graph::generated::{TABLE, schema};
use todo::seed::{Amount, Seeded, seed};

async fn seeded() -> (Kvetch, Seeded) {
    let url = "memory:?shards=2".parse().expect("the URL is valid");
    let kvetch = pent::open(&[url], &TABLE).await.expect("a store in memory opens");
    let seeded = seed(&kvetch, Amount { users: 2, lists: 3, items: 2 }, 1, |_| ()).await.expect("it is empty");
    (kvetch, seeded)
}

/// What an unmodified juniper integration does with a request.
async fn ask(kvetch: &Kvetch, query: &str, variables: Value) -> Value {
    let request: GraphQLRequest =
        serde_json::from_value(json!({ "query": query, "variables": variables })).expect("a request");
    let root = schema();
    let response = request.execute(&root, &pent::graphql::Context::new(kvetch.clone())).await;
    serde_json::to_value(&response).expect("a response is JSON")
}

#[tokio::test]
async fn a_query_with_variables_and_fragments_is_answered_by_the_planner() {
    let (kvetch, seeded) = seeded().await;
    let query = "query($id: UUID!, $first: Int = 2, $no: Boolean!) {
        someone: todoUser(id: $id) { ...user }
        allTodoUsers(first: 1) { __typename }
    }
    fragment user on TodoUser { id todoLists(first: $first) { todoItems(first: 1) { text @skip(if: $no) status } } }";
    let response = ask(&kvetch, query, json!({ "id": seeded.users[0].to_string(), "no": true })).await;
    assert_eq!(response.get("errors"), None, "{response:#}");
    let lists = response["data"]["someone"]["todoLists"].as_array().expect("a list");
    assert_eq!(lists.len(), 2);
    assert_eq!(
        lists[0]["todoItems"][0].as_object().map(|item| item.keys().cloned().collect()),
        Some(vec!["status".to_owned()])
    );
    assert_eq!(response["data"]["allTodoUsers"], json!([{ "__typename": "TodoUser" }]));
}

#[tokio::test]
async fn mutations_and_enum_variables_work() {
    let (kvetch, seeded) = seeded().await;
    let query = "mutation($data: CreateTodoItemData!) { createTodoItem(data: $data) { todoItem { text status } } }";
    let data = json!({ "text": "new", "status": "COMPLETED", "todoListId": seeded.first_lists[0].to_string() });
    let response = ask(&kvetch, query, json!({ "data": data })).await;
    assert_eq!(response["data"], json!({ "createTodoItem": { "todoItem": { "text": "new", "status": "COMPLETED" } } }));
}

#[tokio::test]
async fn errors_reach_junipers_list() {
    let (kvetch, seeded) = seeded().await;
    let query = "query($id: UUID!) { wrong: todoUser(id: $id) { name } allTodoUsers { name } }";
    let response = ask(&kvetch, query, json!({ "id": seeded.first_lists[0].to_string() })).await;
    assert_eq!(response["data"]["wrong"], Value::Null);
    assert_eq!(response["data"]["allTodoUsers"].as_array().map(Vec::len), Some(2));
    assert_eq!(response["errors"][0]["path"], json!(["wrong"]));
    assert_eq!(response["errors"][0]["extensions"]["code"], "WRONG_TYPE");
}

#[tokio::test]
async fn the_path_of_an_error_starts_with_the_alias() {
    let (kvetch, _) = seeded().await;
    let response = ask(&kvetch, "{ a: allTodoUsers(first: 99999) { id } }", Value::Null).await;
    assert_eq!(response["errors"][0]["path"], json!(["a"]));
    assert_eq!(response["errors"][0]["extensions"]["path"], json!(["a"]), "{response:#}");
}

/// The handler that the documentation of juniper_axum shows for a schema with a context.
async fn handler(
    Extension(schema): Extension<Arc<RootNode>>,
    Extension(context): Extension<Arc<Context>>,
    JuniperRequest(request): JuniperRequest,
) -> JuniperResponse {
    JuniperResponse(request.execute(&*schema, &*context).await)
}

#[tokio::test]
async fn an_unmodified_juniper_axum_server_answers_by_the_planner() {
    let (kvetch, seeded) = seeded().await;
    let router = Router::new()
        .route("/graphql", post(handler))
        .layer(Extension(Arc::new(schema())))
        .layer(Extension(Arc::new(Context::new(kvetch))));
    let server = Server::of(router).await;
    let ask = async |query: &str| {
        let (status, answer) = server.post("", &json!({ "query": query }).to_string()).await;
        (status, serde_json::from_str::<Value>(&answer).expect("a response is JSON"))
    };
    let user = seeded.users[0];
    let (status, found) = ask(&format!("{{ todoUser(id: \"{user}\") {{ id todoLists {{ name }} }} }}")).await;
    assert_eq!((status, &found["data"]["todoUser"]["id"]), (200, &json!(user.to_string())));
    assert_eq!(found["data"]["todoUser"]["todoLists"].as_array().map(Vec::len), Some(3));

    let create = "mutation { createTodoUser(data: {name: \"Ada\", username: \"ada\"}) { todoUser { name } } }";
    let (_, created) = ask(create).await;
    assert_eq!(created, json!({ "data": { "createTodoUser": { "todoUser": { "name": "Ada" } } } }));
    // A field that fails is null, with juniper's path.
    let (status, again) = ask(create).await;
    assert_eq!((status, &again["data"]["createTodoUser"]), (200, &Value::Null));
    assert_eq!(again["errors"][0]["path"], json!(["createTodoUser"]));

    let (_, described) = ask("{ __schema { queryType { name } } __type(name: \"TodoList\") { kind } }").await;
    assert_eq!(
        described,
        json!({ "data": { "__schema": { "queryType": { "name": "Query" } }, "__type": { "kind": "OBJECT" } } })
    );
    let (status, refused) = ask("{ nothing }").await;
    assert!(status == 400 && refused["errors"][0]["locations"].is_array(), "{status} {refused:#}");
}
