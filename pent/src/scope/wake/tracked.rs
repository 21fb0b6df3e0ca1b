//! Tasks of a scope that somebody else polls: counted, so that no round leaves while one of them can move.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use super::signal::Signal;
use super::turn::{Before, Turn};

/// A future that counts as moving from now on until it waits, and whenever it is woken.
///
/// It has a waker of its own, since what wakes it has to count it before anything else can come to rest.
pub(crate) struct Tracked<F> {
    /// Nothing, once it has ended.
    future: Option<Pin<Box<F>>>,
    pace: Arc<Pace>,
    waker: Waker,
}

/// Whether it can move. What counts it is its turn: it is counted unless that is idle.
#[derive(Debug)]
struct Pace {
    turn: Turn,
    scope: Arc<Signal>,
}

impl<F: Future<Output = ()>> Tracked<F> {
    pub(crate) fn new(scope: Arc<Signal>, future: F) -> Self {
        scope.set_off();
        let pace = Arc::new(Pace { turn: Turn::woken(), scope });
        Self { future: Some(Box::pin(future)), waker: Waker::from(pace.clone()), pace }
    }
}

impl<F> Tracked<F> {
    /// It counts no more, whoever may still wake it.
    fn end(&mut self) {
        let Some(future) = self.future.take() else { return };
        // What it drops may wake others, who have to be counted before this one is not.
        drop(future);
        if !self.pace.turn.close() {
            self.pace.scope.come_to_rest();
        }
    }
}

impl<F: Future<Output = ()>> Future for Tracked<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Self { future: Some(future), pace, waker } = &mut *self else { return Poll::Ready(()) };
        // Counted first, as when it is woken: an executor may poll for reasons of its own, just when others wake it.
        pace.scope.set_off();
        pace.turn.attend(context.waker());
        if pace.turn.start() != Before::Waited {
            pace.scope.come_to_rest();
        }
        if future.as_mut().poll(&mut Context::from_waker(waker)).is_ready() {
            self.end();
            return Poll::Ready(());
        }
        if pace.turn.rest() {
            pace.scope.come_to_rest();
        } else {
            context.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl<F> Drop for Tracked<F> {
    fn drop(&mut self) {
        self.end();
    }
}

impl Wake for Pace {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Counted first: between a turn that is woken and the count, a poll by somebody else could take one away.
        self.scope.set_off();
        if !self.turn.wake() {
            self.scope.come_to_rest();
        }
    }
}
