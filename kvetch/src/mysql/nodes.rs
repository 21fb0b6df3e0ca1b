//! The rows of nodes, and what is asked and recorded beside them.

use mysql_async::Row;

use crate::change::outcome_from_bytes;
use crate::decide::{Look, Stored};
use crate::error::{Error, Result};
use crate::id::{NodeId, NodeType, Timestamp, WriteId};
use crate::listing::Tombstone;
use crate::node::Node;
use crate::read::Edge;
use crate::shard::{Intent, Outcome};

use super::columns::Columns;
use super::pool::{Pool, Session};
use super::query::{ANY_VERSION, Parameter, Query, query, with_keys};
use super::{intents, reads};

const TOMBSTONES: &str = "SELECT id, type, version, updated FROM kvetch_nodes WHERE type < 0 AND id IN ";

const FIRST_EDGES: &str = "SELECT to_id, sort_key FROM kvetch_edges WHERE edge = ? AND from_id = ? \
     ORDER BY sort_key, to_id LIMIT ?";

const WHOLE_EDGE: &str = "SELECT to_id, sort_key, props FROM kvetch_edges WHERE edge = ? AND from_id = ? AND to_id = ?";

/// Where somebody else makes the same node first this fails as a duplicate, and the transaction looks again.
const INSERT: &str = "INSERT INTO kvetch_nodes (id, type, version, created, updated, body) VALUES (?, ?, ?, ?, ?, ?)";

const UPDATE: &str = "UPDATE kvetch_nodes SET version = ?, updated = ?, body = ? WHERE id = ?";

/// An edge of a node is a write to it that leaves its body alone.
const RAISE: &str = "UPDATE kvetch_nodes SET version = ?, updated = ? WHERE id = ?";

const BURY: &str = "UPDATE kvetch_nodes SET type = ?, version = ?, updated = ?, body = NULL WHERE id = ?";

/// The outcome, and the intent that its node has by now.
const RECORDED: &str = "SELECT w.outcome, i.source, i.version, i.changes FROM kvetch_writes w \
     LEFT JOIN kvetch_intents i ON i.source = w.source WHERE w.write_id = ?";

const RECORD: &str = "INSERT INTO kvetch_writes (write_id, source, version, outcome, written) VALUES (?, ?, ?, ?, ?)";

/// Asks for the outcome of a write that was done before.
pub(super) fn recorded(write_id: WriteId) -> Query {
    query(RECORDED, [write_id.value()])
}

/// Writes down what a write came to.
pub(super) fn record(session: &mut Session, write_id: WriteId, now: Timestamp, node: &Node, outcome: &[u8]) {
    let row = [write_id.value(), node.id.value(), node.version.value(), outcome.value(), now.0.value()];
    session.change_later(query(RECORD, row));
}

/// A recorded outcome in columns of `outcome`, and the `source, version, changes` of the node's intent, if it has one.
pub(super) fn read_outcome(columns: &mut Columns) -> Result<Outcome> {
    let (node, changes) = outcome_from_bytes(&columns.bytes()?)?;
    let intent = pending(columns)?;
    Ok(Outcome { node, changes, intent })
}

/// What is left of each node, if it was deleted.
pub(super) async fn tombstones(pool: &Pool, ids: &[NodeId]) -> Vec<Result<Option<Tombstone>>> {
    let read = |mut columns: Columns| {
        let id = columns.id()?;
        let (node_type, version) = (columns.number()?, columns.version());
        let deleted = columns.time()?;
        let tombstone =
            buried_type(node_type).and_then(|node_type| Ok(Some(Tombstone { node_type, version: version?, deleted })));
        Ok((id, tombstone))
    };
    reads::by_key(pool, ids, |ids| with_keys(TOMBSTONES, Vec::new(), ids, ""), read, || Ok(None)).await
}

fn buried_type(node_type: i64) -> Result<NodeType> {
    let corrupt = |_| Error::corrupt_record("tombstone", "its type is out of range");
    node_type.unsigned_abs().try_into().map(NodeType).map_err(corrupt)
}

/// What stands in the row of an id behind it, and the node's intent.
pub(super) fn stored(id: NodeId, mut columns: Columns) -> Result<(Stored, Option<Intent>)> {
    let row = if columns.peek()? < 0 {
        let (node_type, version) = (buried_type(columns.number()?)?, columns.version()?);
        columns.skip(3);
        Stored::Tombstone { node_type, version }
    } else {
        reads::node(id, &mut columns)?.map_or(Stored::Nothing, Stored::Node)
    };
    Ok((row, pending(&mut columns)?))
}

/// An intent in columns of `source, version, changes`, which are null where there is none.
fn pending(columns: &mut Columns) -> Result<Option<Intent>> {
    match columns.sixteen_or_null()? {
        Some(source) => {
            let (source, version, says) = (NodeId::from_bytes(source), columns.version()?, columns.bytes()?);
            intents::intent_of(source, version, &says).map(Some)
        }
        None => Ok(None),
    }
}

/// Asks for edges that a write has to know. Those that it puts or removes itself are [`super::halves`].
pub(super) fn look_at(from: NodeId, look: Look) -> Option<Query> {
    match look {
        Look::First { edge, first } => Some(query(FIRST_EDGES, [edge.0.value(), from.value(), first.value()])),
        Look::Whole { edge, to } => Some(query(WHOLE_EDGE, [edge.0.value(), from.value(), to.value()])),
        Look::To { .. } => None,
    }
}

/// What the answer to that says.
pub(super) fn found(look: Look, rows: Vec<Row>) -> Result<Vec<Edge>> {
    let edge = |row| {
        let mut columns = Columns::of(row);
        let (to, sort_key) = (columns.id()?, columns.number()?);
        let props = if matches!(look, Look::Whole { .. }) { columns.body_or_null()? } else { None };
        Ok(Edge { to, sort_key, props })
    };
    rows.into_iter().map(edge).collect()
}

/// What stood in a row before it is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowWas {
    Nothing,
    /// The node with the same body.
    SameBody,
    Another,
}

/// Puts the row and returns its version.
pub(super) fn put_row(session: &mut Session, id: NodeId, was: RowWas, stored: &Stored, now: Timestamp) -> u64 {
    match stored {
        Stored::Node(node) => {
            let (version, updated) = (node.version.value(), node.updated.0.value());
            let body = || node.body.to_stored().value();
            session.change_later(match was {
                RowWas::Nothing => {
                    let (node_type, created) = (node.node_type.0.value(), node.created.0.value());
                    query(INSERT, [id.value(), node_type, version, created, updated, body()])
                }
                RowWas::SameBody => query(RAISE, [version, updated, id.value()]),
                RowWas::Another => query(UPDATE, [version, updated, body(), id.value()]),
            });
            node.version
        }
        Stored::Tombstone { node_type, version } => {
            let node_type = -i64::from(node_type.0);
            session.change_later(query(BURY, [node_type.value(), version.value(), now.0.value(), id.value()]));
            *version
        }
        // Mending rows of a node that is not there. No version of it stands against their removal.
        Stored::Nothing => ANY_VERSION,
    }
}
