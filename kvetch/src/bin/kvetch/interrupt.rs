//! Ctrl-c, where there is something to say about how to go on.

use std::future::Future;
use std::pin::pin;

use futures::future::{Either, select};

/// The result of the work, or nothing if it was interrupted first.
pub(crate) async fn or_interrupted<T>(work: impl Future<Output = T>) -> Option<T> {
    let interrupted = pin!(async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a handler ctrl-c ends the process by itself.
            std::future::pending::<()>().await;
        }
    });
    match select(pin!(work), interrupted).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}
