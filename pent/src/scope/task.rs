//! Tasks of a scope: what is polled beside the future that it runs.

use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::BoxFuture;

use super::runtime::unconstrained;
use crate::error::{Error, Result};
use crate::text;

/// The handle of a task that was spawned into a scope with [`Cx::spawn`](crate::Cx::spawn) or
/// [`Cx::spawn_on`](crate::Cx::spawn_on): a future of its output.
///
/// The task runs whether or not its handle is awaited, and goes on when the handle is dropped. Its output is an error
/// if the task panicked, or if it was dropped before it was done: because its scope ended, or by its executor.
#[must_use = "a task whose handle is dropped goes on, but whether it ended well is not known: `drop` it to say so"]
pub struct Task<T> {
    outcome: oneshot::Receiver<Result<T>>,
    /// What it means that no outcome will come.
    dropped: &'static str,
}

impl<T> Future for Task<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { outcome, dropped } = &mut *self;
        outcome.poll_unpin(cx).map(|outcome| outcome.unwrap_or_else(|_| Err(Error::internal(*dropped))))
    }
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").finish_non_exhaustive()
    }
}

/// What has become of a task that the scope polls and that has no outcome.
pub(super) const DROPPED_BY_SCOPE: &str = "a scope ended before its task did";
/// The same of a task that somebody else polls.
pub(super) const DROPPED_BY_EXECUTOR: &str = "an executor dropped a task before it was done";

/// Tasks that the driver has not taken over yet.
#[derive(Default)]
pub(super) struct Spawned {
    waiting: Vec<BoxFuture<'static, ()>>,
    ended: bool,
}

impl Spawned {
    /// Hands a task to the driver. A scope that has ended gives it back, for the caller to drop: that may run code of
    /// the user's, which must not happen under the lock.
    pub(super) fn push(&mut self, task: BoxFuture<'static, ()>) -> Option<BoxFuture<'static, ()>> {
        if self.ended {
            return Some(task);
        }
        self.waiting.push(task);
        None
    }

    pub(super) fn take(&mut self) -> Vec<BoxFuture<'static, ()>> {
        std::mem::take(&mut self.waiting)
    }

    /// No task will be taken over any more.
    pub(super) fn end(&mut self) -> Vec<BoxFuture<'static, ()>> {
        self.ended = true;
        self.take()
    }
}

/// A future with its panics caught, as the scope polls it, and the handle that gets what it comes to.
pub(super) fn task<F>(future: F, dropped: &'static str) -> (impl Future<Output = ()> + Send + use<F>, Task<F::Output>)
where
    F: Future<Output: Send> + Send + 'static,
{
    let (sender, outcome) = oneshot::channel();
    let future = unconstrained(AssertUnwindSafe(future).catch_unwind());
    let polled = async move {
        let outcome = future.await.map_err(|panic| Error::Panicked("a task".into(), text::of_panic(&*panic).into()));
        // Nobody waits any more: the handle was dropped.
        drop(sender.send(outcome));
    };
    (polled, Task { outcome, dropped })
}
