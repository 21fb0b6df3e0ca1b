//! From a request to its response.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Request as HttpRequest, State};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response as HttpResponse};
use futures::future::join_all;
use tokio::sync::SemaphorePermit;
use tracing::Instrument;

use super::budget::{Answer, Client};
use super::connection::Connection;
use super::media::{Media, Wanted};
use super::meters::{Outcome, Running};
use super::refusal::{Refusal, caught};
use super::request::{self, Asked, BODY_DEADLINE};
use super::run::Run;
use super::service::Service;
use super::subscriber::{Arrived, Operating};
use super::{socket, sse};
use crate::limits::Spent;
use crate::operation::OperationKind;
use crate::request_id::RequestId;
use crate::response::{ErrorEntry, Response};

/// The header that asks for `extensions.graphscale`: what the request took, and its plan.
const EXPLAIN: &str = "x-graphscale-explain";

/// The header with the name of the request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What `/graphql` answers.
pub(super) async fn graphql(State(service): State<Arc<Service>>, request: HttpRequest) -> HttpResponse {
    let running = Running::begin();
    let (id, is_safe) = (name(request.headers()), request::is_safe(request.method()));
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
    let mut response = answered.instrument(span).await;
    running.end(&response);
    if is_safe {
        // What is got may be kept by whoever is in between, and shown to others: cookies tell viewers apart, not URLs.
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
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
    let (asked, arriving) = request::read(&head, body, &service.sender(&head), BODY_DEADLINE, limits).await?;
    if matches!(asked, Asked::Several(_)) && !wanted.takes_one() {
        return Err(Refusal::bad("Events are of one request, and not of an array."));
    }
    for _ in 1..asked.all().len() {
        service.let_in(&head).await?;
    }
    // Not sooner: clients that send slowly would keep the others out. And not later: what is made of a document from here
    // on takes time.
    let places = service.places(asked.all().len())?;
    match asked {
        Asked::One(request) if wanted.is_of_events(|| service.schema.prepare(&request).kind()) => {
            drop(places);
            events(service, id, head, Arrived { request, share: arriving }, connection).await
        }
        asked => respond(service, id, wanted.media(), head, &asked, places).await,
    }
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
    arrived: Arrived,
    connection: Connection,
) -> Result<HttpResponse, Refusal> {
    let is_mutation = || service.schema.prepare(&arrived.request).kind() == Some(OperationKind::Mutation);
    if request::is_safe(&head.method) && is_mutation() {
        return Err(Refusal::mutation_by_get());
    }
    let reader = service.reader(&head);
    let scopes = service.scopes_of(head, id).await?;
    Ok(sse::stream(Operating { service: service.clone(), scopes, id: id.clone(), connection, reader }, arrived))
}

/// The response to each of the requests.
async fn respond(
    service: &Service,
    id: &RequestId,
    media: Media,
    head: Parts,
    asked: &Asked,
    mut places: SemaphorePermit<'_>,
) -> Result<HttpResponse, Refusal> {
    let explains = service.explains && head.headers.get(EXPLAIN).is_some_and(|value| value == "1");
    let (is_safe, reader) = (request::is_safe(&head.method), service.reader(&head));
    // Asked once, and before any request runs: it can refuse all of them, and none halfway.
    let scopes = service.scopes_of(head, id).await?;
    let spent = Spent::default();
    let runs = asked.all().iter().map(|request| {
        let (scopes, spent, reader, place) = (&scopes, &spent, &reader, places.split(1));
        async move {
            let run = Run::of(service, request);
            let response = match run.kind() {
                Some(OperationKind::Mutation) if is_safe => return Err(Refusal::mutation_by_get()),
                Some(OperationKind::Subscription) => subscription_in_one(),
                _ => run.answer(scopes, place, explains, spent).await?,
            };
            let (outcome, status) = (Outcome::of(&response), media.status(&response));
            // It may have to wait for others.
            Ok((outcome, status, service.leaving(response, reader)?))
        }
    });
    let mut answers = join_all(runs.map(caught)).await;
    let (outcome, status, answer) = match asked {
        Asked::One(_) => answers.pop().expect("one request was asked, and it was run")?,
        Asked::Several(_) => {
            let told = answers.iter().map(|answer| answer.as_ref().map_or_else(Outcome::of_refusal, |told| told.0));
            (Outcome::worst(told), StatusCode::OK, array(answers, id, &reader))
        }
    };
    Ok(told(outcome, written(status, media, Bytes::from_owner(answer))))
}

/// What a request came to that others came with.
type Answered = Result<(Outcome, StatusCode, Answer), Refusal>;

/// The responses to requests that came together.
fn array(answers: Vec<Answered>, id: &RequestId, reader: &Client) -> Answer {
    let answers = answers.into_iter().map(|answer| match answer {
        Ok((_, _, answer)) => answer,
        Err(refusal) => Answer::small(refusal.response(Some(id)), reader),
    });
    let answers = answers.collect::<Vec<_>>();
    let bytes = answers.iter().map(|answer| answer.body.len() + 1).sum::<usize>();
    let mut array = Answer { body: Vec::with_capacity(bytes + 1), share: reader.share() };
    for Answer { body, share } in answers {
        array.body.push(if array.body.is_empty() { b'[' } else { b',' });
        array.body.extend_from_slice(&body);
        array.share.add(share);
    }
    array.body.push(b']');
    array
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
