//! A network that breaks on request.

mod connection;
mod weather;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle, Scope};
use std::time::Duration;

use connection::Connection;
use weather::Weather;

/// Between two looks for new connections. Bytes of open ones wait for no timer.
const PAUSE: Duration = Duration::from_millis(2);

/// What a proxy does to its connections, open and new ones alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: bytes pass as they come.
    None,
    /// What clients send reaches the server so much later.
    Delay(Duration),
    /// Nothing moves, either way; connections stay open and new ones are taken. What was sent meanwhile arrives when it
    /// is over.
    Hang,
    /// So many more bytes of replies pass on each connection, then the client sees it reset.
    ResetAfter(u64),
    /// So many more bytes of replies pass on each connection, then the client sees it end.
    TruncateAfter(u64),
    /// New connections are refused, as if nobody listened; open ones pass.
    Refuse,
}

/// A TCP proxy on loopback in front of one server, which breaks on request.
///
/// Either side's end of a connection ends all of it. When the value is dropped, so do all its connections.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    target: SocketAddr,
    weather: Weather,
    /// `None` while connections are refused.
    listener: Mutex<Option<TcpListener>>,
    connections: Mutex<Vec<Weak<Connection>>>,
}

impl Proxy {
    /// Listens in front of a port on loopback. Nobody needs to listen there yet.
    ///
    /// # Panics
    /// When no port can be had.
    #[must_use]
    pub fn start(target: u16) -> Self {
        let listener = listen(0).expect("a port on loopback can be had");
        let port = listener.local_addr().expect("it is bound").port();
        let shared = Arc::new(Shared {
            target: (Ipv4Addr::LOCALHOST, target).into(),
            weather: Weather::default(),
            listener: Mutex::new(Some(listener)),
            connections: Mutex::default(),
        });
        let acceptor = thread::spawn({
            let shared = Arc::clone(&shared);
            move || thread::scope(|scope| shared.accept(scope))
        });
        Self { port, shared, acceptor: Some(acceptor) }
    }

    /// The port that it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What happens from now on; when this returns, it does.
    ///
    /// # Panics
    /// When connections were refused and somebody took the port meanwhile.
    pub fn set(&self, fault: Fault) {
        let mut listener = lock(&self.shared.listener);
        if fault == Fault::Refuse {
            *listener = None;
        } else if listener.is_none() {
            *listener = Some(listen(self.port).expect("nobody took the port meanwhile"));
        }
        drop(listener);
        self.shared.weather.set(fault);
    }

    /// Resets all open connections, as the death of the server's machine does.
    pub fn disconnect(&self) {
        for connection in self.shared.live() {
            connection.reset();
        }
    }

    /// How many connections are open.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.shared.live().len()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        *lock(&self.shared.listener) = None;
        self.shared.weather.end();
        self.disconnect();
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

impl Shared {
    /// Takes connections until the end. The scope outlasts their threads.
    fn accept<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) {
        while !self.weather.has_ended() {
            let accepted = lock(&self.listener).as_ref().and_then(|listener| listener.accept().ok());
            match accepted {
                Some((client, _)) => self.connect(client, scope),
                None => thread::sleep(PAUSE),
            }
        }
        // One that was taken while the end came.
        for connection in self.live() {
            connection.reset();
        }
    }

    fn connect<'scope>(&'scope self, client: TcpStream, scope: &'scope Scope<'scope, '_>) {
        // A server that is down shows behind any proxy as a connection that ends at once.
        let Ok(server) = TcpStream::connect(self.target) else { return };
        let Ok(connection) = Connection::new(client, server).map(Arc::new) else { return };
        lock(&self.connections).push(Arc::downgrade(&connection));
        let replies = Arc::clone(&connection);
        scope.spawn(move || replies.pass_replies(&self.weather));
        scope.spawn(move || connection.pass_requests(&self.weather));
    }

    fn live(&self) -> Vec<Arc<Connection>> {
        let mut connections = lock(&self.connections);
        connections.retain(|connection| connection.upgrade().is_some_and(|connection| !connection.has_ended()));
        connections.iter().filter_map(Weak::upgrade).collect()
    }
}

/// A listener that never waits: so that it can be taken away between two looks.
fn listen(port: u16) -> io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
