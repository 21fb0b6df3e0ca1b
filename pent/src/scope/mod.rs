//! One request's reads, batched exactly: a round leaves when nothing of the scope can move, and only then.
//!
//! The rule is that of Haxl ("There is no Fork", Marlow et al., ICFP 2014): run everything as far as it goes,
//! then fetch all that is wanted at once. There is no timer, no yield and no spawned task, so that the same
//! request batches the same way every time.

mod load;
mod loader;
mod queue;
mod signal;
mod stats;

use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use kvetch::Kvetch;

pub(crate) use self::load::{Browses, Counts, Edges, Finds, Load, Nodes};
use self::loader::RoundNumber;
pub use self::queue::NodeListing;
use self::queue::{Queue, Sent};
use self::signal::Signal;
pub use self::stats::{ReadStats, RoundStats, Stats};
use crate::error::{Error, Result};

/// How often a scope polls its future again before it lets the runtime's other tasks run. The runtime's own
/// budget cannot serve: it makes futures wait that could move, which would split batches.
const POLLS_BEFORE_YIELD: u32 = 128;

/// The reads and writes of one request: cache, queue and driver.
///
/// Nothing is shared between scopes, so nothing leaks from one request, or viewer, to another.
pub struct Scope {
    shared: Arc<Shared>,
    in_flight: FuturesUnordered<BoxFuture<'static, Arrival>>,
}

/// What a scope and its handles share.
pub(crate) struct Shared {
    pub(crate) kvetch: Kvetch,
    queue: Mutex<Queue>,
    signal: Arc<Signal>,
}

/// A round that has been answered.
struct Arrival {
    round: RoundNumber,
    sent: Vec<Sent>,
    answered: Result<kvetch::Round>,
}

impl Scope {
    /// An empty scope over a store.
    pub fn new(kvetch: Kvetch) -> Self {
        let shared = Shared { kvetch, queue: Mutex::default(), signal: Arc::default() };
        Self { shared: Arc::new(shared), in_flight: FuturesUnordered::new() }
    }

    /// Drives a future and all loads that are made for it.
    ///
    /// Dropping the returned future, say at a deadline, leaves the scope usable.
    pub async fn run<F: Future>(&mut self, future: F) -> F::Output {
        // Tokio's cooperative budget would make ready futures pend in the middle of a batch.
        let mut future = pin!(tokio::task::unconstrained(future));
        let inner = Waker::from(self.shared.signal.clone());
        poll_fn(|outer| {
            let mut context = Context::from_waker(&inner);
            for _ in 0..POLLS_BEFORE_YIELD {
                self.shared.signal.start(outer.waker());
                if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                    return Poll::Ready(output);
                }
                self.poll_rounds(&mut context);
                if self.shared.signal.is_woken() || self.dispatch() {
                    continue;
                }
                if self.shared.signal.rest() && !self.shared.lock().has_queued() {
                    return Poll::Pending;
                }
            }
            outer.waker().wake_by_ref();
            Poll::Pending
        })
        .await
    }

    /// What the handles of this scope share with it.
    pub(crate) fn shared(&self) -> Arc<Shared> {
        self.shared.clone()
    }

    /// What has been read so far.
    pub fn stats(&self) -> Stats {
        self.shared.lock().stats.clone()
    }

    /// Lets rounds in flight move, and takes in those that have been answered.
    fn poll_rounds(&mut self, context: &mut Context<'_>) {
        while let Poll::Ready(Some(arrival)) = self.in_flight.poll_next_unpin(context) {
            let wakers = self.shared.lock().arrive(arrival.round, arrival.sent, arrival.answered);
            wakers.into_iter().for_each(Waker::wake);
        }
    }

    /// Sends everything queued as one round. False when there is nothing to send.
    fn dispatch(&mut self) -> bool {
        let Some(departure) = self.shared.lock().depart() else { return false };
        let kvetch = self.shared.kvetch.clone();
        let fetch = async move {
            let answered = AssertUnwindSafe(kvetch.round(departure.reads)).catch_unwind().await;
            let answered = answered.map_err(|_| Error::internal("the storage engine panicked"));
            Arrival { round: departure.round, sent: departure.sent, answered }
        };
        self.in_flight.push(fetch.boxed());
        true
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        let wakers = self.shared.lock().end();
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl std::fmt::Debug for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scope").field("in_flight", &self.in_flight.len()).finish_non_exhaustive()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().expect("nothing that runs under the lock panics")
    }

    /// Forgets what a write made stale.
    pub(crate) fn wrote(&self, outcome: &kvetch::Result<kvetch::Written>) {
        let mut queue = self.lock();
        match outcome {
            Ok(written) => queue.forget(&written.touched),
            // The write may have happened all the same.
            Err(_) => queue.forget_all(),
        }
    }
}
