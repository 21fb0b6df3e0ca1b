//! Changes to derived rows.
//!
//! Each is absolute ("this row is there", "it is not"), and a count moves by what really happened to the
//! row, so that doing a change twice is doing it once. How many rows a statement changed says what happened, under
//! the lock that the statement took; of [`Halves`] that were looked at and locked it is known before.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::Change;
use crate::id::{EdgeType, NodeId, Timestamp};
use crate::shard::Delivery;

use super::claims;
use super::columns::Columns;
use super::failure::Attempt;
use super::halves::Halves;
use super::pool::Session;
use super::query::{ANY_VERSION, Parameter, Query, by_bytes, query, with_rows};
use super::transaction::Work;

/// Only a lower fence is changed: one row is changed where there was none, two where one rose, none where it stood as
/// high. The time is set first, while the version is still the old one.
const RAISE_FENCE: &str = "INSERT INTO kvetch_fences (source, version, raised) VALUES (?, ?, ?) \
     ON DUPLICATE KEY UPDATE raised = IF(version < VALUES(version) OR version = 0, VALUES(raised), raised), \
     version = GREATEST(version, VALUES(version))";

const FENCE: &str = "SELECT version FROM kvetch_fences WHERE source = ? FOR UPDATE";

/// Both keys that may be there already are keys of the same row. One row changed: it is new; two: it moved; none: it
/// was there just so.
const PUT_EDGE: &str = "INSERT INTO kvetch_edges (edge, from_id, to_id, sort_key) VALUES (?, ?, ?, ?) \
     ON DUPLICATE KEY UPDATE sort_key = VALUES(sort_key)";

const PUT_STORED_EDGES: &str = "INSERT INTO kvetch_edges (edge, from_id, to_id, sort_key, props) VALUES ";
const STORED_EDGES_THERE: &str = " ON DUPLICATE KEY UPDATE sort_key = VALUES(sort_key), props = VALUES(props)";

const REMOVE_EDGE: &str = "DELETE FROM kvetch_edges WHERE edge = ? AND from_id = ? AND to_id = ?";

const PUT_ENTRIES: &str = "INSERT INTO kvetch_index (index_id, value, target) VALUES ";
const ENTRIES_THERE: &str = " ON DUPLICATE KEY UPDATE target = VALUES(target)";

const REMOVE_ENTRY: &str = "DELETE FROM kvetch_index WHERE index_id = ? AND value = ? AND target = ?";

const MOVE_COUNTS: &str = "INSERT INTO kvetch_counts (edge, from_id, count) VALUES ";
const MOVE_COUNTS_THERE: &str = " ON DUPLICATE KEY UPDATE count = count + VALUES(count)";

const REMOVE_COUNTS: &str = "DELETE FROM kvetch_counts WHERE count = 0 AND ";

/// Counts that one statement moves.
const COUNTS_PER_STATEMENT: usize = 100;

/// The node stays as it is until the transaction ends.
const ALIVE: &str = "SELECT 1 FROM kvetch_nodes WHERE id = ? AND type > 0 LOCK IN SHARE MODE";

/// Asks whether a node is there.
fn alive(id: NodeId) -> Query {
    query(ALIVE, [id.value()])
}

/// Changes that follow from a node of another shard, unless newer ones of that node came first.
pub(super) struct Delivering(pub(super) Delivery);

impl Work for Delivering {
    type Answer = ();

    async fn run(&mut self, session: &mut Session, _in_doubt: bool) -> Attempt<()> {
        let delivery = &self.0;
        if raise_fence(session, delivery.source, delivery.version).await? {
            let version = if delivery.version == 0 { ANY_VERSION } else { delivery.version };
            deliver(session, version, &delivery.changes).await?;
        }
        Ok(())
    }
}

/// Raises the fence of a source, and says whether it stood lower. Version 0 stands for a node that is
/// not there, of which there may be several deliveries.
async fn raise_fence(session: &mut Session, source: NodeId, version: u64) -> Attempt<bool> {
    let raised = Timestamp::now().0.value();
    if session.change(query(RAISE_FENCE, [source.value(), version.value(), raised])).await? > 0 {
        return Ok(true);
    }
    if version > 0 {
        return Ok(false);
    }
    // Or it stood at 0 and was raised in this very microsecond.
    let there = session.rows(query(FENCE, [source.value()])).await?.into_iter().next();
    Ok(there.map(|row| Columns::of(row).version()).transpose()? == Some(0))
}

