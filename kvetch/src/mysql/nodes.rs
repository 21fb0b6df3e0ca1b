//! Writes to nodes: the row, the intent, the record of the write.

use crate::change::{outcome_from_bytes, outcome_to_bytes};
use crate::decide::{Before, Look, Stored, decide, looks};
use crate::error::{Error, Result};
use crate::id::{NodeId, NodeType, Timestamp, WriteId};
use crate::listing::Tombstone;
use crate::node::Node;
use crate::read::Edge;
use crate::shard::{Intent, NodeWrite, Outcome, Place};

use super::columns::Columns;
use super::failure::Attempt;
use super::marks::{Mark, Marks};
use super::pool::{Pool, Session};
use super::query::{ANY_VERSION, Parameter, query, with_keys};
use super::transaction::Work;
use super::{claims, intents, reads, rows};

/// The node's row and its pending intent, both locked from now on. Where nothing stands there is nothing to lock.
const LOCKED: &str = "SELECT k.id, n.type, n.version, n.created, n.updated, n.body, i.source, i.version, i.changes \
     FROM (SELECT CAST(? AS BINARY(16)) AS id) AS k \
     LEFT JOIN kvetch_nodes n ON n.id = k.id LEFT JOIN kvetch_intents i ON i.source = k.id FOR UPDATE";

const TOMBSTONES: &str = "SELECT id, type, version, updated FROM kvetch_nodes WHERE type < 0 AND id IN ";

const FIRST_EDGES: &str = "SELECT to_id, sort_key FROM kvetch_edges WHERE edge = ? AND from_id = ? \
     ORDER BY sort_key, to_id LIMIT ?";

const EDGE_TO: &str = "SELECT to_id, sort_key, props FROM kvetch_edges WHERE edge = ? AND from_id = ? AND to_id = ?";

/// Where somebody else makes the same node first this fails as a duplicate, and the transaction looks again.
const INSERT: &str = "INSERT INTO kvetch_nodes (id, type, version, created, updated, body) VALUES (?, ?, ?, ?, ?, ?)";

const UPDATE: &str = "UPDATE kvetch_nodes SET version = ?, updated = ?, body = ? WHERE id = ?";

const BURY: &str = "UPDATE kvetch_nodes SET type = ?, version = ?, updated = ?, body = NULL WHERE id = ?";

const RECORDED: &str = "SELECT outcome FROM kvetch_writes WHERE write_id = ?";

const RECORD: &str = "INSERT INTO kvetch_writes (write_id, source, version, outcome, written) VALUES (?, ?, ?, ?, ?)";

/// Writes in one transaction.
///
/// Where the answer to a commit is lost, its records tell whether it was done. If a write comes without a write
/// id, that is for a mark to tell, and what the write came to is still known here.
pub(super) struct Writing<'a> {
    marks: &'a Marks,
    place: &'a Place,
    writes: &'a [NodeWrite],
    mark: Option<Mark>,
    /// What the last attempt comes to, if it was committed.
    committing: Option<Vec<Outcome>>,
}

impl<'a> Writing<'a> {
    pub(super) fn new(marks: &'a Marks, place: &'a Place, writes: &'a [NodeWrite]) -> Self {
        Self { marks, place, writes, mark: None, committing: None }
    }
}

impl Work for Writing<'_> {
    type Answer = Vec<Outcome>;

    async fn run(&mut self, session: &mut Session, in_doubt: bool) -> Attempt<Vec<Outcome>> {
        if in_doubt
            && let (Some(mark), Some(done)) = (&self.mark, &self.committing)
            && mark.is_made(session).await?
        {
            return Ok(done.clone());
        }
        let mut outcomes = Vec::with_capacity(self.writes.len());
        for write in self.writes {
            let before = locked(session, write.id).await?;
            outcomes.push(self::write(session, self.place, write, before).await?);
        }
        if let Some(nameless) = self.writes.iter().find(|write| write.write_id.is_none()) {
            let mark = self.mark.get_or_insert_with(|| self.marks.take());
            mark.make(session, nameless.id, nameless.now).await?;
        }
        self.committing = Some(outcomes.clone());
        Ok(outcomes)
    }

    fn settled(&mut self) {
        if let Some(mark) = self.mark.take() {
            self.marks.put_back(mark);
        }
    }
}

