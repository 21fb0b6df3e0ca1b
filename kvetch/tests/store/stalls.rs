//! Whether the machine was there all the time.
//!
//! Rounds and writes have deadlines by the clock. A process that is stopped for a while, or whose machine sleeps, misses
//! them all at once, through no fault of the store: what a test saw of it then says nothing.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How often the clock is looked at.
const BEAT: Duration = Duration::from_millis(20);

/// A stall that may cost somebody a deadline: those of a store are 5 s and longer.
const STALL_MIN: Duration = Duration::from_secs(1);

/// How often something is run again. A machine that stalls each time is none to test on.
const TURNS: u32 = 5;

/// Runs something, and again where it failed while the machine stalled. What fails while it did not has failed.
pub(crate) fn unless_stalled(run: impl Fn()) {
    for _ in 1..TURNS {
        let before = stalled();
        let Err(panic) = catch_unwind(AssertUnwindSafe(&run)) else { return };
        // The deadlines that were missed may fire before the next beat.
        std::thread::sleep(2 * BEAT);
        let stalled = stalled() - before;
        if stalled < STALL_MIN {
            resume_unwind(panic);
        }
        eprintln!("the machine stalled for {stalled:.1?} while this failed: it is run again");
    }
    run();
}

/// How long the process was kept from running in all, in stalls that cost deadlines.
fn stalled() -> Duration {
    static STALLED: OnceLock<AtomicU64> = OnceLock::new();
    let stalled = STALLED.get_or_init(|| {
        std::thread::spawn(|| {
            loop {
                let begun = Instant::now();
                std::thread::sleep(BEAT);
                let late = begun.elapsed().saturating_sub(BEAT);
                if late >= STALL_MIN / 2
                    && let Some(stalled) = STALLED.get()
                {
                    stalled.fetch_add(late.as_millis() as u64, Ordering::SeqCst);
                }
            }
        });
        AtomicU64::new(0)
    });
    Duration::from_millis(stalled.load(Ordering::SeqCst))
}

#[test]
#[should_panic(expected = "of its own")]
fn what_fails_without_a_stall_has_failed() {
    unless_stalled(|| panic!("of its own"));
}
