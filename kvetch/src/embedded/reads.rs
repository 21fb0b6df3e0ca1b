//! Reads, one prepared statement run for each key.

use rusqlite::types::ValueRef as Column;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::body::Body;
use crate::error::{Error, Result};
use crate::id::{EdgeType, NodeId, NodeType, Timestamp};
use crate::index_key::{IndexKey, KeyRange};
use crate::node::Node;
use crate::read::{Edge, EdgeAfter, EdgePage, EdgeRead, IdPage, IndexRead, KeyPage, KeyScan, NodePage, Order};

use super::failure::OrFailure;

const FIND: &str = "SELECT target FROM kvetch_index
     WHERE index_id = ?1 AND value = ?2 AND target > ?3 ORDER BY target LIMIT ?4";

const SCAN: &str = "SELECT value, target FROM kvetch_index
     WHERE index_id = ?1 AND (value, target) > (?2, ?3) AND value < ?4 ORDER BY value, target LIMIT ?5";

const EDGE_ROWS: &str = "SELECT from_id, to_id FROM kvetch_edges
     WHERE edge = ?1 AND (from_id, to_id) > (?2, ?3) ORDER BY from_id, to_id LIMIT ?4";

const BROWSE: &str = "SELECT id, type, version, created, updated, body FROM kvetch_nodes
     WHERE type = ?1 AND id > ?2 ORDER BY id LIMIT ?3";

pub(super) fn nodes(connection: &Connection, ids: &[NodeId]) -> Result<Vec<Result<Option<Node>>>> {
    let mut statement = connection
        .prepare_cached("SELECT id, type, version, created, updated, body FROM kvetch_nodes WHERE id = ?1 AND type > 0")
        .or_failure()?;
    Ok(ids
        .iter()
        .map(|id| {
            let node = statement.query_row([id.as_bytes()], |row| Ok(node(row))).optional().or_failure()?;
            node.unwrap_or(Ok(None))
        })
        .collect())
}

pub(super) fn edges(connection: &Connection, read: &EdgeRead, from: &[NodeId]) -> Result<Vec<Result<EdgePage>>> {
    let mut statement = connection.prepare_cached(&edges_sql(read)).or_failure()?;
    let limit = i64::from(read.first) + 1;
    let stop = match read.order {
        Order::Ascending => read.range.below,
        Order::Descending => read.range.at_least,
    };
    let page_from = |from: &NodeId| {
        let start = start(connection, read, *from)?;
        let start = start.as_ref().map(|(sort_key, to)| (sort_key, after_bytes(to.as_ref())));
        let from = from.as_bytes();
        let rows = match (start, stop) {
            (None, None) => statement.query_map(params![read.edge.0, from, limit], edge),
            (Some((key, to)), None) => statement.query_map(params![read.edge.0, from, limit, key, to], edge),
            (None, Some(stop)) => statement.query_map(params![read.edge.0, from, limit, stop], edge),
            (Some((key, to)), Some(stop)) => {
                statement.query_map(params![read.edge.0, from, limit, key, to, stop], edge)
            }
        };
        let mut edges =
            rows.or_failure()?.map(|row| row.or_failure().and_then(|edge| edge)).collect::<Result<Vec<_>>>()?;
        let has_next = cut(&mut edges, read.first);
        Ok(EdgePage { edges, has_next })
    };
    Ok(from.iter().map(page_from).collect())
}

pub(super) fn counts(connection: &Connection, edge: EdgeType, from: &[NodeId]) -> Result<Vec<Result<u64>>> {
    let mut statement =
        connection.prepare_cached("SELECT count FROM kvetch_counts WHERE edge = ?1 AND from_id = ?2").or_failure()?;
    Ok(from
        .iter()
        .map(|from| {
            let count = statement.query_row(params![edge.0, from.as_bytes()], |row| row.get::<_, i64>(0)).optional();
            let count = count.or_failure()?.unwrap_or(0);
            u64::try_from(count)
                .map_err(|_| Error::corrupt_record("count", format!("{count} edges {edge} from {from}")))
        })
        .collect())
}

