//! Filling in edges and indexes that were added to a store with data.
//!
//! Every write since the schema is in force keeps their rows, so what is missing follows from nodes that
//! were there before: each of these is written once more, under its own lock, with nothing changed.
//! Rows from before the edge or index was dropped, if it was, are looked at first.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use crate::change::Row;
use crate::error::{Error, Result};
use crate::id::{NodeId, NodeType, Timestamp};
use crate::index_key::{IndexKey, KeyRange};
use crate::limits::FILL_STEP_ROWS;
use crate::node::Node;
use crate::read::KeyScan;
use crate::schema::Building;
use crate::shard::{NodeWrite, WriteOp};
use crate::shard_map::ShardIdx;
use crate::value::Value;

use super::Store;
use super::open::{FILLING, SCHEMA, remember};
use super::parts::split;

/// The wait after an attempt that left something, doubled each time up to the longest. What is in the way is a shard
/// that is down for a while, or a value that two nodes have until somebody changes one of them.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

impl Store {
    /// Fills in what is building, until nothing is or the store closes. One that has to wait does not hold up the
    /// others.
    pub(super) async fn fill_in(self: Arc<Self>) {
        // An intent from before an edge or index was dropped may still name rows that are no longer true. Applied after
        // those that are there were looked at, it would put them for good.
        if !self.tasks.unless_closed(self.leftovers.once_through()).await {
            return;
        }
        let mut open = self.with_catalog(|catalog| catalog.building());
        let mut wait = FIRST_PAUSE;
        while !open.is_empty() {
            let mut left = Vec::new();
            for what in open {
                if let Err(error) = self.fill_in_one(what).await {
                    tracing::warn!(%error, %what, "filling in goes on later");
                    left.push(what);
                }
            }
            open = left;
            if !open.is_empty() && !self.tasks.pause(wait).await {
                return;
            }
            wait = LONGEST_PAUSE.min(wait * 2);
        }
    }

    async fn fill_in_one(self: &Arc<Self>, what: Building) -> Result<()> {
        for shard in self.all_shards() {
            if self.noted(shard, &cleared(what)).await?.is_none() {
                self.clear_shard(what, shard).await?;
                self.note(shard, cleared(what), Value::Bool(true)).await?;
            }
        }
        for shard in self.all_shards() {
            self.fill_shard(what, shard).await?;
        }
        let filled_in = self.with_catalog(|catalog| catalog.filled_in(what));
        remember(&self.shards, [(SCHEMA, filled_in.to_props())]).await?;
        *self.catalog.write().unwrap_or_else(PoisonError::into_inner) = filled_in;
        tracing::info!(%what, "filled in");
        Ok(())
    }

    /// Looks at the rows that a shard has already, and removes those that do not follow from
    /// their nodes.
    async fn clear_shard(self: &Arc<Self>, what: Building, shard: ShardIdx) -> Result<()> {
        let (mut after_edge, mut after_entry) = (None, None);
        loop {
            self.still_open().await?;
            let rows: Vec<(NodeId, Row)> = match what {
                Building::Edge(edge) => {
                    let rows = self.shard(shard).edge_rows(edge, after_edge, FILL_STEP_ROWS).await?;
                    after_edge = rows.last().copied();
                    rows.into_iter().map(|(from, to)| (to, Row::Edge(edge, from, to))).collect()
                }
                Building::Index(index) => {
                    let all = [KeyRange { from: IndexKey::from_bytes(&[]), until: IndexKey::from_bytes(&[u8::MAX]) }];
                    let scan = KeyScan { index, first: FILL_STEP_ROWS, after: after_entry };
                    let mut pages = self.shard(shard).scan(&scan, &all).await;
                    let page = pages.pop().ok_or_else(|| Error::corrupt_record("index", "no page was answered"))??;
                    after_entry = page.entries.last().cloned();
                    page.entries.into_iter().map(|(key, node)| (node, Row::Entry(index, key, node))).collect()
                }
            };
            if rows.is_empty() {
                return Ok(());
            }
            self.clear(what, rows).await?;
        }
    }

    async fn clear(self: &Arc<Self>, what: Building, rows: Vec<(NodeId, Row)>) -> Result<()> {
        let (nodes, _) = self.nodes(rows.iter().map(|(node, _)| *node).collect()).await;
        let mut writes = Vec::new();
        for ((id, row), node) in rows.into_iter().zip(nodes) {
            let node = match node {
                Err(error @ Error::Corrupt { .. }) => {
                    tracing::error!(%error, %what, "rows of a node that cannot be read are left as they are");
                    continue;
                }
                node => node?,
            };
            let holds = node.as_ref().is_some_and(|node| match &row {
                Row::Edge(edge, from, _) => self.schema.edge_holds(*edge, *from, node),
                Row::Entry(index, key, _) | Row::Claim(index, key, _) => {
                    key.to_value().is_ok_and(|value| self.schema.index_holds(*index, &value, node))
                }
            });
            if holds {
                continue;
            }
            let mut suspects = vec![row.clone()];
            // An entry and the claim of its value come and go together.
            if let Row::Entry(index, key, _) = row
                && self.schema.index(index).is_ok_and(|def| def.unique)
            {
                suspects.push(Row::Claim(index, key, id));
            }
            // Mending works for a node that is gone, too, and puts nothing that would need an attempt to claim.
            let op = WriteOp::Mend { rows: suspects, gone: Vec::new(), expected_version: None, step: 1 };
            writes.push(self.filling_write(id, what, op)?);
        }
        self.rederive(writes).await
    }

