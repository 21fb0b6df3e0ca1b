//! Viewers of requests over HTTP and inside another juniper server.

use juniper::http::GraphQLRequest;
use pent::graphql::Context;
use pent::http::Service;
use pent::{Error, Schema};
use serde_json::{Value, json};
use tests::rules::custom::{Journal, Viewer};
use tests::rules::generated::{TABLE, schema};
use tests::server::Server;

use super::world::{EVERYBODY, Who, World};

const LIST: &str = "query($list: UUID!) { list(id: $list) { name } }";

async fn serve(world: &World, explains: bool) -> Server {
    let service = Service::new(Schema::new(&TABLE), world.kvetch.clone()).scopes(|head, scope| async move {
        let scope = scope.state(Journal::default());
        let Some(token) = head.headers.get("authorization") else { return Ok(scope) };
        match token.to_str().ok().and_then(|token| token.parse().ok()) {
            Some(user) => Ok(scope.viewer(Viewer { user, is_keeper: false })),
            None if token == "broken" => Err(Error::internal("the password is swordfish")),
            None => Err(Error::user("bad_token", "this token is nobody's")),
        }
    });
    Server::of(if explains { service.explain() } else { service }.router()).await
}

async fn ask(server: &Server, headers: &str, world: &World) -> (u16, Value) {
    let body = json!({ "query": LIST, "variables": { "list": world.list.to_string() } }).to_string();
    let (status, body) = server.post(headers, &body).await;
    (status, serde_json::from_str(&body).expect("the body is JSON"))
}

#[tokio::test]
async fn a_service_says_who_asks_from_the_head_of_the_request() {
    let world = World::new().await;
    let server = serve(&world, false).await;
    let (hidden, seen) = (json!({ "data": { "list": null } }), json!({ "data": { "list": { "name": "Groceries" } } }));
    for (headers, expected) in [
        (String::new(), hidden.clone()),
        (format!("authorization: {}\r\n", world.other), hidden.clone()),
        (format!("authorization: {}\r\n", world.owner), seen),
        (String::new(), hidden),
    ] {
        assert_eq!(ask(&server, &headers, &world).await, (200, expected), "{headers}");
    }
    let (status, body) = ask(&server, "authorization: nobody\r\n", &world).await;
    assert_eq!((status, &body["errors"][0]["extensions"]["code"]), (401, &json!("BAD_TOKEN")), "{body}");
    let (status, body) = ask(&server, "authorization: broken\r\n", &world).await;
    assert_eq!((status, &body["errors"][0]["message"]), (500, &json!("internal error")), "{body}");
}

/// Numbers of reads tell of what is hidden.
#[tokio::test]
async fn a_client_gets_no_explanation_unless_the_service_gives_it() {
    let world = World::new().await;
    for explains in [false, true] {
        let server = serve(&world, explains).await;
        let (_, body) = ask(&server, "x-graphscale-explain: 1\r\n", &world).await;
        assert_eq!(body.get("extensions").is_some(), explains, "{body}");
    }
}

/// The root node in an unmodified server knows the viewer by its context.
#[tokio::test]
async fn the_root_node_judges_for_the_viewer_of_its_context() {
    let world = World::new().await;
    let root = schema();
    let request: GraphQLRequest =
        serde_json::from_value(json!({ "query": LIST, "variables": { "list": world.list.to_string() } }))
            .expect("a request");
    for who in EVERYBODY {
        let response = request.execute(&root, &Context::of(world.builder(who))).await;
        let response = serde_json::to_value(&response).expect("a response is JSON");
        let expected = if who == Who::Owner { json!({ "name": "Groceries" }) } else { Value::Null };
        assert_eq!(response["data"]["list"], expected, "{who:?}: {response}");
    }
    // A context of a store alone is that of nobody in particular.
    let request: GraphQLRequest = serde_json::from_value(json!({
        "query": "query($owner: UUID!) { user(id: $owner) { name } }",
        "variables": { "owner": world.owner.to_string() },
    }))
    .expect("a request");
    let response = request.execute(&root, &Context::new(world.kvetch.clone())).await;
    let response = serde_json::to_value(&response).expect("a response is JSON");
    assert_eq!(response, json!({ "data": { "user": null } }));
}
