//! Counters of all scopes of a process, for whatever recorder the program has installed.
//!
//! Labels are kinds of read and names of sources alone: what else there is to say of a read, such as the size of its
//! page, comes from clients, and would make as many time series as they please.

use std::borrow::Cow;
use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};

use super::stats::{Outcome, ReadStats};

const ROUNDS: &str = "pent_rounds_total";
const ASKED: &str = "pent_keys_asked_total";
const SENT: &str = "pent_keys_sent_total";
const SAVED: &str = "pent_keys_saved_total";
const MISSING: &str = "pent_keys_missing_total";
const FAILED: &str = "pent_keys_failed_total";
const STATEMENTS: &str = "pent_statements_total";
const CALLS: &str = "pent_calls_total";
const DURATION: &str = "pent_round_duration_seconds";

/// The label of what was read: a kind of read from the store, or the name of a source.
const KIND: &str = "kind";
/// The label of who answered: `store`, or the name of a source.
const OF: &str = "of";

/// Tells the recorder of the process what the metrics of scopes are. To be called once it is installed; without that
/// they are recorded all the same.
pub fn describe_metrics() {
    describe_counter!(ROUNDS, Unit::Count, "rounds that have left");
    describe_counter!(ASKED, Unit::Count, "keys asked for until a round of their kind left");
    describe_counter!(SENT, Unit::Count, "keys sent");
    describe_counter!(SAVED, Unit::Count, "keys asked for and not sent: known, asked for twice, or given up");
    describe_counter!(MISSING, Unit::Count, "keys sent that have nothing");
    describe_counter!(FAILED, Unit::Count, "keys sent that were answered with an error");
    describe_counter!(STATEMENTS, Unit::Count, "statements that the store took");
    describe_counter!(CALLS, Unit::Count, "calls of sources");
    describe_histogram!(DURATION, Unit::Seconds, "from the leaving of keys until their answer was taken in");
}

/// A round leaves.
pub(super) fn round_left(reads: Vec<ReadStats>) {
    counter!(ROUNDS).increment(1);
    reads.into_iter().for_each(left);
}

/// Keys leave, with a round or without one.
pub(super) fn left(read: ReadStats) {
    let ReadStats { operation: kind, asked, keys: sent, .. } = read;
    counter!(ASKED, KIND => kind.clone()).increment(asked);
    counter!(SENT, KIND => kind.clone()).increment(sent);
    counter!(SAVED, KIND => kind).increment(asked.saturating_sub(sent));
}

/// The store has answered its part of a round.
pub(super) fn store_answered(statements: u64, outcomes: &[(&'static str, Outcome)], time: Duration) {
    counter!(STATEMENTS).increment(statements);
    histogram!(DURATION, OF => "store").record(time);
    outcomes.iter().for_each(|(kind, outcome)| came_of(Cow::Borrowed(kind), *outcome));
}

/// A source has answered.
pub(super) fn source_answered(source: Cow<'static, str>, outcome: Outcome, time: Duration) {
    counter!(CALLS, KIND => source.clone()).increment(outcome.calls);
    histogram!(DURATION, OF => source.clone()).record(time);
    came_of(source, outcome);
}

fn came_of(kind: Cow<'static, str>, outcome: Outcome) {
    counter!(MISSING, KIND => kind.clone()).increment(outcome.missing);
    counter!(FAILED, KIND => kind).increment(outcome.failed);
}
