//! A server on loopback, and the little of HTTP that it takes to ask it.

use std::net::SocketAddr;

use axum::Router;
use kvetch::Kvetch;
use pent::table::Table;
use serde_json::Value;
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

    /// Where GraphQL is served.
    pub fn url(&self) -> String {
        format!("http://{}/graphql", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Asks for a page; the status and the body of the response.
    ///
    /// # Panics
    /// When the server does not answer in HTTP.
    pub async fn get(&self, path: &str) -> (u16, String) {
        let answer = self.send("GET", path, "", "").await;
        (answer.status, answer.body)
    }

    /// Posts JSON; the status and the body of the response.
    ///
    /// # Panics
    /// When the server does not answer in HTTP.
    pub async fn post(&self, headers: &str, body: &str) -> (u16, String) {
        let answer = self.post_of(headers, body).await;
        (answer.status, answer.body)
    }

    /// Posts JSON; the whole response.
    ///
    /// # Panics
    /// When the server does not answer in HTTP.
    pub async fn post_of(&self, headers: &str, body: &str) -> Answer {
        self.send("POST", "/graphql", &format!("content-type: application/json\r\n{headers}"), body).await
    }

    /// Posts a body that only `headers` say something of; the status and the body of the response.
    ///
    /// # Panics
    /// When the server does not answer in HTTP.
    pub async fn post_as(&self, headers: &str, body: &str) -> (u16, String) {
        let answer = self.send("POST", "/graphql", headers, body).await;
        (answer.status, answer.body)
    }

    /// Sends a request, over a connection of its own.
    ///
    /// # Panics
    /// When the server does not answer in HTTP.
    pub async fn send(&self, method: &str, target: &str, headers: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.expect("the server listens");
        let request = format!(
            "{method} {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             {headers}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.expect("the server reads");
        let mut response = Vec::new();
        stream.read_to_end(&mut response).await.expect("the server answers");
        Answer::read(&response)
    }
}

/// A response.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    head: String,
    /// Its body.
    pub body: String,
}

impl Answer {
    /// Takes the bytes of a response apart.
    ///
    /// # Panics
    /// When they are none, or not in UTF-8.
    pub fn read(response: &[u8]) -> Self {
        let response = std::str::from_utf8(response).expect("the server answers in UTF-8");
        let (head, body) = response.split_once("\r\n\r\n").expect("a response has a head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status line");
        Self { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// The value of a header, whose name is given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    /// The body, read as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The message of the first error.
    ///
    /// # Panics
    /// When there is none.
    pub fn message(&self) -> String {
        self.json()["errors"][0]["message"].as_str().expect("there is an error").to_owned()
    }

    /// The code of the first error.
    ///
    /// # Panics
    /// When there is none.
    pub fn code(&self) -> String {
        self.json()["errors"][0]["extensions"]["code"].as_str().expect("there is an error").to_owned()
    }
}
