//! What is served, and to whom.

use std::future::{self, Future};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::request::Parts;
use axum::routing::get;
use futures::FutureExt;
use futures::future::BoxFuture;
use kvetch::Kvetch;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::budget::{Answer, Budget, Client, Peer};
use super::refusal::Refusal;
use super::socket::Pace;
use super::{answer, explorer, health};
use crate::error::Result;
use crate::events::Events;
use crate::request_id::RequestId;
use crate::response::Response;
use crate::schema::Schema;
use crate::scope::Scope;
use crate::store::{ScopeBuilder, Store};

/// Who makes the scope of a request: from what was sent beside the body, and a scope for nobody in particular.
type Scopes = Box<dyn Fn(Parts, ScopeBuilder) -> BoxFuture<'static, Result<ScopeBuilder>> + Send + Sync>;

/// Who lets requests in, from what was sent before the body.
type Gate = Box<dyn Fn(Parts) -> BoxFuture<'static, Result<(), TurnedAway>> + Send + Sync>;

/// What the metrics of the process are, in the text that Prometheus reads.
type Metrics = Arc<dyn Fn() -> String + Send + Sync>;

/// Why a request is not let in: too many came from whoever sent it. It is answered with 429.
#[derive(Debug, Clone)]
pub struct TurnedAway {
    pub(super) message: String,
    pub(super) come_again: Duration,
}

impl TurnedAway {
    /// With a sentence for people, and when to come again: `retry-after`, in whole seconds.
    pub fn new(message: impl Into<String>, come_again: Duration) -> Self {
        Self { message: message.into(), come_again }
    }
}

/// GraphQL over HTTP, to be fitted to an application.
///
/// `POST` takes everything, `GET` what changes nothing: a mutation there is refused with 405. Bodies are JSON and say
/// so: anything but `content-type: application/json` is refused with 415, one over
/// [`Limits::body_bytes`](crate::Limits::body_bytes) with 413, one that takes longer than
/// [`BODY_DEADLINE`](super::BODY_DEADLINE) with 408, parameters that are none with 400. Where
/// [`Limits::concurrent_requests`](crate::Limits::concurrent_requests) are running already, a request is turned away
/// with 503 and `retry-after`; one that runs for longer than [`Limits::deadline`](crate::Limits::deadline) is given up
/// with 504.
///
/// Answers are `application/graphql-response+json` where a client accepts that: then the status of a request that could
/// not be run is 400. As `application/json` it is 200. A client that accepts neither gets 406. Whatever goes wrong, the
/// body of the response is JSON with `errors`. Each response has an `x-request-id` ([`RequestId`](crate::RequestId)).
///
/// A body may be an array of at most [`Limits::batch`](crate::Limits::batch) requests. They run at the same time, each
/// in a scope of its own, and are answered by an array in their order.
pub struct Service {
    pub(super) schema: Schema,
    pub(super) store: Store,
    pub(super) scopes: Scopes,
    gate: Option<Gate>,
    pub(super) explains: bool,
    pub(super) slow: Option<Duration>,
    /// Places for requests that run.
    places: Semaphore,
    /// Places for events that are answered.
    event_places: Semaphore,
    /// Bytes of bodies that are on their way, and of what is made of them.
    arriving: Budget,
    /// Bytes of answers that wait for their clients.
    leaving: Budget,
    pub(super) events: Events,
    pub(super) pace: Pace,
    explores: bool,
    is_probed: bool,
    #[cfg(feature = "compression")]
    is_compressed: bool,
    origins: Vec<HeaderValue>,
    metrics: Option<Metrics>,
    beside: Router,
}

