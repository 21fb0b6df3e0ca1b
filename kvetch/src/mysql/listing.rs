//! Pages of whole tables, in the order of their keys, and counts that are counted again.

use crate::error::Result;
use crate::id::{EdgeType, IndexId, NodeId};
use crate::index_key::IndexKey;
use crate::listing::{ClaimRow, EdgeKey, EdgeRow};

use super::claims::claim_row;
use super::columns::Columns;
use super::failure::Attempt;
use super::pool::{Pool, Session};
use super::query::{Parameter, after, query, with_keys};
use super::reads::by_key;
use super::transaction::Work;

const EDGES: &str = "SELECT from_id, sort_key, to_id, props FROM kvetch_edges FORCE INDEX (PRIMARY) WHERE edge = ? \
     AND (from_id > ? OR (from_id = ? AND (sort_key > ? OR (sort_key = ? AND to_id > ?)))) \
     ORDER BY from_id, sort_key, to_id LIMIT ?";

const EDGE_ROWS: &str = "SELECT from_id, to_id FROM kvetch_edges FORCE INDEX (kvetch_edges_by_end) WHERE edge = ? \
     AND (from_id > ? OR (from_id = ? AND to_id > ?)) ORDER BY from_id, to_id LIMIT ?";

const COUNTS: &str = "SELECT from_id, count FROM kvetch_counts WHERE edge = ? AND from_id > ? ORDER BY from_id LIMIT ?";

const CLAIMS: &str = "SELECT value, holder, version, nonce, claimed FROM kvetch_claims \
     WHERE index_id = ? AND value > ? ORDER BY value LIMIT ?";

const CLAIMS_OF: &str = "SELECT value, holder, version, nonce, claimed FROM kvetch_claims \
     WHERE index_id = ? AND value IN ";

/// Makes the count a row that can be locked, if it is none. It says 0 at most until the end of the transaction.
const LOCK_COUNT: &str = "INSERT INTO kvetch_counts (edge, from_id, count) VALUES (?, ?, 0) \
     ON DUPLICATE KEY UPDATE count = count";

const EDGES_OF: &str = "SELECT COUNT(*) FROM kvetch_edges WHERE edge = ? AND from_id = ?";

const SET_COUNT: &str = "UPDATE kvetch_counts SET count = ? WHERE edge = ? AND from_id = ?";

const REMOVE_COUNT: &str = "DELETE FROM kvetch_counts WHERE edge = ? AND from_id = ?";

pub(super) async fn edges(pool: &Pool, edge: EdgeType, place: Option<EdgeKey>, first: u32) -> Result<Vec<EdgeRow>> {
    let (from, to) = (place.map(|(from, ..)| from), place.map(|(.., to)| to));
    let sort_key = place.map_or(i64::MIN, |(_, sort_key, _)| sort_key);
    let parameters = || {
        let from = after(from.as_ref());
        let place = [sort_key.value(), sort_key.value(), after(to.as_ref())];
        let [one, same, to] = place;
        query(EDGES, [edge.0.value(), from.clone(), from, one, same, to, first.value()])
    };
    let row = |row| {
        let mut columns = Columns::of(row);
        let (from, sort_key, to) = (columns.id()?, columns.number()?, columns.id()?);
        Ok(EdgeRow { from, sort_key, to, props: columns.body_or_null() })
    };
    pool.ask(parameters).await?.into_iter().map(row).collect()
}

pub(super) async fn edge_rows(
    pool: &Pool,
    edge: EdgeType,
    place: Option<(NodeId, NodeId)>,
    first: u32,
) -> Result<Vec<(NodeId, NodeId)>> {
    let (from, to) = place.unzip();
    let parameters = || {
        let from = after(from.as_ref());
        query(EDGE_ROWS, [edge.0.value(), from.clone(), from, after(to.as_ref()), first.value()])
    };
    let row = |row| {
        let mut columns = Columns::of(row);
        Ok((columns.id()?, columns.id()?))
    };
    pool.ask(parameters).await?.into_iter().map(row).collect()
}

pub(super) async fn counts(
    pool: &Pool,
    edge: EdgeType,
    place: Option<NodeId>,
    first: u32,
) -> Result<Vec<(NodeId, i64)>> {
    let row = |row| {
        let mut columns = Columns::of(row);
        Ok((columns.id()?, columns.number()?))
    };
    let rows = pool.ask(|| query(COUNTS, [edge.0.value(), after(place.as_ref()), first.value()])).await?;
    rows.into_iter().map(row).collect()
}

pub(super) async fn claims(pool: &Pool, index: IndexId, place: Option<&IndexKey>, first: u32) -> Result<Vec<ClaimRow>> {
    let rows = pool.ask(|| query(CLAIMS, [index.0.value(), after(place), first.value()])).await?;
    rows.into_iter().map(|row| claim_row(Columns::of(row))).collect()
}

pub(super) async fn claims_of(pool: &Pool, index: IndexId, values: &[IndexKey]) -> Vec<Result<Option<ClaimRow>>> {
    let query = |values: &[IndexKey]| with_keys(CLAIMS_OF, vec![index.0.value()], values, "");
    let read = |columns: Columns| claim_row(columns).map(|row| (row.value.clone(), Ok(Some(row))));
    by_key(pool, values, query, read, || Ok(None)).await
}

/// Makes a count say how many edges there are. Whoever changes edges moves their count last, and waits for this
/// transaction there; whoever has moved it already, this one waits for.
pub(super) struct Recounting(pub(super) EdgeType, pub(super) NodeId);

impl Work for Recounting {
    type Answer = ();

    async fn run(&mut self, session: &mut Session, _in_doubt: bool) -> Attempt<()> {
        let (edge, from) = (self.0.0.value(), self.1.value());
        session.change(query(LOCK_COUNT, [edge.clone(), from.clone()])).await?;
        let found = session.rows(query(EDGES_OF, [edge.clone(), from.clone()])).await?.into_iter().next();
        let edges = found.map_or(Ok(0), |row| Columns::of(row).number())?;
        let change = match edges {
            0 => query(REMOVE_COUNT, [edge, from]),
            edges => query(SET_COUNT, [edges.value(), edge, from]),
        };
        session.change(change).await?;
        Ok(())
    }
}
