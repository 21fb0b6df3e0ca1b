//! Shard-routed node, edge and index storage.
//!
//! *Nodes* are canonical: they hold props, by name. *Edges*, *counts* and *index entries* follow
//! from what nodes store, by one pure function ([`derive()`]), and every write keeps them in step.
//! A store lies on any number of *shards*; ids and index values say on which.
//!
//! Start with [`Kvetch::open`]. Engines implement [`Shard`]; two are built in: the embedded one (SQLite, in a
//! directory or in memory), and one over MySQL servers (feature `mysql`, on by default).

mod id;
mod error;
mod id_text;
pub mod limits;
mod value;
mod body;
mod index_key;
mod node;
mod schema;
mod change;
mod derive;
mod read;
mod listing;
mod write;
mod shard_map;
mod shard;
mod decide;
mod report;
mod store_url;
mod fail_point;
mod embedded;
#[cfg(feature = "mysql")]
mod mysql;
mod cache;
mod feed;
mod front;
#[cfg(feature = "conformance")]
pub mod conformance;

pub use body::{Body, Keys, ListIter, ListRef, MapIter, MapRef, ValueRef};
pub use change::{Change, Row, Touched, Unfinished};
pub use decide::{Before, Decision, Look, OtherEnd, Stored, decide, looks, other_end};
pub use derive::derive;
pub use error::{Error, Result};
pub use feed::{Commit, Fed, Feed};
pub use front::{BackgroundRepair, EndedRepair, Kvetch, Options, existing_shards_at, shards_at};
pub use id::{EdgeType, IndexId, NodeId, NodeType, Nonce, Timestamp, VirtualShard, WriteId};
pub use index_key::{IndexKey, KeyRange};
pub use listing::{Census, ClaimRow, EdgeKey, EdgeRow, Tally, Tombstone};
pub use node::Node;
pub use read::{
    Answer, Edge, EdgeAfter, EdgePage, EdgeRead, EntryPage, IdPage, IndexRead, KeyPage, KeyScan, NodePage, Order, Read,
    Round, RoundStats, ScanRead, SortRange, ValueRange,
};
pub use report::{Differing, Drift, DriftClass, Position, Report, VerifyOptions};
pub use schema::{
    Building, DerivedEdge, IndexDef, IndexKind, NodeTypeDef, OnDelete, Readiness, Schema, SchemaBuilder, StoredEdge,
};
pub use shard::{
    Answering, Claim, Claimed, Delivery, Intent, IntentPage, NodeWrite, Outcome, Place, Prunable, PrunePage, Pruned,
    ReadKind, Shard, WriteOp,
};
pub use shard_map::{ShardIdx, ShardMap};
pub use store_url::{MysqlUrl, StoreUrl};
pub use value::{Props, Value};
pub use write::{Create, Delete, DeleteEdge, EdgeToRestore, PutEdge, Restored, Update, Upsert, Write, Written};
