//! Removing records that have had their use.

use rusqlite::{Connection, params};

use crate::error::{Error, Result};
use crate::id::{NodeId, Timestamp};
use crate::shard::{Prunable, PrunePage};

use super::failure::OrFailure;
use super::reads;

/// A record that may go: its key, and where a page that ends with it goes on.
pub(super) struct Record {
    key: Vec<u8>,
    since: i64,
    pub(super) place: Vec<u8>,
}

impl Record {
    pub(super) fn is_before(&self, time: Timestamp) -> bool {
        self.since < time.0
    }
}

/// The next records of a kind, in the order of their keys. Tombstones lie by type and id in the index for browsing,
/// so that those few are not looked for among all nodes.
pub(super) fn records(connection: &Connection, what: Prunable, page: &PrunePage) -> Result<Vec<Record>> {
    let after = page.after.as_deref().unwrap_or_default();
    let by_key = |sql: &str| {
        let mut statement = connection.prepare_cached(sql).or_failure()?;
        let record = |row: &rusqlite::Row<'_>| {
            let key: Vec<u8> = row.get(0)?;
            Ok(Record { since: row.get(1)?, place: key.clone(), key })
        };
        let records = statement.query_map(params![after, page.first], record).or_failure()?;
        records.map(|record| record.or_failure()).collect()
    };
    match what {
        Prunable::Fences => {
            by_key("SELECT source, raised FROM kvetch_fences WHERE source > ?1 ORDER BY source LIMIT ?2")
        }
        Prunable::Writes => {
            by_key("SELECT write_id, written FROM kvetch_writes WHERE write_id > ?1 ORDER BY write_id LIMIT ?2")
        }
        Prunable::Tombstones => tombstones(connection, after, page.first),
    }
}

fn tombstones(connection: &Connection, after: &[u8], first: u32) -> Result<Vec<Record>> {
    let (node_type, id) = match after.split_first_chunk::<8>() {
        Some((node_type, id)) => (i64::from_be_bytes(*node_type), id),
        None if after.is_empty() => (i64::MIN, after),
        None => return Err(Error::invalid("a page of tombstones starts after no such place")),
    };
    let mut statement = connection
        .prepare_cached(
            "SELECT id, type, updated FROM kvetch_nodes
             WHERE (type, id) > (?1, ?2) AND type < 0 ORDER BY type, id LIMIT ?3",
        )
        .or_failure()?;
    let record = |row: &rusqlite::Row<'_>| {
        let (id, node_type): (NodeId, i64) = (reads::id_of(row, 0)?, row.get(1)?);
        let place = [node_type.to_be_bytes().as_slice(), id.as_bytes()].concat();
        Ok(Record { key: id.as_bytes().to_vec(), since: row.get(2)?, place })
    };
    let records = statement.query_map(params![node_type, id, first], record).or_failure()?;
    records.map(|record| record.or_failure()).collect()
}

/// Removes those of the records that are still from before the time and that nothing needs. In a transaction of the
/// one thread that writes.
pub(super) fn remove(connection: &Connection, what: Prunable, before: Timestamp, records: &[Record]) -> Result<u64> {
    let sql = match what {
        // A mark stands at version 0.
        Prunable::Fences => {
            "DELETE FROM kvetch_fences WHERE source = ?1 AND raised < ?2 AND (version > 0 OR raised < ?3)"
        }
        Prunable::Writes => "DELETE FROM kvetch_writes WHERE write_id = ?1 AND written < ?2 AND ?3 IS NOT NULL",
        Prunable::Tombstones => {
            "DELETE FROM kvetch_nodes WHERE id = ?1 AND updated < ?2 AND type < 0 AND ?3 IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM kvetch_intents WHERE source = ?1)"
        }
    };
    let needed_since = if what == Prunable::Fences { oldest_intent(connection)? } else { i64::MAX };
    let mut statement = connection.prepare_cached(sql).or_failure()?;
    let mut removed = 0;
    for record in records {
        removed += statement.execute(params![record.key, before.0, needed_since]).or_failure()? as u64;
    }
    Ok(removed)
}

/// Reads the whole table, which is small unless a shard is away: once for a page of records, not for each.
fn oldest_intent(connection: &Connection) -> Result<i64> {
    let oldest =
        connection.query_row("SELECT min(written) FROM kvetch_intents", [], |row| row.get::<_, Option<i64>>(0));
    Ok(oldest.or_failure()?.unwrap_or(i64::MAX))
}
