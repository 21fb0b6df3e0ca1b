//! What a scope and its handles share.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard};

use kvetch::Kvetch;

use super::queue::Queue;
use super::signal::Signal;
use super::source::AnySource;
use super::stats::Stats;
use super::task::{Spawned, Task, task};
use crate::error::{Error, Result};

/// What a scope and its handles share.
#[derive(Default)]
pub(crate) struct Shared {
    pub(super) kvetch: Option<Kvetch>,
    queue: Mutex<Queue>,
    sources: Mutex<Vec<Arc<dyn AnySource>>>,
    spawned: Mutex<Spawned>,
    pub(super) signal: Arc<Signal>,
}

impl Shared {
    pub(super) fn over(kvetch: Option<Kvetch>) -> Self {
        Self { kvetch, ..Self::default() }
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

    /// What has been read so far.
    pub(super) fn stats(&self) -> Stats {
        let mut stats = self.lock().stats();
        stats.asked_since += self.lock_sources().iter().map(|source| source.asked()).sum::<u64>();
        stats
    }

    /// Whether anything of the scope asked to be polled, or has not been polled yet.
    pub(super) fn can_move(&self) -> bool {
        self.signal.is_woken() || !self.lock_spawned().is_empty()
    }

    /// Whether there are loads or tasks that the driver has not seen.
    pub(super) fn has_work(&self) -> bool {
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

    pub(super) fn lock_spawned(&self) -> MutexGuard<'_, Spawned> {
        self.spawned.lock().expect("nothing that runs under the lock panics")
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Queue> {
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

/// What reading from a store comes to where there is none.
pub(super) fn no_store() -> Error {
    Error::internal("this scope has no store")
}
