//! A server that ends when it is told to, and whose clients cannot hold it up.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
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
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::connection::{Connection, Stream};

/// How long a server that was told to stop waits beside the longest deadline of what it was asked
/// ([`Limits::deadline`](crate::Limits::deadline)): for bodies that are on their way, and answers that are being read.
/// Who takes longer is most likely a client that went silent in the middle of its request.
pub const DRAIN_MARGIN: Duration = Duration::from_secs(30);

/// How long a client may take to send the head of a request; as long a connection stays open on which none comes. A
/// client that sends it byte by byte would hold its connection for ever.
pub const HEADER_DEADLINE: Duration = Duration::from_secs(30);

/// How long a client may take next to none of what is written to it: less than 32 KiB. Its answer would be kept in memory
/// for ever.
pub const WRITE_DEADLINE: Duration = Duration::from_secs(30);

/// How many connections there may be, those of WebSockets among them; further ones wait in the queue of the operating
/// system. Each takes a file, of which a process has 1,024 to begin with on many systems.
pub const CONNECTIONS_MAX: usize = 10_000;

/// Bytes of the head of a request, and of small answers that a client has not read which asks on meanwhile. Room for the
/// longest URL that there may be, of 64 KiB, and headers.
const HEAD_BYTES_MAX: usize = 128 << 10;

/// The wait after a connection could not be accepted: most likely there are no more files, and soon there will be.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long a server that was told to stop looks for what clients had sent by then: for connections that wait to be
/// accepted, and for the first request of each. They would be reset, and their clients not know why.
const LAST_LOOK: Duration = Duration::from_millis(50);

/// Serves a router until `stop` is ready, then finishes the requests that are running, for as long as they may run
/// and [`DRAIN_MARGIN`]. Connections that are left after it are cut.
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
    serve_within(listener, router, stop, Bounds::default()).await
}

#[derive(Debug, Clone, Copy)]
struct Bounds {
    header: Duration,
    write: Duration,
    drain: Duration,
    connections: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { header: HEADER_DEADLINE, write: WRITE_DEADLINE, drain: DRAIN_MARGIN, connections: CONNECTIONS_MAX }
    }
}

async fn serve_within(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
    bounds: Bounds,
) -> io::Result<()> {
    let stopping = watch::Sender::new(false);
    let longest = Arc::new(AtomicU64::new(0));
    let mut connections = JoinSet::new();
    let places = Arc::new(Semaphore::new(bounds.connections));
    let mut stop = pin!(stop);
    let served = |stream: Stream| {
        let connection = Connection::of(&stream, stopping.subscribe(), longest.clone());
        answer(stream, connection, router.clone(), bounds.header)
    };
    loop {
        let next = pin!(accepted(&listener, &places, bounds.write));
        match select(next, &mut stop).await {
            Either::Left((stream, _)) => {
                while connections.try_join_next().is_some() {}
                connections.spawn(served(stream));
            }
            Either::Right(_) => break,
        }
    }
    let last_look = Instant::now() + LAST_LOOK;
    while let Ok(stream) = timeout_at(last_look, accepted(&listener, &places, bounds.write)).await {
        connections.spawn(served(stream));
    }
    // Those that come from now on are for another server.
    drop(listener);
    stopping.send_replace(true);
    // WebSockets and streams of events have left their connections, and hold on to this.
    let drained = async {
        while connections.join_next().await.is_some() {}
        stopping.closed().await;
    };
    let drain = bounds.drain + Duration::from_millis(longest.load(Ordering::Relaxed));
    if timeout(drain, drained).await.is_err() {
        tracing::warn!("stopped with requests still running after {drain:?}");
    }
    Ok(())
}

