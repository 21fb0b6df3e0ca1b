//! Derived rows and stored edges, and what is to be true of them.

mod encoded;

use crate::body::Body;
use crate::id::{EdgeType, IndexId, NodeId, NodeType, Nonce};
use crate::index_key::IndexKey;
use crate::node::Node;
use crate::value::Value;

pub(crate) use encoded::{intent_from_bytes, intent_to_bytes, outcome_from_bytes, outcome_to_bytes};

/// What is to be true of one derived row, or of one half of a stored edge.
///
/// Changes are absolute, not steps: to make one twice is to make it once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The edge is there, in this place of the order. With the coming and going of an edge the
    /// count of its source moves.
    PutEdge {
        /// The edge.
        edge: EdgeType,
        /// Where it leads from.
        from: NodeId,
        /// Where it leads to.
        to: NodeId,
        /// Its place among the edges of its source.
        sort_key: i64,
    },
    /// The half of a stored edge that lies with this end is there. It is put beside a living node
    /// only: the other end may have been deleted while the change was on its way.
    PutStoredEdge {
        /// The edge, or the inverse of one.
        edge: EdgeType,
        /// Where it leads from.
        from: NodeId,
        /// Where it leads to.
        to: NodeId,
        /// Its place among the edges of its source.
        sort_key: i64,
        /// Its props.
        props: Body,
    },
    /// The edge, derived or half of a stored one, is not there.
    RemoveEdge {
        /// The edge.
        edge: EdgeType,
        /// Where it leads from.
        from: NodeId,
        /// Where it leads to.
        to: NodeId,
    },
    /// The index has an entry for this value of the node.
    PutEntry {
        /// The index.
        index: IndexId,
        /// The value.
        value: IndexKey,
        /// The node.
        target: NodeId,
    },
    /// The index has no entry for this value of the node.
    RemoveEntry {
        /// The index.
        index: IndexId,
        /// The value.
        value: IndexKey,
        /// The node.
        target: NodeId,
    },
    /// The unique value is the node's.
    PutClaim {
        /// The unique index.
        index: IndexId,
        /// The value.
        value: IndexKey,
        /// The node.
        holder: NodeId,
        /// The mark of the attempt that this confirms, if the value was claimed before the write.
        nonce: Option<Nonce>,
    },
    /// The unique value is not the node's.
    RemoveClaim {
        /// The unique index.
        index: IndexId,
        /// The value.
        value: IndexKey,
        /// The node.
        holder: NodeId,
        /// The mark of an attempt of an older version of the node, which may stand there still
        /// unconfirmed.
        nonce: Option<Nonce>,
    },
}

/// The key of a derived row. The order of rows is the one order in which every transaction takes
/// them, so that two of them never wait for each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Row {
    /// An edge: its type, from, to.
    Edge(EdgeType, NodeId, NodeId),
    /// An entry of an index: the index, the value, the node.
    Entry(IndexId, IndexKey, NodeId),
    /// The claim of a unique value: the index, the value, the node.
    Claim(IndexId, IndexKey, NodeId),
}

impl Change {
    /// Bytes of the props it carries, if any.
    pub(crate) fn props_bytes(&self) -> usize {
        if let Self::PutStoredEdge { props, .. } = self { props.as_cbor().len() } else { 0 }
    }

    /// The row it is about.
    pub fn row(&self) -> Row {
        match self {
            Self::PutEdge { edge, from, to, .. }
            | Self::PutStoredEdge { edge, from, to, .. }
            | Self::RemoveEdge { edge, from, to } => Row::Edge(*edge, *from, *to),
            Self::PutEntry { index, value, target } | Self::RemoveEntry { index, value, target } => {
                Row::Entry(*index, value.clone(), *target)
            }
            Self::PutClaim { index, value, holder, .. } | Self::RemoveClaim { index, value, holder, .. } => {
                Row::Claim(*index, value.clone(), *holder)
            }
        }
    }

    /// The change that undoes this row.
    pub(crate) fn removal_of(row: Row) -> Self {
        match row {
            Row::Edge(edge, from, to) => Self::RemoveEdge { edge, from, to },
            Row::Entry(index, value, target) => Self::RemoveEntry { index, value, target },
            Row::Claim(index, value, holder) => Self::RemoveClaim { index, value, holder, nonce: None },
        }
    }

    /// What replaces an older change to the same row that may not have been applied. A claim that
    /// is given up takes the mark of its attempt along: it may stand there unconfirmed.
    pub(crate) fn after(mut self, older: &Change) -> Self {
        if let Self::RemoveClaim { nonce: mark @ None, .. } = &mut self
            && let Self::PutClaim { nonce, .. } | Self::RemoveClaim { nonce, .. } = older
        {
            *mark = *nonce;
        }
        self
    }
}

/// What a deletion has still to do, in steps of bounded size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unfinished {
    /// More stored edges of the node than one step takes are to be removed, both halves of each.
    StoredEdges,
    /// The nodes that this derived edge leads to are to be deleted too.
    Cascade(EdgeType),
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
        let of_row = match change.row() {
            Row::Edge(edge, from, _) => Touched::Edges(edge, from),
            Row::Entry(index, value, _) | Row::Claim(index, value, _) => match value.to_value() {
                Ok(value) => Touched::Index(index, value),
                // Only keys that were made from a value come here.
                Err(_) => continue,
            },
        };
        if !touched.contains(&of_row) {
            touched.push(of_row);
        }
    }
    touched
}
