//! A shard that has been silent for longer than anybody waits is not waited for by everybody.
//!
//! The circuit breaker of Nygard's "Release It!": whoever asks while a shard is away waits for it, as long as waiting
//! may help. After that one caller at a time is let through, and the others hear at once that it is away. The first
//! answer ends it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::limits::MYSQL_OUTAGE_AFTER;

/// An attempt that was given up sooner says nothing of the shard.
const SILENCE_MIN: Duration = Duration::from_secs(1);

/// Whether the shard answers.
#[derive(Debug, Default)]
pub(super) struct Outage {
    /// Whether anything is noted at all: all that is looked at while the shard is well.
    is_suspected: AtomicBool,
    silence: Mutex<Silence>,
}

#[derive(Debug, Default)]
struct Silence {
    /// When the first attempt began that had no answer, and when the last one ended.
    stretch: Option<(Instant, Instant)>,
    is_probed: bool,
}

/// The leave to ask. While it is held by a probe nobody else is let through to a shard that is away.
#[derive(Debug)]
pub(super) struct Leave<'a> {
    outage: &'a Outage,
    is_probe: bool,
}

/// An attempt under way. Dropped without an answer it counts as one that had none.
pub(super) struct Asking<'a> {
    outage: &'a Outage,
    begun: Instant,
}

impl Outage {
    /// Lets somebody ask, unless the shard is away and somebody else asks already.
    pub(super) fn admit(&self, place: &str) -> Result<Leave<'_>, Error> {
        if !self.is_suspected.load(Ordering::Relaxed) {
            return Ok(Leave { outage: self, is_probe: false });
        }
        let mut silence = self.silence();
        match silence.length() {
            Some(length) if length >= MYSQL_OUTAGE_AFTER && silence.is_probed => {
                let since = silence.stretch.map_or(length, |(first, _)| first.elapsed());
                Err(Error::unavailable(format!("{place} has not answered for {} s", since.as_secs())))
            }
            Some(length) if length >= MYSQL_OUTAGE_AFTER => {
                silence.is_probed = true;
                Ok(Leave { outage: self, is_probe: true })
            }
            _ => Ok(Leave { outage: self, is_probe: false }),
        }
    }

    /// Begins an attempt.
    pub(super) fn asking(&self) -> Asking<'_> {
        Asking { outage: self, begun: Instant::now() }
    }

    fn answered(&self) {
        if self.is_suspected.load(Ordering::Relaxed) {
            self.silence().stretch = None;
            self.is_suspected.store(false, Ordering::Relaxed);
        }
    }

    fn unanswered(&self, begun: Instant) {
        let now = Instant::now();
        let mut silence = self.silence();
        let first = silence.stretch.map_or(begun, |(first, _)| first);
        silence.stretch = Some((first, now));
        self.is_suspected.store(true, Ordering::Relaxed);
    }

    fn silence(&self) -> MutexGuard<'_, Silence> {
        self.silence.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Silence {
    fn length(&self) -> Option<Duration> {
        self.stretch.map(|(first, last)| last - first)
    }
}

impl Asking<'_> {
    /// The shard said something, be it that it refuses.
    pub(super) fn answered(self) {
        self.outage.answered();
        std::mem::forget(self);
    }

    /// The connection broke, or the server is of no use.
    pub(super) fn unanswered(self) {
        self.outage.unanswered(self.begun);
        std::mem::forget(self);
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        if self.begun.elapsed() >= SILENCE_MIN {
            self.outage.unanswered(self.begun);
        }
    }
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        if self.is_probe {
            self.outage.silence().is_probed = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn silent_for(length: Duration) -> Outage {
        let outage = Outage::default();
        let now = Instant::now();
        outage.unanswered(now);
        outage.silence().stretch = Some((now - length, now));
        outage
    }

    #[test]
    fn one_at_a_time_asks_a_shard_that_is_away_until_it_answers() {
        let outage = silent_for(MYSQL_OUTAGE_AFTER);
        let probe = outage.admit("db").expect("the first is let through");
        let refused = outage.admit("db").expect_err("the second is not");
        assert!(
            refused.code() == "unavailable" && refused.to_string().contains("db has not answered for 1"),
            "{refused}"
        );
        drop(probe);
        let probe = outage.admit("db").expect("the next one is let through");
        outage.asking().answered();
        assert!(outage.admit("db").is_ok() && outage.admit("db").is_ok(), "all are");
        drop(probe);
    }

    #[test]
    fn a_silence_that_waiting_may_outlast_holds_nobody_up() {
        let outage = silent_for(MYSQL_OUTAGE_AFTER - Duration::from_millis(1));
        assert!(outage.admit("db").is_ok() && outage.admit("db").is_ok());
    }

    /// Callers who change their minds are no sign of an outage, however long the time between them.
    #[test]
    fn an_attempt_that_is_soon_given_up_says_nothing() {
        let outage = Outage::default();
        drop(outage.asking());
        assert!(!outage.is_suspected.load(Ordering::Relaxed));
    }
}
