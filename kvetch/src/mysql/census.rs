//! How many rows a shard holds.

use crate::error::{Error, Result};
use crate::id::NodeType;
use crate::listing::Census;

use super::columns::Columns;
use super::connecting::without_time_limit;
use super::failure::Attempt;
use super::pool::{Pool, Session};
use super::query::query;

/// Reads the index over types alone. Tombstones have negative types.
const TYPES: &str = "SELECT type, COUNT(*) FROM kvetch_nodes GROUP BY type";

const ROWS: &str = "SELECT (SELECT COUNT(*) FROM kvetch_intents), (SELECT COUNT(*) FROM kvetch_fences), \
     (SELECT COUNT(*) FROM kvetch_writes)";

/// Takes as long as it takes, on a connection of its own.
pub(super) async fn census(pool: &Pool) -> Result<Census> {
    let counted = async {
        let mut session = pool.session().await?;
        session.command(&without_time_limit()).await?;
        let census = count(&mut session).await?;
        session.spend();
        Ok(census)
    };
    counted.await.map_err(|fault: super::failure::Fault| fault.into_error(pool.place()))
}

async fn count(session: &mut Session) -> Attempt<Census> {
    let mut census = Census::default();
    for row in session.rows(query(TYPES, [])).await? {
        let mut columns = Columns::of(row);
        let (node_type, count) = (columns.number()?, columns.version()?);
        if node_type < 0 {
            census.tombstones += count;
        } else {
            let corrupt = |_| Error::corrupt_record("node", format!("its type is {node_type}"));
            census.nodes.insert(NodeType(node_type.try_into().map_err(corrupt)?), count);
        }
    }
    if let Some(row) = session.rows(query(ROWS, [])).await?.into_iter().next() {
        let mut columns = Columns::of(row);
        census.intents = columns.version()?;
        census.fences = columns.version()?;
        census.recorded = columns.version()?;
    }
    Ok(census)
}
