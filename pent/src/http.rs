//! GraphQL over HTTP: a router to mount in an axum application, and a server of it alone.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response as HttpResponse};
use axum::routing::post;
use kvetch::Kvetch;
use serde_json::json;

use crate::response::{ErrorEntry, Response};
use crate::schema::{Request, Schema};
use crate::scope::{Scope, Stats};

/// The header that asks for `extensions.graphscale`: rounds, statements, keys and the plan.
const EXPLAIN: &str = "x-graphscale-explain";

/// What the requests of one server share.
struct Service {
    schema: Schema,
    kvetch: Kvetch,
}

/// A router that answers `POST /graphql`.
pub fn router(schema: Schema, kvetch: Kvetch) -> Router {
    Router::new().route("/graphql", post(graphql)).with_state(Arc::new(Service { schema, kvetch }))
}

/// Serves a router until `stop` is ready, then finishes the requests that are running.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: tokio::net::TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router).with_graceful_shutdown(stop).await
}

async fn graphql(State(service): State<Arc<Service>>, headers: HeaderMap, body: Bytes) -> HttpResponse {
    let request = match read_request(&body) {
        Ok(request) => request,
        Err(message) => {
            let refused = Response::refused(&[ErrorEntry::request("bad_request", message, None)]);
            return json_response(StatusCode::BAD_REQUEST, refused.body);
        }
    };
    let mut scope = Scope::new(service.kvetch.clone());
    let mut response = service.schema.execute(&request, &mut scope).await;
    if headers.get(EXPLAIN).is_some_and(|value| value == "1") {
        let plan = service.schema.explain(&request);
        response.extend(&json!({ "graphscale": explained(&scope.stats(), plan.as_deref()) }));
    }
    json_response(StatusCode::OK, response.body)
}

/// Reads a request, or says what is wrong with it.
fn read_request(body: &[u8]) -> Result<Request, String> {
    use serde_json::Value;
    let value = serde_json::from_slice::<Value>(body).map_err(|error| format!("The body is not JSON: {error}."))?;
    let Value::Object(mut fields) = value else {
        return Err("The body must be a JSON object with a \"query\".".to_owned());
    };
    let Some(Value::String(query)) = fields.remove("query") else {
        return Err("\"query\" must be a string: the GraphQL document.".to_owned());
    };
    let operation_name = match fields.remove("operationName") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name),
        Some(_) => return Err("\"operationName\" must be a string.".to_owned()),
    };
    let variables = match fields.remove("variables") {
        None | Some(Value::Null) => serde_json::Map::new(),
        Some(Value::Object(variables)) => variables,
        Some(_) => return Err("\"variables\" must be an object.".to_owned()),
    };
    Ok(Request { query, operation_name, variables })
}

fn explained(stats: &Stats, plan: Option<&str>) -> serde_json::Value {
    json!({
        "rounds": stats.rounds.len(),
        "statements": stats.statements(),
        "keys": stats.keys(),
        "plan": plan,
    })
}

fn json_response(status: StatusCode, body: Vec<u8>) -> HttpResponse {
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response()
}
