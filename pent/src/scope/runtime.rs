//! What a runtime has to be told of the futures that a scope polls. A scope needs none, and nothing else of pent that is
//! not served over HTTP names one.

use std::future::Future;

/// A future that is polled beyond tokio's cooperative budget. That would make futures wait that could move, after a
/// fixed number of polls, and so split batches by accident.
#[cfg(feature = "tokio")]
pub(super) fn unconstrained<F: Future>(future: F) -> impl Future<Output = F::Output> {
    tokio::task::unconstrained(future)
}

/// The future as it is: other executors have no such budget.
#[cfg(not(feature = "tokio"))]
pub(super) fn unconstrained<F: Future>(future: F) -> impl Future<Output = F::Output> {
    future
}
