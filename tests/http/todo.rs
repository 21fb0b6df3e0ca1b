//! The todo server over a store in memory.

use pent::Schema;
use pent::http::Service;
use tests::server::Server;
use todo::graph::generated::TABLE;

/// Serves it as it is made.
pub(super) async fn todo() -> Server {
    fitted(|service| service).await
}

/// Serves it with something added.
pub(super) async fn fitted(fit: impl FnOnce(Service) -> Service) -> Server {
    let kvetch = pent::open(&["memory:".parse().expect("the URL is valid")], &TABLE).await;
    let service = Service::new(Schema::new(&TABLE), kvetch.expect("a store in memory opens"));
    Server::of(fit(service).router()).await
}
