//! What an engine has to do: one shard of a store.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::change::{Change, Row, Unfinished};
use crate::error::{Error, Result};
use crate::id::{EdgeType, IndexId, NodeId, NodeType, Nonce, Timestamp, WriteId};
use crate::index_key::{IndexKey, KeyRange};
use crate::listing::{Census, ClaimRow, EdgeKey, EdgeRow, Tally, Tombstone};
use crate::node::Node;
use crate::read::{Edge, EdgePage, EdgeRead, IdPage, IndexRead, KeyPage, KeyScan, NodePage};
use crate::schema::{Building, IndexKind, Schema};
use crate::shard_map::{ShardIdx, ShardMap};
use crate::value::Props;

/// An answer that is on its way.
pub type Answering<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One shard: a database that holds a part of everything. An *engine* is an implementation.
///
/// Every call takes its batch as a list and answers in its order, same length, one result for each;
/// one bad row harms only its own key. Engines know nothing of other shards: what a
/// call names lies on this one.
///
/// What an implementer owes beyond that: a write, a delivery, a claim is one transaction, done
/// wholly or not at all; it is durable before it is answered; two of them behave as if one came
/// after the other. A call whose future is dropped may still be carried out.
pub trait Shard: Send + Sync + fmt::Debug {
    /// How many keys one statement of this engine takes for a kind of read. The front door sends
    /// no more at once.
    fn keys_per_statement(&self, kind: ReadKind) -> usize;

    /// Nodes by id.
    fn nodes<'a>(&'a self, ids: &'a [NodeId]) -> Answering<'a, Vec<Result<Option<Node>>>>;

