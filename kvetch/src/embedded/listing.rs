//! Pages of whole tables, in the order of their keys, and counts beside what they count.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::body::Body;
use crate::error::{Error, Result};
use crate::id::{EdgeType, IndexId, NodeId, Nonce, Timestamp};
use crate::index_key::IndexKey;
use crate::listing::{ClaimRow, EdgeKey, EdgeRow, Tally};

use super::failure::OrFailure;

const EDGES: &str = "SELECT from_id, sort_key, to_id, props FROM kvetch_edges
     WHERE edge = ?1 AND (from_id, sort_key, to_id) > (?2, ?3, ?4) ORDER BY from_id, sort_key, to_id LIMIT ?5";

const COUNTS: &str = "SELECT from_id, count FROM kvetch_counts
     WHERE edge = ?1 AND from_id > ?2 ORDER BY from_id LIMIT ?3";

const CLAIMS: &str = "SELECT value, holder, version, nonce, claimed FROM kvetch_claims
     WHERE index_id = ?1 AND value > ?2 ORDER BY value LIMIT ?3";

const CLAIM: &str = "SELECT value, holder, version, nonce, claimed FROM kvetch_claims
     WHERE index_id = ?1 AND value = ?2";

const COUNT: &str = "SELECT count FROM kvetch_counts WHERE edge = ?1 AND from_id = ?2";

const EDGES_OF: &str = "SELECT count(*) FROM kvetch_edges WHERE edge = ?1 AND from_id = ?2";

pub(super) fn edges(
    connection: &Connection,
    edge: EdgeType,
    after: Option<EdgeKey>,
    first: u32,
) -> Result<Vec<EdgeRow>> {
    let mut statement = connection.prepare_cached(EDGES).or_failure()?;
    // No bytes sort before every id.
    let (from, to): (&[u8], &[u8]) =
        after.as_ref().map_or((&[], &[]), |(from, _, to)| (from.as_bytes(), to.as_bytes()));
    let sort_key = after.map_or(i64::MIN, |(_, sort_key, _)| sort_key);
    let mut rows = statement.query(params![edge.0, from, sort_key, to, first]).or_failure()?;
    let mut edges = Vec::new();
    while let Some(row) = rows.next().or_failure()? {
        let props = row.get_ref(3).or_failure()?.as_blob_or_null().map_err(|_| corrupt("edge"))?;
        edges.push(EdgeRow {
            from: NodeId::from_bytes(row.get(0).or_failure()?),
            sort_key: row.get(1).or_failure()?,
            to: NodeId::from_bytes(row.get(2).or_failure()?),
            props: props.map(Body::from_stored).transpose(),
        });
    }
    Ok(edges)
}

pub(super) fn counts(
    connection: &Connection,
    edge: EdgeType,
    after: Option<NodeId>,
    first: u32,
) -> Result<Vec<(NodeId, i64)>> {
    let mut statement = connection.prepare_cached(COUNTS).or_failure()?;
    let after: &[u8] = after.as_ref().map_or(&[], |id| id.as_bytes());
    let rows =
        statement.query_map(params![edge.0, after, first], |row| Ok((NodeId::from_bytes(row.get(0)?), row.get(1)?)));
    rows.or_failure()?.map(OrFailure::or_failure).collect()
}

pub(super) fn claims(
    connection: &Connection,
    index: IndexId,
    after: Option<&IndexKey>,
    first: u32,
) -> Result<Vec<ClaimRow>> {
    let mut statement = connection.prepare_cached(CLAIMS).or_failure()?;
    let after = after.map_or(&[][..], IndexKey::as_bytes);
    let rows = statement.query_map(params![index.0, after, first], claim).or_failure()?;
    rows.map(|row| row.or_failure().and_then(|row| row)).collect()
}

