//! Derived rows as a shard keeps them, for those who go through all of it.

use std::collections::BTreeMap;

use crate::body::Body;
use crate::error::Result;
use crate::id::{NodeId, NodeType, Nonce, Timestamp};
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

/// What is left of a deleted node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tombstone {
    /// The type it had.
    pub node_type: NodeType,
    /// The version of its deletion, or of the last step of it.
    pub version: u64,
    /// When it was deleted.
    pub deleted: Timestamp,
}

/// How much a shard holds. Every number is counted, none is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census {
    /// Nodes by type; types without one are not named.
    pub nodes: BTreeMap<NodeType, u64>,
    /// What is left of deleted nodes.
    pub tombstones: u64,
    /// Nodes whose changes on other shards are still to be applied.
    pub intents: u64,
    /// Fences, and marks of decided attempts to claim.
    pub fences: u64,
    /// Outcomes of writes that came with a write id.
    pub recorded: u64,
}
