//! From a request to its response.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Request as HttpRequest, State};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response as HttpResponse};
use futures::future::join_all;
use tracing::Instrument;

use super::connection::Connection;
use super::media::{Media, Wanted};
use super::meters::{Outcome, Running};
use super::refusal::{Refusal, caught};
use super::request::{self, Asked, BODY_DEADLINE};
use super::run::Run;
use super::service::Service;
use super::{socket, sse};
use crate::limits::Spent;
use crate::operation::OperationKind;
use crate::request_id::RequestId;
use crate::response::{ErrorEntry, Response};
use crate::schema::Request;

/// The header that asks for `extensions.graphscale`: what the request took, and its plan.
const EXPLAIN: &str = "x-graphscale-explain";

/// The header with the name of the request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What `/graphql` answers.
pub(super) async fn graphql(State(service): State<Arc<Service>>, request: HttpRequest) -> HttpResponse {
    let running = Running::begin();
    let id = name(request.headers());
    let span = tracing::info_span!("request", id = %id);
    let answered = async {
        match Wanted::of(request.headers()) {
            Ok(wanted) => {
                let answered = caught(answer(&service, &id, wanted, request)).await;
                answered.unwrap_or_else(|refusal| refusal.answer(wanted.media(), &id))
            }
            Err(refusal) => refusal.answer(Media::default(), &id),
        }
    };
    let response = answered.instrument(span).await;
    running.end(&response);
    named(response, &id)
}

/// What `/graphql` answers to methods that it does not know.
pub(super) async fn other_method(headers: HeaderMap) -> HttpResponse {
    let refusal = Refusal::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "Requests are posted; those that change nothing may also be got.",
    );
    let id = name(&headers);
    let response = refusal.with(header::ALLOW, "GET, HEAD, POST").answer(Media::default(), &id);
    Running::begin().end(&response);
    named(response, &id)
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

async fn answer(
    service: &Arc<Service>,
    id: &RequestId,
    wanted: Wanted,
    request: HttpRequest,
) -> Result<HttpResponse, Refusal> {
    let limits = service.schema.limits();
    let (head, body) = request.into_parts();
    let connection = head.extensions.get::<Connection>().cloned().unwrap_or_default();
    connection.may_take(limits.deadline);
    if connection.is_near() && !service.is_host(host(&head)) {
        return Err(other_host());
    }
    service.let_in(&head).await?;
    if socket::is_wanted(&head.headers) {
        return socket::upgrade(service.clone(), id.clone(), head, connection).await;
    }
    let asked = request::read(&head, body, &service.arriving, BODY_DEADLINE, limits).await?;
    let asked = match asked {
        Asked::One(request) if wanted.is_of_events(|| service.schema.prepare(&request).kind()) => {
            return events(service, id, head, request, connection).await;
        }
        Asked::Several(_) if !wanted.takes_one() => {
            return Err(Refusal::bad("Events are of one request, and not of an array."));
        }
        asked => asked,
    };
    for _ in 1..asked.all().len() {
        service.let_in(&head).await?;
    }
    respond(service, id, wanted.media(), head, &asked).await
}

/// The name by which a client knows the server.
fn host(head: &Parts) -> Option<&str> {
    let host = head.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    head.uri.authority().map(Authority::as_str).or(host)
}

/// The responses to an operation as events.
async fn events(
    service: &Arc<Service>,
    id: &RequestId,
    head: Parts,
    request: Request,
    connection: Connection,
) -> Result<HttpResponse, Refusal> {
    if request::is_safe(&head.method) && service.schema.prepare(&request).kind() == Some(OperationKind::Mutation) {
        return Err(Refusal::mutation_by_get());
    }
    let scopes = service.scopes_of(head, id).await?;
    Ok(sse::stream(service.clone(), scopes, id.clone(), request, connection))
}

/// The response to each of the requests.
async fn respond(
    service: &Service,
    id: &RequestId,
    media: Media,
    head: Parts,
    asked: &Asked,
) -> Result<HttpResponse, Refusal> {
    let requests = asked.all();
    // Not sooner: clients that send slowly would keep the others out.
    let mut places = service.places(requests.len())?;
    let explains = service.explains && head.headers.get(EXPLAIN).is_some_and(|value| value == "1");
    let is_safe = request::is_safe(&head.method);
    // Asked once, and before any request runs: it can refuse all of them, and none halfway.
    let scopes = service.scopes_of(head, id).await?;
    let spent = Spent::default();
    let runs = requests.iter().map(|request| {
        let (scopes, spent, place) = (&scopes, &spent, places.split(1));
        async move {
            let run = Run::of(service, id, request);
            match run.kind() {
                Some(OperationKind::Mutation) if is_safe => Err(Refusal::mutation_by_get()),
                Some(OperationKind::Subscription) => Ok(subscription_in_one()),
                _ => run.answer(scopes, place, explains, spent).await,
            }
        }
    });
    let mut responses = join_all(runs.map(caught)).await;
    if let Asked::Several(_) = asked {
        let responses = responses.into_iter();
        let responses = responses.map(|response| response.unwrap_or_else(|refusal| refusal.response(Some(id))));
        let responses = responses.collect::<Vec<_>>();
        let outcome = Outcome::of_all(&responses);
        let response = Response { body: array(responses), is_executed: true, has_errors: false };
        return Ok(told(outcome, written(StatusCode::OK, media, Bytes::from_owner(service.leaving(response)?))));
    }
    let response = responses.pop().expect("one request was asked, and it was run")?;
    let (outcome, status) = (Outcome::of(&response), media.status(&response));
    Ok(told(outcome, written(status, media, Bytes::from_owner(service.leaving(response)?))))
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

/// See [`Service::is_host`].
fn other_host() -> Refusal {
    let message = "This server is for developers on this machine, and has other names: localhost, or those of \
                   Service::origins.";
    Refusal::new(StatusCode::FORBIDDEN, "forbidden", message)
}

fn subscription_in_one() -> Response {
    let message =
        "A subscription is answered over a WebSocket (graphql-transport-ws), or with accept: text/event-stream.";
    Response::refused(&[ErrorEntry::request("operation_resolution_failed", message.to_owned(), None)])
}

/// A response that says what came of its request.
fn told(outcome: Outcome, mut response: HttpResponse) -> HttpResponse {
    response.extensions_mut().insert(outcome);
    response
}

/// A response with a body in this form.
pub(super) fn written(status: StatusCode, media: Media, body: impl Into<Bytes>) -> HttpResponse {
    let mut response = (status, [(header::CONTENT_TYPE, media.content_type())], body.into()).into_response();
    // The same URL has two forms.
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    response
}