impl Service {
    /// A service over a store, for nobody in particular.
    pub fn new(schema: Schema, kvetch: Kvetch) -> Self {
        let store = Store::guarded(kvetch, schema.guarded().clone());
        let limits = *schema.limits();
        let places = |count: usize| Semaphore::new(count.min(Semaphore::MAX_PERMITS));
        let events = Events::of_store(&schema.types);
        Self {
            places: places(limits.concurrent_requests),
            event_places: places(limits.concurrent_events.max(1)),
            arriving: Budget::of(limits.arriving_bytes),
            leaving: Budget::of(limits.leaving_bytes),
            schema,
            store,
            scopes: Box::new(|_, scope| future::ready(Ok(scope)).boxed()),
            gate: None,
            explains: false,
            slow: None,
            events,
            pace: Pace::default(),
            explores: false,
            is_probed: false,
            #[cfg(feature = "compression")]
            is_compressed: false,
            origins: Vec::new(),
            metrics: None,
            beside: Router::new(),
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

    /// Says where the events of subscriptions come from; of fields with `@subscribeNode` and `@subscribeEdge` that is
    /// known already. They travel over a WebSocket, by the protocol
    /// graphql-transport-ws, or as server-sent events (`accept: text/event-stream`). The viewer of a WebSocket may come
    /// with its first message: [`ConnectionInit`](super::ConnectionInit). A service without events takes no WebSockets.
    #[must_use]
    pub fn events(mut self, events: Events) -> Self {
        self.events = self.events.with(events);
        self
    }

    /// Says how long is waited on a WebSocket for its first message, and between pings.
    #[must_use]
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// Says whether a request is let in at all, before anything of its body is read: the place for rates of requests,
    /// by token or by address (`axum::extract::ConnectInfo`, which [`serve`](super::serve) puts in the extensions). It
    /// is asked once for each request: of an array, again for each beside the first once they are known, so that one
    /// that is turned away has the array turned away; of a WebSocket, when it begins and for each of its operations,
    /// with the head that it began with.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use pent::{Schema, http::{Service, TurnedAway}};
    /// # async fn is_over_its_rate(head: &axum::http::request::Parts) -> bool { false }
    /// # fn example(schema: Schema, kvetch: kvetch::Kvetch) -> axum::Router {
    /// Service::new(schema, kvetch)
    ///     .gate(|head| async move {
    ///         match is_over_its_rate(&head).await {
    ///             true => Err(TurnedAway::new("A hundred requests a minute are enough.", Duration::from_secs(60))),
    ///             false => Ok(()),
    ///         }
    ///     })
    ///     .router()
    /// # }
    /// ```
    #[must_use]
    pub fn gate<F>(mut self, gate: impl Fn(Parts) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), TurnedAway>> + Send + 'static,
    {
        self.gate = Some(Box::new(move |head| gate(head).boxed()));
        self
    }

    /// Answers the header `x-graphscale-explain: 1` with `extensions.graphscale`: `rounds`, `statements` and `keys` in
    /// total, `stats` ([`Stats::to_json`](crate::Stats::to_json)) and `plan`
    /// ([`Explanation::to_json`](crate::Explanation::to_json), over the shards of the store). For developers: numbers
    /// of reads tell of what a viewer may not see.
    #[must_use]
    pub fn explain(mut self) -> Self {
        self.explains = true;
        self
    }

    /// Writes a warning to the log for each request that takes longer: what it took, and its plan.
    #[must_use]
    pub fn log_slower_than(mut self, time: Duration) -> Self {
        self.slow = Some(time);
        self
    }

    /// Answers `GET /healthz`, with 200 for as long as the process does anything, and `GET /readyz`, with 200 while
    /// every shard of the store answers and 503 otherwise; its body says which do not.
    #[must_use]
    pub fn probes(mut self) -> Self {
        self.is_probed = true;
        self
    }

    /// Answers `GET /metrics` with a text of the application: that of a Prometheus recorder, say, which a process has
    /// one of and installs itself.
    #[must_use]
    pub fn metrics(mut self, text: impl Fn() -> String + Send + Sync + 'static) -> Self {
        self.metrics = Some(Arc::new(text));
        self
    }

    /// Answers `GET /` with the explorer: a page to write documents in, with the documentation of the schema and a
    /// drawing of what [`Service::explain`] tells. The program carries the page, which asks no other host;
    /// `GET /graphiql` is a page of GraphiQL, which the browser loads from a public one. For developers: whoever may see the pages may
    /// see no more of the data than by `/graphql`, but finds it sooner.
    #[must_use]
    pub fn explorer(mut self, explores: bool) -> Self {
        self.explores = explores;
        self
    }

    /// Compresses responses with gzip for clients that accept that (feature `compression`). Where a page of somebody
    /// else can have requests sent that are answered with a secret beside what that page chose, the lengths of answers
    /// tell of the secret (BREACH); requests that need a token in a header cannot be sent so.
    #[cfg(feature = "compression")]
    #[must_use]
    pub fn compressed(mut self) -> Self {
        self.is_compressed = true;
        self
    }

    /// Lets the pages of these origins read what is answered, and connect (feature `cors`): `https://app.example`,
    /// without a path. Without it browsers let no page do so but those of the server itself.
    ///
    /// # Errors
    /// When one is no origin.
    #[cfg(feature = "cors")]
    pub fn origins<'a>(mut self, origins: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let origins = origins.into_iter().map(super::cors::origin);
        self.origins = origins.collect::<Result<_>>()?;
        Ok(self)
    }

    /// Answers the routes of a router beside its own.
    ///
    /// # Panics
    /// In [`Service::router`], when both have the same route.
    #[must_use]
    pub fn beside(mut self, routes: Router) -> Self {
        self.beside = self.beside.merge(routes);
        self
    }

    /// A router that answers `/graphql`, and what was added.
    pub fn router(mut self) -> Router {
        let beside = std::mem::take(&mut self.beside);
        let metrics = self.metrics.take();
        let mut router = beside;
        if self.explores {
            router = router.merge(explorer::routes());
        }
        if self.is_probed {
            router = router.merge(health::probes(self.store.kvetch().clone()));
        }
        if let Some(metrics) = metrics {
            router = router.route("/metrics", get(move || future::ready(metrics())));
        }
        let graphql = get(answer::graphql).post(answer::graphql).fallback(answer::other_method);
        #[cfg_attr(
            not(any(feature = "compression", feature = "cors")),
            expect(unused_mut, reason = "layers are features")
        )]
        let mut graphql = Router::new().route("/graphql", graphql);
        #[cfg(feature = "compression")]
        if self.is_compressed {
            graphql = graphql.layer(tower_http::compression::CompressionLayer::new());
        }
        #[cfg(feature = "cors")]
        if !self.origins.is_empty() {
            graphql = graphql.layer(super::cors::layer(self.origins.clone()));
        }
        router.merge(graphql.with_state(Arc::new(self)))
    }

    /// Whose scopes those of a request are.
    ///
    /// # Errors
    /// When that cannot be said, or not until the deadline.
    pub(super) async fn scopes_of(&self, head: Parts, id: &RequestId) -> Result<ScopeBuilder, Refusal> {
        let deadline = self.schema.limits().deadline;
        let scopes = (self.scopes)(head, Scope::builder(&self.store).state(id.clone()));
        let scopes = tokio::time::timeout(deadline, scopes).await.map_err(|_| Refusal::too_late(deadline))?;
        scopes.map_err(|error| Refusal::of(&error))
    }

    /// Places for so many requests that came together; for all there may be, where they are more.
    ///
    /// # Errors
    /// When they are taken.
    pub(super) fn places(&self, requests: usize) -> Result<SemaphorePermit<'_>, Refusal> {
        let wanted = requests.min(self.schema.limits().concurrent_requests.max(1));
        let places = self.places.try_acquire_many(u32::try_from(wanted).unwrap_or(u32::MAX));
        places.map_err(|_| Refusal::overloaded("Too many requests are running; come again in a second."))
    }

    /// A place for an event, which is waited for and not refused: a subscriber cannot come again for an event.
    pub(super) async fn place_of_event(&self) -> SemaphorePermit<'_> {
        self.event_places.acquire().await.expect("the places are never closed")
    }

    /// Who sends bytes, and has some kept until they are answered.
    pub(super) fn sender(&self, head: &Parts) -> Client {
        self.arriving.client(Peer::of(&head.extensions))
    }

    /// Who is answered, and has answers kept until they are read.
    pub(super) fn reader(&self, head: &Parts) -> Client {
        self.leaving.client(Peer::of(&head.extensions))
    }

    /// Counts a response until its client has it.
    ///
    /// # Errors
    /// When too much is counted already.
    pub(super) fn leaving(&self, response: Response, reader: &Client) -> Result<Answer, Refusal> {
        let (mut body, mut share) = (response.body, reader.share());
        // It had as much room as the response before it took.
        if body.capacity() / 2 > body.len() {
            body.shrink_to_fit();
        }
        if !share.take(body.len()) {
            let message = "Too many answers wait to be read by their clients; come again in a second. What the request \
                           was to write is written.";
            return Err(Refusal::overloaded(message));
        }
        Ok(Answer { body, share })
    }

    /// Asks whether a request is let in.
    ///
    /// # Errors
    /// When it is turned away, or that was not said until the deadline.
    pub(super) async fn let_in(&self, head: &Parts) -> Result<(), Refusal> {
        let Some(gate) = &self.gate else { return Ok(()) };
        let deadline = self.schema.limits().deadline;
        let answered = tokio::time::timeout(deadline, gate(head.clone())).await;
        answered.map_err(|_| Refusal::too_late(deadline))?.map_err(Refusal::from)
    }

    /// Whether pages of this origin may read what is answered.
    pub(super) fn has_origin(&self, origin: &HeaderValue) -> bool {
        self.origins.contains(origin)
    }

    /// Whether a request is for this server, by the name that its client knows it by. A page may have its own name lead
    /// to this machine, and is then of the same origin as a server there: one for developers, which listens to nobody
    /// else, answers by the names of this machine alone, and by those of [`Service::origins`].
    pub(super) fn is_host(&self, authority: Option<&str>) -> bool {
        let Some(authority) = authority.filter(|_| self.explores || self.explains) else { return true };
        let is_named = |origin: &HeaderValue| {
            let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
            origin.is_some_and(|(_, named)| named.eq_ignore_ascii_case(authority))
        };
        is_of_this_machine(authority) || self.origins.iter().any(is_named)
    }

    pub(super) fn shards(&self) -> u32 {
        u32::try_from(self.store.kvetch().shards().len()).unwrap_or(u32::MAX)
    }
}

/// Whether a host, with or without a port, is this machine whatever anybody's DNS says (RFC 6761, 6.3).
fn is_of_this_machine(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
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

#[cfg(test)]
mod tests {
    use super::is_of_this_machine;

    #[test]
    fn only_names_that_nobody_else_can_have_are_of_this_machine() {
        for own in
            ["localhost", "LocalHost:8080", "app.localhost:1", "127.0.0.1:80", "127.1.2.3", "[::1]:8080", "[::1]"]
        {
            assert!(is_of_this_machine(own), "{own}");
        }
        for other in ["evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "", ":80"] {
            assert!(!is_of_this_machine(other), "{other}");
        }
    }
}
