//! What a scope has read, for explanations and for tests that count.

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
    /// The operation: `nodes`, `edges`, `counts`, `find` or `browse`.
    pub operation: &'static str,
    /// How many keys were sent.
    pub keys: u64,
}