pub(super) fn find(connection: &Connection, read: &IndexRead, values: &[IndexKey]) -> Result<Vec<Result<IdPage>>> {
    let mut statement = connection.prepare_cached(FIND).or_failure()?;
    let after = after_bytes(read.after.as_ref());
    let limit = i64::from(read.first) + 1;
    let page_of = |value: &IndexKey| {
        let rows = statement.query_map(params![read.index.0, value.as_bytes(), after, limit], |row| Ok(id(row, 0)));
        let mut ids = rows.or_failure()?.map(|row| row.or_failure().and_then(|id| id)).collect::<Result<Vec<_>>>()?;
        let has_next = cut(&mut ids, read.first);
        Ok(IdPage { ids, has_next })
    };
    Ok(values.iter().map(page_of).collect())
}

pub(super) fn scan(connection: &Connection, scan: &KeyScan, ranges: &[KeyRange]) -> Result<Vec<Result<KeyPage>>> {
    let mut statement = connection.prepare_cached(SCAN).or_failure()?;
    let limit = i64::from(scan.first) + 1;
    let page_of = |range: &KeyRange| {
        let (value, target) = match &scan.after {
            Some((value, target)) if *value >= range.from => (value, Some(target)),
            _ => (&range.from, None),
        };
        let keys = params![scan.index.0, value.as_bytes(), after_bytes(target), range.until.as_bytes(), limit];
        let rows = statement.query_map(keys, |row| Ok((IndexKey::from_bytes(row.get_ref(0)?.as_blob()?), id(row, 1))));
        let entries = rows.or_failure()?.map(|row| row.or_failure().and_then(|(key, id)| Ok((key, id?))));
        let mut entries = entries.collect::<Result<Vec<_>>>()?;
        let has_next = cut(&mut entries, scan.first);
        Ok(KeyPage { entries, has_next })
    };
    Ok(ranges.iter().map(page_of).collect())
}

pub(super) fn edge_rows(
    connection: &Connection,
    edge: EdgeType,
    after: Option<(NodeId, NodeId)>,
    first: u32,
) -> Result<Vec<(NodeId, NodeId)>> {
    let mut statement = connection.prepare_cached(EDGE_ROWS).or_failure()?;
    let (from, to) = after.unzip();
    let keys = params![edge.0, after_bytes(from.as_ref()), after_bytes(to.as_ref()), first];
    let rows = statement.query_map(keys, |row| Ok((id(row, 0), id(row, 1)))).or_failure()?;
    rows.map(|row| row.or_failure().and_then(|(from, to)| Ok((from?, to?)))).collect()
}

pub(super) fn browse(
    connection: &Connection,
    node_type: NodeType,
    after: Option<NodeId>,
    first: u32,
) -> Result<NodePage> {
    let mut statement = connection.prepare_cached(BROWSE).or_failure()?;
    let limit = i64::from(first) + 1;
    let mut rows = statement.query(params![node_type.0, after_bytes(after.as_ref()), limit]).or_failure()?;
    let mut page = NodePage::default();
    let mut seen = 0;
    while let Some(row) = rows.next().or_failure()? {
        if seen == first {
            page.has_next = true;
            break;
        }
        seen += 1;
        page.last = Some(id(row, 0)?);
        match node(row) {
            Ok(Some(node)) => page.nodes.push(node),
            Ok(None) => {}
            Err(error) => page.unreadable.push(error),
        }
    }
    Ok(page)
}

/// The node in a row of `id, type, version, created, updated, body`; none in a tombstone.
pub(super) fn node(row: &Row<'_>) -> Result<Option<Node>> {
    let id = id(row, 0)?;
    let number = |column: usize| row.get::<_, i64>(column).or_failure();
    let node_type = number(1)?;
    if node_type < 0 {
        return Ok(None);
    }
    let corrupt = |reason: &str| Error::Corrupt { node: id, reason: reason.into() };
    let body = match row.get_ref(5).or_failure()? {
        Column::Blob(stored) => Body::from_stored(stored).map_err(|error| error.of_node(id))?,
        _ => return Err(corrupt("it has no body")),
    };
    Ok(Some(Node {
        id,
        node_type: NodeType(u32::try_from(node_type).map_err(|_| corrupt("its type is out of range"))?),
        version: u64::try_from(number(2)?).map_err(|_| corrupt("its version is negative"))?,
        created: Timestamp(number(3)?),
        updated: Timestamp(number(4)?),
        body,
    }))
}