async fn deliver(session: &mut Session, version: u64, changes: &[Change]) -> Attempt<()> {
    for change in changes {
        if let Change::PutClaim { index, value, .. } | Change::RemoveClaim { index, value, .. } = change {
            let there = claims::standing(session, *index, value).await?;
            claims::change(session, version, change, there);
        }
    }
    let alive = ends_alive(session, changes).await?;
    let stands = |change: &&Change| match change {
        Change::PutStoredEdge { from, .. } => alive.contains(from),
        _ => true,
    };
    self::change(session, changes.iter().filter(stands).collect(), &Halves::default()).await
}

/// Those of the nodes that get a stored edge which are there. They stay as they are until the transaction ends.
async fn ends_alive(session: &mut Session, changes: &[Change]) -> Attempt<BTreeSet<NodeId>> {
    let ends = changes.iter().filter_map(|change| match change {
        Change::PutStoredEdge { from, .. } => Some(*from),
        _ => None,
    });
    let ends: BTreeSet<NodeId> = ends.collect();
    if ends.is_empty() {
        return Ok(ends);
    }
    let said = session.all(ends.iter().map(|end| alive(*end)).collect()).await?;
    Ok(ends.into_iter().zip(said).filter(|(_, said)| !said.rows.is_empty()).map(|(end, _)| end).collect())
}

/// How much counts are to be moved.
type Moved = BTreeMap<(EdgeType, NodeId), i64>;

/// Makes changes to edges and entries, in the order of their rows, and moves the counts by what comes of them.
pub(super) async fn change(session: &mut Session, changes: Vec<&Change>, halves: &Halves) -> Attempt<()> {
    let mut moved = Moved::new();
    let known = |change: &&Change| is_there(change, halves).is_some();
    let (known, others): (Vec<&Change>, Vec<&Change>) = changes.into_iter().partition(known);
    change_halves(session, known, halves, &mut moved);
    change_others(session, others, &mut moved).await?;
    // The counts come last: they are the rows that most writers want.
    let moved: Vec<_> = moved.into_iter().filter(|(_, by)| *by != 0).collect();
    for moved in moved.chunks(COUNTS_PER_STATEMENT) {
        move_counts(session, moved);
    }
    Ok(())
}

/// Changes halves that were looked at: all that are put by one statement, and those that are there are removed.
fn change_halves(session: &mut Session, changes: Vec<&Change>, halves: &Halves, moved: &mut Moved) {
    let mut puts = Vec::new();
    for change in changes {
        let is_there = is_there(change, halves) == Some(true);
        let is_put = matches!(change, Change::PutStoredEdge { .. });
        if is_put != is_there
            && let Some((edge, from, by)) = counted(change)
        {
            *moved.entry((edge, from)).or_default() += by;
        }
        if is_put {
            puts.push(change);
        } else if is_there {
            statement(change).into_iter().for_each(|remove| session.change_later(remove));
        }
    }
    put_stored(puts).into_iter().for_each(|put| session.change_later(put));
}

/// The statements that put stored edges.
fn put_stored<'a>(puts: impl IntoIterator<Item = &'a Change>) -> Vec<Query> {
    let rows = puts.into_iter().filter_map(|put| match put {
        Change::PutStoredEdge { edge, from, to, sort_key, props } => {
            let props = props.to_stored();
            Some((props.len(), [edge.0.value(), from.value(), to.value(), sort_key.value(), props.value()]))
        }
        _ => None,
    });
    by_bytes(rows).iter().map(|rows| with_rows(PUT_STORED_EDGES, rows, STORED_EDGES_THERE)).collect()
}

