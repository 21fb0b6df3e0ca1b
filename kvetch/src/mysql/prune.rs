//! Removing records that have had their use.

use crate::error::{Error, Result};
use crate::id::Timestamp;
use crate::shard::{Prunable, PrunePage, Pruned};

use super::columns::Columns;
use super::failure::Attempt;
use super::pool::{Pool, Session};
use super::query::{Parameter, Query, query};
use super::transaction::Work;

const FENCES: &str = "SELECT source, raised FROM kvetch_fences WHERE source > ? ORDER BY source LIMIT ?";

const WRITES: &str = "SELECT write_id, written FROM kvetch_writes WHERE write_id > ? ORDER BY write_id LIMIT ?";

/// Tombstones lie by type and id in the index for browsing, so that those few are not looked for among all nodes.
const TOMBSTONES: &str = "SELECT id, updated, type FROM kvetch_nodes FORCE INDEX (kvetch_nodes_by_type) \
     WHERE (type > ? OR (type = ? AND id > ?)) AND type < 0 ORDER BY type, id LIMIT ?";

/// Read apart from the removal, which would lock every intent. One that is written meanwhile is younger than any
/// fence that goes.
const OLDEST_INTENT: &str = "SELECT MIN(written) FROM kvetch_intents";

/// A mark stands at version 0.
const REMOVE_FENCE: &str = "DELETE FROM kvetch_fences WHERE source = ? AND raised < ? AND (version > 0 OR raised < ?)";

const REMOVE_WRITE: &str = "DELETE FROM kvetch_writes WHERE write_id = ? AND written < ?";

const REMOVE_TOMBSTONE: &str = "DELETE FROM kvetch_nodes WHERE id = ? AND updated < ? AND type < 0 \
     AND NOT EXISTS (SELECT 1 FROM kvetch_intents WHERE source = ?)";

/// A record that may go: its key, and where a page that ends with it goes on.
struct Record {
    key: Vec<u8>,
    since: i64,
    place: Vec<u8>,
}

/// Looks at the next records of a kind and removes the old ones among them.
pub(super) async fn prune(pool: &Pool, what: Prunable, before: Timestamp, page: &PrunePage) -> Result<Pruned> {
    let records = records(pool, what, page).await?;
    let last = records.last().filter(|_| records.len() >= page.first as usize).map(|record| record.place.clone());
    let old: Vec<Vec<u8>> =
        records.into_iter().filter(|record| record.since < before.0).map(|record| record.key).collect();
    let removed = if old.is_empty() { 0 } else { pool.transact(Removing { what, before, keys: old }).await? };
    Ok(Pruned { removed, last })
}

/// The next records of a kind, in the order of their keys.
async fn records(pool: &Pool, what: Prunable, page: &PrunePage) -> Result<Vec<Record>> {
    let place = page.after.as_deref().unwrap_or_default();
    let build: Box<dyn Fn() -> Query + Send + Sync> = match what {
        Prunable::Fences => Box::new(|| query(FENCES, [place.value(), page.first.value()])),
        Prunable::Writes => Box::new(|| query(WRITES, [place.value(), page.first.value()])),
        Prunable::Tombstones => {
            let (node_type, id) = match place.split_first_chunk::<8>() {
                Some((node_type, id)) => (i64::from_be_bytes(*node_type), id),
                None if place.is_empty() => (i64::MIN, place),
                None => return Err(Error::invalid("a page of tombstones starts after no such place")),
            };
            let first = page.first;
            Box::new(move || query(TOMBSTONES, [node_type.value(), node_type.value(), id.value(), first.value()]))
        }
    };
    let record = |row| {
        let mut columns = Columns::of(row);
        let (key, since) = (columns.bytes()?, columns.number()?);
        let place = match what {
            Prunable::Tombstones => [columns.number()?.to_be_bytes().as_slice(), &key].concat(),
            Prunable::Fences | Prunable::Writes => key.clone(),
        };
        Ok(Record { key, since, place })
    };
    pool.ask(build).await?.into_iter().map(record).collect()
}

/// Removes those of the records that are still from before the time and that nothing needs.
struct Removing {
    what: Prunable,
    before: Timestamp,
    keys: Vec<Vec<u8>>,
}

impl Work for Removing {
    type Answer = u64;

    async fn run(&mut self, session: &mut Session, _in_doubt: bool) -> Attempt<u64> {
        let oldest = match self.what {
            Prunable::Fences => {
                let row = session.rows(query(OLDEST_INTENT, [])).await?.into_iter().next();
                row.map(|row| Columns::of(row).number_or_null()).transpose()?.flatten().unwrap_or(i64::MAX)
            }
            Prunable::Writes | Prunable::Tombstones => i64::MAX,
        };
        let mut removed = 0;
        for key in &self.keys {
            let (key, before) = (key.value(), self.before.0.value());
            removed += session
                .change(match self.what {
                    Prunable::Fences => query(REMOVE_FENCE, [key, before, oldest.value()]),
                    Prunable::Writes => query(REMOVE_WRITE, [key, before]),
                    Prunable::Tombstones => query(REMOVE_TOMBSTONE, [key.clone(), before, key]),
                })
                .await?;
        }
        Ok(removed)
    }
}
