//! The tables of a shard. `docs/storage.md` describes them column by column.

use std::collections::BTreeSet;

use crate::error::{Error, Result};

use super::columns::Columns;
use super::pool::Pool;
use super::query::query;

/// Ids, values and nonces are bytes; times are microseconds; a type is negative in a tombstone, which
/// keeps the row of a deleted node out of the way of browsing.
///
/// Statements that define tables are not done together, so that the meta table, by which a store is known, comes last.
const TABLES: [(&str, &str); 9] = [
    (
        "kvetch_nodes",
        "id BINARY(16) NOT NULL, type BIGINT NOT NULL, version BIGINT NOT NULL,
         created BIGINT NOT NULL, updated BIGINT NOT NULL, body MEDIUMBLOB,
         PRIMARY KEY (id), KEY kvetch_nodes_by_type (type, id)",
    ),
    (
        "kvetch_edges",
        "edge BIGINT NOT NULL, from_id BINARY(16) NOT NULL, sort_key BIGINT NOT NULL, to_id BINARY(16) NOT NULL,
         props MEDIUMBLOB,
         PRIMARY KEY (edge, from_id, sort_key, to_id), UNIQUE KEY kvetch_edges_by_end (edge, from_id, to_id)",
    ),
    (
        "kvetch_counts",
        "edge BIGINT NOT NULL, from_id BINARY(16) NOT NULL, count BIGINT NOT NULL, PRIMARY KEY (edge, from_id)",
    ),
    (
        "kvetch_index",
        "index_id BIGINT NOT NULL, value VARBINARY(512) NOT NULL, target BINARY(16) NOT NULL,
         PRIMARY KEY (index_id, value, target)",
    ),
    (
        "kvetch_claims",
        "index_id BIGINT NOT NULL, value VARBINARY(512) NOT NULL, holder BINARY(16) NOT NULL,
         version BIGINT NOT NULL, nonce BINARY(16), claimed BIGINT NOT NULL, PRIMARY KEY (index_id, value)",
    ),
    (
        "kvetch_intents",
        "source BINARY(16) NOT NULL, version BIGINT NOT NULL, changes LONGBLOB NOT NULL, written BIGINT NOT NULL,
         PRIMARY KEY (source)",
    ),
    (
        "kvetch_fences",
        "source BINARY(16) NOT NULL, version BIGINT NOT NULL, raised BIGINT NOT NULL, PRIMARY KEY (source)",
    ),
    (
        "kvetch_writes",
        "write_id BINARY(16) NOT NULL, source BINARY(16) NOT NULL, version BIGINT NOT NULL, outcome LONGBLOB NOT NULL,
         written BIGINT NOT NULL, PRIMARY KEY (write_id)",
    ),
    (
        META,
        "`key` VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, value LONGBLOB NOT NULL,
         PRIMARY KEY (`key`)",
    ),
];

const META: &str = "kvetch_meta";

const THERE: &str = "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE()";

/// Whether the database has the tables of a shard.
///
/// # Errors
/// When it has tables of something else, or some are gone.
pub(super) async fn are_there(pool: &Pool) -> Result<bool> {
    let stranger = |reason: String| Error::NotAStore { place: pool.place().into(), reason: reason.into() };
    let rows = pool.ask_once(query(THERE, [])).await?;
    let names = rows.into_iter().map(|row| Columns::of(row).text());
    let names = names.map(|name| name.map(|name| name.to_ascii_lowercase())).collect::<Result<BTreeSet<_>>>()?;
    let missing = TABLES.iter().find(|(table, _)| !names.contains(*table));
    if !names.contains(META) {
        // Without it, tables of ours are those of a store whose making was interrupted.
        let other = names.iter().find(|name| TABLES.iter().all(|(table, _)| table != name));
        return other.map_or(Ok(false), |other| Err(stranger(format!("it has a table `{other}` and no {META}"))));
    }
    missing.map_or(Ok(true), |(table, _)| Err(stranger(format!("it has {META}, but its table {table} is gone"))))
}

/// Makes those that are not there.
pub(super) async fn make(pool: &Pool) -> Result<()> {
    for (table, columns) in TABLES {
        let sql = format!("CREATE TABLE IF NOT EXISTS {table} ({columns}) ENGINE=InnoDB ROW_FORMAT=DYNAMIC");
        let made = async { pool.session().await?.command(&sql).await };
        made.await.map_err(|fault| fault.into_error(pool.place()))?;
    }
    Ok(())
}
