//! What lies in the files, read past the front door.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use kvetch::{Body, EdgeType, IndexId, IndexKey, NodeId, NodeType, Props, Row};
use minicbor::Decoder;
use rusqlite::types::Value as Column;
use rusqlite::{Connection, OpenFlags};

const TABLES: [&str; 9] = [
    "kvetch_nodes",
    "kvetch_edges",
    "kvetch_counts",
    "kvetch_index",
    "kvetch_claims",
    "kvetch_intents",
    "kvetch_fences",
    "kvetch_writes",
    "kvetch_meta",
];

#[derive(Debug, Clone)]
pub(crate) struct NodeRow {
    /// Of a deleted node as well.
    pub(crate) node_type: NodeType,
    pub(crate) version: u64,
    pub(crate) created: i64,
    /// Nothing in a tombstone.
    pub(crate) props: Option<Props>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EdgeRow {
    pub(crate) sort_key: i64,
    pub(crate) props: Option<Vec<u8>>,
}

#[derive(Debug, Clone)]
pub(crate) struct ClaimRow {
    pub(crate) holder: NodeId,
    pub(crate) version: i64,
    pub(crate) is_attempted: bool,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Intent {
    pub(crate) rows: BTreeSet<Row>,
    pub(crate) sweeps: bool,
}

/// One shard.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tables {
    pub(crate) nodes: BTreeMap<NodeId, NodeRow>,
    pub(crate) edges: BTreeMap<(EdgeType, NodeId, NodeId), EdgeRow>,
    pub(crate) counts: BTreeMap<(EdgeType, NodeId), i64>,
    pub(crate) entries: BTreeSet<(IndexId, IndexKey, NodeId)>,
    pub(crate) claims: BTreeMap<(IndexId, IndexKey), ClaimRow>,
    pub(crate) intents: BTreeMap<NodeId, Intent>,
}

pub(crate) fn file(directory: &Path, shard: usize) -> PathBuf {
    directory.join(format!("shard-{shard:04}.sqlite"))
}

fn connection(directory: &Path, shard: usize) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(file(directory, shard), OpenFlags::SQLITE_OPEN_READ_WRITE)
}

/// All rows of all tables, as they are.
pub(crate) fn dump(directory: &Path, shards: usize) -> rusqlite::Result<Vec<Vec<Column>>> {
    let mut rows = Vec::new();
    for shard in 0..shards {
        let connection = connection(directory, shard)?;
        for table in TABLES {
            let mut statement = connection.prepare(&format!("SELECT * FROM {table}"))?;
            let columns = statement.column_count();
            let read = statement.query_map([], |row| (0..columns).map(|column| row.get(column)).collect())?;
            rows.extend(read.collect::<rusqlite::Result<Vec<Vec<Column>>>>()?);
        }
    }
    Ok(rows)
}

/// Makes every attempt to claim a value look as if it was made a minute ago: the next process comes later.
pub(crate) fn age_attempts(directory: &Path, shards: usize) {
    let older = "UPDATE kvetch_claims SET claimed = claimed - 60000000 WHERE nonce IS NOT NULL";
    change(directory, 0..shards, older);
}

/// Changes rows behind everybody's back.
pub(crate) fn change(directory: &Path, shards: impl IntoIterator<Item = usize>, statement: &str) {
    for shard in shards {
        let connection = connection(directory, shard).expect("the file opens");
        connection.busy_timeout(std::time::Duration::from_secs(5)).expect("the wait is set");
        connection.execute_batch(statement).expect("the statement is valid");
    }
}

pub(crate) fn read(directory: &Path, shards: usize) -> rusqlite::Result<Vec<Tables>> {
    (0..shards).map(|shard| read_one(&connection(directory, shard)?)).collect()
}

