//! The wake protocol of a scope: who moves, and when nothing can.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Wake, Waker};

use futures::task::AtomicWaker;

/// Nothing of the scope runs; a wake-up reaches the task that drives it.
const IDLE: u8 = 0;
/// Something of the scope asked to be polled again.
const WOKEN: u8 = 1;
/// The driver polls; nothing has asked to be polled again so far.
const RUNNING: u8 = 2;

/// The waker that everything inside a scope is polled with.
///
/// `Pending` alone does not mean that a future cannot move: combinators such as `FuturesUnordered` return
/// it after waking themselves. The signal tells the two apart.
#[derive(Debug, Default)]
pub(super) struct Signal {
    state: AtomicU8,
    driver: AtomicWaker,
}

impl Signal {
    /// Begins a poll. The task may be another one than at the last poll, so its waker is registered anew.
    pub(super) fn start(&self, driver: &Waker) {
        self.driver.register(driver);
        self.state.store(RUNNING, Ordering::SeqCst);
    }

    /// Whether something asked to be polled again since `start`.
    pub(super) fn is_woken(&self) -> bool {
        self.state.load(Ordering::SeqCst) == WOKEN
    }

    /// Ends a poll. False when something asked to be polled again: then the driver has to go on.
    pub(super) fn rest(&self) -> bool {
        self.state.compare_exchange(RUNNING, IDLE, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// Wakes the driver unless it is polling: for a load that was queued from outside the scope. A load
    /// queued from inside needs no wake-up, since the driver looks at the queue before it rests and after.
    pub(super) fn nudge(&self) {
        // Looking first is cheaper, and enough: whoever queued something under the lock and then finds the driver polling
        // has it seen, because the driver looks at the queue, under that lock, after it has come to rest.
        if self.state.load(Ordering::SeqCst) != IDLE {
            return;
        }
        if self.state.compare_exchange(IDLE, WOKEN, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
            self.driver.wake();
        }
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.swap(WOKEN, Ordering::SeqCst) == IDLE {
            self.driver.wake();
        }
    }
}
