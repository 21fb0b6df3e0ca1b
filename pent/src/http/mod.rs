//! GraphQL over HTTP: a router to mount in an axum application, and a server of it alone.

mod explorer;
mod media;
mod refusal;
mod request;
mod serve;

use std::future::{self, Future};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request as HttpRequest, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response as HttpResponse};
use axum::routing::get;
use futures::FutureExt;
use futures::future::BoxFuture;
use kvetch::Kvetch;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::error::Result;
use crate::explanation::Explanation;
use crate::operation::OperationKind;
use crate::response::Response;
use crate::schema::{Request, Schema};
use crate::scope::{Scope, Stats};
use crate::store::{ScopeBuilder, Store};

use media::Media;
use refusal::{Refusal, caught};

pub use request::BODY_DEADLINE;
pub use serve::{CONNECTIONS_MAX, DRAIN_DEADLINE, HEADER_DEADLINE, serve};

/// The header that asks for `extensions.graphscale`: what the request took, and its plan.
const EXPLAIN: &str = "x-graphscale-explain";

/// A router that answers `/graphql`, for nobody in particular: [`Service`] with nothing added.
pub fn router(schema: Schema, kvetch: Kvetch) -> Router {
    Service::new(schema, kvetch).router()
}

/// Who makes the scope of a request: from what was sent beside the body, and a scope for nobody in particular.
type Scopes = Box<dyn Fn(Parts, ScopeBuilder) -> BoxFuture<'static, Result<ScopeBuilder>> + Send + Sync>;

/// GraphQL over HTTP, to be fitted to an application.
///
/// `POST` takes everything, `GET` what changes nothing: a mutation there is refused with 405. Bodies are JSON and say
/// so: anything but `content-type: application/json` is refused with 415, one over [`Limits::body_bytes`](crate::Limits::body_bytes) with 413,
/// one that takes longer than [`BODY_DEADLINE`] with 408, parameters that are none with 400. Where
/// [`Limits::concurrent_requests`](crate::Limits::concurrent_requests) are running already, a request is turned away with 503 and `retry-after`; one that
/// runs for longer than [`Limits::deadline`](crate::Limits::deadline) is given up with 504.
///
/// Answers are `application/graphql-response+json` where a client accepts that: then the status of a request that could
/// not be run is 400. As `application/json` it is 200. A client that accepts neither gets 406. Whatever goes wrong, the
/// body of the response is JSON with `errors`.
pub struct Service {
    schema: Schema,
    store: Store,
    scopes: Scopes,
    explains: bool,
    /// Places for requests that run.
    places: Semaphore,
    explores: bool,
}

impl Service {
    /// A service over a store, for nobody in particular.
    pub fn new(schema: Schema, kvetch: Kvetch) -> Self {
        let store = Store::guarded(kvetch, schema.guarded().clone());
        let places = Semaphore::new(schema.limits().concurrent_requests.min(Semaphore::MAX_PERMITS));
        Self {
            schema,
            store,
            scopes: Box::new(|_, scope| future::ready(Ok(scope)).boxed()),
            explains: false,
            explores: false,
            places,
        }
    }