fn read_one(connection: &Connection) -> rusqlite::Result<Tables> {
    let mut tables = Tables::default();
    each(connection, "SELECT id, type, version, created, body FROM kvetch_nodes", |row| {
        let body: Option<Vec<u8>> = row.get(4)?;
        let props = body.map(|body| Body::from_stored(&body).and_then(|body| body.to_props()));
        let props = props.map(|props| props.expect("a body decodes"));
        let node_type = NodeType(row.get::<_, i64>(1)?.unsigned_abs() as u32);
        let node = NodeRow { node_type, version: row.get::<_, i64>(2)? as u64, created: row.get(3)?, props };
        tables.nodes.insert(id(row, 0)?, node);
        Ok(())
    })?;
    each(connection, "SELECT edge, from_id, to_id, sort_key, props FROM kvetch_edges", |row| {
        let key = (EdgeType(row.get(0)?), id(row, 1)?, id(row, 2)?);
        tables.edges.insert(key, EdgeRow { sort_key: row.get(3)?, props: row.get(4)? });
        Ok(())
    })?;
    each(connection, "SELECT edge, from_id, count FROM kvetch_counts", |row| {
        tables.counts.insert((EdgeType(row.get(0)?), id(row, 1)?), row.get(2)?);
        Ok(())
    })?;
    each(connection, "SELECT index_id, value, target FROM kvetch_index", |row| {
        tables.entries.insert((IndexId(row.get(0)?), value(row)?, id(row, 2)?));
        Ok(())
    })?;
    each(connection, "SELECT index_id, value, holder, version, nonce IS NOT NULL FROM kvetch_claims", |row| {
        let claim = ClaimRow { holder: id(row, 2)?, version: row.get(3)?, is_attempted: row.get(4)? };
        tables.claims.insert((IndexId(row.get(0)?), value(row)?), claim);
        Ok(())
    })?;
    each(connection, "SELECT source, changes FROM kvetch_intents", |row| {
        tables.intents.insert(id(row, 0)?, intent(&row.get::<_, Vec<u8>>(1)?).expect("an intent decodes"));
        Ok(())
    })?;
    Ok(tables)
}

fn each(
    connection: &Connection,
    select: &str,
    mut take: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(select)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        take(row)?;
    }
    Ok(())
}

fn id(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<NodeId> {
    row.get(column).map(NodeId::from_bytes)
}

fn value(row: &rusqlite::Row<'_>) -> rusqlite::Result<IndexKey> {
    row.get::<_, Vec<u8>>(1).map(|bytes| IndexKey::from_bytes(&bytes))
}

/// The rows that an intent names: each change begins with its kind, a number and the key of its row.
fn intent(bytes: &[u8]) -> Result<Intent, minicbor::decode::Error> {
    let mut cbor = Decoder::new(bytes);
    let mut intent = Intent::default();
    for _ in 0..cbor.array()?.unwrap_or(0) {
        let fields = cbor.array()?.unwrap_or(0);
        let (kind, number) = (cbor.u8()?, cbor.u32()?);
        let sixteen = |cbor: &mut Decoder<'_>| {
            let bytes = cbor.bytes()?.try_into().map_err(|_| minicbor::decode::Error::message("no id"))?;
            Ok::<_, minicbor::decode::Error>(NodeId::from_bytes(bytes))
        };
        let named = match kind {
            1 | 2 | 7 => Some(Row::Edge(EdgeType(number), sixteen(&mut cbor)?, sixteen(&mut cbor)?)),
            3..=6 => {
                let (index, value) = (IndexId(number), IndexKey::from_bytes(cbor.bytes()?));
                let node = sixteen(&mut cbor)?;
                Some(if kind < 5 { Row::Entry(index, value, node) } else { Row::Claim(index, value, node) })
            }
            _ => None,
        };
        intent.sweeps |= kind == 8;
        let read = if named.is_some() { 4 } else { 2 };
        for _ in read..fields {
            cbor.skip()?;
        }
        intent.rows.extend(named);
    }
    Ok(intent)
}
