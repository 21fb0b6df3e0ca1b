//! Reads of single rows by their keys, in lists.

use std::collections::HashMap;
use std::hash::Hash;

use mysql_async::Row;

use crate::error::{Error, Result};
use crate::id::{EdgeType, NodeId, NodeType, WriteId};
use crate::node::Node;
use crate::read::{Edge, NodePage};
use crate::shard::Outcome;

use super::columns::Columns;
use super::nodes::read_outcome;
use super::pool::Pool;
use super::query::{KEYS_PER_STATEMENT, Parameter, Query, after, query, with_keys};

const NODES: &str = "SELECT id, type, version, created, updated, body FROM kvetch_nodes WHERE id IN ";

const BROWSE: &str = "SELECT id, type, version, created, updated, body FROM kvetch_nodes \
     FORCE INDEX (kvetch_nodes_by_type) WHERE type = ? AND id > ? ORDER BY id LIMIT ?";

const COUNTS: &str = "SELECT from_id, count FROM kvetch_counts WHERE edge = ? AND from_id IN ";

const EDGES_TO: &str = "SELECT to_id, sort_key, props FROM kvetch_edges WHERE edge = ? AND from_id = ? AND to_id IN ";

const RECORDED: &str = "SELECT w.write_id, w.outcome, i.source, i.version, i.changes FROM kvetch_writes w \
     LEFT JOIN kvetch_intents i ON i.source = w.source WHERE w.write_id IN ";

pub(super) async fn nodes(pool: &Pool, ids: &[NodeId]) -> Vec<Result<Option<Node>>> {
    let query = |ids: &[NodeId]| with_keys(NODES, Vec::new(), ids, " AND type > 0");
    let read = |mut columns: Columns| -> Result<(NodeId, Result<Option<Node>>)> {
        let id = columns.id()?;
        Ok((id, node(id, &mut columns)))
    };
    by_key(pool, ids, query, read, || Ok(None)).await
}

pub(super) async fn counts(pool: &Pool, edge: EdgeType, from: &[NodeId]) -> Vec<Result<u64>> {
    let query = |from: &[NodeId]| with_keys(COUNTS, vec![edge.0.value()], from, "");
    let read = |mut columns: Columns| {
        let (from, count) = (columns.id()?, columns.number()?);
        let corrupt = |_| Error::corrupt_record("count", format!("{count} edges {edge} from {from}"));
        Ok((from, u64::try_from(count).map_err(corrupt)))
    };
    by_key(pool, from, query, read, || Ok(0)).await
}

pub(super) async fn edge(pool: &Pool, edge: EdgeType, from: NodeId, to: &[NodeId]) -> Vec<Result<Option<Edge>>> {
    let query = |to: &[NodeId]| with_keys(EDGES_TO, vec![edge.0.value(), from.value()], to, "");
    let read = |mut columns: Columns| {
        let (to, sort_key) = (columns.id()?, columns.number()?);
        Ok((to, columns.body_or_null().map(|props| Some(Edge { to, sort_key, props }))))
    };
    by_key(pool, to, query, read, || Ok(None)).await
}

pub(super) async fn recorded(pool: &Pool, writes: &[WriteId]) -> Vec<Result<Option<Outcome>>> {
    let query = |writes: &[WriteId]| with_keys(RECORDED, Vec::new(), writes, "");
    let read = |mut columns: Columns| {
        let write = WriteId::from_bytes(columns.sixteen()?);
        Ok((write, read_outcome(&mut columns).map(Some)))
    };
    by_key(pool, writes, query, read, || Ok(None)).await
}

pub(super) async fn browse(pool: &Pool, node_type: NodeType, from: Option<NodeId>, first: u32) -> Result<NodePage> {
    let limit = i64::from(first) + 1;
    let rows = pool.ask(|| query(BROWSE, [node_type.0.value(), after(from.as_ref()), limit.value()])).await?;
    let mut page = NodePage { has_next: rows.len() > first as usize, ..NodePage::default() };
    for row in rows.into_iter().take(first as usize) {
        let mut columns = Columns::of(row);
        let id = columns.id()?;
        page.last = Some(id);
        match node(id, &mut columns) {
            Ok(Some(node)) => page.nodes.push(node),
            Ok(None) => {}
            Err(error) => page.unreadable.push(error),
        }
    }
    Ok(page)
}

/// The node in what follows its id: `type, version, created, updated, body`; none in a tombstone.
pub(super) fn node(id: NodeId, columns: &mut Columns) -> Result<Option<Node>> {
    let corrupt = |reason: &str| Error::Corrupt { node: id, reason: reason.into() };
    let node_type = columns.number()?;
    if node_type < 0 {
        return Ok(None);
    }
    Ok(Some(Node {
        id,
        node_type: NodeType(u32::try_from(node_type).map_err(|_| corrupt("its type is out of range"))?),
        version: columns.version().map_err(|_| corrupt("its version is negative"))?,
        created: columns.time()?,
        updated: columns.time()?,
        body: columns.body_or_null().map_err(|error| error.of_node(id))?.ok_or_else(|| corrupt("it has no body"))?,
    }))
}

/// Asks for some keys and puts the answers in their order, whatever the order of the rows. A key without a row is
/// answered by `absent`.
pub(super) async fn by_key<K: Parameter + Eq + Hash + Send + Sync, T: Clone + Send>(
    pool: &Pool,
    keys: &[K],
    query: impl Fn(&[K]) -> Query + Send + Sync,
    read: impl Fn(Columns) -> Result<(K, Result<T>)> + Send + Sync,
    absent: impl Fn() -> Result<T> + Send + Sync,
) -> Vec<Result<T>> {
    let mut answers = Vec::with_capacity(keys.len());
    for chunk in keys.chunks(KEYS_PER_STATEMENT) {
        match found(pool.ask(|| query(chunk)).await, &read) {
            Err(error) => answers.extend(chunk.iter().map(|_| Err(error.clone()))),
            Ok(mut found) if chunk.len() == 1 => answers.push(found.remove(&chunk[0]).unwrap_or_else(&absent)),
            Ok(found) => answers.extend(chunk.iter().map(|key| found.get(key).cloned().unwrap_or_else(&absent))),
        }
    }
    answers
}

fn found<K: Eq + Hash, T>(
    rows: Result<Vec<Row>>,
    read: impl Fn(Columns) -> Result<(K, Result<T>)>,
) -> Result<HashMap<K, Result<T>>> {
    rows?.into_iter().map(|row| read(Columns::of(row))).collect()
}
