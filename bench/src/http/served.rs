//! The process that serves: all contenders over one store, each on a port of its own.

use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;

use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::routing::post;
use pent::http::Service;
use serde_json::{Value, json};
use todo::graph::generated::TABLE;
use tokio::net::TcpListener;

use super::{ECHO, PEERS, PENT, async_graphql_served, cores, juniper_served, stored};

/// As long as the view of a user, about.
const ECHOED_BYTES: usize = 1_800;

/// Serves until its standard input ends. The line that it writes names the addresses.
pub(crate) fn serve(directory: &Path, tell: impl FnOnce(&Value)) {
    cores::as_server();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime starts");
    runtime.block_on(async {
        let kvetch = stored::open(directory).await;
        let pent = Service::new(pent::Schema::new(&TABLE), kvetch.clone()).router();
        let addresses = json!({
            PENT: by_pent(pent).await.to_string(),
            ECHO: by_pent(echo()).await.to_string(),
            PEERS[0].0: by_axum(juniper_served::router(kvetch.clone())).await.to_string(),
            PEERS[1].0: by_axum(async_graphql_served::router(kvetch.clone())).await.to_string(),
        });
        tell(&addresses);
        let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
        drop(ended.await);
    });
}

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
    let address = listener.local_addr().expect("a listener has an address");
    (listener, address)
}

async fn by_pent(router: Router) -> SocketAddr {
    let (listener, address) = listener().await;
    tokio::spawn(pent::http::serve(listener, router, std::future::pending()));
    address
}

/// As the documentation of the peers has it.
async fn by_axum(router: Router) -> SocketAddr {
    let (listener, address) = listener().await;
    tokio::spawn(async { axum::serve(listener, router).await });
    address
}

/// Reads a body and sends another.
fn echo() -> Router {
    let answer = Bytes::from(vec![b' '; ECHOED_BYTES]);
    let handler = move |_: Bytes| async move { ([(header::CONTENT_TYPE, "application/json")], answer) };
    Router::new().route("/graphql", post(handler))
}