    /// A page of edges for each source. [`crate::EdgeAfter::Node`] whose edge is not there gives
    /// [`crate::Error::CursorGone`] for that source.
    fn edges<'a>(&'a self, read: &'a EdgeRead, from: &'a [NodeId]) -> Answering<'a, Vec<Result<EdgePage>>>;

    /// The version of the edges of a type that leave a node, for caches: a page that was read after a version was
    /// answered is what would be read now, as long as the same version is. `None` while it is not known, and always
    /// from engines whose data others change as well.
    fn edges_version(&self, edge: EdgeType, from: NodeId) -> Option<u64> {
        let _ = (edge, from);
        None
    }

    /// The edge from one source to each target, if it is there.
    fn edge<'a>(&'a self, edge: EdgeType, from: NodeId, to: &'a [NodeId]) -> Answering<'a, Vec<Result<Option<Edge>>>>;

    /// The number of edges of each source.
    fn counts<'a>(&'a self, edge: EdgeType, from: &'a [NodeId]) -> Answering<'a, Vec<Result<u64>>>;

    /// A page of ids for each value, in the order of the ids.
    fn find<'a>(&'a self, read: &'a IndexRead, values: &'a [IndexKey]) -> Answering<'a, Vec<Result<IdPage>>>;

    /// A page of entries for each range of keys, by key, then by node.
    fn scan<'a>(&'a self, scan: &'a KeyScan, ranges: &'a [KeyRange]) -> Answering<'a, Vec<Result<KeyPage>>>;

    /// A page of the nodes of a type, in the order of their ids.
    fn browse(&self, node_type: NodeType, after: Option<NodeId>, first: u32) -> Answering<'_, Result<NodePage>>;

    /// A page of all edges of a type, derived or halves of stored ones, in the order of their keys.
    /// Reads the rows of its page only, as do the other lists.
    fn list_edges(&self, edge: EdgeType, after: Option<EdgeKey>, first: u32) -> Answering<'_, Result<Vec<EdgeRow>>>;

    /// A page of all counts of a type of edges, in the order of the sources.
    fn list_counts(
        &self,
        edge: EdgeType,
        after: Option<NodeId>,
        first: u32,
    ) -> Answering<'_, Result<Vec<(NodeId, i64)>>>;

    /// A page of all claims of an index, in the order of the values.
    fn list_claims(&self, index: IndexId, after: Option<IndexKey>, first: u32) -> Answering<'_, Result<Vec<ClaimRow>>>;

    /// The claim of each value, if there is one.
    fn claims_of<'a>(&'a self, index: IndexId, values: &'a [IndexKey]) -> Answering<'a, Vec<Result<Option<ClaimRow>>>>;

    /// The count of each source beside the number of its edges, both of one moment.
    fn tallies<'a>(&'a self, edge: EdgeType, from: &'a [NodeId]) -> Answering<'a, Vec<Result<Tally>>>;

    /// What is left of each node, if it was deleted.
    fn tombstones<'a>(&'a self, ids: &'a [NodeId]) -> Answering<'a, Vec<Result<Option<Tombstone>>>>;

    /// How much the shard holds. Counts every row of some tables, so that it takes as long as reading an index over
    /// all nodes.
    fn census(&self) -> Answering<'_, Result<Census>>;

    /// Makes counts say how many edges there are, each in a transaction that no change of the edges
    /// comes between.
    fn recount(&self, counts: Vec<(EdgeType, NodeId)>) -> Answering<'_, Result<()>>;

    /// Writes to nodes of this shard, each one transaction: the engine reads the node's row, its
    /// pending intent and the record of its write id under a lock, asks [`crate::decide`] and does
    /// what the decision says.
    fn write<'a>(&'a self, place: &'a Place, writes: Vec<NodeWrite>) -> Answering<'a, Vec<Result<Outcome>>>;

    /// Writes to nodes of this shard in one transaction: all are done, in their order, or none,
    /// with the error of the first that failed. Each is done as [`Shard::write`] does it and sees
    /// those before it.
    fn write_together<'a>(&'a self, place: &'a Place, writes: Vec<NodeWrite>) -> Answering<'a, Result<Vec<Outcome>>>;

    /// Edges of one type on this shard, as pairs of where they lead from and to, in that order.
    fn edge_rows(
        &self,
        edge: EdgeType,
        after: Option<(NodeId, NodeId)>,
        first: u32,
    ) -> Answering<'_, Result<Vec<(NodeId, NodeId)>>>;

    /// The outcomes of writes that were recorded under these ids.
    fn recorded<'a>(&'a self, writes: &'a [WriteId]) -> Answering<'a, Vec<Result<Option<Outcome>>>>;

    /// Rows that follow from nodes of other shards, each delivery one transaction: it raises the
    /// fence of its source to its version, or does nothing where the fence stands there already.
    fn apply(&self, deliveries: Vec<Delivery>) -> Answering<'_, Vec<Result<()>>>;

    /// Pending intents of nodes of this shard, in the order of the nodes.
    fn intents(&self, after: Option<NodeId>, first: u32) -> Answering<'_, Result<IntentPage>>;

    /// Removes the intents of these nodes that are still at the given version.
    fn settle(&self, applied: Vec<(NodeId, u64)>) -> Answering<'_, Result<()>>;

    /// Claims unique values for nodes that need not lie on this shard.
    fn claim(&self, claims: Vec<Claim>) -> Answering<'_, Vec<Result<Claimed>>>;

    /// Undoes attempts to claim, where they still stand with the same nonce.
    fn release(&self, claims: Vec<Claim>) -> Answering<'_, Result<()>>;

    /// Writes nonces into the fences of this shard, so that no write can win with them any more.
    /// Answers for each whether this call wrote it; if not, a write or another call came first.
    fn void(&self, nonces: Vec<Nonce>) -> Answering<'_, Result<Vec<bool>>>;

    /// Looks at the next records of a kind, at most so many, and removes those from before the given time. A tombstone
    /// whose node has an intent stays, and so does the mark of an attempt to claim that is no older than the oldest intent
    /// of the shard: it has to outlive the intent that confirms the claim.
    fn prune(&self, what: Prunable, before: Timestamp, page: PrunePage) -> Answering<'_, Result<Pruned>>;

    /// Everything in the shard's meta table, by key. Nothing on a new shard.
    fn meta(&self) -> Answering<'_, Result<BTreeMap<String, Props>>>;

    /// Puts entries into the meta table, in one transaction.
    fn put_meta(&self, entries: BTreeMap<String, Props>) -> Answering<'_, Result<()>>;

    /// Finishes what was begun and lets go of the shard's resources. Calls after it fail.
    fn close(&self) -> Answering<'_, Result<()>>;
}