    /// Says who asks: from the head of each request, and a scope that is to be told of it. An error that clients may
    /// read ([`Error::is_public`](crate::Error::is_public)) is answered with 401, any other with 500.
    ///
    /// ```no_run
    /// # use pent::{Schema, http::Service};
    /// # struct Viewer(String);
    /// # fn example(schema: Schema, kvetch: kvetch::Kvetch) -> axum::Router {
    /// Service::new(schema, kvetch)
    ///     .scopes(|head, scope| async move {
    ///         // Whom a token belongs to is for the application to say.
    ///         let token = head.headers.get("authorization").and_then(|value| value.to_str().ok());
    ///         Ok(match token {
    ///             Some(token) => scope.viewer(Viewer(token.to_owned())),
    ///             None => scope,
    ///         })
    ///     })
    ///     .router()
    /// # }
    /// ```
    #[must_use]
    pub fn scopes<F>(mut self, scopes: impl Fn(Parts, ScopeBuilder) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<ScopeBuilder>> + Send + 'static,
    {
        self.scopes = Box::new(move |head, scope| scopes(head, scope).boxed());
        self
    }

    /// Answers the header `x-graphscale-explain: 1` with `extensions.graphscale`: `rounds`, `statements` and `keys` in
    /// total, `stats` ([`Stats::to_json`]) and `plan` ([`Explanation::to_json`], over the shards of the store). For
    /// developers: numbers of reads tell of what a viewer may not see.
    #[must_use]
    pub fn explain(mut self) -> Self {
        self.explains = true;
        self
    }

    /// Answers `GET /` with the explorer: a page to write documents in, with the documentation of the schema and a
    /// drawing of what [`Service::explain`] tells. The program carries the page, which asks no other host; `GET /graphiql`
    /// is a page of GraphiQL, which the browser loads from a public one. For developers: whoever may see the pages may
    /// see no more of the data than by `/graphql`, but finds it sooner.
    #[must_use]
    pub fn explorer(mut self, explores: bool) -> Self {
        self.explores = explores;
        self
    }

    fn shards(&self) -> u32 {
        u32::try_from(self.store.kvetch().shards().len()).unwrap_or(u32::MAX)
    }

    /// A router that answers `/graphql`.
    pub fn router(self) -> Router {
        let pages = if self.explores { explorer::routes() } else { Router::new() };
        pages
            .route("/graphql", get(graphql).post(graphql).fallback(other_method))
            .layer(DefaultBodyLimit::max(self.schema.limits().body_bytes))
            .with_state(Arc::new(self))
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service")
            .field("schema", &self.schema)
            .field("explains", &self.explains)
            .field("explores", &self.explores)
            .finish_non_exhaustive()
    }
}

async fn graphql(State(service): State<Arc<Service>>, request: HttpRequest) -> HttpResponse {
    match Media::wanted(request.headers()) {
        Ok(media) => caught(answer(&service, media, request)).await.unwrap_or_else(|refusal| refusal.answer(media)),
        Err(refusal) => refusal.answer(Media::default()),
    }
}

async fn other_method() -> HttpResponse {
    let refusal = Refusal::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "Requests are posted; those that change nothing may also be got.",
    );
    refusal.with(header::ALLOW, "GET, HEAD, POST").answer(Media::default())
}

async fn answer(service: &Service, media: Media, request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let limits = service.schema.limits();
    let (head, body) = request.into_parts();
    let request = request::read(HttpRequest::from_parts(head.clone(), body), BODY_DEADLINE, limits).await?;
    // Not sooner: clients that send slowly would keep the others out.
    let _place = service.places.try_acquire().map_err(|_| overloaded())?;
    let run = run(service, head, &request);
    let response = tokio::time::timeout(limits.deadline, run).await.map_err(|_| too_late(limits.deadline))??;
    Ok(written(media.status(&response), media, response.body))
}

async fn run(service: &Service, head: Parts, request: &Request) -> Result<Response, Refusal> {
    let explain = service.explains && head.headers.get(EXPLAIN).is_some_and(|value| value == "1");
    let is_safe = request::is_safe(&head.method);
    let scope = (service.scopes)(head, Scope::builder(&service.store)).await;
    let mut scope = scope.map_err(|error| Refusal::of(&error))?.build();
    let prepared = service.schema.prepare(request);
    if is_safe && prepared.kind() == Some(OperationKind::Mutation) {
        return Err(mutation_by_get());
    }
    let mut response = prepared.execute(&mut scope).await;
    if explain {
        let plan = prepared.explanation();
        response.extend(&json!({ "graphscale": explained(&scope.stats(), plan.as_ref(), service.shards()) }));
    }
    Ok(response)
}

fn overloaded() -> Refusal {
    let message = "Too many requests are running; come again in a second.";
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", message).with(header::RETRY_AFTER, "1")
}

fn too_late(deadline: Duration) -> Refusal {
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

fn written(status: StatusCode, media: Media, body: Vec<u8>) -> HttpResponse {
    let mut response = (status, [(header::CONTENT_TYPE, media.content_type())], body).into_response();
    // The same URL has two forms.
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    response
}
