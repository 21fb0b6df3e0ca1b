//! A server on loopback, and the little of HTTP that it takes to ask it.

use std::net::SocketAddr;

use axum::Router;
use kvetch::Kvetch;
use pent::table::Table;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// A server that stops when it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl Server {
    /// Serves a table over a store, with explanations.
    ///
    /// # Panics
    /// When no port of loopback is free.
    pub async fn start(table: &'static Table, kvetch: Kvetch) -> Self {
        Self::of(pent::http::Service::new(pent::Schema::new(table), kvetch).explain().router()).await
    }

    /// Serves a router.
    ///
    /// # Panics
    /// When no port of loopback is free.
    pub async fn of(router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(pent::http::serve(listener, router, async {
            let _ = stopped.await;
        }));
        Self { address, _stop: stop }
    }

    /// Posts JSON; the status and the body of the response.
    ///
    /// # Panics
    /// When the server does not answer in HTTP.
    pub async fn post(&self, headers: &str, body: &str) -> (u16, String) {
        self.post_as(&format!("content-type: application/json\r\n{headers}"), body).await
    }

    /// Posts a body that only `headers` say something of; the status and the body of the response.
    ///
    /// # Panics
    /// When the server does not answer in HTTP.
    pub async fn post_as(&self, headers: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).await.expect("the server listens");
        let request = format!(
            "POST /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             {headers}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.expect("the server reads");
        let mut response = String::new();
        stream.read_to_string(&mut response).await.expect("the server answers in UTF-8");
        let (head, body) = response.split_once("\r\n\r\n").expect("a response has a head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status line");
        (status, body.to_owned())
    }
}
