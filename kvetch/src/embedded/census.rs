//! How many rows a shard holds.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::error::{Error, Result};
use crate::id::NodeType;
use crate::listing::Census;

use super::failure::OrFailure;

/// Reads the index over types alone. Tombstones have negative types.
const TYPES: &str = "SELECT type, count(*) FROM kvetch_nodes GROUP BY type";

pub(super) fn census(connection: &Connection) -> Result<Census> {
    let mut statement = connection.prepare(TYPES).or_failure()?;
    let types = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))).or_failure()?;
    let (mut nodes, mut tombstones) = (BTreeMap::new(), 0);
    for row in types {
        let (node_type, count) = row.or_failure()?;
        let count = count.unsigned_abs();
        if node_type < 0 {
            tombstones += count;
        } else {
            let corrupt = |_| Error::corrupt_record("node", format!("its type is {node_type}"));
            nodes.insert(NodeType(node_type.try_into().map_err(corrupt)?), count);
        }
    }
    let rows = |table: &str| -> Result<u64> {
        let count = connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0));
        count.or_failure().map(i64::unsigned_abs)
    };
    Ok(Census {
        nodes,
        tombstones,
        intents: rows("kvetch_intents")?,
        fences: rows("kvetch_fences")?,
        recorded: rows("kvetch_writes")?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::connections::Connections;

    use super::*;

    #[test]
    fn nodes_are_counted_by_their_index_without_sorting() {
        let connections = Connections::open_memory().expect("memory is there");
        let connection = connections.writer();
        let plan = connection.query_row(&format!("EXPLAIN QUERY PLAN {TYPES}"), [], |row| row.get::<_, String>(3));
        assert_eq!(plan.expect("a plan has a step"), "SCAN kvetch_nodes USING COVERING INDEX kvetch_nodes_by_type");
    }
}
