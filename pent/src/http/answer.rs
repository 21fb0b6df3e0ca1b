//! From a request to its response.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Request as HttpRequest, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response as HttpResponse};
use futures::future::try_join_all;
use serde_json::json;
use tracing::Instrument;

use super::media::Media;
use super::refusal::{Refusal, caught};
use super::request::{self, Asked, BODY_DEADLINE};
use super::serve::Stopping;
use super::service::Service;
use super::{socket, sse};
use crate::explanation::Explanation;
use crate::operation::OperationKind;
use crate::request_id::RequestId;
use crate::response::{ErrorEntry, Response};
use crate::schema::{Prepared, Request};
use crate::scope::Stats;

/// The header that asks for `extensions.graphscale`: what the request took, and its plan.
const EXPLAIN: &str = "x-graphscale-explain";

/// Bytes of a plan that are written to the log: the beginning tells which request it was.
const LOGGED_PLAN_BYTES_MAX: usize = 4 << 10;

/// The header with the name of the request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What `/graphql` answers.
pub(super) async fn graphql(State(service): State<Arc<Service>>, request: HttpRequest) -> HttpResponse {
    let id = name(request.headers());
    let span = tracing::info_span!("request", id = %id);
    let answer = async {
        if socket::is_wanted(request.headers()) || sse::is_wanted(request.headers()) {
            let answer = caught(connect(&service, &id, request)).await;
            return answer.unwrap_or_else(|refusal| refusal.answer(Media::default(), &id));
        }
        match Media::wanted(request.headers()) {
            Ok(media) => {
                let answer = caught(answer(&service, &id, media, request)).await;
                answer.unwrap_or_else(|refusal| refusal.answer(media, &id))
            }
            Err(refusal) => refusal.answer(Media::default(), &id),
        }
    };
    named(answer.instrument(span).await, &id)
}

/// What `/graphql` answers to methods that it does not know.
pub(super) async fn other_method(headers: HeaderMap) -> HttpResponse {
    let refusal = Refusal::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "Requests are posted; those that change nothing may also be got.",
    );
    let id = name(&headers);
    named(refusal.with(header::ALLOW, "GET, HEAD, POST").answer(Media::default(), &id), &id)
}

/// The name that a request comes with, or a new one.
fn name(headers: &HeaderMap) -> RequestId {
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).and_then(RequestId::given);
    given.unwrap_or_else(RequestId::generate)
}

fn named(mut response: HttpResponse, id: &RequestId) -> HttpResponse {
    let value = HeaderValue::from_str(id.as_str()).expect("an id has letters, digits and a few marks");
    response.headers_mut().insert(REQUEST_ID, value);
    response
}

/// The beginning of what goes on for as long as the client listens.
async fn connect(service: &Arc<Service>, id: &RequestId, request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let stopping = request.extensions().get::<Stopping>().cloned().unwrap_or_default();
    let (head, body) = request.into_parts();
    if let Some(gate) = &service.gate {
        gate(head.clone()).await.map_err(Refusal::from)?;
    }
    let request = HttpRequest::from_parts(head.clone(), body);
    if socket::is_wanted(&head.headers) {
        return socket::upgrade(service.clone(), id.clone(), request, stopping).await;
    }
    let limits = service.schema.limits();
    let Asked::One(request) = request::read(request, BODY_DEADLINE, limits).await? else {
        return Err(Refusal::bad("Events are of one request, and not of an array."));
    };
    if request::is_safe(&head.method) && service.schema.prepare(&request).kind() == Some(OperationKind::Mutation) {
        return Err(mutation_by_get());
    }
    let scopes = tokio::time::timeout(limits.deadline, service.scopes_of(head, id)).await;
    let scopes = scopes.map_err(|_| too_late(limits.deadline))??;
    Ok(sse::stream(service.clone(), scopes, id.clone(), request, stopping))
}

