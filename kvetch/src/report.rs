//! What comparing a store with its nodes finds.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::change::Row;
use crate::error::{Error, Result};
use crate::id::{EdgeType, NodeId};
use crate::limits::DRIFT_EXAMPLES;
use crate::shard_map::ShardIdx;

/// How a store is compared with its nodes, and mended.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct VerifyOptions {
    /// How many rows to read in a second, at most. `None`, the default, reads as fast as the shards answer.
    pub rows_per_second: Option<u64>,
    /// Where an earlier report ended. `None`, the default, begins at the beginning.
    pub from: Option<Position>,
}

/// How far a comparison has come: a number of parts of the schema. A part that was interrupted is
/// begun again. Its text form can be kept and parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(pub(crate) usize);

impl Position {
    /// How many parts came before it.
    pub fn parts(self) -> usize {
        self.0
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "part-{}", self.0)
    }
}

impl FromStr for Position {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let number = text.strip_prefix("part-").and_then(|number| number.parse().ok());
        number.map(Self).ok_or_else(|| Error::invalid(format!("{text:?} is no position of a report")))
    }
}

/// The ways in which rows can differ from what the nodes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DriftClass {
    /// A node stores an id, and the edge that follows is not there.
    EdgeMissing,
    /// A derived edge leads to a node that does not store the id it leads from, or is not there.
    EdgeDangling,
    /// A derived edge has another sort key than its node says.
    SortKeyWrong,
    /// A count does not say how many edges there are.
    CountWrong,
    /// A node has a value, and the index has no entry for it.
    EntryMissing,
    /// An index says that a node has a value which it does not have.
    EntryDangling,
    /// A node has a unique value that is nobody's.
    ClaimMissing,
    /// A unique value belongs to a node that does not have it.
    ClaimStale,
    /// An attempt to claim a value was left, by a writer who went away.
    AttemptStale,
    /// Two nodes have the same unique value. Which one is to give it up cannot be known here, so
    /// that this alone is not mended.
    ValueShared,
    /// A stored edge can be read from where it leads from, and not from where it leads to.
    HalfMissing,
    /// A stored edge can be read from where it leads to only, or one of its ends is not there.
    HalfDangling,
    /// The halves of a stored edge differ in their sort key or props.
    HalvesDiffer,
    /// A row lies on a shard that nobody looks for it on.
    Misplaced,
}

impl DriftClass {
    /// Its name, for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::EdgeMissing => "edge_missing",
            Self::EdgeDangling => "edge_dangling",
            Self::SortKeyWrong => "sort_key_wrong",
            Self::CountWrong => "count_wrong",
            Self::EntryMissing => "entry_missing",
            Self::EntryDangling => "entry_dangling",
            Self::ClaimMissing => "claim_missing",
            Self::ClaimStale => "claim_stale",
            Self::AttemptStale => "attempt_stale",
            Self::ValueShared => "value_shared",
            Self::HalfMissing => "half_missing",
            Self::HalfDangling => "half_dangling",
            Self::HalvesDiffer => "halves_differ",
            Self::Misplaced => "misplaced",
        }
    }
}

impl fmt::Display for DriftClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Differing {
    /// A row; of a stored edge, its half with the node that it leads from.
    Row(Row),
    /// A count: of these edges from this node.
    Count(EdgeType, NodeId),
}

/// What was found of one class.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drift {
    /// How much.
    pub count: u64,
    /// The first few.
    pub examples: Vec<Differing>,
}

impl Drift {
    pub(crate) fn add(&mut self, what: Differing) {
        self.count += 1;
        if self.examples.len() < DRIFT_EXAMPLES {
            self.examples.push(what);
        }
    }
}

/// What a comparison found, so far or in all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Derived rows that were read and compared: edges, counts, entries, claims.
    pub rows: u64,
    /// Nodes whose rows were derived.
    pub nodes: u64,
    /// Rows that differ because an intent that names them is not applied yet. They are no drift.
    pub pending: u64,
    /// What differs, by class. Nothing where all is in step.
    pub drift: BTreeMap<DriftClass, Drift>,
    /// What a repair brought back in step, by class.
    pub mended: BTreeMap<DriftClass, u64>,
    /// What a repair could not bring back in step: the shard of it does not answer, or it is a
    /// [`DriftClass::ValueShared`].
    pub left: u64,
    /// Shards that could not be read, and why. Rows on them were not seen, and neither was what follows
    /// from their nodes; everything else was compared.
    pub unseen: BTreeMap<u16, Error>,
    /// Rows that changed each time they were looked at again, so that nothing is said of them, and rows of nodes that
    /// cannot be read.
    pub undecided: u64,
    /// Nodes that cannot be read, lie on the wrong shard, or are of a type that the schema does not have, the first few.
    pub unreadable: Vec<Error>,
    /// How many parts there are in all; the position counts them.
    pub parts: usize,
    /// Where to go on. Nothing at the end.
    pub position: Option<Position>,
}

impl Report {
    /// Whether everything was seen and nothing differs.
    pub fn is_clean(&self) -> bool {
        self.drift.is_empty() && self.unseen.is_empty() && self.undecided == 0 && self.unreadable.is_empty()
    }

    /// How much of a class was found.
    pub fn drift_of(&self, class: DriftClass) -> u64 {
        self.drift.get(&class).map_or(0, |drift| drift.count)
    }

    pub(crate) fn lost(&mut self, shard: ShardIdx, error: Error) {
        self.unseen.insert(shard.0, error);
    }

    pub(crate) fn cannot_read(&mut self, error: Error) {
        if self.unreadable.len() < DRIFT_EXAMPLES {
            self.unreadable.push(error);
        }
    }
}
