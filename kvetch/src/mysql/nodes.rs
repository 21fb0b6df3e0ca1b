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
use super::query::{ANY_VERSION, Parameter, Query, by_bytes, query, with_keys, with_rows};
use super::{intents, reads};

const TOMBSTONES: &str = "SELECT id, type, version, updated FROM kvetch_nodes WHERE type < 0 AND id IN ";

const FIRST_EDGES: &str = "SELECT to_id, sort_key FROM kvetch_edges WHERE edge = ? AND from_id = ? \
     ORDER BY sort_key, to_id LIMIT ?";

const WHOLE_EDGE: &str = "SELECT to_id, sort_key, props FROM kvetch_edges WHERE edge = ? AND from_id = ? AND to_id = ?";

/// Where somebody else makes the same node first this fails as a duplicate, and the transaction looks again.
const INSERT: &str = "INSERT INTO kvetch_nodes (id, type, version, created, updated, body) VALUES ";

const UPDATE: &str = "UPDATE kvetch_nodes SET version = ?, updated = ?, body = ? WHERE id = ?";

/// An edge of a node is a write to it that leaves its body alone, and the time it was last written.
const RAISE: &str = "UPDATE kvetch_nodes SET version = ? WHERE id = ?";

/// The same of several, each of which is locked at the version below. Without the hint a small table would be read as a
/// whole, and locked.
const RAISE_ALL: &str = "UPDATE kvetch_nodes FORCE INDEX (PRIMARY) SET version = version + 1 WHERE id IN ";

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

/// What the row of a node becomes.
pub(super) struct RowPut<'a> {
    pub(super) id: NodeId,
    pub(super) was: RowWas,
    pub(super) row: &'a Stored,
    pub(super) now: Timestamp,
}

impl RowPut<'_> {
    /// The version that the row gets.
    pub(super) fn version(&self) -> u64 {
        match self.row {
            Stored::Node(node) => node.version,
            Stored::Tombstone { version, .. } => *version,
            // Mending rows of a node that is not there. No version of it stands against their removal.
            Stored::Nothing => ANY_VERSION,
        }
    }
}

/// Puts the rows of different nodes, which are locked where they are there: those that are new, and those that only rise
/// by a version, by one statement each for many.
pub(super) fn put_rows(session: &mut Session, mut puts: Vec<RowPut<'_>>) {
    // New rows are not locked yet, and everybody takes locks in this order.
    puts.sort_unstable_by_key(|put| put.id);
    let (mut new, mut raised) = (Vec::new(), Vec::new());
    for RowPut { id, was, row, now } in puts {
        match (row, was) {
            (Stored::Node(node), RowWas::Nothing) => new.push(node),
            (Stored::Node(node), RowWas::SameBody) => raised.push(node),
            (Stored::Node(node), RowWas::Another) => {
                let (version, updated) = (node.version.value(), node.updated.0.value());
                session.change_later(query(UPDATE, [version, updated, node.body.to_stored().value(), id.value()]));
            }
            (Stored::Tombstone { node_type, version }, _) => {
                let node_type = -i64::from(node_type.0);
                session.change_later(query(BURY, [node_type.value(), version.value(), now.0.value(), id.value()]));
            }
            (Stored::Nothing, _) => {}
        }
    }
    insert(session, &new);
    raise(session, &raised);
}

fn insert(session: &mut Session, nodes: &[&Node]) {
    let rows = nodes.iter().map(|node| {
        let (node_type, created) = (node.node_type.0.value(), node.created.0.value());
        let (version, updated, body) = (node.version.value(), node.updated.0.value(), node.body.to_stored());
        (body.len(), [node.id.value(), node_type, version, created, updated, body.value()])
    });
    for rows in by_bytes(rows) {
        session.change_later(with_rows(INSERT, &rows, ""));
    }
}

fn raise(session: &mut Session, nodes: &[&Node]) {
    match nodes {
        [] => {}
        [node] => session.change_later(query(RAISE, [node.version.value(), node.id.value()])),
        nodes => {
            let ids = nodes.iter().map(|node| node.id).collect::<Vec<_>>();
            session.change_later(with_keys(RAISE_ALL, Vec::new(), &ids, ""));
        }
    }
}
