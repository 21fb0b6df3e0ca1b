//! A server that ends when it is told to.

use std::pin::pin;
use std::time::Duration;

use axum::Router;
use futures::channel::oneshot;
use futures::future::{Either, select};
use tokio::net::TcpListener;

/// How long a server that was told to stop waits for the requests that are running. A request waits for storage
/// no longer than [`kvetch::limits::ROUND_DEADLINE`] at a time; who takes longer is most likely a client that
/// went silent in the middle of its request.
pub const DRAIN_DEADLINE: Duration = Duration::from_secs(10);

/// Serves a router until `stop` is ready, then finishes the requests that are running, for as long as
/// [`DRAIN_DEADLINE`]. Connections that are left after it end with the runtime.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    serve_and_drain(listener, router, stop, DRAIN_DEADLINE).await
}

async fn serve_and_drain(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
    deadline: Duration,
) -> std::io::Result<()> {
    let (draining, drain) = oneshot::channel::<()>();
    let stop = async move {
        stop.await;
        drop(draining);
    };
    let served = axum::serve(listener, router).with_graceful_shutdown(stop);
    let overdue = async {
        // The sender is only ever dropped, be it that `stop` panicked.
        let _ = drain.await;
        tokio::time::sleep(deadline).await;
    };
    match select(served.into_future(), pin!(overdue)).await {
        Either::Left((served, _)) => served,
        Either::Right(_) => {
            tracing::warn!("stopped with requests still running after {deadline:?}");
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpStream;
    use std::sync::Arc;
    use std::time::Instant;

    use axum::body::to_bytes;
    use axum::extract::Request;
    use axum::routing::post;
    use tokio::sync::Notify;

    use super::*;

    /// A client that had sent half a body kept the server from ending, for ever.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_client_that_went_silent_does_not_keep_the_server_from_stopping() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let mut client = TcpStream::connect(listener.local_addr().expect("it listens")).expect("it accepts");
        client.write_all(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf").expect("it reads");
        let reached = Arc::new(Notify::new());
        let stop = reached.clone();
        let router = Router::new().route(
            "/",
            post(async move |request: Request| {
                reached.notify_one();
                to_bytes(request.into_body(), usize::MAX).await.expect("the client says no more")
            }),
        );
        let deadline = Duration::from_millis(100);
        let began = Instant::now();
        serve_and_drain(listener, router, async move { stop.notified().await }, deadline).await.expect("it serves");
        assert!((deadline..DRAIN_DEADLINE).contains(&began.elapsed()), "{:?}", began.elapsed());
    }
}
