//! A server that ends when it is told to, and whose clients cannot hold it up.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use futures::future::{Either, select};
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

/// How long a server that was told to stop waits for the requests that are running. A request waits for storage
/// no longer than [`kvetch::limits::ROUND_DEADLINE`] at a time; who takes longer is most likely a client that
/// went silent in the middle of its request.
pub const DRAIN_DEADLINE: Duration = Duration::from_secs(10);

/// How long a client may take to send the head of a request; as long a connection stays open on which none comes. A
/// client that sends it byte by byte would hold its connection for ever.
pub const HEADER_DEADLINE: Duration = Duration::from_secs(30);

/// How many connections there may be; further ones wait in the queue of the operating system. Each takes a file, of
/// which a process has 1,024 to begin with on many systems.
pub const CONNECTIONS_MAX: usize = 10_000;

/// The wait after a connection could not be accepted: most likely there are no more files, and soon there will be.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves a router until `stop` is ready, then finishes the requests that are running, for as long as
/// [`DRAIN_DEADLINE`]. Connections that are left after it are cut.
///
/// Requests carry the address of their client, [`ConnectInfo<SocketAddr>`](ConnectInfo), in their extensions.
///
/// It speaks HTTP/1.1; what stands in front of a server (a proxy that ends TLS, say) speaks the others.
///
/// # Errors
/// None so far: a connection that cannot be accepted is waited for.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let deadlines = Deadlines { header: HEADER_DEADLINE, drain: DRAIN_DEADLINE };
    serve_within(listener, router, stop, deadlines).await
}

#[derive(Debug, Clone, Copy)]
struct Deadlines {
    header: Duration,
    drain: Duration,
}

async fn serve_within(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
    deadlines: Deadlines,
) -> io::Result<()> {
    let stopping = watch::Sender::new(false);
    let mut connections = JoinSet::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut stop = pin!(stop);
    loop {
        let next = pin!(accepted(&listener, &places));
        match select(next, &mut stop).await {
            Either::Left((client, _)) => {
                while connections.try_join_next().is_some() {}
                connections.spawn(answer(client, router.clone(), stopping.subscribe(), deadlines.header));
            }
            Either::Right(_) => break,
        }
    }
    // Those that come from now on are for another server.
    drop(listener);
    stopping.send_replace(true);
    // WebSockets and streams of events have left their connections, and hold on to this.
    let drained = async {
        while connections.join_next().await.is_some() {}
        stopping.closed().await;
    };
    if tokio::time::timeout(deadlines.drain, drained).await.is_err() {
        tracing::warn!("stopped with requests still running after {:?}", deadlines.drain);
    }
    Ok(())
}

/// By what those who hold on to a connection hear that the server stops. It waits for them to let go of this.
#[derive(Debug, Clone, Default)]
pub(super) struct Stopping(Option<watch::Receiver<bool>>);

impl Stopping {
    /// Ends when the server is told to stop, or never, where it was not said to do so.
    pub(super) async fn wait(mut self) {
        match &mut self.0 {
            Some(stopping) => drop(stopping.wait_for(|is_stopping| *is_stopping).await),
            None => std::future::pending().await,
        }
    }
}

/// A connection, with the place that it takes.
struct Client {
    stream: TcpStream,
    address: SocketAddr,
    _place: OwnedSemaphorePermit,
}

/// The next connection, once there is a place for it.
async fn accepted(listener: &TcpListener, places: &Arc<Semaphore>) -> Client {
    let place = places.clone().acquire_owned().await.expect("the places are never closed");
    loop {
        match listener.accept().await {
            Ok((stream, address)) => return Client { stream, address, _place: place },
            Err(error) if is_of_client(&error) => {}
            Err(error) => {
                tracing::error!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Whether a client went away while it was being let in.
fn is_of_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Answers the requests of a connection; once the server stops, only the one that is running.
async fn answer(client: Client, router: Router, mut stopping: watch::Receiver<bool>, header_deadline: Duration) {
    let Client { stream, address, _place } = client;
    // Answers are sent whole: waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(header_deadline);
    let router = TowerToHyperService::new(router);
    let stop = Stopping(Some(stopping.clone()));
    let service = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(address));
        request.extensions_mut().insert(stop.clone());
        router.call(request)
    });
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let stop = pin!(async { drop(stopping.wait_for(|is_stopping| *is_stopping).await) });
    let ended = match select(connection.as_mut(), stop).await {
        Either::Left((ended, _)) => ended,
        Either::Right(_) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpStream;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use axum::body::to_bytes;
    use axum::extract::Request;
    use axum::routing::post;
    use tokio::sync::Notify;

    use super::{Deadlines, HEADER_DEADLINE, Router, TcpListener, serve_within};

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
        let deadlines = Deadlines { header: HEADER_DEADLINE, drain: deadline };
        serve_within(listener, router, async move { stop.notified().await }, deadlines).await.expect("it serves");
        assert!((deadline..Duration::from_secs(5)).contains(&began.elapsed()), "{:?}", began.elapsed());
    }

    /// Nothing bounded the time, and a few thousand such clients took every connection there was.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_client_that_sends_its_head_byte_by_byte_is_cut_off() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let mut slow = TcpStream::connect(listener.local_addr().expect("it listens")).expect("it accepts");
        let deadlines = Deadlines { header: Duration::from_millis(100), drain: Duration::ZERO };
        tokio::spawn(serve_within(listener, Router::new(), std::future::pending(), deadlines));
        let began = Instant::now();
        let is_cut = tokio::task::spawn_blocking(move || {
            (0..500).any(|_| {
                std::thread::sleep(Duration::from_millis(10));
                slow.write_all(b"G").is_err()
            })
        });
        assert!(is_cut.await.expect("it was a loop"), "it sent for {:?}", began.elapsed());
    }
}
