//! What a scope has read, for explanations and for tests that count.

use std::borrow::Cow;
use std::ops::AddAssign;
use std::time::Duration;

/// What a scope has read so far. Displayed it is a text for people, [`Stats::to_json`] is for programs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// One entry per round, in the order in which they left.
    pub rounds: Vec<RoundStats>,
    /// What privacy rules were asked, batch by batch: between rounds, and in none of them. The nodes that they deny are
    /// those that are missing.
    pub rules: Vec<ReadStats>,
    /// What sources were asked that do not wait for a round ([`Source::immediate`](crate::Source::immediate)), batch by
    /// batch.
    pub immediate: Vec<ReadStats>,
    /// How many keys were asked for since the last round of their kind: they were known, or are yet to be sent.
    pub asked_since: u64,
}

/// One round.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoundStats {
    /// What was read, kind by kind.
    pub reads: Vec<ReadStats>,
    /// How many statements it took: one per kind of read, shard and chunk. Zero until it is answered.
    pub statements: u64,
}

/// One kind of read within a round. Two are equal when they asked for as much and found as much; time does not count.
#[derive(Debug, Clone, Eq)]
pub struct ReadStats {
    /// The operation, `nodes`, `edges`, `counts`, `find` or `browse`, or the name of a source.
    pub operation: Cow<'static, str>,
    /// What of, by the names of the schema: an edge, an index, a type, with the size of the page; for sources what they
    /// say ([`Source::describe`](crate::Source::describe)). Empty for nodes by id.
    pub of: String,
    /// How many keys were asked for since this kind's last round: duplicates, known ones and abandoned ones included.
    pub asked: u64,
    /// How many keys were sent.
    pub keys: u64,
    /// How many of them have nothing: a node that is not there, an index value without a node, a key that a source
    /// leaves out.
    pub missing: u64,
    /// How many of them were answered with an error.
    pub failed: u64,
    /// How many calls of a source it took, or of the store where one call does not take so many keys
    /// ([`KeysPerCall`](crate::KeysPerCall)). Zero for the store otherwise, whose statements are counted round by round.
    pub calls: u64,
    /// From its leaving until its answer was taken in; `None` while it is under way.
    pub time: Option<Duration>,
}

impl Stats {
    /// How many statements the engines ran.
    pub fn statements(&self) -> u64 {
        self.rounds.iter().map(|round| round.statements).sum()
    }

    /// How many keys were sent.
    pub fn keys(&self) -> u64 {
        self.reads().map(|read| read.keys).sum()
    }

    /// How many keys were asked for, with duplicates and with those that were known.
    pub fn asked(&self) -> u64 {
        self.reads().map(|read| read.asked).sum::<u64>() + self.asked_since
    }

    /// For tests: that so many rounds have left.
    ///
    /// # Panics
    /// When it were others, with the explanation of what was read.
    #[track_caller]
    pub fn assert_rounds(&self, expected: usize) {
        let found = self.rounds.len();
        assert!(found == expected, "expected {expected} rounds, found {found}\n\n{self}");
    }

    /// For tests: that so many statements were enough.
    ///
    /// # Panics
    /// When it were more, with the explanation of what was read.
    #[track_caller]
    pub fn assert_statements_at_most(&self, most: u64) {
        let found = self.statements();
        assert!(found <= most, "expected at most {most} statements, found {found}\n\n{self}");
    }

    fn reads(&self) -> impl Iterator<Item = &ReadStats> {
        self.rounds.iter().flat_map(|round| &round.reads).chain(&self.immediate)
    }

    /// A round leaves, so far with these reads; the answer is its place.
    pub(super) fn note_round(&mut self, reads: Vec<ReadStats>) -> usize {
        self.rounds.push(RoundStats { reads, statements: 0 });
        self.rounds.len() - 1
    }

    /// A read leaves with the last round.
    pub(super) fn note_read(&mut self, read: ReadStats) -> ReadPlace {
        let round = self.rounds.len() - 1;
        self.rounds[round].reads.push(read);
        ReadPlace::InRound { round, position: self.rounds[round].reads.len() - 1 }
    }

    /// A read leaves by itself.
    pub(super) fn note_immediate(&mut self, read: ReadStats) -> ReadPlace {
        self.immediate.push(read);
        ReadPlace::Immediate(self.immediate.len() - 1)
    }

    /// Rules are asked; the answer is the place of what they will say.
    pub(super) fn note_rules(&mut self, asked: ReadStats) -> usize {
        self.rules.push(asked);
        self.rules.len() - 1
    }

    /// Rules have answered.
    pub(super) fn note_verdicts(&mut self, place: usize, outcome: Outcome, time: Duration) {
        self.rules[place].note(outcome, time);
    }

    /// The operation of a read, or its source.
    #[cfg(feature = "metrics")]
    pub(super) fn operation(&self, place: ReadPlace) -> Cow<'static, str> {
        match place {
            ReadPlace::InRound { round, position } => self.rounds[round].reads[position].operation.clone(),
            ReadPlace::Immediate(position) => self.immediate[position].operation.clone(),
        }
    }

    /// A read has been answered.
    pub(super) fn note_answer(&mut self, place: ReadPlace, outcome: Outcome, time: Duration) {
        let read = match place {
            ReadPlace::InRound { round, position } => &mut self.rounds[round].reads[position],
            ReadPlace::Immediate(position) => &mut self.immediate[position],
        };
        read.note(outcome, time);
    }
}

impl RoundStats {
    /// From its leaving until its last answer was taken in; `None` while one is under way.
    pub fn time(&self) -> Option<Duration> {
        self.reads.iter().map(|read| read.time).try_fold(Duration::ZERO, |longest, time| Some(longest.max(time?)))
    }
}

impl ReadStats {
    pub(super) fn new(operation: impl Into<Cow<'static, str>>, asked: u64, keys: usize) -> Self {
        let (operation, keys) = (operation.into(), keys as u64);
        Self { operation, of: String::new(), asked, keys, missing: 0, failed: 0, calls: 0, time: None }
    }

    fn note(&mut self, outcome: Outcome, time: Duration) {
        self.missing = outcome.missing;
        self.failed = outcome.failed;
        self.calls = outcome.calls;
        self.time = Some(time);
    }
}

impl PartialEq for ReadStats {
    fn eq(&self, other: &Self) -> bool {
        let Self { operation, of, asked, keys, missing, failed, calls, time: _ } = self;
        (operation, of, asked, keys, missing, failed, calls)
            == (&other.operation, &other.of, &other.asked, &other.keys, &other.missing, &other.failed, &other.calls)
    }
}

/// Which read it is.
#[derive(Debug, Clone, Copy)]
pub(super) enum ReadPlace {
    InRound { round: usize, position: usize },
    Immediate(usize),
}

/// What came of the keys of a read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Outcome {
    pub(super) missing: u64,
    pub(super) failed: u64,
    pub(super) calls: u64,
}

impl Outcome {
    /// What came of one key.
    pub(super) fn of<V, E>(answer: &Result<V, E>, is_absent: impl Fn(&V) -> bool) -> Self {
        Self { missing: u64::from(answer.as_ref().is_ok_and(is_absent)), failed: u64::from(answer.is_err()), calls: 0 }
    }
}

impl AddAssign for Outcome {
    fn add_assign(&mut self, other: Self) {
        self.missing += other.missing;
        self.failed += other.failed;
        self.calls += other.calls;
    }
}
