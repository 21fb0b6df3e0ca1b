//! Pages for many sources at once: one limited select for each, put together by `UNION ALL`. The shortest are
//! [`packed`].
//!
//! Each reads the rows of its own page only, however long the list: `ROW_NUMBER` and `GROUP_CONCAT` read whole lists,
//! and not every server knows `LATERAL`. A place in the order is compared column by column, since a comparison of row
//! values reads on from the wrong end on some servers.

use std::collections::HashMap;

use mysql_async::{Row, Value};

use crate::error::{Error, Result};
use crate::id::{EdgeType, NodeId};
use crate::index_key::{IndexKey, KeyRange};
use crate::listing::Tally;
use crate::read::{Edge, EdgeAfter, EdgePage, EdgeRead, IdPage, IndexRead, KeyPage, KeyScan, Order};

use super::columns::Columns;
use super::packed;
use super::pool::Pool;
use super::query::{KEYS_PER_STATEMENT, Parameter, Query, SELECTS_PER_STATEMENT, after, union_all, with_keys};

const FIND: &str = "target FROM kvetch_index WHERE index_id = ? AND value = ? AND target > ? ORDER BY target LIMIT ?";

const SCAN: &str = "value, target FROM kvetch_index WHERE index_id = ? \
     AND (value > ? OR (value = ? AND target > ?)) AND value < ? ORDER BY value, target LIMIT ?";

const TALLY: &str = "(SELECT count FROM kvetch_counts WHERE edge = ? AND from_id = ?) AS said, \
     (SELECT COUNT(*) FROM kvetch_edges WHERE edge = ? AND from_id = ?) AS found";

const PLACES: &str = "SELECT from_id, sort_key FROM kvetch_edges WHERE edge = ? AND to_id = ? AND from_id IN ";

/// A page of edges for each source.
pub(super) async fn edges(pool: &Pool, read: &EdgeRead, from: &[NodeId]) -> Vec<Result<EdgePage>> {
    let whole = |edges: Result<Vec<Edge>>| {
        let mut edges = edges?;
        let has_next = cut(&mut edges, read.first);
        Ok(EdgePage { edges, has_next })
    };
    if packed::suits(read, from.len()) {
        return packed::edges(pool, read, from).await.into_iter().map(whole).collect();
    }
    let starts = match starts(pool, read, from).await {
        Ok(starts) => starts,
        Err(error) => return vec![Err(error); from.len()],
    };
    // A source whose cursor is gone is not asked for.
    let asked: Vec<(&[u8], Option<Start>)> = from
        .iter()
        .zip(&starts)
        .filter_map(|(from, start)| start.as_ref().ok().map(|start| (from.as_bytes().as_slice(), *start)))
        .collect();
    let sql = edges_sql(read);
    let nobody: (&[u8], Option<Start>) = (&[], some_start(read));
    let take = |(from, start): &(&[u8], Option<Start>), parameters: &mut Vec<Value>| {
        parameters.extend([read.edge.0.value(), from.value()]);
        if let Some((sort_key, to)) = start {
            parameters.extend([sort_key.value(), sort_key.value(), after(to.as_ref())]);
        }
        parameters.extend(stop(read).map(|stop| stop.value()));
        parameters.push((i64::from(read.first) + 1).value());
    };
    let row = |columns: &mut Columns| {
        let (to, sort_key) = (columns.id()?, columns.number()?);
        columns.body_or_null().map(|props| Edge { to, sort_key, props })
    };
    let mut pages = each(pool, &asked, |keys| union_all(&sql, keys, &nobody, take), row).await.into_iter();
    let page = |start: Result<Option<Start>>| {
        start?;
        let mut edges = pages.next().expect("each source that is asked for has an answer")?;
        match read.order {
            Order::Ascending => edges.sort_by_key(|edge| (edge.sort_key, edge.to)),
            Order::Descending => edges.sort_by_key(|edge| std::cmp::Reverse((edge.sort_key, edge.to))),
        }
        whole(Ok(edges))
    };
    starts.into_iter().map(page).collect()
}

