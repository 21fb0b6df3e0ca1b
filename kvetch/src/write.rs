//! What can be written, and what a write answers.

use crate::change::Touched;
use crate::id::{EdgeType, IndexId, NodeId, NodeType, Timestamp, WriteId};
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

/// A node to be found by a unique value and changed, or created where nobody has the value.
#[derive(Debug, Clone, PartialEq)]
pub struct Upsert {
    /// Its type.
    pub node_type: NodeType,
    /// The unique index.
    pub by: IndexId,
    /// What to set, the unique value among it. In a node that is there a null clears and what is
    /// absent stays; in a new one nulls are left out.
    pub set: Props,
    /// A node to lie beside, if it has to be created.
    pub near: Option<NodeId>,
    /// The name of this write, if it may have to be repeated. A repetition is looked for on every
    /// shard, since the node may have given up the value meanwhile.
    pub write_id: Option<WriteId>,
}

impl Upsert {
    /// Sets these props in the node that the index finds under the value among them.
    pub fn new(node_type: NodeType, by: IndexId, set: Props) -> Self {
        Self { node_type, by, set, near: None, write_id: None }
    }
}

/// A stored edge to be there.
#[derive(Debug, Clone, PartialEq)]
pub struct PutEdge {
    /// The edge. Not an inverse: an edge is written from where it leads from.
    pub edge: EdgeType,
    /// Where it leads from.
    pub from: NodeId,
    /// Where it leads to.
    pub to: NodeId,
    /// Its props, all of them: those it had are replaced.
    pub props: Props,
    /// Its place among the edges of its source. Without it an edge that is there keeps its place,
    /// and a new one goes by the moment, in microseconds.
    pub sort_key: Option<i64>,
    /// The name of this write, if it may have to be repeated.
    pub write_id: Option<WriteId>,
}

impl PutEdge {
    /// An edge without props.
    pub fn new(edge: EdgeType, from: NodeId, to: NodeId) -> Self {
        Self { edge, from, to, props: Props::new(), sort_key: None, write_id: None }
    }
}

/// A stored edge to be removed.
#[derive(Debug, Clone, PartialEq)]
pub struct DeleteEdge {
    /// The edge. Not an inverse.
    pub edge: EdgeType,
    /// Where it leads from.
    pub from: NodeId,
    /// Where it leads to.
    pub to: NodeId,
    /// The name of this write, if it may have to be repeated.
    pub write_id: Option<WriteId>,
}

impl DeleteEdge {
    /// Removes the edge.
    pub fn new(edge: EdgeType, from: NodeId, to: NodeId) -> Self {
        Self { edge, from, to, write_id: None }
    }
}

/// A stored edge that is to be put back as it was.
#[derive(Debug, Clone, PartialEq)]
pub struct EdgeToRestore {
    /// The edge. Not an inverse.
    pub edge: EdgeType,
    /// Where it leads from.
    pub from: NodeId,
    /// Where it leads to.
    pub to: NodeId,
    /// Its place among the edges of its source.
    pub sort_key: i64,
    /// Its props.
    pub props: Props,
}

/// What became of something that was to be put back as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restored {
    /// It was put back.
    Put {
        /// Shards whose derived rows are still to follow. 0 when all is done.
        pending: u32,
    },
    /// It was there already, just so.
    Already,
}

/// One of several writes that are done together.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// Creates a node.
    Create(Create),
    /// Changes a node.
    Update(Update),
    /// Deletes a node.
    Delete(Delete),
    /// Makes or changes a stored edge.
    PutEdge(PutEdge),
    /// Removes a stored edge.
    DeleteEdge(DeleteEdge),
}

/// A write that is committed.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The node after the write; for a delete, as it was; for an edge, the node it leads from.
    pub node: Node,
    /// Shards whose derived rows are still to follow, and further steps of a deletion. 0 when all
    /// is done.
    pub pending: u32,
    /// What a cache has to forget.
    pub touched: Vec<Touched>,
}
