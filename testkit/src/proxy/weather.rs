//! The fault of the moment, shared by all connections of a proxy.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Fault;

/// Between two looks whether the client of a held connection is still there.
const LOOK: Duration = Duration::from_millis(10);

#[derive(Debug)]
pub(super) struct Weather {
    now: Mutex<Now>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    pub(super) fault: Fault,
    /// Counts the calls of `set`: connections count bytes from the last one.
    pub(super) change: u64,
    ended: bool,
}

impl Default for Weather {
    fn default() -> Self {
        let now = Now { fault: Fault::None, change: 0, ended: false };
        Self { now: Mutex::new(now), changed: Condvar::new() }
    }
}

impl Weather {
    pub(super) fn set(&self, fault: Fault) {
        let mut now = self.lock();
        now.fault = fault;
        now.change += 1;
        self.changed.notify_all();
    }

    pub(super) fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
    }

    pub(super) fn has_ended(&self) -> bool {
        self.lock().ended
    }

    /// Waits until a request that was read just now may go on; `None` when it never will, since its client has gone.
    pub(super) fn admit_request(&self, gone: impl Fn() -> bool) -> Option<Now> {
        let read = Instant::now();
        self.wait(gone, |fault| match fault {
            Fault::Hang => true,
            Fault::Delay(delay) => read.elapsed() < delay,
            _ => false,
        })
    }

    /// The same for a reply.
    pub(super) fn admit_reply(&self, gone: impl Fn() -> bool) -> Option<Now> {
        self.wait(gone, |fault| fault == Fault::Hang)
    }

    fn wait(&self, gone: impl Fn() -> bool, held: impl Fn(Fault) -> bool) -> Option<Now> {
        let mut now = self.lock();
        while !now.ended && held(now.fault) {
            if gone() {
                return None;
            }
            let waited = self.changed.wait_timeout(now, LOOK);
            now = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if now.ended { None } else { Some(*now) }
    }

    fn lock(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