    async fn fill_shard(self: &Arc<Self>, what: Building, shard: ShardIdx) -> Result<()> {
        let node_type = self.source_type(what)?;
        let mut after = self.progress(what, shard).await?;
        loop {
            self.still_open().await?;
            let page = self.shard(shard).browse(node_type, after, FILL_STEP_ROWS).await?;
            for error in &page.unreadable {
                tracing::error!(%error, %what, "a node that cannot be read is not filled in");
            }
            self.fill_nodes(what, &page.nodes).await?;
            after = page.last.or(after);
            self.note_progress(what, shard, after).await?;
            if !page.has_next {
                return Ok(());
            }
        }
    }

    /// Writes the nodes once more. Of a unique index those are left out that have their values already, so that an
    /// attempt which somebody else's value ends does not write the others again each time.
    async fn fill_nodes(self: &Arc<Self>, what: Building, nodes: &[Node]) -> Result<()> {
        let unique: Vec<Option<IndexKey>> = nodes.iter().map(|node| self.unique_of(what, node)).collect();
        let holders = self.holders(what, &unique).await?;
        let (mut writes, mut taken) = (Vec::new(), None);
        for ((node, value), holder) in nodes.iter().zip(unique).zip(holders) {
            match (what, holder) {
                (_, Some(holder)) if holder == node.id => {}
                (Building::Index(index), Some(holder)) => {
                    let shared = Error::Duplicate { index: self.schema.index_name(index), holder };
                    tracing::error!(node = %node.id, error = %shared, "two nodes have a value that is to be unique");
                    taken.get_or_insert(shared);
                }
                _ => writes.push(self.filling_write(node.id, what, WriteOp::Rederive { what, unique: value })?),
            }
        }
        self.rederive(writes).await?;
        taken.map_or(Ok(()), Err)
    }

    /// The nodes that have these values by a write that is committed and confirmed.
    async fn holders(&self, what: Building, values: &[Option<IndexKey>]) -> Result<Vec<Option<NodeId>>> {
        let mut holders = vec![None; values.len()];
        let Building::Index(index) = what else { return Ok(holders) };
        let keys = values.iter().enumerate().filter_map(|(position, value)| Some((position, value.clone()?)));
        let shard_of = |value: &IndexKey| self.map.shard_of(value.virtual_shard());
        let parts = split(keys, self.shards.len(), shard_of, |_| FILL_STEP_ROWS as usize);
        for part in parts {
            let claims = self.shard(part.shard).claims_of(index, &part.keys).await;
            for (position, claim) in part.positions().zip(claims) {
                holders[position] = claim?.filter(|claim| claim.version > 0).map(|claim| claim.holder);
            }
        }
        Ok(holders)
    }

    /// Writes nodes once more, and fails while anything that follows is not everywhere.
    async fn rederive(self: &Arc<Self>, writes: Vec<NodeWrite>) -> Result<()> {
        for written in self.clone().write_all(writes).await {
            match written {
                Ok(written) if written.pending == 0 => {}
                Ok(written) => return Err(Error::unavailable(format!("rows of node {} are pending", written.node.id))),
                Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn filling_write(&self, id: NodeId, what: Building, op: WriteOp) -> Result<NodeWrite> {
        let node_type = self.source_type(what)?;
        Ok(NodeWrite { id, node_type, op, now: Timestamp::now(), write_id: None, claims: Vec::new() })
    }

    /// The type whose nodes the rows follow from.
    fn source_type(&self, what: Building) -> Result<NodeType> {
        match what {
            Building::Edge(edge) => self.schema.edge(edge).map(|def| def.to),
            Building::Index(index) => self.schema.index(index).map(|def| def.node_type),
        }
    }

    fn unique_of(&self, what: Building, node: &Node) -> Option<IndexKey> {
        let Building::Index(index) = what else { return None };
        let def = self.schema.index(index).ok().filter(|def| def.unique)?;
        let value = node.body.get(&def.key).ok()??;
        IndexKey::of(value).ok()
    }

    async fn progress(&self, what: Building, shard: ShardIdx) -> Result<Option<NodeId>> {
        let noted = self.noted(shard, &what.to_string()).await?;
        Ok(if let Some(Value::Id(after)) = noted { Some(after) } else { None })
    }

    async fn note_progress(&self, what: Building, shard: ShardIdx, after: Option<NodeId>) -> Result<()> {
        let Some(after) = after else { return Ok(()) };
        self.note(shard, what.to_string(), Value::Id(after)).await
    }

    /// What is noted of the filling of a shard.
    async fn noted(&self, shard: ShardIdx, key: &str) -> Result<Option<Value>> {
        Ok(self.shard(shard).meta().await?.get(FILLING).and_then(|noted| noted.get(key)).cloned())
    }

    async fn note(&self, shard: ShardIdx, key: String, value: Value) -> Result<()> {
        let mut noted = self.shard(shard).meta().await?.remove(FILLING).unwrap_or_default();
        noted.insert(key, value);
        self.shard(shard).put_meta(BTreeMap::from([(FILLING.to_owned(), noted)])).await
    }

    /// Lets others go first, and fails once the store is closed.
    async fn still_open(&self) -> Result<()> {
        match self.tasks.pause(Duration::from_millis(1)).await {
            true => Ok(()),
            false => Err(Error::unavailable("the store is closed")),
        }
    }
}

/// The key under which it is noted that the rows of a shard were looked at.
fn cleared(what: Building) -> String {
    format!("{what} cleared")
}