/// The id in a column.
pub(super) fn id(row: &Row<'_>, column: usize) -> Result<NodeId> {
    id_of(row, column).or_failure()
}

/// The same with SQLite's own error.
pub(super) fn id_of(row: &Row<'_>, column: usize) -> rusqlite::Result<NodeId> {
    row.get::<_, [u8; 16]>(column).map(NodeId::from_bytes)
}

/// The forms of a page. The row value is a bound of the key itself, so that a page reads its own
/// rows only, however many come before it; a range starts the page like a cursor does.
fn edges_sql(read: &EdgeRead) -> String {
    let (beyond, within, direction, stops) = match read.order {
        Order::Ascending => (">", "<", "", read.range.below.is_some()),
        Order::Descending => ("<", ">=", " DESC", read.range.at_least.is_some()),
    };
    let starts = read.after.is_some() || range_start(read).is_some();
    let start = if starts { format!("AND (sort_key, to_id) {beyond} (?4, ?5)") } else { String::new() };
    let stop = match (stops, starts) {
        (false, _) => String::new(),
        (true, false) => format!("AND sort_key {within} ?4"),
        (true, true) => format!("AND sort_key {within} ?6"),
    };
    format!(
        "SELECT to_id, sort_key, props FROM kvetch_edges WHERE edge = ?1 AND from_id = ?2 {start} {stop}
         ORDER BY sort_key{direction}, to_id{direction} LIMIT ?3"
    )
}

/// The bound of the range that the page comes to first.
fn range_start(read: &EdgeRead) -> Option<i64> {
    match read.order {
        Order::Ascending => read.range.at_least,
        Order::Descending => read.range.below,
    }
}

/// A place in the order of edges. No id stands for the place before all of them.
type Start = (i64, Option<NodeId>);

/// The place that a page of this source starts behind: the cursor, or the range where that comes later.
fn start(connection: &Connection, read: &EdgeRead, from: NodeId) -> Result<Option<Start>> {
    let cursor = match read.after {
        None => None,
        Some(EdgeAfter::Position { sort_key, to }) => Some((sort_key, Some(to))),
        Some(EdgeAfter::Node(to)) => {
            let sort_key = sort_key(connection, read.edge, from, to)?.ok_or(Error::CursorGone { to })?;
            Some((sort_key, Some(to)))
        }
    };
    let range = range_start(read).map(|sort_key| (sort_key, None));
    Ok(match (cursor, range) {
        (Some(cursor), Some(range)) if read.order == Order::Ascending => Some(cursor.max(range)),
        (Some(cursor), Some(range)) => Some(cursor.min(range)),
        (cursor, range) => cursor.or(range),
    })
}

/// The place of an edge, if it is there.
pub(super) fn sort_key(connection: &Connection, edge: EdgeType, from: NodeId, to: NodeId) -> Result<Option<i64>> {
    connection
        .prepare_cached("SELECT sort_key FROM kvetch_edges WHERE edge = ?1 AND from_id = ?2 AND to_id = ?3")
        .and_then(|mut statement| {
            statement.query_row(params![edge.0, from.as_bytes(), to.as_bytes()], |row| row.get(0)).optional()
        })
        .or_failure()
}

/// The first edges from a node, without their props.
pub(super) fn ends(connection: &Connection, edge: EdgeType, from: NodeId, first: u32) -> Result<Vec<Edge>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT to_id, sort_key FROM kvetch_edges WHERE edge = ?1 AND from_id = ?2
             ORDER BY sort_key, to_id LIMIT ?3",
        )
        .or_failure()?;
    let end = |row: &Row<'_>| Ok((id(row, 0), row.get(1)?));
    let rows = statement.query_map(params![edge.0, from.as_bytes(), first], end).or_failure()?;
    rows.map(|row| row.or_failure().and_then(|(to, sort_key)| Ok(Edge { to: to?, sort_key, props: None }))).collect()
}

