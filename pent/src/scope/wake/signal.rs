//! The wake protocol of a scope: who moves, and when nothing can.

use std::sync::Arc;
use std::task::{Wake, Waker};

use super::primitives::{AtomicUsize, Ordering};
use super::turn::{Before, Turn};

/// The waker that everything inside a scope is polled with, and the count of what others poll for it.
#[derive(Debug)]
pub(crate) struct Signal {
    driver: Turn,
    /// How many tasks of the scope that run elsewhere can move.
    moving: AtomicUsize,
}

impl Default for Signal {
    fn default() -> Self {
        Self { driver: Turn::idle(), moving: AtomicUsize::new(0) }
    }
}

impl Signal {
    /// The driver runs in the task of this waker from now on.
    pub(crate) fn attend(&self, driver: &Waker) {
        self.driver.attend(driver);
    }

    /// Begins a poll by the driver, and says what had been before.
    pub(crate) fn start(&self) -> Before {
        self.driver.start()
    }

    /// Whether something asked the driver to poll again since `start`.
    pub(crate) fn is_woken(&self) -> bool {
        self.driver.is_woken()
    }

    /// Ends a poll. False when something asked for another one: then the driver has to go on.
    pub(crate) fn rest(&self) -> bool {
        self.driver.rest()
    }

    /// Whether no task that runs elsewhere can move. The last of them wakes the driver.
    pub(crate) fn is_alone(&self) -> bool {
        self.moving.load(Ordering::SeqCst) == 0
    }

    /// Whether nothing of the scope can move.
    pub(crate) fn is_still(&self) -> bool {
        // In this order: what moves elsewhere wakes others first, and only then comes to rest itself.
        self.is_alone() && !self.is_woken()
    }

    /// Wakes the driver unless it is polling: for what has to be polled and comes from outside of it. What comes from
    /// inside needs no wake-up, since the driver looks before it rests and after.
    ///
    /// Whoever puts something in under a lock and then finds the driver polling has it seen, because the driver looks,
    /// under that lock, after it has come to rest.
    pub(crate) fn nudge(&self) {
        self.driver.wake_from_rest();
    }

    /// The same for what has to be sent: that leaves when all has come to rest, and the last that does wakes the
    /// driver.
    pub(crate) fn nudge_to_send(&self) {
        if self.is_alone() {
            self.nudge();
        }
    }

    /// A task that runs elsewhere can move from now on.
    pub(crate) fn set_off(&self) {
        self.moving.fetch_add(1, Ordering::SeqCst);
    }

    /// It has come to rest. The last one has the driver look at what there is to send.
    pub(crate) fn come_to_rest(&self) {
        if self.moving.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.driver.wake();
        }
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.driver.wake();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.driver.wake();
    }
}
