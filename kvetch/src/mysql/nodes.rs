//! Writes to nodes: the row, the intent, the record of the write.

use mysql_async::Row;

use crate::change::{outcome_from_bytes, outcome_to_bytes};
use crate::decide::{Before, Look, Stored, decide, looks};
use crate::error::{Error, Result};
use crate::id::{NodeId, NodeType, Timestamp, WriteId};
use crate::listing::Tombstone;
use crate::node::Node;
use crate::read::Edge;
use crate::shard::{Intent, NodeWrite, Outcome, Place, WriteOp};

use super::columns::Columns;
use super::failure::Attempt;
use super::marks::{Mark, Marks};
use super::pool::{Pool, Session};
use super::query::{ANY_VERSION, Parameter, Query, query, with_keys};
use super::rows::EndsAlive;
use super::transaction::Work;
use super::{claims, intents, reads, rows};

/// The node's row with its pending intent, locked from now on. Where nothing stands there is nothing to lock.
const LOCKED: &str = "SELECT n.id, n.type, n.version, n.created, n.updated, n.body, i.source, i.version, i.changes \
     FROM kvetch_nodes n LEFT JOIN kvetch_intents i ON i.source = n.id WHERE n.id = ? FOR UPDATE";

/// The same of the other end of an edge too. Who puts an edge changes a count of either end, so that locks of both
/// keep nobody out longer than that does.
const BOTH_LOCKED: &str = "SELECT n.id, n.type, n.version, n.created, n.updated, n.body, i.source, i.version, i.changes \
     FROM kvetch_nodes n LEFT JOIN kvetch_intents i ON i.source = n.id WHERE n.id IN (?, ?) FOR UPDATE";

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
            outcomes.push(self::write(session, self.place, write).await?);
        }
        if let Some(nameless) = self.writes.iter().find(|write| write.write_id.is_none()) {
            let mark = self.mark.get_or_insert_with(|| self.marks.take());
            mark.make(session, nameless.id, nameless.now);
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
async fn write(session: &mut Session, place: &Place, write: &NodeWrite) -> Attempt<Outcome> {
    let (before, mut ends, recorded) = seen(session, place, write).await?;
    if let Some(outcome) = recorded {
        let (node, changes) = outcome_from_bytes(&outcome)?;
        return Ok(Outcome { node, changes, intent: before.pending });
    }
    let (is_new, was_pending) = (before.row == Stored::Nothing, before.pending.is_some());
    let decision = decide(place, write, before)?;

    for claim in &decision.claims {
        if !claims::burn(session, claim.nonce).await? {
            return Err(place.claim_pending(claim.index, claim.holder).into());
        }
    }
    let version = put_row(session, write.id, is_new, &decision.row, write.now);
    ends.insert(write.id, matches!(decision.row, Stored::Node(_)));
    rows::change_own(session, place, version, &decision.local, ends).await?;
    intents::put(session, write.id, was_pending, decision.outcome.intent.as_ref(), write.now);
    if let Some(write_id) = write.write_id {
        let Outcome { node, changes, .. } = &decision.outcome;
        record(session, write_id, write.now, node, &outcome_to_bytes(node, changes));
    }
    Ok(decision.outcome)
}

/// What a write has to know, asked for at once: what stands there before it, which ends of its edges are alive, and
/// the outcome of a write with its id that was done before. What is found of it is locked from now on, but for edges.
async fn seen(
    session: &mut Session,
    place: &Place,
    write: &NodeWrite,
) -> Attempt<(Before, EndsAlive, Option<Vec<u8>>)> {
    let looks = looks(&place.schema, write);
    let end = match write.op {
        WriteOp::PutEdge { to, .. } => Some(to).filter(|to| place.map.shard_of(to.virtual_shard()) == place.here),
        _ => None,
    };
    let mut questions = vec![match end {
        Some(to) => query(BOTH_LOCKED, [write.id.value(), to.value()]),
        None => query(LOCKED, [write.id.value()]),
    }];
    questions.extend(looks.iter().map(|look| look_at(write.id, *look)));
    questions.extend(write.write_id.map(|write_id| query(RECORDED, [write_id.value()])));

    let mut answers = session.all(questions).await?.into_iter().map(|said| said.rows);
    let mut next = || answers.next().expect("each question has an answer");
    let (mut row, mut pending, mut ends) = (Stored::Nothing, None, EndsAlive::new());
    for node in next() {
        let mut columns = Columns::of(node);
        let id = columns.id()?;
        if id == write.id {
            (row, pending) = stored(id, columns)?;
        } else {
            ends.insert(id, columns.number()? > 0);
        }
    }
    if let Some(to) = end {
        ends.entry(to).or_insert(false);
    }
    let edges = looks.into_iter().map(|look| found(look, next())).collect::<Result<_>>()?;
    let recorded = write.write_id.and_then(|_| next().into_iter().next());
    let recorded = recorded.map(|row| Columns::of(row).bytes()).transpose()?;
    if row == Stored::Nothing && !matches!(write.op, WriteOp::Create { .. }) {
        // A node that was lost may have left its intent behind.
        pending = intents::pending(session.rows(intents::locked(write.id)).await?)?;
    }
    Ok((Before { row, pending, edges }, ends, recorded))
}

fn record(session: &mut Session, write_id: WriteId, now: Timestamp, node: &Node, outcome: &[u8]) {
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
fn stored(id: NodeId, mut columns: Columns) -> Result<(Stored, Option<Intent>)> {
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

fn look_at(from: NodeId, look: Look) -> Query {
    match look {
        Look::First { edge, first } => query(FIRST_EDGES, [edge.0.value(), from.value(), first.value()]),
        Look::To { edge, to } | Look::Whole { edge, to } => query(EDGE_TO, [edge.0.value(), from.value(), to.value()]),
    }
}

fn found(look: Look, rows: Vec<Row>) -> Result<Vec<Edge>> {
    let edge = |row| {
        let mut columns = Columns::of(row);
        let (to, sort_key) = (columns.id()?, columns.number()?);
        let props = if matches!(look, Look::Whole { .. }) { columns.body_or_null()? } else { None };
        Ok(Edge { to, sort_key, props })
    };
    rows.into_iter().map(edge).collect()
}

/// Puts the row and returns its version.
fn put_row(session: &mut Session, id: NodeId, is_new: bool, stored: &Stored, now: Timestamp) -> u64 {
    match stored {
        Stored::Node(node) => {
            let (version, updated, body) = (node.version.value(), node.updated.0.value(), node.body.to_stored());
            session.change_later(if is_new {
                let (node_type, created) = (node.node_type.0.value(), node.created.0.value());
                query(INSERT, [id.value(), node_type, version, created, updated, body.value()])
            } else {
                query(UPDATE, [version, updated, body.value(), id.value()])
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
