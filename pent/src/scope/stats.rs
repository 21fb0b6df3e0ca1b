//! What a scope has read, for explanations and for tests that count.

use std::borrow::Cow;

/// What a scope has read so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// One entry per round, in the order in which they left.
    pub rounds: Vec<RoundStats>,
}

impl Stats {
    /// How many statements the engines ran.
    pub fn statements(&self) -> u64 {
        self.rounds.iter().map(|round| round.statements).sum()
    }

    /// Notes batches of sources, which leave with the round to the store or, if there is none, are a round by themselves.
    pub(super) fn note_batches(&mut self, alone: bool, batches: Vec<ReadStats>) {
        if alone {
            self.rounds.push(RoundStats::default());
        }
        if let Some(round) = self.rounds.last_mut() {
            round.reads.extend(batches);
        }
    }

    /// How many keys were sent.
    pub fn keys(&self) -> u64 {
        self.rounds.iter().flat_map(|round| &round.reads).map(|read| read.keys).sum()
    }
}

/// One round.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoundStats {
    /// What was read, kind by kind.
    pub reads: Vec<ReadStats>,
    /// How many statements it took: one per kind of read, shard and chunk. Zero until it is answered.
    pub statements: u64,
}

/// One kind of read within a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadStats {
    /// The operation, `nodes`, `edges`, `counts`, `find` or `browse`, or the name of a source.
    pub operation: Cow<'static, str>,
    /// How many keys were sent.
    pub keys: u64,
}