/// The next connection, once there is a place for it.
async fn accepted(listener: &TcpListener, places: &Arc<Semaphore>, write_deadline: Duration) -> Stream {
    let place = places.clone().acquire_owned().await.expect("the places are never closed");
    loop {
        match listener.accept().await {
            Ok((tcp, address)) => return Stream::new(tcp, address, write_deadline, place),
            Err(error) if is_of_client(&error) => {}
            Err(error) => {
                tracing::error!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
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
async fn answer(stream: Stream, known: Connection, router: Router, header_deadline: Duration) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(header_deadline).max_buf_size(HEAD_BYTES_MAX);
    let (address, router) = (stream.address, TowerToHyperService::new(router));
    let service = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(address));
        request.extensions_mut().insert(known.clone());
        router.call(request)
    });
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let stop = pin!(async {
        known.stopping().await;
        sleep(LAST_LOOK).await;
    });
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
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use axum::body::{Body, Bytes, to_bytes};
    use axum::extract::{Request, WebSocketUpgrade};
    use axum::routing::{get, post};
    use tokio::sync::Notify;

    use super::super::connection::Connection;
    use super::{Bounds, Router, TcpListener, serve_within};

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
        let bounds = Bounds { drain: deadline, ..Bounds::default() };
        serve_within(listener, router, async move { stop.notified().await }, bounds).await.expect("it serves");
        assert!((deadline..Duration::from_secs(5)).contains(&began.elapsed()), "{:?}", began.elapsed());
    }

    /// Nothing bounded the time, and a few thousand such clients took every connection there was.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_client_that_sends_its_head_byte_by_byte_is_cut_off() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let mut slow = TcpStream::connect(listener.local_addr().expect("it listens")).expect("it accepts");
        let bounds = Bounds { header: Duration::from_millis(100), ..Bounds::default() };
        tokio::spawn(serve_within(listener, Router::new(), std::future::pending(), bounds));
        let began = Instant::now();
        let is_cut = tokio::task::spawn_blocking(move || {
            (0..500).any(|_| {
                std::thread::sleep(Duration::from_millis(10));
                slow.write_all(b"G").is_err()
            })
        });
        assert!(is_cut.await.expect("it was a loop"), "it sent for {:?}", began.elapsed());
    }

    /// An answer that its client does not read was kept for ever.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_client_that_does_not_read_is_cut_off() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let mut client = TcpStream::connect(listener.local_addr().expect("it listens")).expect("it accepts");
        let bounds = Bounds { write: Duration::from_millis(100), ..Bounds::default() };
        let held = Arc::new(());
        let kept = held.clone();
        let router = Router::new().route(
            "/",
            get(async move || {
                let body = Held { bytes: vec![b'x'; 64 << 20], _kept: kept };
                Body::from(Bytes::from_owner(body))
            }),
        );
        tokio::spawn(serve_within(listener, router, std::future::pending(), bounds));
        client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").expect("it reads");
        let began = Instant::now();
        // Of the router itself, of the answer, and this one.
        let is_kept = || Arc::strong_count(&held) > 2;
        while !is_kept() && began.elapsed() < Duration::from_secs(5) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert!(is_kept(), "it was not asked");
        while is_kept() && began.elapsed() < Duration::from_secs(20) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(!is_kept(), "the answer is kept after {:?}", began.elapsed());
    }

    /// The time began anew with each byte: a client that took one now and then held an answer for days.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_client_that_reads_next_to_nothing_is_cut_off() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let mut client = TcpStream::connect(listener.local_addr().expect("it listens")).expect("it accepts");
        let bounds = Bounds { write: Duration::from_millis(500), ..Bounds::default() };
        let held = Arc::new(());
        let kept = held.clone();
        let router = Router::new().route(
            "/",
            get(async move || {
                let body = Held { bytes: vec![b'x'; 64 << 20], _kept: kept };
                Body::from(Bytes::from_owner(body))
            }),
        );
        tokio::spawn(serve_within(listener, router, std::future::pending(), bounds));
        client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").expect("it reads");
        client.set_read_timeout(Some(Duration::from_secs(10))).expect("it is a time");
        client.read_exact(&mut [0; 12]).expect("it answers");
        let began = Instant::now();
        let is_kept = || Arc::strong_count(&held) > 2;
        while is_kept() && began.elapsed() < Duration::from_secs(20) {
            tokio::time::sleep(Duration::from_millis(10)).await;
            let _ = client.read(&mut [0; 100]);
        }
        assert!(!is_kept(), "the answer is kept after {:?}", began.elapsed());
    }

    struct Held {
        bytes: Vec<u8>,
        _kept: Arc<()>,
    }

    impl AsRef<[u8]> for Held {
        fn as_ref(&self) -> &[u8] {
            &self.bytes
        }
    }

    /// They were reset, though the system had let them in.
    #[tokio::test]
    async fn connections_that_wait_to_be_accepted_are_answered_by_a_server_that_stops() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("it listens");
        let clients = (0..50).map(|_| {
            let mut client = TcpStream::connect(address).expect("the queue has room");
            client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").expect("it has room");
            client
        });
        let clients = clients.collect::<Vec<_>>();
        let router = Router::new().route("/", get(async || "here"));
        let bounds = Bounds { drain: Duration::from_secs(5), ..Bounds::default() };
        serve_within(listener, router, std::future::ready(()), bounds).await.expect("it serves");
        for mut client in clients {
            let mut answer = String::new();
            client.read_to_string(&mut answer).expect("it is not reset");
            assert!(answer.ends_with("here"), "{answer:?}");
        }
    }

    /// They had left their connections, and were counted by nobody: ten thousand more than there might be were open.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_websocket_is_a_connection_for_as_long_as_it_is_open() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("it listens");
        let upgrade = async |upgrade: WebSocketUpgrade| {
            upgrade.on_upgrade(|mut socket| async move { while socket.recv().await.is_some() {} })
        };
        let bounds = Bounds { connections: 1, ..Bounds::default() };
        let router = Router::new().route("/", get(upgrade));
        tokio::spawn(serve_within(listener, router, std::future::pending(), bounds));
        let asked = tokio::task::spawn_blocking(move || {
            let connect = || {
                let mut client = TcpStream::connect(address).expect("the queue has room");
                let head = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
                client.write_all(head).expect("there is room");
                client
            };
            let answered = |client: &mut TcpStream, patience| {
                client.set_read_timeout(Some(patience)).expect("it is a time");
                client.read(&mut [0; 100]).is_ok_and(|read| read > 0)
            };
            let (mut first, mut second) = (connect(), connect());
            assert!(answered(&mut first, Duration::from_secs(10)));
            assert!(!answered(&mut second, Duration::from_millis(300)), "there are two");
            drop(first);
            assert!(answered(&mut second, Duration::from_secs(10)));
        });
        asked.await.expect("it is as it says");
    }

    /// It was ten seconds, whatever requests were given.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_server_that_stops_waits_for_as_long_as_what_it_was_asked_may_run() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let mut client = TcpStream::connect(listener.local_addr().expect("it listens")).expect("it accepts");
        client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").expect("it reads");
        let reached = Arc::new(Notify::new());
        let stop = reached.clone();
        let router = Router::new().route(
            "/",
            get(async move |request: Request| {
                let connection = request.extensions().get::<Connection>().expect("the server says it");
                connection.may_take(Duration::from_secs(10));
                reached.notify_one();
                tokio::time::sleep(Duration::from_millis(500)).await;
                "here"
            }),
        );
        let bounds = Bounds { drain: Duration::ZERO, ..Bounds::default() };
        serve_within(listener, router, async move { stop.notified().await }, bounds).await.expect("it serves");
        let answer = tokio::task::spawn_blocking(move || {
            let mut answer = String::new();
            client.read_to_string(&mut answer).expect("it is whole");
            answer
        });
        assert!(answer.await.expect("it is read").ends_with("here"));
    }
}
