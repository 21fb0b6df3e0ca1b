//! One request's reads, batched exactly: a round leaves when nothing of the scope can move, and only then.
//!
//! The rule is that of Haxl ("There is no Fork", Marlow et al., ICFP 2014): run everything as far as it goes,
//! then fetch all that is wanted at once. There is no timer, no yield and no task of the runtime, so that the same
//! request batches the same way every time.

mod chunks;
mod keys_per_call;
mod loader;
mod cycles;
mod waiting;
mod stats;
mod spans;
#[cfg(feature = "metrics")]
mod meters;
mod departure;
mod queue;
mod runtime;
mod wake;
mod load;
mod source;
mod task;
mod held;
mod shared;
mod flight;
mod explain;

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use futures::future::{BoxFuture, FutureExt};
use futures::stream::{FuturesUnordered, StreamExt};
use kvetch::Kvetch;
use tracing::Instrument;

use self::flight::Arrival;
pub(crate) use self::held::Held;
pub use self::keys_per_call::KeysPerCall;
pub(crate) use self::load::{Browses, Counts, Edges, Finds, Load, Nodes, Scans};
#[cfg(feature = "metrics")]
pub use self::meters::describe_metrics;
pub use self::queue::NodeListing;
use self::runtime::unconstrained;
pub(crate) use self::shared::Shared;
use self::source::Batch;
pub(crate) use self::source::Judging;
pub use self::source::{Found, Source, SourceLoader};
use self::spans::answered;
pub use self::stats::{ReadStats, RoundStats, Stats};
pub use self::task::Task;
use self::wake::{Driven, drive};

/// The reads and writes of one request: cache, queue and driver.
///
/// Nothing is shared between scopes, so nothing leaks from one request, or viewer, to another.
pub struct Scope {
    shared: Arc<Shared>,
    in_flight: FuturesUnordered<BoxFuture<'static, (Instant, Arrival)>>,
    tasks: FuturesUnordered<BoxFuture<'static, ()>>,
}

impl Scope {
    /// An empty scope over a store, without a viewer and without privacy rules: for a store that has no
    /// [`Table`](crate::table::Table). Over one that has, entities with rules or hooks and requests for them are
    /// refused in it; [`Scope::builder`] makes one that knows them. What reads and writes nodes
    /// ([`Cx::nodes`](crate::Cx::nodes), [`Cx::update`](crate::Cx::update)) passes no rules in it.
    pub fn new(kvetch: Kvetch) -> Self {
        Self::over(Some(kvetch), Held::default(), KeysPerCall::default())
    }

    /// An empty scope over sources of one's own alone. Reading from a store, or writing to one, is an error.
    pub fn without_store() -> Self {
        Self::over(None, Held::default(), KeysPerCall::default())
    }

    pub(crate) fn over(kvetch: Option<Kvetch>, held: Held, keys_per_call: KeysPerCall) -> Self {
        Self {
            shared: Arc::new(Shared::over(kvetch, held, keys_per_call)),
            in_flight: FuturesUnordered::new(),
            tasks: FuturesUnordered::new(),
        }
    }

    /// Drives a future, the tasks of the scope ([`Cx::spawn`](crate::Cx::spawn)) and all loads that are made for them.
    ///
    /// It ends when the future does. Tasks that are not done by then rest; the next `run` goes on with them, and
    /// dropping the scope drops them. Dropping the returned future, say at a deadline, leaves the scope usable.
    pub async fn run<F: Future>(&mut self, future: F) -> F::Output {
        let future = pin!(unconstrained(future));
        let signal = self.shared.signal.clone();
        let inside = Waker::from(signal.clone());
        let mut running = Running { scope: self, future };
        poll_fn(|context| drive(&mut running, &signal, &inside, context.waker())).await
    }

    /// What the handles of this scope share with it.
    pub(crate) fn shared(&self) -> Arc<Shared> {
        self.shared.clone()
    }

    /// What has been read so far.
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// What has been read so far, as a text of 80 columns for people: [`Stats`] as it is displayed.
    pub fn explain(&self) -> String {
        self.stats().to_string()
    }

    /// Has everything decided that is to be, before a round leaves: what follows from it leaves with that round. False
    /// when there is nothing to decide.
    fn judge(&mut self) -> bool {
        let Some(judging) = self.shared.judging() else { return false };
        let batches = judging.clone().depart();
        let has_batches = !batches.is_empty();
        for Batch { read, fetch } in batches {
            let span = self.shared.spans.rules(&read);
            let place = self.shared.lock().stats.note_rules(read);
            let (shared, asked) = (self.shared.clone(), Instant::now());
            let judged = unconstrained(fetch).instrument(span.clone()).map(move |outcome| {
                shared.lock().stats.note_verdicts(place, outcome, asked.elapsed());
                answered(&span, outcome);
            });
            self.tasks.push(judged.boxed());
        }
        has_batches
    }

    /// Lets tasks move. Those that are spawned meanwhile wait for the next poll, so that tasks that spawn tasks without
    /// end use up the budget like anything else.
    fn poll_tasks(&mut self, context: &mut Context<'_>) {
        self.tasks.extend(self.shared.take_spawned());
        while let Poll::Ready(Some(())) = self.tasks.poll_next_unpin(context) {}
    }
}

/// A scope and the future that it runs.
struct Running<'s, F> {
    scope: &'s mut Scope,
    future: Pin<&'s mut F>,
}

impl<F: Future> Driven for Running<'_, F> {
    type Output = F::Output;

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<F::Output> {
        let polled = self.future.as_mut().poll(context);
        if polled.is_pending() {
            self.poll_sent(context);
        }
        polled
    }

    fn poll_sent(&mut self, context: &mut Context<'_>) {
        self.scope.poll_tasks(context);
        self.scope.send_immediate();
        self.scope.poll_rounds(context);
    }

    fn has_new(&self) -> bool {
        self.scope.shared.has_new()
    }

    fn has_queued(&self) -> bool {
        self.scope.shared.has_queued()
    }

    fn send(&mut self) -> bool {
        self.scope.judge() || self.scope.dispatch()
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        let mut wakers = self.shared.lock().end();
        // A source holds the scope's keys, and a loader of it may hold the source: the ring is opened here.
        let sources = std::mem::take(&mut *self.shared.lock_sources());
        wakers.extend(sources.iter().flat_map(|source| source.end()));
        wakers.extend(self.shared.judging().into_iter().flat_map(|source| source.end()));
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
