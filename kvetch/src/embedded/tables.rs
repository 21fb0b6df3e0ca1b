//! The tables of a shard. `docs/storage.md` describes them column by column.

use rusqlite::{Connection, OptionalExtension};

use crate::error::{Error, Result};

use super::failure::{OrFailure, failure};

/// Ids, values and nonces are blobs; times are microseconds; a type is negative in a tombstone, which
/// keeps the row of a deleted node out of the way of browsing.
const TABLES: &str = "
CREATE TABLE kvetch_nodes (
    id BLOB NOT NULL, type INTEGER NOT NULL, version INTEGER NOT NULL,
    created INTEGER NOT NULL, updated INTEGER NOT NULL, body BLOB,
    PRIMARY KEY (id)) WITHOUT ROWID;
CREATE INDEX kvetch_nodes_by_type ON kvetch_nodes (type, id);
CREATE TABLE kvetch_edges (
    edge INTEGER NOT NULL, from_id BLOB NOT NULL, sort_key INTEGER NOT NULL, to_id BLOB NOT NULL, props BLOB,
    PRIMARY KEY (edge, from_id, sort_key, to_id)) WITHOUT ROWID;
CREATE UNIQUE INDEX kvetch_edges_by_end ON kvetch_edges (edge, from_id, to_id);
CREATE TABLE kvetch_counts (
    edge INTEGER NOT NULL, from_id BLOB NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (edge, from_id)) WITHOUT ROWID;
CREATE TABLE kvetch_index (
    index_id INTEGER NOT NULL, value BLOB NOT NULL, target BLOB NOT NULL,
    PRIMARY KEY (index_id, value, target)) WITHOUT ROWID;
CREATE TABLE kvetch_claims (
    index_id INTEGER NOT NULL, value BLOB NOT NULL, holder BLOB NOT NULL,
    version INTEGER NOT NULL, nonce BLOB, claimed INTEGER NOT NULL,
    PRIMARY KEY (index_id, value)) WITHOUT ROWID;
CREATE TABLE kvetch_intents (
    source BLOB NOT NULL, version INTEGER NOT NULL, changes BLOB NOT NULL, written INTEGER NOT NULL,
    PRIMARY KEY (source)) WITHOUT ROWID;
CREATE TABLE kvetch_fences (
    source BLOB NOT NULL, version INTEGER NOT NULL, raised INTEGER NOT NULL,
    PRIMARY KEY (source)) WITHOUT ROWID;
CREATE TABLE kvetch_writes (
    write_id BLOB NOT NULL, source BLOB NOT NULL, version INTEGER NOT NULL, outcome BLOB NOT NULL,
    written INTEGER NOT NULL,
    PRIMARY KEY (write_id)) WITHOUT ROWID;
CREATE TABLE kvetch_meta (key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (key)) WITHOUT ROWID;
";

/// Makes the tables of a new database; leaves those of a shard alone; refuses anything else.
pub(super) fn prepare(connection: &Connection, place: &str) -> Result<()> {
    let stranger = |reason: &str| Error::NotAStore { place: place.into(), reason: reason.into() };
    let first_table = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name <> 'kvetch_meta' LIMIT 1";
    let found = connection.query_row(first_table, [], |row| row.get::<_, String>(0)).optional();
    let found = found.map_err(|error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt) => {
            stranger("it is no SQLite file")
        }
        _ => failure(&error),
    })?;
    match found.as_deref() {
        Some("kvetch_meta") => Ok(()),
        Some(table) => Err(stranger(&format!("it has a table `{table}` and no kvetch_meta"))),
        None => connection.execute_batch(&format!("BEGIN IMMEDIATE; {TABLES} COMMIT;")).or_failure(),
    }
}
