//! A shard that does not answer is asked by one caller at a time, and after a while not waited for by the others.
//!
//! From the first attempt that has no answer, attempts take turns, with a pause between them that grows: many callers who
//! all connect again and again would keep the machine from serving other shards. An answer to anybody ends that.
//!
//! When the silence has lasted for as long as waiting may help, those who are not asking hear at once that the shard is
//! away: the circuit breaker of Nygard's "Release It!".

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::error::Error;
use crate::limits::MYSQL_OUTAGE_AFTER;

/// An attempt that was given up sooner says nothing of the shard.
const SILENCE_MIN: Duration = Duration::from_secs(1);

/// The pauses between the attempts of all callers while none has an answer.
const PAUSE_FIRST: Duration = Duration::from_millis(2);
const PAUSE_LONGEST: Duration = Duration::from_millis(250);

/// Whether the shard answers.
#[derive(Debug)]
pub(super) struct Outage {
    /// Whether anything is noted at all: all that is looked at while the shard is well.
    is_suspected: AtomicBool,
    silence: Mutex<Silence>,
    /// Who may ask while the shard is silent.
    turns: Semaphore,
}

#[derive(Debug, Default)]
struct Silence {
    /// When the first attempt began that had no answer, and when the last one ended.
    stretch: Option<(Instant, Instant)>,
    /// Attempts in that time.
    attempts: u32,
    is_probed: bool,
}

impl Default for Outage {
    fn default() -> Self {
        Self { is_suspected: AtomicBool::new(false), silence: Mutex::default(), turns: Semaphore::new(1) }
    }
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

    /// Waits until it is this caller's turn to make an attempt: at once, unless the shard is silent.
    pub(super) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        if !self.is_suspected.load(Ordering::Relaxed) {
            return None;
        }
        let turn = self.turns.acquire().await.expect("it is never closed");
        let next = self.silence().next_attempt();
        if let Some(next) = next {
            tokio::time::sleep_until(next.into()).await;
        }
        self.is_suspected.load(Ordering::Relaxed).then_some(turn)
    }

    /// Begins an attempt.
    pub(super) fn asking(&self) -> Asking<'_> {
        Asking { outage: self, begun: Instant::now() }
    }

    fn answered(&self) {
        if self.is_suspected.load(Ordering::Relaxed) {
            let mut silence = self.silence();
            (silence.stretch, silence.attempts) = (None, 0);
            self.is_suspected.store(false, Ordering::Relaxed);
        }
    }

    fn unanswered(&self, begun: Instant) {
        let now = Instant::now();
        let mut silence = self.silence();
        let first = silence.stretch.map_or(begun, |(first, _)| first);
        silence.stretch = Some((first, now));
        silence.attempts += 1;
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

    fn next_attempt(&self) -> Option<Instant> {
        let pause = PAUSE_FIRST.saturating_mul(1 << self.attempts.min(16)).min(PAUSE_LONGEST);
        self.stretch.map(|(_, last)| last + pause)
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

    #[tokio::test(start_paused = true)]
    async fn attempts_at_a_silent_shard_take_turns_with_pauses_that_grow() {
        let outage = Outage::default();
        assert!(outage.turn().await.is_none(), "nobody waits while it answers");
        let begun = tokio::time::Instant::now();
        outage.asking().unanswered();
        let turn = outage.turn().await.expect("it is suspected");
        assert!(begun.elapsed() >= PAUSE_FIRST);
        let second = async { outage.turn().await.is_some() };
        let first = async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            outage.asking().answered();
            drop(turn);
        };
        // The second waits for the first, and then needs no turn any more.
        assert_eq!(futures::join!(second, first), (false, ()));
        assert!(begun.elapsed() >= Duration::from_secs(5));
    }

    /// Callers who change their minds are no sign of an outage, however long the time between them.
    #[test]
    fn an_attempt_that_is_soon_given_up_says_nothing() {
        let outage = Outage::default();
        drop(outage.asking());
        assert!(!outage.is_suspected.load(Ordering::Relaxed));
    }
}