/// One write, under the lock of the node's row.
async fn write(
    session: &mut Session,
    place: &Place,
    write: &NodeWrite,
    (row, pending): (Stored, Option<Intent>),
) -> Attempt<Outcome> {
    if let Some(write_id) = write.write_id
        && let Some(outcome) = done_before(session, write_id).await?
    {
        return Ok(outcome);
    }
    let mut edges = Vec::new();
    for look in looks(&place.schema, write) {
        edges.push(seen(session, write.id, look).await?);
    }
    let (is_new, was_pending) = (row == Stored::Nothing, pending.is_some());
    let decision = decide(place, write, Before { row, pending, edges })?;

    for claim in &decision.claims {
        if !claims::burn(session, claim.nonce).await? {
            return Err(place.claim_pending(claim.index, claim.holder).into());
        }
    }
    let version = put_row(session, write.id, is_new, &decision.row, write.now).await?;
    rows::change_own(session, place, version, &decision.local).await?;
    intents::put(session, write.id, was_pending, decision.outcome.intent.as_ref(), write.now).await?;
    if let Some(write_id) = write.write_id {
        let Outcome { node, changes, .. } = &decision.outcome;
        record(session, write_id, write.now, node, outcome_to_bytes(node, changes)).await?;
    }
    Ok(decision.outcome)
}

/// The outcome of a write that was done before, with what is still to be done of it.
async fn done_before(session: &mut Session, write_id: WriteId) -> Attempt<Option<Outcome>> {
    let Some(row) = session.rows(query(RECORDED, [write_id.value()])).await?.into_iter().next() else {
        return Ok(None);
    };
    let (node, changes) = outcome_from_bytes(&Columns::of(row).bytes()?)?;
    let intent = intents::pending(session, node.id).await?;
    Ok(Some(Outcome { node, changes, intent }))
}

async fn record(
    session: &mut Session,
    write_id: WriteId,
    now: Timestamp,
    node: &Node,
    outcome: Vec<u8>,
) -> Attempt<()> {
    let row = [write_id.value(), node.id.value(), node.version.value(), outcome.value(), now.0.value()];
    session.change(query(RECORD, row)).await?;
    Ok(())
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

/// What stands in the row of an id, and what is pending of it. Both are locked from now on, but for what is not there.
async fn locked(session: &mut Session, id: NodeId) -> Attempt<(Stored, Option<Intent>)> {
    let rows = session.rows(query(LOCKED, [id.value()])).await?;
    let mut columns =
        Columns::of(rows.into_iter().next().ok_or_else(|| Error::corrupt_record("row", "there is none"))?);
    let id = columns.id()?;
    let row = match columns.peek()? {
        None => {
            columns.skip(5);
            Stored::Nothing
        }
        Some(..0) => {
            let (node_type, version) = (buried_type(columns.number()?)?, columns.version()?);
            columns.skip(3);
            Stored::Tombstone { node_type, version }
        }
        Some(_) => reads::node(id, &mut columns)?.map_or(Stored::Nothing, Stored::Node),
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

async fn seen(session: &mut Session, from: NodeId, look: Look) -> Attempt<Vec<Edge>> {
    let (query, with_props) = match look {
        Look::First { edge, first } => (query(FIRST_EDGES, [edge.0.value(), from.value(), first.value()]), false),
        Look::To { edge, to } => (query(EDGE_TO, [edge.0.value(), from.value(), to.value()]), false),
        Look::Whole { edge, to } => (query(EDGE_TO, [edge.0.value(), from.value(), to.value()]), true),
    };
    let mut edges = Vec::new();
    for row in session.rows(query).await? {
        let mut columns = Columns::of(row);
        let (to, sort_key) = (columns.id()?, columns.number()?);
        let props = if with_props { columns.body_or_null()? } else { None };
        edges.push(Edge { to, sort_key, props });
    }
    Ok(edges)
}

/// Puts the row and returns its version.
async fn put_row(session: &mut Session, id: NodeId, is_new: bool, stored: &Stored, now: Timestamp) -> Attempt<u64> {
    match stored {
        Stored::Node(node) => {
            let (version, updated, body) = (node.version.value(), node.updated.0.value(), node.body.to_stored());
            let change = if is_new {
                let (node_type, created) = (node.node_type.0.value(), node.created.0.value());
                query(INSERT, [id.value(), node_type, version, created, updated, body.value()])
            } else {
                query(UPDATE, [version, updated, body.value(), id.value()])
            };
            session.change(change).await?;
            Ok(node.version)
        }
        Stored::Tombstone { node_type, version } => {
            let node_type = -i64::from(node_type.0);
            session.change(query(BURY, [node_type.value(), version.value(), now.0.value(), id.value()])).await?;
            Ok(*version)
        }
        // Mending rows of a node that is not there. No version of it stands against their removal.
        Stored::Nothing => Ok(ANY_VERSION),
    }
}
