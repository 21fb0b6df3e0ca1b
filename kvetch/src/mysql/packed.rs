//! The first few edges of many sources: one row for each source, one sub-select for each edge of it.
//!
//! A sub-select yields one column, so that an edge is packed into one: its target, its sort key, its props. The server
//! plans these few sub-selects once for all sources, where it plans a `UNION ALL` select by select. The second edge is
//! found by skipping the first, so that a list costs the more rows the more edges are asked for: few of them only.

use mysql_async::Row;

use crate::error::{Error, Result};
use crate::id::NodeId;
use crate::read::{Edge, EdgeRead, Order, SortRange};

use super::columns::Columns;
use super::pool::Pool;
use super::query::{Parameter, Query, SELECTS_PER_STATEMENT};

/// Edges of each source, at most: with more of them the rows that are skipped cost more than is saved.
const FIRST_MAX: u32 = 8;

/// Sources, at least: planning fewer selects takes no longer.
const SOURCES_MIN: usize = 11;

/// Whether pages are read so: those that start where the list does.
pub(super) fn suits(read: &EdgeRead, sources: usize) -> bool {
    let is_first_page = read.after.is_none() && read.range == SortRange::default();
    is_first_page && read.first <= FIRST_MAX && sources >= SOURCES_MIN
}

/// The first edges of each source, and one more to see whether there are more.
pub(super) async fn edges(pool: &Pool, read: &EdgeRead, from: &[NodeId]) -> Vec<Result<Vec<Edge>>> {
    let mut answers = Vec::with_capacity(from.len());
    for sources in from.chunks(SELECTS_PER_STATEMENT) {
        match pool.ask(|| query(read, sources)).await.and_then(|rows| unpacked(rows, sources.len())) {
            Ok(lists) => answers.extend(lists),
            Err(error) => answers.extend(sources.iter().map(|_| Err(error.clone()))),
        }
    }
    answers
}

/// There is always the same number of sources, filled up by the last.
fn query(read: &EdgeRead, sources: &[NodeId]) -> Query {
    let direction = match read.order {
        Order::Ascending => "",
        Order::Descending => " DESC",
    };
    let places = 0..=read.first;
    let edges = places.clone().map(|place| {
        format!(
            ", (SELECT CONCAT(to_id, UNHEX(LPAD(HEX(sort_key), 16, '0')), IFNULL(props, '')) FROM kvetch_edges \
             WHERE edge = ? AND from_id = s.id ORDER BY sort_key{direction}, to_id{direction} LIMIT 1 OFFSET {place})"
        )
    });
    let sql_sources = (0..SELECTS_PER_STATEMENT).map(|number| {
        let union = if number == 0 { "" } else { " UNION ALL " };
        format!("{union}SELECT {number} AS k, CAST(? AS BINARY(16)) AS id")
    });
    let sql = format!("SELECT k{} FROM ({}) AS s", edges.collect::<String>(), sql_sources.collect::<String>());
    let mut parameters: Vec<_> = places.map(|_| read.edge.0.value()).collect();
    parameters.extend((0..SELECTS_PER_STATEMENT).map(|number| sources[number.min(sources.len() - 1)].value()));
    Query { sql: sql.into(), parameters }
}

/// The edges of each source, in their order. An edge that does not decode is the error of its source alone.
fn unpacked(rows: Vec<Row>, sources: usize) -> Result<Vec<Result<Vec<Edge>>>> {
    let mut lists: Vec<Result<Vec<Edge>>> = (0..sources).map(|_| Ok(Vec::new())).collect();
    for row in rows {
        let edges = row.len() - 1;
        let mut columns = Columns::of(row);
        if let Some(list) = lists.get_mut(columns.count()?) {
            *list =
                (0..edges).filter_map(|_| columns.bytes_or_null().transpose()).map(|packed| edge(&packed?)).collect();
        }
    }
    Ok(lists)
}

fn edge(packed: &[u8]) -> Result<Edge> {
    let corrupt = || Error::corrupt_record("row", "an edge is packed as it should not be");
    let (to, rest) = packed.split_first_chunk::<16>().ok_or_else(corrupt)?;
    let (sort_key, props) = rest.split_first_chunk::<8>().ok_or_else(corrupt)?;
    // No props are null and have no bytes here; those that are there have a byte for their format.
    let props = if props.is_empty() { Ok(None) } else { crate::body::Body::from_stored(props).map(Some) };
    Ok(Edge { to: NodeId::from_bytes(*to), sort_key: i64::from_be_bytes(*sort_key), props: props? })
}
