//! Writes to nodes: the row, the intent, the record of the write.

use rusqlite::types::ValueRef as Column;
use rusqlite::{Connection, OptionalExtension, params};

use crate::change::{intent_from_bytes, intent_to_bytes, outcome_from_bytes, outcome_to_bytes};
use crate::decide::{Before, Look, OtherEnd, Stored, decide, looks, other_end};
use crate::error::{Error, Result};
use crate::id::{NodeId, NodeType, Timestamp, WriteId};
use crate::listing::Tombstone;
use crate::node::Node;
use crate::read::Edge;
use crate::shard::{Intent, IntentPage, NodeWrite, Outcome, Place};

use super::failure::OrFailure;
use super::number::{ANY_VERSION, number};
use super::writer::Transaction;
use super::{claims, reads, rows};

/// One write, inside a transaction of the one thread that writes: what is read here stays true
/// until it is committed.
pub(super) fn write(connection: &Transaction<'_>, place: &Place, write: &NodeWrite) -> Result<Outcome> {
    if let Some(write_id) = write.write_id
        && let Some(outcome) = recorded(connection, write_id)?
    {
        return Ok(outcome);
    }
    let row = stored(connection, write.id)?;
    let pending = intent(connection, write.id)?;
    let edges = looks(&place.schema, write).into_iter().map(|look| seen(connection, write.id, look));
    let edges = edges.collect::<Result<Vec<_>>>()?;
    let end = match other_end(place, write) {
        Some(to) => type_of(connection, to)?.map_or(OtherEnd::Lost, OtherEnd::Here),
        None => OtherEnd::Elsewhere,
    };
    let decision = decide(place, write, Before { row, end, pending, edges })?;

    for claim in &decision.claims {
        if !claims::burn(connection, claim.nonce)? {
            return Err(place.claim_pending(claim.index, claim.holder));
        }
    }
    let version = put_row(connection, write.id, &decision.row, write.now)?;
    rows::change_own(connection, place, version, &decision.local)?;
    put_intent(connection, write.id, decision.outcome.intent.as_ref(), write.now)?;
    if let Some(write_id) = write.write_id {
        record(connection, write_id, write.now, &decision.outcome)?;
    }
    Ok(decision.outcome)
}

/// The outcome of a write that was done before, with what is still to be done of it.
pub(super) fn recorded(connection: &Connection, write_id: WriteId) -> Result<Option<Outcome>> {
    let outcome = connection
        .prepare_cached("SELECT outcome FROM kvetch_writes WHERE write_id = ?1")
        .and_then(|mut statement| statement.query_row([write_id.as_bytes()], |row| row.get::<_, Vec<u8>>(0)).optional())
        .or_failure()?;
    let Some(outcome) = outcome else {
        return Ok(None);
    };
    let (node, changes) = outcome_from_bytes(&outcome)?;
    let intent = intent(connection, node.id)?;
    Ok(Some(Outcome { node, changes, intent }))
}

pub(super) fn intents(connection: &Connection, after: Option<NodeId>, first: u32) -> Result<IntentPage> {
    let after: &[u8] = after.as_ref().map_or(&[], |id| id.as_bytes());
    let mut statement = connection
        .prepare_cached(
            "SELECT source, version, changes FROM kvetch_intents WHERE source > ?1 ORDER BY source LIMIT ?2",
        )
        .or_failure()?;
    let mut rows = statement.query(params![after, first]).or_failure()?;
    let mut page = IntentPage::default();
    while let Some(row) = rows.next().or_failure()? {
        let source = reads::id(row, 0)?;
        page.last = Some(source);
        match read_intent(row) {
            Ok(intent) => page.intents.push(intent),
            Err(error) => page.unreadable.push((source, read_version(row)?, error)),
        }
    }
    Ok(page)
}

pub(super) fn settle(connection: &Connection, applied: &[(NodeId, u64)]) -> Result<()> {
    let mut statement =
        connection.prepare_cached("DELETE FROM kvetch_intents WHERE source = ?1 AND version = ?2").or_failure()?;
    for (source, version) in applied {
        statement.execute(params![source.as_bytes(), number(*version)]).or_failure()?;
    }
    Ok(())
}

fn seen(connection: &Connection, from: NodeId, look: Look) -> Result<Vec<Edge>> {
    match look {
        Look::First { edge, first } => reads::ends(connection, edge, from, first),
        Look::To { edge, to } => {
            let sort_key = reads::sort_key(connection, edge, from, to)?;
            Ok(sort_key.map(|sort_key| Edge { to, sort_key, props: None }).into_iter().collect())
        }
        Look::Whole { edge, to } => Ok(reads::edge_to(connection, edge, from, to)?.into_iter().collect()),
    }
}

/// The type of a node, if it is there.
fn type_of(connection: &Connection, id: NodeId) -> Result<Option<NodeType>> {
    let found = connection
        .prepare_cached("SELECT type FROM kvetch_nodes WHERE id = ?1 AND type > 0")
        .and_then(|mut statement| statement.query_row([id.as_bytes()], |row| row.get(0)).optional());
    Ok(found.or_failure()?.map(NodeType))
}