/// A page of ids for each value.
pub(super) async fn find(pool: &Pool, read: &IndexRead, values: &[IndexKey]) -> Vec<Result<IdPage>> {
    let take = |value: &IndexKey, parameters: &mut Vec<Value>| {
        let limit = i64::from(read.first) + 1;
        parameters.extend([read.index.0.value(), value.value(), after(read.after.as_ref()), limit.value()]);
    };
    // No value is without its type byte.
    let nobody = IndexKey::from_bytes(&[]);
    let pages = each(pool, values, |keys| union_all(FIND, keys, &nobody, take), Columns::id).await;
    let page = |ids: Result<Vec<NodeId>>| {
        let mut ids = ids?;
        ids.sort_unstable();
        let has_next = cut(&mut ids, read.first);
        Ok(IdPage { ids, has_next })
    };
    pages.into_iter().map(page).collect()
}

/// A page of entries for each range of keys.
pub(super) async fn scan(pool: &Pool, scan: &KeyScan, ranges: &[KeyRange]) -> Vec<Result<KeyPage>> {
    let take = |range: &KeyRange, parameters: &mut Vec<Value>| {
        let (value, target) = match &scan.after {
            Some((value, target)) if *value >= range.from => (value, Some(target)),
            _ => (&range.from, None),
        };
        let limit = i64::from(scan.first) + 1;
        let start = [scan.index.0.value(), value.value(), value.value(), after(target)];
        parameters.extend(start.into_iter().chain([range.until.value(), limit.value()]));
    };
    let nobody = KeyRange { from: IndexKey::from_bytes(&[]), until: IndexKey::from_bytes(&[]) };
    let row = |columns: &mut Columns| Ok((columns.value()?, columns.id()?));
    let pages = each(pool, ranges, |keys| union_all(SCAN, keys, &nobody, take), row).await;
    let page = |entries: Result<Vec<(IndexKey, NodeId)>>| {
        let mut entries = entries?;
        entries.sort_unstable();
        let has_next = cut(&mut entries, scan.first);
        Ok(KeyPage { entries, has_next })
    };
    pages.into_iter().map(page).collect()
}

/// The count of each source beside the number of its edges. One statement sees one moment.
pub(super) async fn tallies(pool: &Pool, edge: EdgeType, from: &[NodeId]) -> Vec<Result<Tally>> {
    let take = |from: &&[u8], parameters: &mut Vec<Value>| {
        parameters.extend([edge.0.value(), from.value(), edge.0.value(), from.value()]);
    };
    let keys: Vec<&[u8]> = from.iter().map(|from| from.as_bytes().as_slice()).collect();
    let nobody: &[u8] = &[];
    let row = |columns: &mut Columns| {
        let count = columns.number_or_null()?.unwrap_or(0);
        Ok(Tally { count, edges: columns.number()? })
    };
    let rows = each(pool, &keys, |keys| union_all(TALLY, keys, &nobody, take), row).await;
    rows.into_iter().map(|rows| rows.map(|rows| rows[0])).collect()
}

/// Asks for some keys by as many statements as that takes, and gives each key its rows. A row that does not decode
/// is the error of its key alone.
async fn each<K: Sync, T: Send>(
    pool: &Pool,
    keys: &[K],
    query: impl Fn(&[K]) -> Query + Send + Sync,
    read: impl Fn(&mut Columns) -> Result<T> + Send + Sync,
) -> Vec<Result<Vec<T>>> {
    let mut answers = Vec::with_capacity(keys.len());
    for chunk in keys.chunks(SELECTS_PER_STATEMENT) {
        match pool.ask(|| query(chunk)).await.and_then(|rows| dealt(rows, chunk.len(), &read)) {
            Ok(dealt) => answers.extend(dealt),
            Err(error) => answers.extend(chunk.iter().map(|_| Err(error.clone()))),
        }
    }
    answers
}

/// The rows by the number in front of them.
fn dealt<T>(rows: Vec<Row>, keys: usize, read: impl Fn(&mut Columns) -> Result<T>) -> Result<Vec<Result<Vec<T>>>> {
    let mut dealt: Vec<Result<Vec<T>>> = (0..keys).map(|_| Ok(Vec::new())).collect();
    for row in rows {
        let mut columns = Columns::of(row);
        let Some(of_key) = dealt.get_mut(columns.count()?) else { continue };
        match (read(&mut columns), of_key) {
            (Ok(row), Ok(rows)) => rows.push(row),
            (Err(error), of_key) => *of_key = Err(error),
            (Ok(_), Err(_)) => {}
        }
    }
    Ok(dealt)
}

