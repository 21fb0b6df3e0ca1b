//! Derived rows and what is to be done to them.

mod encoded;

use crate::id::{EdgeType, IndexId, NodeId, NodeType, Nonce};
use crate::index_key::IndexKey;
use crate::node::Node;
use crate::value::Value;

pub(crate) use encoded::{
    changes_from_bytes, changes_to_bytes, outcome_from_bytes, outcome_to_bytes,
};

/// The key of a derived row. The order of rows is the one order in which every transaction takes
/// them, so that two of them never wait for each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Row {
    /// An edge, and with its coming and going the count of its source.
    Edge {
        /// The edge.
        edge: EdgeType,
        /// Where it leads from.
        from: NodeId,
        /// Where it leads to.
        to: NodeId,
    },
    /// An entry of an index.
    Entry {
        /// The index.
        index: IndexId,
        /// The value.
        value: IndexKey,
        /// The node that has the value.
        target: NodeId,
    },
    /// The claim of a unique value.
    Claim {
        /// The unique index.
        index: IndexId,
        /// The value.
        value: IndexKey,
        /// The node that has the value.
        holder: NodeId,
    },
}

/// What is to be true of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The edge is there, in this place of the order.
    PutEdge {
        /// Its place.
        sort_key: i64,
    },
    /// The entry is there.
    PutEntry,
    /// The claim is held. The nonce is the one it was claimed with, if that happened on another shard.
    PutClaim {
        /// The mark of the attempt.
        nonce: Option<Nonce>,
    },
    /// The row is not there.
    Remove,
    /// The claim is given up, also as the attempt that this nonce marks.
    RemoveClaim {
        /// The mark of an attempt that an older version of the node made and that may not be
        /// confirmed yet.
        nonce: Option<Nonce>,
    },
}

/// A derived row and what is to be true of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The row.
    pub row: Row,
    /// What is to be true of it.
    pub action: Action,
}

impl Change {
    /// What replaces an older change to the same row that may not have been applied. A claim that
    /// is given up takes the mark of its attempt along: it may stand there unconfirmed.
    pub(crate) fn after(self, older: &Change) -> Self {
        match (self.action, older.action) {
            (
                Action::RemoveClaim { nonce: None },
                Action::PutClaim { nonce } | Action::RemoveClaim { nonce },
            ) => Self {
                row: self.row,
                action: Action::RemoveClaim { nonce },
            },
            _ => self,
        }
    }
}

/// What a write may have changed the answer to. A cache forgets exactly these.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Touched {
    /// The node itself.
    Node(NodeId),
    /// The edges of one type from one node, and their count.
    Edges(EdgeType, NodeId),
    /// What an index finds under one value.
    Index(IndexId, Value),
    /// The nodes of a type.
    Browse(NodeType),
}

/// What these changes to derived rows of a node touched, the node and its type included.
pub(crate) fn touched(node: &Node, changes: &[Change]) -> Vec<Touched> {
    let mut touched = vec![Touched::Node(node.id), Touched::Browse(node.node_type)];
    for change in changes {
        let of_row = match &change.row {
            Row::Edge { edge, from, .. } => Touched::Edges(*edge, *from),
            Row::Entry { index, value, .. } | Row::Claim { index, value, .. } => {
                match value.to_value() {
                    Ok(value) => Touched::Index(*index, value),
                    // Only keys that were made from a value come here.
                    Err(_) => continue,
                }
            }
        };
        if !touched.contains(&of_row) {
            touched.push(of_row);
        }
    }
    touched
}
