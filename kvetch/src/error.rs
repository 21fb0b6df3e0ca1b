//! The one error of this crate.

use std::path::PathBuf;
use std::sync::Arc;

use crate::id::{NodeId, NodeType};

/// A result whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, and on what.
///
/// Cheap to clone, because one failed batch answers every waiter with the same error. An absent
/// node is not an error: reads answer `None` for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A write names a node that is not there.
    #[error("node {node} does not exist")]
    NotFound {
        /// The node that was named.
        node: NodeId,
    },
    /// A create names the id of a deleted node.
    #[error("node {node} was deleted and its id is not given out again")]
    Gone {
        /// The id that was asked for.
        node: NodeId,
    },
    /// A create names the id of a node that is there.
    #[error("node {node} already exists")]
    Exists {
        /// The id that was asked for.
        node: NodeId,
    },
    /// A write or a load names another type than the node has.
    #[error("node {node} is a {found}, not a {expected}")]
    WrongType {
        /// The node that was named.
        node: NodeId,
        /// The name of the type that was expected.
        expected: Arc<str>,
        /// The name of the type the node has.
        found: Arc<str>,
    },
    /// The node changed since the caller read it.
    #[error("node {node} is at version {found}, not at the expected {expected}")]
    Conflict {
        /// The node that was named.
        node: NodeId,
        /// The version the caller expected.
        expected: u64,
        /// The version the node is at.
        found: u64,
    },
    /// A unique value belongs to another node.
    #[error("index {index} is unique and node {holder} holds this value")]
    Duplicate {
        /// The name of the unique index.
        index: Arc<str>,
        /// The node that holds the value.
        holder: NodeId,
    },
    /// A unique value is being claimed by another write whose end is not known yet.
    #[error("index {index} is unique and a write to node {holder} is claiming this value")]
    ClaimPending {
        /// The name of the unique index.
        index: Arc<str>,
        /// The node whose write claims the value.
        holder: NodeId,
    },
    /// Other nodes store the id of a node that is to be deleted, and their edge forbids it.
    #[error("node {node} cannot be deleted while node {by} stores its id ({edge})")]
    Restricted {
        /// The node that was to be deleted.
        node: NodeId,
        /// The name of the edge that follows from the stored id.
        edge: Arc<str>,
        /// One of the nodes that store it.
        by: NodeId,
    },
    /// A stored edge is named that is not there.
    #[error("there is no edge {edge} from node {from} to node {to}")]
    EdgeNotFound {
        /// The name of the edge.
        edge: Arc<str>,
        /// Where it would lead from.
        from: NodeId,
        /// Where it would lead to.
        to: NodeId,
    },
    /// A stored edge that was to be put back is there with another place or other props.
    #[error("the edge {edge} from node {from} to node {to} is there already, with another place or other props")]
    EdgeDiffers {
        /// The name of the edge.
        edge: Arc<str>,
        /// Where it leads from.
        from: NodeId,
        /// Where it leads to.
        to: NodeId,
    },
    /// So much that follows from a node is still to be delivered to other shards that it takes no
    /// more writes until they have answered.
    #[error("node {node} has {changes} changes waiting for other shards and takes no more")]
    Backlogged {
        /// The node.
        node: NodeId,
        /// How many rows wait, those of the refused write included.
        changes: usize,
    },
    /// What is stored of a node does not decode.
    #[error("the stored body of node {node} is corrupt: {reason}")]
    Corrupt {
        /// The node.
        node: NodeId,
        /// What does not decode.
        reason: Arc<str>,
    },
    /// The store has nodes of a type that no schema of it ever had.
    #[error("there are nodes of type {node_type}, which the schema does not have, on shard {shard}: {nodes}")]
    UnknownType {
        /// The type.
        node_type: NodeType,
        /// Where they are.
        shard: u16,
        /// How many there are.
        nodes: u64,
    },
    /// Bytes that should be a body do not decode.
    #[error("the body is corrupt: {reason}")]
    CorruptBody {
        /// What does not decode.
        reason: Arc<str>,
    },
    /// A record of the store's own (an intent, its meta data) does not decode.
    #[error("the store's {record} is corrupt: {reason}")]
    CorruptRecord {
        /// Which record.
        record: Arc<str>,
        /// What does not decode.
        reason: Arc<str>,
    },
    /// The edge that a bare node id named as a cursor is gone, and so is the node.
    #[error("the edge to node {to} that the page should start after is gone")]
    CursorGone {
        /// The node the cursor named.
        to: NodeId,
    },
    /// Another process has the store open.
    #[error("the store in {path} is open in another process")]
    Locked {
        /// The directory.
        path: PathBuf,
    },
    /// A newer version of this library wrote the store.
    #[error("the store has format {found}; this version reads formats up to {supported}")]
    NewerFormat {
        /// The format of the store.
        found: i64,
        /// The newest format this version reads.
        supported: i64,
    },
    /// The place holds something else than a store.
    #[error("{place} is not a kvetch store: {reason}")]
    NotAStore {
        /// The directory or file.
        place: Arc<str>,
        /// What was found instead.
        reason: Arc<str>,
    },
    /// The store has another number of shards than was asked for.
    #[error(
        "the store has {}, and {asked} {} asked for; leave `shards=` away or say `?shards={stored}`, and name all \
         addresses of a store that has several",
        shards(*stored),
        if *asked == 1 { "was" } else { "were" }
    )]
    ShardCount {
        /// The number in the store.
        stored: usize,
        /// The number that was asked for.
        asked: usize,
    },
    /// The shards disagree about which of them holds what.
    #[error(
        "shard {shard} has epoch {found} of the shard map and shard 0 has epoch {expected}: one of them was put back \
         from a backup of another time, or a change of the map was interrupted; put back all shards of one time, or \
         finish the change, before anything is read or written"
    )]
    ShardMapEpoch {
        /// The shard that differs.
        shard: u16,
        /// The epoch of its map.
        found: u64,
        /// The epoch of the map on the first shard.
        expected: u64,
    },
    /// The schema says something else than the schema the data was written under.
    #[error("the schema contradicts the store: {difference}")]
    SchemaContradicts {
        /// The first difference.
        difference: Arc<str>,
    },
    /// The schema contradicts itself.
    #[error("the schema is not valid: {reason}")]
    InvalidSchema {
        /// What is wrong with it.
        reason: Arc<str>,
    },
    /// A new edge or index does not cover the data that was there before it.
    #[error("{what} was added to a store with data and is not filled in yet")]
    NotReady {
        /// The edge or index, by name.
        what: Arc<str>,
    },
    /// An argument that no store would accept.
    #[error("{reason}")]
    InvalidArgument {
        /// What is wrong with it.
        reason: Arc<str>,
    },
    /// Something is larger than its named limit (see [`crate::limits`]).
    #[error("{what} is {found}, over the limit of {limit}")]
    OverLimit {
        /// What was measured, with its unit.
        what: &'static str,
        /// Its size.
        found: u64,
        /// The limit.
        limit: u64,
    },
    /// A shard did not answer, or the store is closed.
    #[error("the store is not available: {reason}")]
    Unavailable {
        /// Why.
        reason: Arc<str>,
    },
    /// The engine under a shard failed (a full disk, an input/output error).
    #[error("the storage engine failed: {reason}")]
    Engine {
        /// What the engine said.
        reason: Arc<str>,
    },
}

