//! How long operations took.

use std::collections::BTreeMap;
use std::time::Duration;

use super::mix::Operation;

/// The milliseconds of each operation.
#[derive(Default)]
pub(super) struct Tally(BTreeMap<Operation, Vec<f32>>);

impl Tally {
    pub(super) fn add(&mut self, operation: Operation, took: Duration) {
        self.0.entry(operation).or_default().push(took.as_secs_f32() * 1e3);
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (operation, times) in other.0 {
            self.0.entry(operation).or_default().extend(times);
        }
    }

    /// Operations in all.
    pub(super) fn count(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    /// The time that this part of an operation's requests took at most. Not a number where there were none.
    pub(super) fn percentile(&mut self, operation: Operation, part: f64) -> f64 {
        let times = self.0.entry(operation).or_default();
        times.sort_by(f32::total_cmp);
        let place = (times.len().saturating_sub(1) as f64 * part) as usize;
        times.get(place).map_or(f64::NAN, |time| f64::from(*time))
    }
}
