//! What a write to a stored edge has to know, in one statement, where the edge's other end lies on the same shard.
//!
//! Every row is named by its whole key: a server finds them while it plans, and that takes half the time of asking for
//! ranges of each table, as is done for several writes at once.

use mysql_async::Row;

use crate::decide::Stored;
use crate::error::Result;
use crate::id::{NodeId, NodeType};
use crate::shard::{Intent, NodeWrite, Place};

use super::columns::Columns;
use super::halves::{Half, Halves, both_of};
use super::nodes::stored;
use super::query::{Parameter, Query};

/// The end `n` that the edge leads from with its intent `i`, the other end `t`, the halves `e` and `f`. The nodes are
/// locked in the order of their ids, as everybody does it, so that the lower one comes first.
const FROM_FIRST: &str = "SELECT t.type, e.sort_key, f.sort_key, n.id, n.type, n.version, n.created, n.updated, n.body, \
     i.source, i.version, i.changes FROM kvetch_nodes n LEFT JOIN kvetch_nodes t ON t.id = ? \
     LEFT JOIN kvetch_intents i ON i.source = ? \
     LEFT JOIN kvetch_edges e ON e.edge = ? AND e.from_id = ? AND e.to_id = ? \
     LEFT JOIN kvetch_edges f ON f.edge = ? AND f.from_id = ? AND f.to_id = ? WHERE n.id = ? FOR UPDATE";

const TO_FIRST: &str = "SELECT t.type, e.sort_key, f.sort_key, n.id, n.type, n.version, n.created, n.updated, n.body, \
     i.source, i.version, i.changes FROM kvetch_nodes t LEFT JOIN kvetch_nodes n ON n.id = ? \
     LEFT JOIN kvetch_intents i ON i.source = ? \
     LEFT JOIN kvetch_edges e ON e.edge = ? AND e.from_id = ? AND e.to_id = ? \
     LEFT JOIN kvetch_edges f ON f.edge = ? AND f.from_id = ? AND f.to_id = ? WHERE t.id = ? FOR UPDATE";

/// The halves of an edge that lie on one shard, the one that leads from the node of the write first.
pub(super) struct Pair([Half; 2]);

/// What is found of it.
pub(super) struct Found {
    /// What stands in the row of the node that the edge leads from, and its intent.
    pub(super) row: Result<(Stored, Option<Intent>)>,
    /// The type of the other end, if it is there.
    pub(super) end: Option<NodeType>,
    pub(super) halves: Halves,
}

impl Pair {
    /// Of the only one of some writes, if it is one to an edge.
    pub(super) fn of_only(place: &Place, writes: &[NodeWrite]) -> Option<Self> {
        match writes {
            [write] => both_of(place, write).map(Self),
            _ => None,
        }
    }

    /// The node that the edge leads to.
    pub(super) fn end(&self) -> NodeId {
        let [(_, _, to), _] = self.0;
        to
    }

    /// Asks for it. What is there is locked from then on.
    pub(super) fn look(&self) -> Query {
        let [(edge, from, to), (inverse, ..)] = self.0;
        let (sql, first, second) = if from <= to { (FROM_FIRST, from, to) } else { (TO_FIRST, to, from) };
        let halves = [(edge, from, to), (inverse, to, from)];
        let halves = halves.into_iter().flat_map(|(edge, from, to)| [edge.0.value(), from.value(), to.value()]);
        let parameters = [second.value(), from.value()].into_iter().chain(halves).chain([first.value()]);
        Query { sql: sql.into(), parameters: parameters.collect() }
    }

    /// What the answer to that says. Nothing where one of the nodes is missing: then not all was looked at.
    pub(super) fn found(&self, rows: Vec<Row>) -> Result<Option<Found>> {
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        let mut columns = Columns::of(row);
        let end = columns.number_or_null()?;
        let sort_keys = [columns.number_or_null()?, columns.number_or_null()?];
        let (Some(end), Some(from)) = (end, columns.sixteen_or_null()?) else { return Ok(None) };
        Ok(Some(Found {
            row: stored(NodeId::from_bytes(from), columns),
            end: u32::try_from(end).ok().map(NodeType),
            halves: Halves::known(self.0.into_iter().zip(sort_keys)),
        }))
    }
}
