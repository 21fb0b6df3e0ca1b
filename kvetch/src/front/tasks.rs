//! The tasks a store runs on its own, and their end.

use std::future::Future;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
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
        let (result, waiting) = oneshot::channel();
        self.let_in(async move { drop(result.send(task.await)) })?;
        waiting.await.map_err(|_| Error::unavailable("the task was interrupted"))
    }

    /// Starts a task, unless the store is closed. One that is let in while somebody closes is waited for: both are
    /// under one lock.
    fn let_in(&self, task: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        let mut running = self.running();
        if self.is_closed() {
            return Err(Error::unavailable("the store is closed"));
        }
        self.start(&mut running, task);
        Ok(())
    }

    /// Runs a task that nobody waits for.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.start(&mut self.running(), task);
    }

    fn start(&self, running: &mut JoinSet<()>, task: impl Future<Output = ()> + Send + 'static) {
        while running.try_join_next().is_some() {}
        running.spawn_on(task, &self.runtime);
    }

    fn running(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
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
        let _running = self.running();
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
            let mut running = std::mem::take(&mut *self.running());
            if running.is_empty() {
                return;
            }
            while running.join_next().await.is_some() {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// Whether the store was closed was looked at before the task was started: one that came between ran when closing had
    /// ended, on shards that were gone.
    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_task_that_comes_while_somebody_closes_is_refused_or_waited_for() {
        let tasks = Arc::new(Tasks::new(Handle::current()));
        let closing = tasks.running();
        let coming = {
            let tasks = tasks.clone();
            std::thread::spawn(move || futures::executor::block_on(tasks.run(async {})))
        };
        std::thread::sleep(Duration::from_millis(50));
        tasks.closed.send_replace(true);
        drop(closing);
        let refused = coming.join().expect("it does not panic").expect_err("the store was closed by then");
        assert_eq!(refused.code(), "unavailable");
    }
}