/// The forms of a page of edges.
fn edges_sql(read: &EdgeRead) -> String {
    let (beyond, within, direction) = match read.order {
        Order::Ascending => (">", "<", ""),
        Order::Descending => ("<", ">=", " DESC"),
    };
    let start = match some_start(read) {
        Some(_) => format!(" AND (sort_key {beyond} ? OR (sort_key = ? AND to_id {beyond} ?))"),
        None => String::new(),
    };
    let stop = stop(read).map_or_else(String::new, |_| format!(" AND sort_key {within} ?"));
    format!(
        "to_id, sort_key, props FROM kvetch_edges WHERE edge = ? AND from_id = ?{start}{stop} \
         ORDER BY sort_key{direction}, to_id{direction} LIMIT ?"
    )
}

/// The bound of the range that the page comes to first.
fn range_start(read: &EdgeRead) -> Option<i64> {
    match read.order {
        Order::Ascending => read.range.at_least,
        Order::Descending => read.range.below,
    }
}

/// The other one.
fn stop(read: &EdgeRead) -> Option<i64> {
    match read.order {
        Order::Ascending => read.range.below,
        Order::Descending => read.range.at_least,
    }
}

/// A place in the order of edges. No id stands for the place before all of them.
type Start = (i64, Option<NodeId>);

/// Any start, where pages of this read have one.
fn some_start(read: &EdgeRead) -> Option<Start> {
    (read.after.is_some() || range_start(read).is_some()).then_some((0, None))
}

/// The places that the pages of these sources start behind: the cursor, or the range where that comes later.
async fn starts(pool: &Pool, read: &EdgeRead, from: &[NodeId]) -> Result<Vec<Result<Option<Start>>>> {
    let range = range_start(read).map(|sort_key| (sort_key, None));
    let later = |cursor: Start| match range {
        Some(range) if read.order == Order::Ascending => cursor.max(range),
        Some(range) => cursor.min(range),
        None => cursor,
    };
    Ok(match read.after {
        None => vec![Ok(range); from.len()],
        Some(EdgeAfter::Position { sort_key, to }) => vec![Ok(Some(later((sort_key, Some(to))))); from.len()],
        Some(EdgeAfter::Node(to)) => {
            let places = places(pool, read.edge, from, to).await?;
            let start = |from| match places.get(from) {
                Some(sort_key) => Ok(Some(later((*sort_key, Some(to))))),
                None => Err(Error::CursorGone { to }),
            };
            from.iter().map(start).collect()
        }
    })
}

/// The place of the edge to one node among those of each source.
async fn places(pool: &Pool, edge: EdgeType, from: &[NodeId], to: NodeId) -> Result<HashMap<NodeId, i64>> {
    let mut places = HashMap::new();
    for chunk in from.chunks(KEYS_PER_STATEMENT) {
        let rows = pool.ask(|| with_keys(PLACES, vec![edge.0.value(), to.value()], chunk, "")).await?;
        for row in rows {
            let mut columns = Columns::of(row);
            places.insert(columns.id()?, columns.number()?);
        }
    }
    Ok(places)
}

/// Drops the row that was read only to see whether there is one.
fn cut<T>(rows: &mut Vec<T>, first: u32) -> bool {
    let has_next = rows.len() > first as usize;
    rows.truncate(first as usize);
    has_next
}

#[cfg(test)]
mod tests {
    use crate::read::SortRange;

    use super::*;

    #[test]
    fn the_forms_of_a_page_are_these() {
        let read = EdgeRead::new(EdgeType(1), 10);
        let after = Some(EdgeAfter::Position { sort_key: 1, to: NodeId::from_bytes([1; 16]) });
        let range = SortRange { at_least: Some(1), below: Some(9) };
        let whole = "to_id, sort_key, props FROM kvetch_edges WHERE edge = ? AND from_id = ?";
        for (read, rest) in [
            (read.clone(), " ORDER BY sort_key, to_id LIMIT ?"),
            (
                EdgeRead { after, ..read.clone() },
                " AND (sort_key > ? OR (sort_key = ? AND to_id > ?)) ORDER BY sort_key, to_id LIMIT ?",
            ),
            (
                EdgeRead { after, order: Order::Descending, range, ..read },
                " AND (sort_key < ? OR (sort_key = ? AND to_id < ?)) AND sort_key >= ? \
                 ORDER BY sort_key DESC, to_id DESC LIMIT ?",
            ),
        ] {
            assert_eq!(edges_sql(&read), format!("{whole}{rest}"));
        }
    }
}
