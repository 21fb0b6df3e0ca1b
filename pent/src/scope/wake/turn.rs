//! Whether something that is polled can move: the difference between a future that waits, and one that is to be polled
//! again.

use std::task::Waker;

use super::primitives::{AtomicU8, AtomicWaker, Ordering};

/// It waits; a wake-up reaches whoever polls it.
const IDLE: u8 = 0;
/// Something asked for it to be polled again.
const WOKEN: u8 = 1;
/// It is being polled; nothing has asked for another poll so far.
const RUNNING: u8 = 2;

/// What was before a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    /// It waited, and nothing had asked for this poll.
    Waited,
    /// Something had asked for it.
    Woken,
    /// It was being polled, and nothing had asked for another one.
    Polled,
}

/// The state of one thing that is polled, and the waker of who polls it.
///
/// `Pending` alone does not mean that a future cannot move: combinators such as `FuturesUnordered` return
/// it after waking themselves. The state tells the two apart.
#[derive(Debug)]
pub(crate) struct Turn {
    state: AtomicU8,
    poller: AtomicWaker,
}

impl Turn {
    /// Of something that waits.
    pub(crate) fn idle() -> Self {
        Self { state: AtomicU8::new(IDLE), poller: AtomicWaker::new() }
    }

    /// Of something that is about to be polled.
    pub(crate) fn woken() -> Self {
        Self { state: AtomicU8::new(WOKEN), poller: AtomicWaker::new() }
    }

    /// Who polls from now on: another task may do it than at the last time. A waker that was woken is gone.
    pub(crate) fn attend(&self, poller: &Waker) {
        self.poller.register(poller);
    }

    /// Begins a poll, and says what had been before.
    pub(crate) fn start(&self) -> Before {
        // More than a store: whoever has asked for a poll until now will not ask again, so this poll has to see what
        // they wrote before.
        match self.state.swap(RUNNING, Ordering::SeqCst) {
            IDLE => Before::Waited,
            WOKEN => Before::Woken,
            _ => Before::Polled,
        }
    }

    /// Whether something asked for another poll since `start`.
    pub(crate) fn is_woken(&self) -> bool {
        self.state.load(Ordering::SeqCst) == WOKEN
    }

    /// Ends a poll. False when something asked for another one since it began.
    pub(crate) fn rest(&self) -> bool {
        self.state.compare_exchange(RUNNING, IDLE, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// There will be no more polls: no wake-up finds it waiting from now on. True when it had waited.
    pub(crate) fn close(&self) -> bool {
        self.state.swap(RUNNING, Ordering::SeqCst) == IDLE
    }

    /// Asks for a poll. True when it had waited: then whoever polls it is woken.
    pub(crate) fn wake(&self) -> bool {
        let was_idle = self.state.swap(WOKEN, Ordering::SeqCst) == IDLE;
        if was_idle {
            self.poller.wake();
        }
        was_idle
    }

    /// Asks for a poll if it waits; while it is being polled, whoever does that will look by itself.
    pub(crate) fn wake_from_rest(&self) {
        // Looking first is cheaper.
        if self.state.load(Ordering::SeqCst) == IDLE
            && self.state.compare_exchange(IDLE, WOKEN, Ordering::SeqCst, Ordering::SeqCst).is_ok()
        {
            self.poller.wake();
        }
    }
}
