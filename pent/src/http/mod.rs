//! GraphQL over HTTP: a router to mount in an axum application, and a server of it alone.

mod refusal;
mod request;
mod serve;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request as HttpRequest, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response as HttpResponse};
use axum::routing::post;
use kvetch::Kvetch;
use serde_json::json;

use crate::schema::Schema;
use crate::scope::{Scope, Stats};

use refusal::{Refusal, caught};

pub use request::{BODY_BYTES_MAX, BODY_DEADLINE};
pub use serve::{DRAIN_DEADLINE, serve};

/// The header that asks for `extensions.graphscale`: rounds, statements, keys and the plan.
const EXPLAIN: &str = "x-graphscale-explain";

/// What the requests of one server share.
struct Service {
    schema: Schema,
    kvetch: Kvetch,
}

/// A router that answers `POST /graphql`.
///
/// Bodies are JSON and say so: anything but `content-type: application/json` is refused with 415, one over
/// [`BODY_BYTES_MAX`] with 413, one that takes longer than [`BODY_DEADLINE`] with 408. Whatever goes wrong, the
/// body of the response is JSON with `errors`.
pub fn router(schema: Schema, kvetch: Kvetch) -> Router {
    Router::new()
        .route("/graphql", post(graphql))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(Arc::new(Service { schema, kvetch }))
}

async fn graphql(State(service): State<Arc<Service>>, request: HttpRequest) -> HttpResponse {
    caught(answer(&service, request)).await.unwrap_or_else(IntoResponse::into_response)
}

async fn answer(service: &Service, request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let explain = request.headers().get(EXPLAIN).is_some_and(|value| value == "1");
    let request = request::read(request, BODY_DEADLINE).await?;
    let mut scope = Scope::new(service.kvetch.clone());
    let mut response = service.schema.execute(&request, &mut scope).await;
    if explain {
        let plan = service.schema.explain(&request);
        response.extend(&json!({ "graphscale": explained(&scope.stats(), plan.as_deref()) }));
    }
    Ok(json_response(StatusCode::OK, response.body))
}

fn explained(stats: &Stats, plan: Option<&str>) -> serde_json::Value {
    json!({
        "rounds": stats.rounds.len(),
        "statements": stats.statements(),
        "keys": stats.keys(),
        "reads": stats.to_json()["rounds"],
        "plan": plan,
    })
}

fn json_response(status: StatusCode, body: Vec<u8>) -> HttpResponse {
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response()
}
