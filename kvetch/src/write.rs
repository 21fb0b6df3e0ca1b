//! What can be written, and what a write answers.

use crate::change::Touched;
use crate::id::{NodeId, NodeType, Timestamp, WriteId};
use crate::node::Node;
use crate::value::Props;

/// A node to be created.
#[derive(Debug, Clone, PartialEq)]
pub struct Create {
    /// Its type.
    pub node_type: NodeType,
    /// Its id. Without one it gets a new one.
    pub id: Option<NodeId>,
    /// A node to lie beside, so that both and what is derived between them are on one shard. Only
    /// without an id.
    pub near: Option<NodeId>,
    /// Its props. Nulls are left out.
    pub props: Props,
    /// When it was created. Without it, now.
    pub created: Option<Timestamp>,
    /// The name of this write, if it may have to be repeated.
    pub write_id: Option<WriteId>,
}

impl Create {
    /// A node with these props, a new id, created now.
    pub fn new(node_type: NodeType, props: Props) -> Self {
        Self { node_type, id: None, near: None, props, created: None, write_id: None }
    }
}

/// A node to be changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// The type it must have.
    pub node_type: NodeType,
    /// The node.
    pub id: NodeId,
    /// What to set. A null clears, what is absent stays.
    pub set: Props,
    /// The version it must be at, if the caller minds.
    pub expected_version: Option<u64>,
    /// The name of this write, if it may have to be repeated.
    pub write_id: Option<WriteId>,
}

impl Update {
    /// Sets these props, whatever the version.
    pub fn new(node_type: NodeType, id: NodeId, set: Props) -> Self {
        Self { node_type, id, set, expected_version: None, write_id: None }
    }
}

/// A node to be deleted.
#[derive(Debug, Clone, PartialEq)]
pub struct Delete {
    /// The type it must have.
    pub node_type: NodeType,
    /// The node.
    pub id: NodeId,
    /// The version it must be at, if the caller minds.
    pub expected_version: Option<u64>,
    /// The name of this write, if it may have to be repeated.
    pub write_id: Option<WriteId>,
}

impl Delete {
    /// Deletes the node, whatever its version.
    pub fn new(node_type: NodeType, id: NodeId) -> Self {
        Self { node_type, id, expected_version: None, write_id: None }
    }
}

/// A write that is committed.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The node after the write; for a delete, as it was.
    pub node: Node,
    /// Shards whose derived rows are still to follow. 0 when all are applied.
    pub pending: u32,
    /// What a cache has to forget.
    pub touched: Vec<Touched>,
}
