//! Derived rows as a shard keeps them, for those who go through all of it.

use crate::body::Body;
use crate::error::Result;
use crate::id::{NodeId, Nonce, Timestamp};
use crate::index_key::IndexKey;

/// An edge of one type, derived or half of a stored one, with both of its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeRow {
    /// Where it leads from.
    pub from: NodeId,
    /// Its place among the edges of its source.
    pub sort_key: i64,
    /// Where it leads to.
    pub to: NodeId,
    /// What is stored on it, if that decodes. Derived edges have nothing there.
    pub props: Result<Option<Body>>,
}

impl EdgeRow {
    /// Its key among the rows of its type.
    pub fn key(&self) -> EdgeKey {
        (self.from, self.sort_key, self.to)
    }
}

/// The key of an edge among those of its type: from, sort key, to.
pub type EdgeKey = (NodeId, i64, NodeId);

/// The claim of a unique value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRow {
    /// The value.
    pub value: IndexKey,
    /// The node that has it, or attempts to.
    pub holder: NodeId,
    /// The holder's version that took the value; 0 while none has.
    pub version: u64,
    /// The mark of an attempt that is under way.
    pub nonce: Option<Nonce>,
    /// When it was claimed.
    pub claimed: Timestamp,
}

/// A count beside what it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// What the count says; no row says 0.
    pub count: i64,
    /// How many edges there are.
    pub edges: i64,
}
