//! Changes to derived rows.
//!
//! Each is absolute ("this row is there", "it is not"), and a count moves by what really happened to the
//! row, so that doing a change twice is doing it once.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};

use crate::body::Body;
use crate::change::Change;
use crate::error::{Error, Result};
use crate::id::{EdgeType, IndexId, NodeId, Timestamp};
use crate::index_key::IndexKey;
use crate::shard::{Delivery, Place};

use super::claims::{self, Standing};
use super::failure::OrFailure;
use super::number::{ANY_VERSION, number};
use super::reads;
use super::writer::Transaction;

/// Changes that a write makes on its own shard. A unique value that another node holds refuses
/// the write.
pub(super) fn change_own(connection: &Transaction<'_>, place: &Place, version: u64, changes: &[Change]) -> Result<()> {
    for change in changes {
        if let Change::PutStoredEdge { from, .. } = change
            && !is_alive(connection, *from)?
        {
            return Err(Error::NotFound { node: *from });
        }
        if let Change::PutClaim { index, value, holder, .. } = change {
            match claims::standing(connection, *index, value)? {
                Standing::Free => {}
                Standing::Held { holder: other, .. } if other == *holder => {}
                Standing::Held { holder: other, version: 0, .. } => return Err(place.claim_pending(*index, other)),
                Standing::Held { holder: other, .. } => return Err(place.duplicate(*index, other)),
            }
        }
    }
    change_all(connection, version, changes)
}

/// Changes that follow from a node of another shard, unless newer ones of that node came first.
pub(super) fn deliver(connection: &Transaction<'_>, delivery: &Delivery) -> Result<()> {
    if raise_fence(connection, delivery.source, delivery.version)? {
        let version = if delivery.version == 0 { ANY_VERSION } else { delivery.version };
        change_all(connection, version, &delivery.changes)?;
    }
    Ok(())
}

/// Raises the fence of a source, and says whether it stood lower. Version 0 stands for a node that is
/// not there, of which there may be several deliveries.
fn raise_fence(connection: &Connection, source: NodeId, version: u64) -> Result<bool> {
    let raised = connection
        .prepare_cached(
            "INSERT INTO kvetch_fences (source, version, raised) VALUES (?1, ?2, ?3)
             ON CONFLICT (source) DO UPDATE SET version = ?2, raised = ?3
             WHERE version < ?2 OR (version = 0 AND ?2 = 0)",
        )
        .and_then(|mut statement| statement.execute(params![source.as_bytes(), number(version), Timestamp::now().0]))
        .or_failure()?;
    Ok(raised == 1)
}

fn change_all(connection: &Transaction<'_>, version: u64, changes: &[Change]) -> Result<()> {
    let mut moved: BTreeMap<(EdgeType, NodeId), i64> = BTreeMap::new();
    for change in changes {
        match change {
            Change::PutEdge { edge, from, to, sort_key } => {
                if put_edge(connection, *edge, *from, *to, *sort_key)? {
                    *moved.entry((*edge, *from)).or_default() += 1;
                }
            }
            Change::PutStoredEdge { edge, from, to, sort_key, props } => {
                if is_alive(connection, *from)? && put_stored_edge(connection, *edge, *from, *to, *sort_key, props)? {
                    *moved.entry((*edge, *from)).or_default() += 1;
                }
            }
            Change::RemoveEdge { edge, from, to } => {
                if remove_edge(connection, *edge, *from, *to)? {
                    *moved.entry((*edge, *from)).or_default() -= 1;
                }
            }
            Change::PutEntry { index, value, target } => put_entry(connection, *index, value, *target)?,
            Change::RemoveEntry { index, value, target } => remove_entry(connection, *index, value, *target)?,
            Change::PutClaim { index, value, holder, nonce } => {
                claims::confirm(connection, *index, value, *holder, version, *nonce)?;
            }
            Change::RemoveClaim { index, value, holder, nonce } => {
                claims::give_up(connection, *index, value, *holder, version, *nonce)?;
            }
        }
    }
    // The counts come last: they are the rows that most writers want.
    for ((edge, from), by) in moved {
        move_count(connection, edge, from, by)?;
    }
    Ok(())
}

