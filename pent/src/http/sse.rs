//! Subscriptions as server-sent events: graphql-sse, in its distinct connections mode.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response as HttpResponse};
use futures::stream::{self, Stream, StreamExt};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::Instrument;

use super::budget::ALWAYS_BYTES;
use super::subscriber::{Arrived, Ended, Operating};

/// How many responses wait for a client that reads slowly. Further ones are not made until it has read one.
const AHEAD: usize = 8;
/// After how long without an event a comment is sent: proxies close what seems to be dead, often after a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The responses of an operation as events `next`, and `complete` after the last. What is cut off has no `complete`, so
/// that its client comes again.
pub(super) fn stream(operating: Operating, arrived: Arrived) -> HttpResponse {
    let (out, answers) = mpsc::channel(AHEAD);
    let responding = async move { operating.respond(arrived, out).await };
    // Not within the stream, which is polled only while its client reads: what is running would stand still there, with
    // its place and beyond its deadline. It goes with the stream all the same.
    let mut task = JoinSet::new();
    task.spawn(responding.instrument(tracing::Span::current()));
    let nexts = stream::unfold(answers, async |mut answers| Some((answers.recv().await?, answers)));
    let nexts = nexts.flat_map(|answer| stream::iter(next(Bytes::from_owner(answer)).into_iter().map(Piece::Ok)));
    let end = stream::once(async move { task.join_next().await }).flat_map(|responded| {
        let last: Vec<Piece> = match responded {
            Some(Ok(Ok(Ended::Complete))) => vec![Ok(COMPLETE)],
            Some(Ok(Err(refused))) => next(refused.body.into()).into_iter().chain([COMPLETE]).map(Ok).collect(),
            Some(Ok(Ok(Ended::Stopped)) | Err(_)) | None => vec![Err(io::ErrorKind::ConnectionAborted.into())],
        };
        stream::iter(last)
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        // The same URL has other forms.
        (header::VARY, "accept"),
        // nginx would collect events until they fill a page.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Body::from_stream(kept_alive(nexts.chain(end)))).into_response()
}

/// The last event. Browsers hear of none without a line of data.
const COMPLETE: Bytes = Bytes::from_static(b"event: complete\ndata:\n\n");

/// An event; JSON has its line breaks escaped. A long one is left where it is, for its bytes to be counted.
fn next(response: Bytes) -> Vec<Bytes> {
    const BEGIN: &[u8] = b"event: next\ndata: ";
    const END: &[u8] = b"\n\n";
    match response.len() <= ALWAYS_BYTES {
        true => vec![[BEGIN, &response, END].concat().into()],
        false => vec![Bytes::from_static(BEGIN), response, Bytes::from_static(END)],
    }
}

/// A piece of the stream, or that it is cut off.
type Piece = io::Result<Bytes>;

/// The same with comments where nothing comes for long.
fn kept_alive(events: impl Stream<Item = Piece> + Send + 'static) -> impl Stream<Item = Piece> + Send + 'static {
    stream::unfold(Box::pin(events), async |mut events| match timeout(KEEP_ALIVE, events.next()).await {
        Ok(event) => event.map(|event| (event, events)),
        Err(_) => Some((Ok(Bytes::from_static(b":\n\n")), events)),
    })
}
