//! What can be read, and what a round of reads answers.
//!
//! Every read has *unary* parameters, given once, and *batch* keys, a list. It answers in the
//! order of the keys with one result for each, whatever the number of shards; keys may repeat.

use std::ops::Bound;
use std::sync::Arc;

use crate::body::Body;
use crate::error::{Error, Result, within};
use crate::id::{EdgeType, IndexId, NodeId, NodeType};
use crate::index_key::IndexKey;
use crate::limits::PAGE_ROWS_MAX;
use crate::node::Node;
use crate::value::Value;

/// A page of the edges of one type, the same for every source.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EdgeRead {
    /// The edge.
    pub edge: EdgeType,
    /// How many edges of each source, at most. 0 gives an empty page.
    pub first: u32,
    /// Where the page starts.
    pub after: Option<EdgeAfter>,
    /// In which direction it goes.
    pub order: Order,
    /// Which sort keys it covers: for edges ordered by creation, a time range.
    pub range: SortRange,
}

/// A range of sort keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct SortRange {
    /// The smallest that belongs to it; without it there is no smallest.
    pub at_least: Option<i64>,
    /// The smallest beyond it; without it there is none beyond.
    pub below: Option<i64>,
}

impl EdgeRead {
    /// The first edges of each source, in ascending order.
    pub fn new(edge: EdgeType, first: u32) -> Self {
        Self { edge, first, after: None, order: Order::Ascending, range: SortRange::default() }
    }
}

/// The edge that a page starts behind, seen in the direction of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EdgeAfter {
    /// A place in the order. The edge that was there may be gone.
    Position {
        /// Its sort key.
        sort_key: i64,
        /// The node it leads to.
        to: NodeId,
    },
    /// The edge to this node. If the edge is gone its place follows from the node; if the node is
    /// gone too the read fails with [`Error::CursorGone`].
    Node(NodeId),
}

/// The direction of a page of edges.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// By sort key, then by id: the oldest first, where creation orders.
    #[default]
    Ascending,
    /// The reverse: the newest first.
    Descending,
}

/// A page of what an index finds, the same for every value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IndexRead {
    /// The index.
    pub index: IndexId,
    /// How many ids for each value, at most. 0 gives an empty page.
    pub first: u32,
    /// The id that the page starts behind.
    pub after: Option<NodeId>,
}

impl IndexRead {
    /// The first nodes under each value.
    pub fn new(index: IndexId, first: u32) -> Self {
        Self { index, first, after: None }
    }
}

/// A page of what a range index holds, the same for every range.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ScanRead {
    /// The index. Of the kind [`crate::IndexKind::Range`].
    pub index: IndexId,
    /// How many entries for each range, at most. 0 gives an empty page.
    pub first: u32,
    /// The entry that the page starts behind. It may be gone.
    pub after: Option<(Value, NodeId)>,
}

impl ScanRead {
    /// The first entries of each range.
    pub fn new(index: IndexId, first: u32) -> Self {
        Self { index, first, after: None }
    }
}

/// Which values of an index are scanned. All are of one type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ValueRange {
    /// Those between two bounds.
    Between {
        /// Where it starts.
        lower: Bound<Value>,
        /// Where it ends.
        upper: Bound<Value>,
    },
    /// The texts or bytes that begin with this one.
    Prefix(Value),
}

impl ValueRange {
    /// Every value, of whatever type.
    pub fn all() -> Self {
        Self::Between { lower: Bound::Unbounded, upper: Bound::Unbounded }
    }

    /// Texts that begin with this one.
    pub fn prefix(text: impl Into<String>) -> Self {
        Self::Prefix(Value::Text(text.into()))
    }

    /// Values from one to another, both included.
    pub fn between(lowest: impl Into<Value>, highest: impl Into<Value>) -> Self {
        Self::Between { lower: Bound::Included(lowest.into()), upper: Bound::Included(highest.into()) }
    }
}

/// A page of entries of an index as an engine reads it, the same for every range of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyScan {
    /// The index.
    pub index: IndexId,
    /// How many entries for each range, at most.
    pub first: u32,
    /// The entry that the page starts behind.
    pub after: Option<(IndexKey, NodeId)>,
}