/// Puts an edge, or moves it to its new place, and says whether it came to be.
fn put_edge(connection: &Transaction<'_>, edge: EdgeType, from: NodeId, to: NodeId, sort_key: i64) -> Result<bool> {
    let key = params![edge.0, from.as_bytes(), to.as_bytes(), sort_key];
    match reads::sort_key(connection, edge, from, to)? {
        Some(same) if same == sort_key => Ok(false),
        Some(_) => {
            connection.touch(edge, from);
            connection
                .prepare_cached("UPDATE kvetch_edges SET sort_key = ?4 WHERE edge = ?1 AND from_id = ?2 AND to_id = ?3")
                .and_then(|mut statement| statement.execute(key))
                .or_failure()?;
            Ok(false)
        }
        None => {
            connection.touch(edge, from);
            connection
                .prepare_cached("INSERT INTO kvetch_edges (edge, from_id, to_id, sort_key) VALUES (?1, ?2, ?3, ?4)")
                .and_then(|mut statement| statement.execute(key))
                .or_failure()?;
            Ok(true)
        }
    }
}

/// Puts half of a stored edge with its props, and says whether it came to be.
fn put_stored_edge(
    connection: &Transaction<'_>,
    edge: EdgeType,
    from: NodeId,
    to: NodeId,
    sort_key: i64,
    props: &Body,
) -> Result<bool> {
    let came_to_be = put_edge(connection, edge, from, to, sort_key)?;
    connection.touch(edge, from);
    connection
        .prepare_cached("UPDATE kvetch_edges SET props = ?4 WHERE edge = ?1 AND from_id = ?2 AND to_id = ?3")
        .and_then(|mut statement| statement.execute(params![edge.0, from.as_bytes(), to.as_bytes(), props.to_stored()]))
        .or_failure()?;
    Ok(came_to_be)
}

/// Whether a node of this shard is there.
fn is_alive(connection: &Connection, id: NodeId) -> Result<bool> {
    let found = connection
        .prepare_cached("SELECT 1 FROM kvetch_nodes WHERE id = ?1 AND type > 0")
        .and_then(|mut statement| statement.query_row([id.as_bytes()], |_| Ok(())).optional());
    found.or_failure().map(|found| found.is_some())
}

/// Removes an edge, and says whether it was there.
fn remove_edge(connection: &Transaction<'_>, edge: EdgeType, from: NodeId, to: NodeId) -> Result<bool> {
    connection.touch(edge, from);
    let removed = connection
        .prepare_cached("DELETE FROM kvetch_edges WHERE edge = ?1 AND from_id = ?2 AND to_id = ?3")
        .and_then(|mut statement| statement.execute(params![edge.0, from.as_bytes(), to.as_bytes()]))
        .or_failure()?;
    Ok(removed == 1)
}

fn put_entry(connection: &Connection, index: IndexId, value: &IndexKey, target: NodeId) -> Result<()> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO kvetch_index (index_id, value, target) VALUES (?1, ?2, ?3)")
        .and_then(|mut statement| statement.execute(params![index.0, value.as_bytes(), target.as_bytes()]))
        .map(drop)
        .or_failure()
}

fn remove_entry(connection: &Connection, index: IndexId, value: &IndexKey, target: NodeId) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM kvetch_index WHERE index_id = ?1 AND value = ?2 AND target = ?3")
        .and_then(|mut statement| statement.execute(params![index.0, value.as_bytes(), target.as_bytes()]))
        .map(drop)
        .or_failure()
}

/// Moves a count. One that comes to nothing leaves no row, so that equal edges are equal tables.
fn move_count(connection: &Connection, edge: EdgeType, from: NodeId, by: i64) -> Result<()> {
    let key = (edge.0, from.as_bytes());
    connection
        .prepare_cached(
            "INSERT INTO kvetch_counts (edge, from_id, count) VALUES (?1, ?2, ?3)
             ON CONFLICT (edge, from_id) DO UPDATE SET count = count + ?3",
        )
        .and_then(|mut statement| statement.execute(params![key.0, key.1, by]))
        .or_failure()?;
    if by < 0 {
        connection
            .prepare_cached("DELETE FROM kvetch_counts WHERE edge = ?1 AND from_id = ?2 AND count = 0")
            .and_then(|mut statement| statement.execute(params![key.0, key.1]))
            .or_failure()?;
    }
    Ok(())
}
