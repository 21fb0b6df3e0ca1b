//! What a scope and its handles share.

use std::any::Any;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use futures::FutureExt;
use futures::future::BoxFuture;
use kvetch::{Kvetch, NodeId, Touched};

use super::cycles::Cycles;
use super::held::Held;
use super::keys_per_call::KeysPerCall;
use super::queue::Queue;
use super::source::AnySource;
use super::spans::Spans;
use super::stats::Stats;
use super::task::{DROPPED_BY_EXECUTOR, DROPPED_BY_SCOPE, Spawned, Task, task};
use super::wake::{Signal, Tracked};
use crate::error::{Error, Result};

/// What a scope and its handles share.
#[derive(Default)]
pub(crate) struct Shared {
    pub(super) kvetch: Option<Kvetch>,
    queue: Mutex<Queue>,
    sources: Mutex<Vec<Arc<dyn AnySource>>>,
    judging: OnceLock<Arc<dyn AnySource>>,
    guard: OnceLock<Arc<dyn Any + Send + Sync>>,
    held: Held,
    spawned: Mutex<Spawned>,
    has_spawned: AtomicBool,
    has_immediate: AtomicBool,
    pub(super) cycles: Arc<Cycles>,
    pub(super) signal: Arc<Signal>,
    pub(super) spans: Spans,
}

impl Shared {
    pub(super) fn over(kvetch: Option<Kvetch>, held: Held, keys_per_call: KeysPerCall) -> Self {
        let queue = Mutex::new(Queue { keys_per_call, ..Queue::default() });
        Self { kvetch, queue, held, spans: Spans::current(), ..Self::default() }
    }

    /// The viewer, and the state of the application.
    pub(crate) fn held(&self) -> &Held {
        &self.held
    }

    /// What stands between loads and their callers; of a type that is not known here.
    pub(crate) fn guard(&self) -> Option<&Arc<dyn Any + Send + Sync>> {
        self.guard.get()
    }

    /// Puts it there, once: what has been decided for a scope stays decided.
    pub(crate) fn set_guard(&self, guard: Arc<dyn Any + Send + Sync>) {
        let set = self.guard.set(guard);
        debug_assert!(set.is_ok(), "a scope is made once");
    }

    /// The store.
    ///
    /// # Errors
    /// Where the scope has none.
    pub(crate) fn kvetch(&self) -> Result<&Kvetch> {
        self.kvetch.as_ref().ok_or_else(no_store)
    }

    pub(super) fn lock_sources(&self) -> MutexGuard<'_, Vec<Arc<dyn AnySource>>> {
        self.sources.lock().expect("nothing that runs under the lock panics")
    }

    /// What is asked before a round leaves, where there is anything to be decided.
    pub(super) fn judging(&self) -> Option<&Arc<dyn AnySource>> {
        self.judging.get()
    }

    pub(super) fn set_judging(&self, source: Arc<dyn AnySource>) {
        let set = self.judging.set(source);
        debug_assert!(set.is_ok(), "a scope is made once");
    }

    /// What has been read so far.
    pub(super) fn stats(&self) -> Stats {
        let mut stats = self.lock().stats();
        stats.asked_since += self.lock_sources().iter().map(|source| source.asked()).sum::<u64>();
        stats
    }

    /// Whether there is anything that the driver has not seen and does not wait with: tasks, and keys that leave at
    /// once.
    pub(super) fn has_new(&self) -> bool {
        self.has_immediate.load(Ordering::SeqCst) || self.has_spawned.load(Ordering::SeqCst)
    }

    /// Whether there are loads that wait to be sent, wanted or not.
    pub(super) fn has_queued(&self) -> bool {
        self.lock().has_queued()
            || self.lock_sources().iter().any(|source| !source.is_immediate() && source.has_queued())
            || self.judging().is_some_and(|source| source.has_queued())
    }

    /// Keys were queued: tells the driver, if it might not see them by itself.
    pub(super) fn queued(&self, immediate: bool) {
        if immediate {
            self.has_immediate.store(true, Ordering::SeqCst);
            self.signal.nudge();
        } else {
            self.signal.nudge_to_send();
        }
    }

    /// Whether keys were queued that leave at once, since the last time.
    pub(super) fn take_immediate(&self) -> bool {
        self.has_immediate.load(Ordering::SeqCst) && self.has_immediate.swap(false, Ordering::SeqCst)
    }

    /// Has the scope poll a future beside the one that it runs.
    pub(crate) fn spawn<F>(&self, future: F) -> Task<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let (polled, task) = task(future, DROPPED_BY_SCOPE);
        let refused = self.lock_spawned().push(polled.boxed());
        drop(refused);
        self.has_spawned.store(true, Ordering::SeqCst);
        self.signal.nudge();
        task
    }

    /// Hands the tasks over that were spawned since the last time.
    pub(super) fn take_spawned(&self) -> Vec<BoxFuture<'static, ()>> {
        let has_spawned = self.has_spawned.load(Ordering::SeqCst) && self.has_spawned.swap(false, Ordering::SeqCst);
        if has_spawned { self.lock_spawned().take() } else { Vec::new() }
    }

    /// Has an executor of the user's poll a future that counts for the scope like its own.
    pub(crate) fn spawn_on<F>(&self, spawn: impl FnOnce(BoxFuture<'static, ()>), future: F) -> Task<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let (polled, task) = task(future, DROPPED_BY_EXECUTOR);
        spawn(Tracked::new(self.signal.clone(), polled).boxed());
        task
    }

    pub(super) fn lock_spawned(&self) -> MutexGuard<'_, Spawned> {
        self.spawned.lock().expect("nothing that runs under the lock panics")
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().expect("nothing that runs under the lock panics")
    }

    /// Forgets what writes made stale.
    pub(crate) fn wrote(&self, outcomes: &[kvetch::Result<kvetch::Written>]) {
        let mut queue = self.lock();
        if outcomes.iter().any(Result::is_err) {
            // The write may have happened all the same.
            queue.forget_all();
        } else {
            outcomes.iter().flatten().for_each(|written| queue.forget(&written.touched));
        }
        drop(queue);
        // What was decided may have rested on anything that has been written.
        if let Some(judging) = self.judging() {
            judging.forget_all();
        }
    }

    /// Forgets a node that was found to have changed.
    pub(crate) fn forget_node(&self, id: NodeId) {
        self.lock().forget(&[Touched::Node(id)]);
    }
}

/// What reading from a store comes to where there is none.
pub(super) fn no_store() -> Error {
    Error::internal("this scope has no store")
}