fn stored(connection: &Connection, id: NodeId) -> Result<Stored> {
    connection
        .prepare_cached("SELECT id, type, version, created, updated, body FROM kvetch_nodes WHERE id = ?1")
        .and_then(|mut statement| statement.query_row([id.as_bytes()], |row| Ok(read_stored(row))).optional())
        .or_failure()?
        .unwrap_or(Ok(Stored::Nothing))
}

/// What is left of each node, if it was deleted.
pub(super) fn tombstones(connection: &Connection, ids: &[NodeId]) -> Vec<Result<Option<Tombstone>>> {
    let one = |id: &NodeId| {
        let Stored::Tombstone { node_type, version } = stored(connection, *id)? else { return Ok(None) };
        let deleted = connection
            .prepare_cached("SELECT updated FROM kvetch_nodes WHERE id = ?1")
            .and_then(|mut statement| statement.query_row([id.as_bytes()], |row| row.get(0)))
            .or_failure()?;
        Ok(Some(Tombstone { node_type, version, deleted: Timestamp(deleted) }))
    };
    ids.iter().map(one).collect()
}

fn read_stored(row: &rusqlite::Row<'_>) -> Result<Stored> {
    if let Some(node) = reads::node(row)? {
        return Ok(Stored::Node(node));
    }
    let corrupt = |_| Error::corrupt_record("tombstone", "its type or version is out of range");
    let node_type = row.get::<_, i64>(1).or_failure()?.unsigned_abs().try_into().map_err(corrupt)?;
    let version = row.get::<_, i64>(2).or_failure()?.try_into().map_err(corrupt)?;
    Ok(Stored::Tombstone { node_type: NodeType(node_type), version })
}

/// Puts the row and returns its version.
fn put_row(connection: &Connection, id: NodeId, stored: &Stored, now: Timestamp) -> Result<u64> {
    match stored {
        Stored::Node(node) => put_node(connection, node),
        Stored::Tombstone { node_type, version } => {
            connection
                .prepare_cached(
                    "UPDATE kvetch_nodes SET type = ?2, version = ?3, updated = ?4, body = NULL WHERE id = ?1",
                )
                .and_then(|mut statement| {
                    statement.execute(params![id.as_bytes(), -i64::from(node_type.0), number(*version), now.0])
                })
                .or_failure()?;
            Ok(*version)
        }
        // Mending rows of a node that is not there. No version of it stands against their removal.
        Stored::Nothing => Ok(ANY_VERSION),
    }
}

fn put_node(connection: &Connection, node: &Node) -> Result<u64> {
    let row = params![
        node.id.as_bytes(),
        node.node_type.0,
        number(node.version),
        node.created.0,
        node.updated.0,
        node.body.to_stored()
    ];
    connection
        .prepare_cached(
            "INSERT INTO kvetch_nodes (id, type, version, created, updated, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (id) DO UPDATE SET version = ?3, updated = ?5, body = ?6",
        )
        .and_then(|mut statement| statement.execute(row))
        .or_failure()?;
    Ok(node.version)
}

fn intent(connection: &Connection, source: NodeId) -> Result<Option<Intent>> {
    connection
        .prepare_cached("SELECT source, version, changes FROM kvetch_intents WHERE source = ?1")
        .and_then(|mut statement| statement.query_row([source.as_bytes()], |row| Ok(read_intent(row))).optional())
        .or_failure()?
        .transpose()
}

fn read_intent(row: &rusqlite::Row<'_>) -> Result<Intent> {
    let source = reads::id(row, 0)?;
    let version = read_version(row)?;
    match row.get_ref(2).or_failure()? {
        Column::Blob(bytes) => {
            let (changes, unfinished) = intent_from_bytes(bytes)?;
            Ok(Intent { source, version, changes, unfinished })
        }
        _ => Err(Error::corrupt_record("intent", "it has no changes")),
    }
}

fn read_version(row: &rusqlite::Row<'_>) -> Result<u64> {
    let version = row.get::<_, i64>(1).or_failure()?;
    version.try_into().map_err(|_| Error::corrupt_record("intent", "its version is negative"))
}

fn put_intent(connection: &Connection, source: NodeId, intent: Option<&Intent>, now: Timestamp) -> Result<()> {
    let Some(intent) = intent else {
        let removal = connection.prepare_cached("DELETE FROM kvetch_intents WHERE source = ?1");
        return removal.and_then(|mut statement| statement.execute([source.as_bytes()])).map(drop).or_failure();
    };
    let says = intent_to_bytes(&intent.changes, &intent.unfinished);
    let row = params![source.as_bytes(), number(intent.version), says, now.0];
    connection
        .prepare_cached(
            // The time stays that of the oldest write whose rows it carries.
            "INSERT INTO kvetch_intents (source, version, changes, written) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (source) DO UPDATE SET version = ?2, changes = ?3",
        )
        .and_then(|mut statement| statement.execute(row))
        .map(drop)
        .or_failure()
}

fn record(connection: &Connection, write_id: WriteId, now: Timestamp, outcome: &Outcome) -> Result<()> {
    let row = params![
        write_id.as_bytes(),
        outcome.node.id.as_bytes(),
        number(outcome.node.version),
        outcome_to_bytes(&outcome.node, &outcome.changes),
        now.0
    ];
    connection
        .prepare_cached(
            "INSERT INTO kvetch_writes (write_id, source, version, outcome, written) VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .and_then(|mut statement| statement.execute(row))
        .map(drop)
        .or_failure()
}