/// The statements that put entries.
fn put_entries<'a>(puts: impl IntoIterator<Item = &'a Change>) -> Vec<Query> {
    let rows = puts.into_iter().filter_map(|put| match put {
        Change::PutEntry { index, value, target } => {
            Some((value.as_bytes().len(), [index.0.value(), value.value(), target.value()]))
        }
        _ => None,
    });
    by_bytes(rows).iter().map(|rows| with_rows(PUT_ENTRIES, rows, ENTRIES_THERE)).collect()
}

/// Makes changes of which only their statements say whether they change a row.
async fn change_others(session: &mut Session, changes: Vec<&Change>, moved: &mut Moved) -> Attempt<()> {
    let (edges, entries): (Vec<&Change>, Vec<&Change>) = changes.into_iter().partition(|one| counted(one).is_some());
    let statements = edges.iter().filter_map(|change| statement(change)).collect::<Vec<_>>();
    // Where there are none nobody has to know what comes of the rest.
    let said = if statements.is_empty() { Vec::new() } else { session.all(statements).await? };
    for (change, said) in edges.into_iter().zip(said) {
        if let Some((edge, from, by)) = counted(change).filter(|_| said.changed == 1) {
            *moved.entry((edge, from)).or_default() += by;
        }
    }
    // In the order of their rows: entries that are put are put together up to the next that is removed.
    for run in entries.chunk_by(|one, next| is_entry_put(one) && is_entry_put(next)) {
        match run {
            [one] => statement(one).into_iter().for_each(|entry| session.change_later(entry)),
            puts => put_entries(puts.iter().copied()).into_iter().for_each(|entries| session.change_later(entries)),
        }
    }
    Ok(())
}

fn is_entry_put(change: &Change) -> bool {
    matches!(change, Change::PutEntry { .. })
}

/// The count that a change moves where the row comes or goes by it.
fn counted(change: &Change) -> Option<(EdgeType, NodeId, i64)> {
    match change {
        Change::PutEdge { edge, from, .. } | Change::PutStoredEdge { edge, from, .. } => Some((*edge, *from, 1)),
        Change::RemoveEdge { edge, from, .. } => Some((*edge, *from, -1)),
        _ => None,
    }
}

/// Whether the row of a change is there, if that is known.
fn is_there(change: &Change, halves: &Halves) -> Option<bool> {
    match change {
        Change::PutStoredEdge { edge, from, to, .. } | Change::RemoveEdge { edge, from, to } => {
            halves.is_there(*edge, *from, *to)
        }
        _ => None,
    }
}

/// The statement that makes a change to an edge or an entry.
fn statement(change: &Change) -> Option<Query> {
    Some(match change {
        Change::PutEdge { edge, from, to, sort_key } => {
            query(PUT_EDGE, [edge.0.value(), from.value(), to.value(), sort_key.value()])
        }
        Change::PutStoredEdge { .. } => put_stored([change]).remove(0),
        Change::RemoveEdge { edge, from, to } => query(REMOVE_EDGE, [edge.0.value(), from.value(), to.value()]),
        Change::PutEntry { .. } => put_entries([change]).remove(0),
        Change::RemoveEntry { index, value, target } => {
            query(REMOVE_ENTRY, [index.0.value(), value.value(), target.value()])
        }
        Change::PutClaim { .. } | Change::RemoveClaim { .. } => return None,
    })
}

/// Moves counts. One that comes to nothing leaves no row, so that equal edges are equal tables.
fn move_counts(session: &mut Session, moved: &[((EdgeType, NodeId), i64)]) {
    let rows = vec!["(?, ?, ?)"; moved.len()].join(", ");
    let parameters = moved.iter().flat_map(|((edge, from), by)| [edge.0.value(), from.value(), by.value()]);
    let sql = format!("{MOVE_COUNTS}{rows}{MOVE_COUNTS_THERE}").into();
    session.change_later(Query { sql, parameters: parameters.collect() });

    let fewer = moved.iter().filter(|(_, by)| *by < 0);
    let parameters: Vec<_> = fewer.flat_map(|((edge, from), _)| [edge.0.value(), from.value()]).collect();
    if !parameters.is_empty() {
        let rows = vec!["(edge = ? AND from_id = ?)"; parameters.len() / 2].join(" OR ");
        session.change_later(Query { sql: format!("{REMOVE_COUNTS}({rows})").into(), parameters });
    }
}