/// Records that have had their use after some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Prunable {
    /// How far the shard has come with a node, and marks of decided attempts to claim.
    Fences,
    /// Outcomes of writes that came with a write id.
    Writes,
    /// What deleted nodes leave behind.
    Tombstones,
}

/// Which records are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrunePage {
    /// Where an earlier page ended, in the engine's own terms.
    pub after: Option<Vec<u8>>,
    /// How many, at most.
    pub first: u32,
}

/// What became of a page of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pruned {
    /// How many were removed.
    pub removed: u64,
    /// Where the page ended. Nothing where there are no more.
    pub last: Option<Vec<u8>>,
}

/// The kinds of read, where an engine's statements differ in how many keys they take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReadKind {
    /// [`Shard::nodes`].
    Nodes,
    /// [`Shard::edges`].
    Edges,
    /// [`Shard::counts`].
    Counts,
    /// [`Shard::find`].
    Find,
    /// [`Shard::edge`].
    Edge,
    /// [`Shard::scan`].
    Scan,
}

/// Where a write happens: what is needed to tell its own rows from those of other shards.
#[derive(Debug, Clone)]
pub struct Place {
    /// The schema.
    pub schema: Schema,
    /// The shard map.
    pub map: Arc<ShardMap>,
    /// The shard that writes.
    pub here: ShardIdx,
}

impl Place {
    /// Whether it is this very place: one store's, under one schema.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.here == other.here && self.schema.is(&other.schema) && Arc::ptr_eq(&self.map, &other.map)
    }

    /// Whether a derived row lies on the shard that writes.
    pub(crate) fn is_here(&self, change: &Change) -> bool {
        route(&self.schema, &self.map, change) == self.here
    }

    /// The error that a stored edge is not there.
    pub(crate) fn edge_not_found(&self, edge: EdgeType, from: NodeId, to: NodeId) -> Error {
        Error::EdgeNotFound { edge: self.schema.edge_name(edge), from, to }
    }

    /// The error that another attempt to claim the value is under way.
    pub fn claim_pending(&self, index: IndexId, holder: NodeId) -> Error {
        Error::ClaimPending { index: self.schema.index_name(index), holder }
    }

    /// The error that another node holds the value.
    pub fn duplicate(&self, index: IndexId, holder: NodeId) -> Error {
        Error::Duplicate { index: self.schema.index_name(index), holder }
    }
}

/// The shard that a derived row lies on: an edge with its source, a claim with its value, an
/// entry with its value or with its node, as the kind of its index says.
pub(crate) fn route(schema: &Schema, map: &ShardMap, change: &Change) -> ShardIdx {
    let bucket = match change.row() {
        Row::Edge(_, from, _) => from.virtual_shard(),
        Row::Claim(_, value, _) => value.virtual_shard(),
        Row::Entry(index, value, target) => match schema.index(index).map(|def| def.kind) {
            Ok(IndexKind::Range) => target.virtual_shard(),
            // An intent may still name an index that the schema has dropped since.
            Ok(IndexKind::Equality) | Err(_) => value.virtual_shard(),
        },
    };
    map.shard_of(bucket)
}

/// A write to one node.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeWrite {
    /// The node.
    pub id: NodeId,
    /// The type it gets, or must have.
    pub node_type: NodeType,
    /// What to do.
    pub op: WriteOp,
    /// When.
    pub now: Timestamp,
    /// The name under which the outcome is recorded. An engine whose connection can be lost between a
    /// commit and its answer gives a write without one a name of its own.
    pub write_id: Option<WriteId>,
    /// Unique values that were claimed for it: all on other shards, perhaps some on this one.
    pub claims: Vec<Claim>,
}

