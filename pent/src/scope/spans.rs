//! Spans of what is read for a request: a round, each read in it, and what rules are asked.

use tracing::{Span, debug_span, field};

use super::stats::{Outcome, ReadPlace, ReadStats};

/// Makes spans that belong to the request whose span was current when its scope was made.
#[derive(Debug, Default)]
pub(super) struct Spans {
    request: Option<Span>,
}

/// The span of a round, and those of its reads by their place in it; none where nobody listens.
#[derive(Debug, Clone)]
pub(super) struct RoundSpans {
    round: Span,
    reads: Vec<Span>,
}

impl Spans {
    pub(super) fn current() -> Self {
        Self { request: Some(Span::current()).filter(|span| !span.is_none()) }
    }

    /// A round leaves. What it reads is asked for only if somebody listens.
    pub(super) fn round(&self, number: usize, reads: impl FnOnce() -> Vec<ReadStats>) -> RoundSpans {
        let round = debug_span!(
            target: "pent::scope",
            parent: self.parent(),
            "round",
            number,
            kinds = field::Empty,
            asked = field::Empty,
            sent = field::Empty,
            statements = field::Empty,
        );
        if round.is_disabled() {
            return RoundSpans { round, reads: Vec::new() };
        }
        let reads = reads();
        round.record("kinds", reads.len());
        round.record("asked", reads.iter().map(|read| read.asked).sum::<u64>());
        round.record("sent", reads.iter().map(|read| read.keys).sum::<u64>());
        let reads = reads.iter().map(|read| span_of(read, round.id())).collect();
        RoundSpans { round, reads }
    }

    /// Keys leave that no round carries.
    pub(super) fn read(&self, read: &ReadStats) -> Span {
        span_of(read, self.parent())
    }

    /// Rules are asked; nodes that they deny are missing.
    pub(super) fn rules(&self, asked: &ReadStats) -> Span {
        debug_span!(
            target: "pent::scope",
            parent: self.parent(),
            "rules",
            of = asked.of,
            asked = asked.asked,
            sent = asked.keys,
            missing = field::Empty,
            failed = field::Empty,
            calls = field::Empty,
        )
    }

    fn parent(&self) -> Option<tracing::Id> {
        self.request.as_ref().and_then(Span::id)
    }
}

impl RoundSpans {
    /// The round as a whole.
    pub(super) fn round(&self) -> &Span {
        &self.round
    }

    /// One of its reads.
    pub(super) fn read(&self, place: ReadPlace) -> Span {
        let ReadPlace::InRound { position, .. } = place else { return Span::none() };
        self.reads.get(position).cloned().unwrap_or_else(Span::none)
    }

    /// The store has answered its part of a round: the reads in front.
    pub(super) fn answered(self, statements: u64, outcomes: &[(&'static str, Outcome)]) {
        self.round.record("statements", statements);
        self.reads.iter().zip(outcomes).for_each(|(read, (_, outcome))| answered(read, *outcome));
    }
}

/// A read or rules have been answered.
pub(super) fn answered(span: &Span, outcome: Outcome) {
    let Outcome { missing, failed, calls } = outcome;
    span.record("missing", missing);
    span.record("failed", failed);
    if calls > 0 {
        span.record("calls", calls);
    }
}

fn span_of(read: &ReadStats, parent: Option<tracing::Id>) -> Span {
    debug_span!(
        target: "pent::scope",
        parent: parent,
        "read",
        kind = &*read.operation,
        of = read.of,
        asked = read.asked,
        sent = read.keys,
        missing = field::Empty,
        failed = field::Empty,
        calls = field::Empty,
    )
}
