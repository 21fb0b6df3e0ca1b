//! Rows of stored edges that writes are about to change, looked at and locked beforehand.
//!
//! What becomes of a count is known from that, before the rows are changed, so that nobody waits to hear it and all
//! changes go to the server with the commit. That takes that what was seen stays so. A row that is there is locked. One
//! that is not there stays away, because whoever puts one half of an edge holds a node that a write to that edge holds
//! too: every write to it holds the node it leads from, one that puts it the other end as well where that lies here, and
//! a delivery holds the node whose half it puts.

use std::collections::BTreeMap;

use mysql_async::Row;

use crate::error::Result;
use crate::id::{EdgeType, NodeId};
use crate::read::Edge;
use crate::shard::{NodeWrite, Place, WriteOp};

use super::columns::Columns;
use super::query::{Parameter, Query};

/// Without the hint a small table would be read as a whole, and locked.
const LOCKED: &str = "SELECT edge, from_id, to_id, sort_key FROM kvetch_edges FORCE INDEX (kvetch_edges_by_end) WHERE ";

/// Rows of which is known whether they are there, with their sort keys if they are.
#[derive(Debug, Default)]
pub(super) struct Halves(BTreeMap<Half, Option<i64>>);

/// What names the row of an edge: its type, from, to.
pub(super) type Half = (EdgeType, NodeId, NodeId);

impl Halves {
    /// The halves on this shard that writes put or remove. None of them was looked at yet.
    pub(super) fn of(place: &Place, writes: &[NodeWrite]) -> Self {
        let here = |half: &Half| place.map.shard_of(half.1.virtual_shard()) == place.here;
        let halves = writes.iter().filter_map(|write| all_of(place, write)).flatten().filter(here);
        Self(halves.map(|half| (half, None)).collect())
    }

    /// Halves that were looked at already, with their sort keys if they are there.
    pub(super) fn known(halves: impl Iterator<Item = (Half, Option<i64>)>) -> Self {
        Self(halves.collect())
    }

    /// Asks for them, unless there are none. They are locked from then on.
    pub(super) fn look(&self) -> Option<Query> {
        let rows = vec!["(edge = ? AND from_id = ? AND to_id = ?)"; self.0.len()].join(" OR ");
        let parameters = self.0.keys().flat_map(|(edge, from, to)| [edge.0.value(), from.value(), to.value()]);
        let sql = format!("{LOCKED}{rows} FOR UPDATE").into();
        (!self.0.is_empty()).then(|| Query { sql, parameters: parameters.collect() })
    }

    /// Notes what the answer to that says.
    pub(super) fn note(&mut self, rows: Vec<Row>) -> Result<()> {
        for row in rows {
            let mut columns = Columns::of(row);
            let key = (columns.edge_type()?, columns.id()?, columns.id()?);
            self.0.insert(key, Some(columns.number()?));
        }
        Ok(())
    }

    /// Whether a row is there, if that is known.
    pub(super) fn is_there(&self, edge: EdgeType, from: NodeId, to: NodeId) -> Option<bool> {
        self.0.get(&(edge, from, to)).map(Option::is_some)
    }

    /// The edge of a row that was looked at, if it is there.
    pub(super) fn edge(&self, edge: EdgeType, from: NodeId, to: NodeId) -> Option<Edge> {
        let sort_key = *self.0.get(&(edge, from, to))?;
        Some(Edge { to, sort_key: sort_key?, props: None })
    }
}

/// Both halves of the edge that a write puts or removes, if they lie on the shard of the write.
pub(super) fn both_of(place: &Place, write: &NodeWrite) -> Option<[Half; 2]> {
    all_of(place, write).filter(|[_, (_, to, _)]| place.map.shard_of(to.virtual_shard()) == place.here)
}

fn all_of(place: &Place, write: &NodeWrite) -> Option<[Half; 2]> {
    let (WriteOp::PutEdge { edge, to, .. } | WriteOp::DeleteEdge { edge, to }) = write.op else { return None };
    // An edge that the schema does not have refuses its own write when that is decided.
    let inverse = place.schema.stored_edge(edge).ok()?.inverse;
    Some([(edge, write.id, to), (inverse, to, write.id)])
}