/// What a write does to its node.
#[derive(Debug, Clone, PartialEq)]
pub enum WriteOp {
    /// Makes it.
    Create {
        /// Its props.
        props: Props,
        /// When it counts as created.
        created: Timestamp,
        /// The version it had and when it was last written, for a node that is put back as it was. Without them it
        /// is new: at version 1, last written when it was created.
        restored: Option<(u64, Timestamp)>,
    },
    /// Changes it.
    Update {
        /// What to set. A null clears.
        set: Props,
        /// The version it must be at.
        expected_version: Option<u64>,
        /// The value that it must have under an index, else it counts as not found.
        found_by: Option<(IndexId, IndexKey)>,
    },
    /// Removes it.
    Delete {
        /// The version it must be at.
        expected_version: Option<u64>,
    },
    /// Makes a stored edge that leads from it, or changes its props.
    PutEdge {
        /// The edge.
        edge: EdgeType,
        /// Where it leads to.
        to: NodeId,
        /// Its place. Without one an edge that is there keeps its own, and a new one goes by the time.
        sort_key: Option<i64>,
        /// Its props.
        props: Props,
    },
    /// Removes a stored edge that leads from it.
    DeleteEdge {
        /// The edge.
        edge: EdgeType,
        /// Where it leads to.
        to: NodeId,
    },
    /// Puts what one edge or index follows from it, though nothing in it changes.
    Rederive {
        /// The edge or index.
        what: Building,
        /// Its value under that index, as it was seen to be, if the index is unique.
        unique: Option<IndexKey>,
    },
    /// Makes some of the rows that it is the source of what they have to be, whatever they are now; its props
    /// stay. The node may be deleted, or not be there at all.
    Mend {
        /// The rows. A stored edge is named by its half that leads from the node.
        rows: Vec<Row>,
        /// Those among them that are stored edges to nodes that are gone: both halves go.
        gone: Vec<Row>,
        /// The version it must be at; 0 for a node that is not there. Nothing else for stored edges, whose other
        /// end was looked at before.
        expected_version: Option<u64>,
        /// By how much its version rises: 1, or more where fences stand above the node, because its shard was set back.
        step: u64,
    },
    /// Goes on with its deletion: removes the next of its stored edges.
    Sweep {
        /// The version of the intent that is applied everywhere: its changes need not be kept.
        applied: u64,
    },
}

/// An attempt to claim a unique value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The unique index.
    pub index: IndexId,
    /// The value.
    pub value: IndexKey,
    /// The node that is to have the value.
    pub holder: NodeId,
    /// The mark of this attempt.
    pub nonce: Nonce,
}

/// What became of an attempt to claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// The value is claimed, until the write has committed or the claim is released.
    Granted,
    /// Another node has it.
    Held {
        /// That node.
        holder: NodeId,
    },
    /// Another attempt came first, and its end is not known here yet.
    Pending {
        /// That attempt.
        other: Claim,
        /// When it was made.
        since: Timestamp,
    },
}

/// A committed write.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The node after it; for a delete, as it was; for a sweep, with nothing in it.
    pub node: Node,
    /// All changes to derived rows that followed from it, here and elsewhere.
    pub changes: Vec<Change>,
    /// The node's intent: what is still to be done on other shards.
    pub intent: Option<Intent>,
}

/// What a node's newest write, and writes before it that may not be applied yet, change on other shards.
///
/// A node has at most one, and the newest contains all that an older one said, so it alone always
/// suffices. It names rows, not shards: where they lie is decided when it is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The node.
    pub source: NodeId,
    /// The version of the node that wrote it.
    pub version: u64,
    /// The changes, in the order of their rows.
    pub changes: Vec<Change>,
    /// What is to be done after them, where the node was deleted.
    pub unfinished: Vec<Unfinished>,
}

/// Some intents of a shard, in the order of their nodes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IntentPage {
    /// Those that decode.
    pub intents: Vec<Intent>,
    /// Those that do not: the node, the version, and what is wrong.
    pub unreadable: Vec<(NodeId, u64, Error)>,
    /// The last node of the page, to go on after; nothing past the end.
    pub last: Option<NodeId>,
}

/// The part of an intent that one shard applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The node.
    pub source: NodeId,
    /// The version of the node that wrote the intent. 0 says that the node is not there: it is applied
    /// as long as nothing of the node has been, however often, and takes claims of every version.
    pub version: u64,
    /// The changes, in the order of their rows.
    pub changes: Vec<Change>,
}
