//! One request's reads, batched exactly: a round leaves when nothing of the scope can move, and only then.
//!
//! The rule is that of Haxl ("There is no Fork", Marlow et al., ICFP 2014): run everything as far as it goes,
//! then fetch all that is wanted at once. There is no timer, no yield and no task of the runtime, so that the same
//! request batches the same way every time.

mod loader;
mod waiting;
mod stats;
mod queue;
mod signal;
mod load;
mod source;
mod task;

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
use self::queue::{Departure, Queue, Sent};
use self::signal::Signal;
use self::source::AnySource;
pub use self::source::{Found, Source, SourceLoader};
pub use self::stats::{ReadStats, RoundStats, Stats};
pub use self::task::Task;
use self::task::{Spawned, task};
use crate::error::{Error, Result};

/// How often a scope polls its future again before it lets the runtime's other tasks run. The runtime's own
/// budget cannot serve: it makes futures wait that could move, which would split batches.
const POLLS_BEFORE_YIELD: u32 = 128;

/// The reads and writes of one request: cache, queue and driver.
///
/// Nothing is shared between scopes, so nothing leaks from one request, or viewer, to another.
pub struct Scope {
    shared: Arc<Shared>,
    in_flight: FuturesUnordered<BoxFuture<'static, Option<Arrival>>>,
    tasks: FuturesUnordered<BoxFuture<'static, ()>>,
}

/// What a scope and its handles share.
pub(crate) struct Shared {
    kvetch: Option<Kvetch>,
    queue: Mutex<Queue>,
    sources: Mutex<Vec<Arc<dyn AnySource>>>,
    spawned: Mutex<Spawned>,
    signal: Arc<Signal>,
}

/// A round that has been answered.
struct Arrival {
    round: RoundNumber,
    place: usize,
    sent: Vec<Sent>,
    answered: Result<kvetch::Round>,
}

impl Scope {
    /// An empty scope over a store.
    pub fn new(kvetch: Kvetch) -> Self {
        Self::over(Some(kvetch))
    }

    /// An empty scope over sources of one's own alone. Reading from a store, or writing to one, is an error.
    pub fn without_store() -> Self {
        Self::over(None)
    }

    fn over(kvetch: Option<Kvetch>) -> Self {
        let shared = Shared {
            kvetch,
            queue: Mutex::default(),
            sources: Mutex::default(),
            spawned: Mutex::default(),
            signal: Arc::default(),
        };
        Self { shared: Arc::new(shared), in_flight: FuturesUnordered::new(), tasks: FuturesUnordered::new() }
    }

    /// Drives a future, the tasks of the scope ([`Cx::spawn`](crate::Cx::spawn)) and all loads that are made for them.
    ///
    /// It ends when the future does. Tasks that are not done by then rest; the next `run` goes on with them, and dropping
    /// the scope drops them. Dropping the returned future, say at a deadline, leaves the scope usable.
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
                self.poll_tasks(&mut context);
                self.poll_rounds(&mut context);
                if self.shared.can_move() || self.dispatch() {
                    continue;
                }
                if self.shared.signal.rest() && !self.shared.has_work() {
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

    /// Lets tasks move. Those that are spawned meanwhile wait for the next poll, so that tasks that spawn tasks without
    /// end use up the budget like anything else.
    fn poll_tasks(&mut self, context: &mut Context<'_>) {
        let spawned = self.shared.lock_spawned().take();
        self.tasks.extend(spawned);
        while let Poll::Ready(Some(())) = self.tasks.poll_next_unpin(context) {}
    }

    /// Lets rounds in flight move, and takes in those that have been answered. Sources take in their own.
    fn poll_rounds(&mut self, context: &mut Context<'_>) {
        while let Poll::Ready(Some(arrival)) = self.in_flight.poll_next_unpin(context) {
            let Some(Arrival { round, place, sent, answered }) = arrival else { continue };
            let wakers = self.shared.lock().arrive(round, place, sent, answered);
            wakers.into_iter().for_each(Waker::wake);
        }
    }

    /// Sends everything queued as one round. False when there is nothing to send.
    fn dispatch(&mut self) -> bool {
        let departure = self.shared.lock().depart();
        let sources = self.shared.lock_sources().clone();
        let batches: Vec<_> = sources.into_iter().flat_map(AnySource::depart).collect();
        if departure.is_none() && batches.is_empty() {
            return false;
        }
        let (stats, fetches): (Vec<_>, Vec<_>) = batches.into_iter().unzip();
        self.shared.lock().stats.note_batches(departure.is_none(), stats);
        self.in_flight.extend(fetches.into_iter().map(|fetch| fetch.map(|()| None).boxed()));
        if let Some(departure) = departure {
            self.in_flight.push(fetch(self.shared.kvetch.clone(), departure).map(Some).boxed());
        }
        true
    }
}

async fn fetch(kvetch: Option<Kvetch>, departure: Departure) -> Arrival {
    let Departure { round, place, reads, sent } = departure;
    let answered = match kvetch {
        None => Err(no_store()),
        Some(kvetch) => {
            let answered = AssertUnwindSafe(kvetch.round(reads)).catch_unwind().await;
            answered.map_err(|_| Error::internal("the storage engine panicked"))
        }
    };
    Arrival { round, place, sent, answered }
}

/// What reading from a store comes to where there is none.
fn no_store() -> Error {
    Error::internal("this scope has no store")
}

impl Drop for Scope {
    fn drop(&mut self) {
        let mut wakers = self.shared.lock().end();
        // A source holds the scope's keys, and a loader of it may hold the source: the ring is opened here.
        let sources = std::mem::take(&mut *self.shared.lock_sources());
        wakers.extend(sources.iter().flat_map(|source| source.end()));
        wakers.into_iter().for_each(Waker::wake);
        // Tasks hold handles, and handles hold what waits here: another ring.
        let never_polled = self.shared.lock_spawned().end();
        drop(never_polled);
    }
}

impl std::fmt::Debug for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (in_flight, tasks) = (self.in_flight.len(), self.tasks.len());
        f.debug_struct("Scope").field("in_flight", &in_flight).field("tasks", &tasks).finish_non_exhaustive()
    }
}

impl Shared {
    /// The store.
    ///
    /// # Errors
    /// Where the scope has none.
    pub(crate) fn kvetch(&self) -> Result<&Kvetch> {
        self.kvetch.as_ref().ok_or_else(no_store)
    }

    fn lock_sources(&self) -> MutexGuard<'_, Vec<Arc<dyn AnySource>>> {
        self.sources.lock().expect("nothing that runs under the lock panics")
    }

    /// Whether anything of the scope asked to be polled, or has not been polled yet.
    fn can_move(&self) -> bool {
        self.signal.is_woken() || !self.lock_spawned().is_empty()
    }

    /// Whether there are loads or tasks that the driver has not seen.
    fn has_work(&self) -> bool {
        self.lock().has_queued()
            || self.lock_sources().iter().any(|source| source.has_queued())
            || !self.lock_spawned().is_empty()
    }

    /// Has the scope poll a future beside the one that it runs.
    pub(crate) fn spawn<F>(&self, future: F) -> Task<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let (polled, task) = task(future);
        let refused = self.lock_spawned().push(polled);
        drop(refused);
        self.signal.nudge();
        task
    }

    fn lock_spawned(&self) -> MutexGuard<'_, Spawned> {
        self.spawned.lock().expect("nothing that runs under the lock panics")
    }

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