async fn answer(
    service: &Service,
    id: &RequestId,
    media: Media,
    request: HttpRequest,
) -> Result<HttpResponse, Refusal> {
    let limits = service.schema.limits();
    let (head, body) = request.into_parts();
    if let Some(gate) = &service.gate {
        gate(head.clone()).await.map_err(Refusal::from)?;
    }
    let asked = request::read(HttpRequest::from_parts(head.clone(), body), BODY_DEADLINE, limits).await?;
    // Not sooner: clients that send slowly would keep the others out.
    let _place = service.places.try_acquire().map_err(|_| overloaded())?;
    let answered = async {
        match &asked {
            Asked::One(request) => {
                let response = run(service, id, head, request).await?;
                Ok(written(media.status(&response), media, response.body))
            }
            Asked::Several(requests) => {
                let responses = try_join_all(requests.iter().map(|request| run(service, id, head.clone(), request)));
                Ok(written(StatusCode::OK, media, array(responses.await?)))
            }
        }
    };
    tokio::time::timeout(limits.deadline, answered).await.map_err(|_| too_late(limits.deadline))?
}

async fn run(service: &Service, id: &RequestId, head: Parts, request: &Request) -> Result<Response, Refusal> {
    let begun = Instant::now();
    let explain = service.explains && head.headers.get(EXPLAIN).is_some_and(|value| value == "1");
    let is_safe = request::is_safe(&head.method);
    let mut scope = service.scopes_of(head, id).await?.build();
    let prepared = service.schema.prepare(request);
    match prepared.kind() {
        Some(OperationKind::Mutation) if is_safe => return Err(mutation_by_get()),
        Some(OperationKind::Subscription) => return Ok(subscription_in_one()),
        _ => {}
    }
    let mut response = prepared.execute(&mut scope).await;
    if service.slow.is_some_and(|slow| begun.elapsed() > slow) {
        log_slow(request, &prepared, &scope.stats(), begun.elapsed());
    }
    if explain {
        let plan = prepared.explanation();
        response.extend(&json!({ "graphscale": explained(&scope.stats(), plan.as_ref(), service.shards()) }));
    }
    Ok(response)
}

fn log_slow(request: &Request, prepared: &Prepared<'_>, stats: &Stats, took: Duration) {
    let mut plan = prepared.explanation().map(|plan| plan.to_string()).unwrap_or_default();
    let end = (0..=plan.len().min(LOGGED_PLAN_BYTES_MAX)).rev().find(|end| plan.is_char_boundary(*end));
    plan.truncate(end.unwrap_or_default());
    tracing::warn!(
        milliseconds = took.as_millis(),
        operation = request.operation_name.as_deref().or(request.document_id.as_deref()),
        rounds = stats.rounds.len(),
        statements = stats.statements(),
        keys = stats.keys(),
        plan,
        "a request was slow"
    );
}

/// The responses to requests that came together.
fn array(responses: Vec<Response>) -> Vec<u8> {
    let mut body = vec![b'['];
    for (number, response) in responses.into_iter().enumerate() {
        if number > 0 {
            body.push(b',');
        }
        body.extend_from_slice(&response.body);
    }
    body.push(b']');
    body
}

fn subscription_in_one() -> Response {
    let message =
        "A subscription is answered over a WebSocket (graphql-transport-ws), or with accept: text/event-stream.";
    Response::refused(&[ErrorEntry::request("operation_resolution_failed", message.to_owned(), None)])
}

pub(super) fn over_limit(message: String) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "over_limit", message)
}

pub(super) fn overloaded() -> Refusal {
    let message = "Too many requests are running; come again in a second.";
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", message).with(header::RETRY_AFTER, "1")
}

pub(super) fn too_late(deadline: Duration) -> Refusal {
    let message = format!("The request was given up after {deadline:?}; what it was writing may be written.");
    Refusal::new(StatusCode::GATEWAY_TIMEOUT, "deadline_exceeded", message)
}

fn mutation_by_get() -> Refusal {
    let message = "A mutation has to be posted: what is got must change nothing.";
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message).with(header::ALLOW, "POST")
}

/// What a request took, in total and in detail, beside what its plan said it would take.
fn explained(stats: &Stats, plan: Option<&Explanation>, shards: u32) -> serde_json::Value {
    let details = stats.to_json();
    json!({
        "rounds": stats.rounds.len(),
        "statements": stats.statements(),
        "keys": stats.keys(),
        "reads": details["rounds"],
        "rules": details["rules"],
        "stats": details,
        "plan": plan.map(|plan| plan.to_json(shards)),
    })
}

/// A response with a body in this form.
pub(super) fn written(status: StatusCode, media: Media, body: Vec<u8>) -> HttpResponse {
    let mut response = (status, [(header::CONTENT_TYPE, media.content_type())], body).into_response();
    // The same URL has two forms.
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    response
}