/// One edge, if it is there.
pub(super) fn edge_to(connection: &Connection, edge: EdgeType, from: NodeId, to: NodeId) -> Result<Option<Edge>> {
    connection
        .prepare_cached(
            "SELECT to_id, sort_key, props FROM kvetch_edges WHERE edge = ?1 AND from_id = ?2 AND to_id = ?3",
        )
        .and_then(|mut statement| {
            statement.query_row(params![edge.0, from.as_bytes(), to.as_bytes()], self::edge).optional()
        })
        .or_failure()?
        .transpose()
}

/// A row of `to_id, sort_key, props`.
fn edge(row: &Row<'_>) -> rusqlite::Result<Result<Edge>> {
    let props = match row.get_ref(2)? {
        Column::Blob(stored) => Body::from_stored(stored).map(Some),
        _ => Ok(None),
    };
    let to = NodeId::from_bytes(row.get(0)?);
    let sort_key = row.get(1)?;
    Ok(props.map(|props| Edge { to, sort_key, props }))
}

/// Drops the row that was read only to see whether there is one.
fn cut<T>(rows: &mut Vec<T>, first: u32) -> bool {
    let has_next = rows.len() > first as usize;
    rows.truncate(first as usize);
    has_next
}

/// No bytes sort before every id.
fn after_bytes(after: Option<&NodeId>) -> &[u8] {
    after.map_or(&[], |id| id.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::super::connections::Connections;
    use crate::read::SortRange;

    use super::*;

    /// How SQLite would run a statement. No page may sort, or scan more than its own rows.
    fn plan(sql: &str) -> String {
        let connections = Connections::open_memory().expect("memory is there");
        let connection = connections.writer();
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("the statement is valid");
        let parameters = vec![1i64; statement.parameter_count()];
        let steps = statement
            .query_map(rusqlite::params_from_iter(parameters), |row| row.get::<_, String>(3))
            .expect("a plan has steps");
        steps.map(|step| step.expect("a step is text")).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn a_page_of_edges_reads_its_own_rows_only() {
        let read = |order, after| EdgeRead { after, order, ..EdgeRead::new(EdgeType(1), 10) };
        let after = Some(EdgeAfter::Position { sort_key: 1, to: NodeId::from_bytes([1; 16]) });
        for order in [Order::Ascending, Order::Descending] {
            let whole = "SEARCH kvetch_edges USING PRIMARY KEY (edge=? AND from_id=?)";
            assert_eq!(plan(&edges_sql(&read(order, None))), whole);
            let sign = if order == Order::Ascending { '>' } else { '<' };
            let bound =
                format!("SEARCH kvetch_edges USING PRIMARY KEY (edge=? AND from_id=? AND (sort_key,to_id){sign}(?,?))");
            assert_eq!(plan(&edges_sql(&read(order, after))), bound);
            let range = SortRange { at_least: Some(1), below: Some(9) };
            let stop = if order == Order::Ascending { "<" } else { ">" };
            for after in [None, after] {
                let plan = plan(&edges_sql(&EdgeRead { range, ..read(order, after) }));
                assert!(
                    plan.starts_with(&bound[..bound.len() - 1]) || plan.contains(&format!("sort_key{stop}?")),
                    "{plan}"
                );
                assert!(!plan.contains("SCAN") && !plan.contains("TEMP"), "{plan}");
            }
        }
    }

    #[test]
    fn finding_and_browsing_read_their_own_rows_only() {
        assert_eq!(plan(FIND), "SEARCH kvetch_index USING PRIMARY KEY (index_id=? AND value=? AND target>?)");
        let scan = plan(SCAN);
        assert!(
            scan.starts_with("SEARCH kvetch_index USING PRIMARY KEY (index_id=? AND (value,target)>(?,?)"),
            "{scan}"
        );
        assert!(!scan.contains("TEMP"), "{scan}");
        let rows = plan(EDGE_ROWS);
        assert!(rows.contains("kvetch_edges_by_end (edge=? AND (from_id,to_id)>(?,?))"), "{rows}");
        assert_eq!(plan(BROWSE), "SEARCH kvetch_nodes USING INDEX kvetch_nodes_by_type (type=? AND id>?)");
    }
}
