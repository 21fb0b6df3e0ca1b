//! How long operations took.

use std::collections::BTreeMap;
use std::time::Duration;

use super::mix::Operation;

/// The milliseconds of each operation, and the rows that it found.
#[derive(Default)]
pub(super) struct Tally {
    times: BTreeMap<Operation, Vec<f32>>,
    found: BTreeMap<Operation, usize>,
}

impl Tally {
    pub(super) fn add(&mut self, operation: Operation, took: Duration, found: usize) {
        *self.found.entry(operation).or_default() += found;
        self.times.entry(operation).or_default().push(took.as_secs_f32() * 1e3);
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (operation, found) in other.found {
            *self.found.entry(operation).or_default() += found;
        }
        for (operation, times) in other.times {
            self.times.entry(operation).or_default().extend(times);
        }
    }

    /// Operations in all.
    pub(super) fn count(&self) -> usize {
        self.times.values().map(Vec::len).sum()
    }

    /// Rows that a request for this operation found, in the mean.
    pub(super) fn found_by_each(&self, operation: Operation) -> f64 {
        let requests = self.times.get(&operation).map_or(0, Vec::len);
        self.found.get(&operation).copied().unwrap_or_default() as f64 / requests as f64
    }

    /// The time that this part of an operation's requests took at most. Not a number where there were none.
    pub(super) fn percentile(&mut self, operation: Operation, part: f64) -> f64 {
        let times = self.times.entry(operation).or_default();
        times.sort_by(f32::total_cmp);
        let place = (times.len().saturating_sub(1) as f64 * part) as usize;
        times.get(place).map_or(f64::NAN, |time| f64::from(*time))
    }
}
