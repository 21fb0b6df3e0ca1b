//! The tasks a store runs on its own, and their end.

use std::future::Future;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::future::{Either, select};
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Timeout, timeout};

use crate::error::{Error, Result};
use crate::limits::CLOSE_DEADLINE;

/// The tasks of one store. They run on the runtime the store was opened on.
#[derive(Debug)]
pub(super) struct Tasks {
    runtime: Handle,
    running: Mutex<JoinSet<()>>,
    closed: watch::Sender<bool>,
}

/// The runtime of the caller.
pub(super) fn this_runtime() -> Result<Handle> {
    Handle::try_current().map_err(|_| Error::invalid("a store is opened on a tokio runtime, and there is none here"))
}

impl Tasks {
    pub(super) fn new(runtime: Handle) -> Self {
        Self { runtime, running: Mutex::default(), closed: watch::Sender::new(false) }
    }

    /// Runs a task and waits for its result. The task goes on when the waiting ends.
    pub(super) async fn run<T: Send + 'static>(&self, task: impl Future<Output = T> + Send + 'static) -> Result<T> {
        if *self.closed.borrow() {
            return Err(Error::unavailable("the store is closed"));
        }
        let (result, waiting) = oneshot::channel();
        self.spawn(async move { drop(result.send(task.await)) });
        waiting.await.map_err(|_| Error::unavailable("the task was interrupted"))
    }

    /// Runs a task that nobody waits for.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        while running.try_join_next().is_some() {}
        running.spawn_on(task, &self.runtime);
    }

    /// Waits, and says whether the store is still open after it.
    pub(super) async fn pause(&self, time: Duration) -> bool {
        let mut closed = self.closed.subscribe();
        let waited = self.at_most(time, closed.wait_for(|closed| *closed)).await;
        waited.is_err()
    }

    /// Waits for something, and says whether the store is still open after it.
    pub(super) async fn unless_closed(&self, waiting: impl Future<Output = ()>) -> bool {
        let mut closed = self.closed.subscribe();
        let closing = closed.wait_for(|closed| *closed);
        match select(pin!(waiting), pin!(closing)).await {
            Either::Left(_) => !self.is_closed(),
            Either::Right(_) => false,
        }
    }

    /// A future that is cut after some time, by the timer of the store's runtime: the caller may
    /// be on no runtime.
    pub(super) fn at_most<F: Future>(&self, time: Duration, future: F) -> Timeout<F> {
        let _inside = self.runtime.enter();
        timeout(time, future)
    }

    /// Whether the store is closed.
    pub(super) fn is_closed(&self) -> bool {
        *self.closed.borrow()
    }

    /// Lets no new tasks in and tells those that wait to end.
    pub(super) fn close(&self) {
        self.closed.send_replace(true);
    }

    /// Closes, and waits until all tasks have ended. One that hangs is ended at the deadline.
    pub(super) async fn finish(&self) {
        self.close();
        if self.at_most(CLOSE_DEADLINE, self.all_ended()).await.is_err() {
            tracing::warn!("a task of the store did not end in time");
        }
    }

    async fn all_ended(&self) {
        loop {
            // A task may have started another meanwhile.
            let mut running = std::mem::take(&mut *self.running.lock().unwrap_or_else(PoisonError::into_inner));
            if running.is_empty() {
                return;
            }
            while running.join_next().await.is_some() {}
        }
    }
}