impl Error {
    /// Whether the same call may succeed later without any change to it.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Unavailable { .. } | Self::ClaimPending { .. } | Self::NotReady { .. } | Self::Backlogged { .. }
        )
    }

    /// Whether the store holds something that stands in the way of a write: another version, the
    /// same id, the same unique value, nodes that forbid a deletion.
    pub fn is_conflict(&self) -> bool {
        matches!(
            self,
            Self::Conflict { .. }
                | Self::Exists { .. }
                | Self::EdgeDiffers { .. }
                | Self::Duplicate { .. }
                | Self::ClaimPending { .. }
                | Self::Restricted { .. }
        )
    }

    /// Whether the node or edge that was named is not there, never was or no longer.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. } | Self::Gone { .. } | Self::EdgeNotFound { .. })
    }

    /// A stable word for programs to compare with.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::Gone { .. } => "gone",
            Self::Exists { .. } => "exists",
            Self::WrongType { .. } => "wrong_type",
            Self::Conflict { .. } => "conflict",
            Self::Duplicate { .. } => "duplicate",
            Self::ClaimPending { .. } => "claim_pending",
            Self::Restricted { .. } => "restricted",
            Self::EdgeNotFound { .. } => "edge_not_found",
            Self::EdgeDiffers { .. } => "edge_differs",
            Self::Backlogged { .. } => "backlogged",
            Self::UnknownType { .. } => "unknown_type",
            Self::Corrupt { .. } | Self::CorruptBody { .. } | Self::CorruptRecord { .. } => "corrupt",
            Self::CursorGone { .. } => "cursor_gone",
            Self::Locked { .. } => "locked",
            Self::NewerFormat { .. } => "newer_format",
            Self::NotAStore { .. } => "not_a_store",
            Self::ShardCount { .. } => "shard_count",
            Self::ShardMapEpoch { .. } => "shard_map_epoch",
            Self::SchemaContradicts { .. } => "schema_contradicts",
            Self::InvalidSchema { .. } => "invalid_schema",
            Self::NotReady { .. } => "not_ready",
            Self::InvalidArgument { .. } => "invalid_argument",
            Self::OverLimit { .. } => "over_limit",
            Self::Unavailable { .. } => "unavailable",
            Self::Engine { .. } => "engine",
        }
    }

    pub(crate) fn invalid(reason: impl Into<Arc<str>>) -> Self {
        Self::InvalidArgument { reason: reason.into() }
    }

    pub(crate) fn unavailable(reason: impl Into<Arc<str>>) -> Self {
        Self::Unavailable { reason: reason.into() }
    }

    pub(crate) fn corrupt_record(record: &str, reason: impl Into<Arc<str>>) -> Self {
        Self::CorruptRecord { record: record.into(), reason: reason.into() }
    }

    /// Puts the node's name on an error about its body.
    pub(crate) fn of_node(self, node: NodeId) -> Self {
        match self {
            Self::CorruptBody { reason } => Self::Corrupt { node, reason },
            other => other,
        }
    }
}

fn shards(number: usize) -> String {
    if number == 1 { "1 shard".to_owned() } else { format!("{number} shards") }
}

/// Refuses what is over its named limit.
pub(crate) fn within(what: &'static str, found: usize, limit: usize) -> Result<()> {
    if found > limit {
        return Err(Error::OverLimit { what, found: found as u64, limit: limit as u64 });
    }
    Ok(())
}
