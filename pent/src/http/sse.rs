//! Subscriptions as server-sent events: graphql-sse, in its distinct connections mode.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response as HttpResponse};
use futures::stream::{self, Stream, StreamExt};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tracing::Instrument;

use super::serve::Stopping;
use super::service::Service;
use super::subscriber::respond_caught;
use crate::request_id::RequestId;
use crate::response::Response;
use crate::schema::Request;
use crate::store::ScopeBuilder;

/// How many responses wait for a client that reads slowly. Further ones are not made until it has read one.
const AHEAD: usize = 8;
/// After how long without an event a comment is sent: proxies close what seems to be dead, often after a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Whether a client wants a stream of events.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut entries =
        values.flat_map(|value| value.split(',')).map(|entry| entry.split(';').next().unwrap_or_default());
    entries.any(|entry| entry.trim().eq_ignore_ascii_case("text/event-stream"))
}

/// The responses of an operation as events `next`, and `complete` after the last.
pub(super) fn stream(
    service: Arc<Service>,
    scopes: ScopeBuilder,
    id: RequestId,
    request: Request,
    stopping: Stopping,
) -> HttpResponse {
    let (out, responses) = mpsc::channel(AHEAD);
    let span = tracing::Span::current();
    // Within the stream, so that it goes when the client does.
    let responding = async move {
        let responded = tokio::select! {
            responded = respond_caught(&service, &scopes, &id, &request, &out) => responded,
            () = stopping.wait() => Ok(()),
        };
        if let Err(refused) = responded {
            let _ = out.send(refused).await;
        }
    };
    let responding = stream::once(responding.instrument(span)).filter_map(async |()| None::<Bytes>);
    let nexts = stream::unfold(responses, |mut responses| async {
        let response = responses.recv().await?;
        Some((next(&response), responses))
    });
    // Browsers hear of no event without a line of data.
    let complete = stream::once(async { Bytes::from_static(b"event: complete\ndata:\n\n") });
    let events = kept_alive(stream::select(responding, nexts).chain(complete));
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        // nginx would collect events until they fill a page.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Body::from_stream(events.map(Ok::<_, Infallible>))).into_response()
}

/// An event; JSON has its line breaks escaped.
fn next(response: &Response) -> Bytes {
    [b"event: next\ndata: ".as_slice(), &response.body, b"\n\n"].concat().into()
}

/// The same with comments where nothing comes for long.
fn kept_alive(events: impl Stream<Item = Bytes> + Send + 'static) -> impl Stream<Item = Bytes> + Send + 'static {
    stream::unfold(Box::pin(events), async |mut events| match timeout(KEEP_ALIVE, events.next()).await {
        Ok(event) => event.map(|event| (event, events)),
        Err(_) => Some((Bytes::from_static(b":\n\n"), events)),
    })
}