/// Entries of an index as an engine reads them, by key, then by node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyPage {
    /// The entries.
    pub entries: Vec<(IndexKey, NodeId)>,
    /// Whether more follow.
    pub has_next: bool,
}

/// Entries of an index, by value, then by node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryPage {
    /// The entries: a value and a node that has it.
    pub entries: Vec<(Value, NodeId)>,
    /// Whether more follow.
    pub has_next: bool,
}

/// An edge, seen from its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The node it leads to.
    pub to: NodeId,
    /// Its place among the edges of its source.
    pub sort_key: i64,
    /// What is stored on the edge itself. Derived edges have nothing there.
    pub props: Option<Body>,
}

/// Edges of one source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EdgePage {
    /// The edges in the order that was asked for.
    pub edges: Vec<Edge>,
    /// Whether more follow.
    pub has_next: bool,
}

/// Nodes that an index found, in the order of their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdPage {
    /// The ids.
    pub ids: Vec<NodeId>,
    /// Whether more follow.
    pub has_next: bool,
}

/// Nodes of one type, in the order of their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodePage {
    /// The nodes.
    pub nodes: Vec<Node>,
    /// Whether more follow.
    pub has_next: bool,
    /// The last node that the page covers, readable or not: where the next page starts.
    pub last: Option<NodeId>,
    /// One error for each node in this stretch whose body is corrupt. They harm no other node.
    pub unreadable: Vec<Error>,
}

/// One read of a round.
#[derive(Debug, Clone, PartialEq)]
pub enum Read {
    /// Nodes by id.
    Nodes {
        /// The ids.
        ids: Vec<NodeId>,
    },
    /// Edges by source.
    Edges {
        /// Which page of which edge.
        read: EdgeRead,
        /// The sources.
        from: Vec<NodeId>,
    },
    /// Edges from one source by target: whether each is there, with its props.
    Edge {
        /// The edge.
        edge: EdgeType,
        /// The source.
        from: NodeId,
        /// The targets.
        to: Vec<NodeId>,
    },
    /// Numbers of edges by source.
    Counts {
        /// The edge.
        edge: EdgeType,
        /// The sources.
        from: Vec<NodeId>,
    },
    /// Nodes by value of an index.
    Find {
        /// Which page of which index.
        read: IndexRead,
        /// The values.
        values: Vec<Value>,
    },
    /// Entries of a range index by ranges of values.
    Scan {
        /// Which page of which index.
        read: ScanRead,
        /// The ranges.
        ranges: Vec<ValueRange>,
    },
    /// All nodes of a type.
    Browse {
        /// The type.
        node_type: NodeType,
        /// The id that the page starts behind.
        after: Option<NodeId>,
        /// How many nodes, at most. 0 gives an empty page.
        first: u32,
    },
}

/// The answer to the [`Read`] of the same name, in the order of its keys.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The nodes; `None` for what is not there.
    Nodes(Vec<Result<Option<Arc<Node>>>>),
    /// A page for each source.
    Edges(Vec<Result<Arc<EdgePage>>>),
    /// The edge to each target; `None` where there is none.
    Edge(Vec<Result<Option<Edge>>>),
    /// A number for each source.
    Counts(Vec<Result<u64>>),
    /// A page for each value.
    Find(Vec<Result<IdPage>>),
    /// A page for each range.
    Scan(Vec<Result<EntryPage>>),
    /// The page.
    Browse(Result<NodePage>),
}

/// The answers of a round, in the order of its reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Round {
    /// The answers.
    pub answers: Vec<Answer>,
    /// What the round cost.
    pub stats: RoundStats,
}

/// What a round cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RoundStats {
    /// Statements: one for each read, shard it touched, and chunk of its keys there.
    pub statements: u64,
    /// Batch keys. A browse is one.
    pub keys: u64,
}

/// Refuses a page that is too large.
pub(crate) fn check_page(first: u32) -> Result<()> {
    within("a page in rows (`first`)", first as usize, PAGE_ROWS_MAX as usize)
}
