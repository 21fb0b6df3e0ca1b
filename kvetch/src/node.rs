//! A node as it is read.

use crate::body::Body;
use crate::id::{NodeId, NodeType, Timestamp};

/// A node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its id, for good.
    pub id: NodeId,
    /// Its type, for good.
    pub node_type: NodeType,
    /// How often it was written: 1 after its creation.
    pub version: u64,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last written.
    pub updated: Timestamp,
    /// Its props.
    pub body: Body,
}