pub(super) fn claims_of(
    connection: &Connection,
    index: IndexId,
    values: &[IndexKey],
) -> Result<Vec<Result<Option<ClaimRow>>>> {
    let mut statement = connection.prepare_cached(CLAIM).or_failure()?;
    let mut one = |value: &IndexKey| {
        let row = statement.query_row(params![index.0, value.as_bytes()], claim).optional();
        row.or_failure()?.transpose()
    };
    Ok(values.iter().map(&mut one).collect())
}

/// Counts beside the edges they count, as one transaction sees them.
pub(super) fn tallies(connection: &Connection, edge: EdgeType, from: &[NodeId]) -> Result<Vec<Result<Tally>>> {
    Ok(from.iter().map(|from| tally(connection, edge, *from)).collect())
}

/// Makes counts say how many edges there are. A count of none leaves no row.
pub(super) fn recount(connection: &Connection, counts: &[(EdgeType, NodeId)]) -> Result<()> {
    for (edge, from) in counts {
        let Tally { count, edges } = tally(connection, *edge, *from)?;
        if count == edges {
            continue;
        }
        let key = (edge.0, from.as_bytes());
        let done = if edges == 0 {
            connection.execute("DELETE FROM kvetch_counts WHERE edge = ?1 AND from_id = ?2", params![key.0, key.1])
        } else {
            connection.execute(
                "INSERT OR REPLACE INTO kvetch_counts (edge, from_id, count) VALUES (?1, ?2, ?3)",
                params![key.0, key.1, edges],
            )
        };
        done.or_failure()?;
    }
    Ok(())
}

fn tally(connection: &Connection, edge: EdgeType, from: NodeId) -> Result<Tally> {
    let one = |sql: &str| {
        let mut statement = connection.prepare_cached(sql)?;
        statement.query_row(params![edge.0, from.as_bytes()], |row| row.get::<_, i64>(0)).optional()
    };
    let count = one(COUNT).or_failure()?.unwrap_or(0);
    let edges = one(EDGES_OF).or_failure()?.unwrap_or(0);
    Ok(Tally { count, edges })
}

/// A row of `value, holder, version, nonce, claimed`.
fn claim(row: &Row<'_>) -> rusqlite::Result<Result<ClaimRow>> {
    let version: i64 = row.get(2)?;
    let (value, holder) = (IndexKey::from_bytes(row.get_ref(0)?.as_blob()?), NodeId::from_bytes(row.get(1)?));
    let nonce = row.get::<_, Option<[u8; 16]>>(3)?.map(Nonce::from_bytes);
    let claimed = Timestamp(row.get(4)?);
    Ok(u64::try_from(version)
        .map(|version| ClaimRow { value, holder, version, nonce, claimed })
        .map_err(|_| corrupt("claim")))
}

fn corrupt(record: &str) -> Error {
    Error::corrupt_record(record, "a column holds something else than it should")
}

#[cfg(test)]
mod tests {
    use super::super::connections::Connections;

    use super::*;

    #[test]
    fn a_page_of_a_table_reads_its_own_rows_only() {
        let connections = Connections::open_memory().expect("memory is there");
        let connection = connections.writer();
        for (sql, expected) in [
            (EDGES, "SEARCH kvetch_edges USING PRIMARY KEY (edge=? AND (from_id,sort_key,to_id)>(?,?,?))"),
            (COUNTS, "SEARCH kvetch_counts USING PRIMARY KEY (edge=? AND from_id>?)"),
            (CLAIMS, "SEARCH kvetch_claims USING PRIMARY KEY (index_id=? AND value>?)"),
            (CLAIM, "SEARCH kvetch_claims USING PRIMARY KEY (index_id=? AND value=?)"),
            (COUNT, "SEARCH kvetch_counts USING PRIMARY KEY (edge=? AND from_id=?)"),
        ] {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("it is valid");
            let parameters = vec![1i64; statement.parameter_count()];
            let steps = statement.query_map(rusqlite::params_from_iter(parameters), |row| row.get::<_, String>(3));
            let steps: Vec<String> = steps.expect("a plan has steps").map(|step| step.expect("text")).collect();
            assert_eq!(steps, [expected]);
        }
    }
}
