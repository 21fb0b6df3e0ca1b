//! One shard on MySQL servers.

use std::collections::BTreeMap;

use futures::StreamExt;
use futures::stream;
use tokio::runtime::Handle;

use crate::error::Result;
use crate::id::{EdgeType, IndexId, NodeId, NodeType, Nonce, Timestamp, WriteId};
use crate::index_key::{IndexKey, KeyRange};
use crate::listing::{Census, ClaimRow, EdgeKey, EdgeRow, Tally, Tombstone};
use crate::node::Node;
use crate::read::{Edge, EdgePage, EdgeRead, IdPage, IndexRead, KeyPage, KeyScan, NodePage};
use crate::shard::{
    Answering, Claim, Claimed, Delivery, IntentPage, NodeWrite, Outcome, Place, Prunable, PrunePage, Pruned, ReadKind,
    Shard,
};
use crate::value::Props;

use super::claims::{Claiming, Releasing, Voiding};
use super::intents::{self, Settling};
use super::line::Line;
use super::listing::{self, Recounting};
use super::meta::{self, Putting};
use super::nodes;
use super::pool::Pool;
use super::query::{KEYS_PER_STATEMENT, SELECTS_PER_STATEMENT};
use super::rows::Delivering;
use super::transaction::Work;
use super::writing::{Writing, outcomes};
use super::{census, pages, prune, reads};

#[derive(Debug)]
pub(super) struct MysqlShard {
    pool: Pool,
    line: Line,
}

impl MysqlShard {
    pub(super) fn new(pool: Pool, runtime: &Handle) -> Self {
        Self { line: Line::new(pool.clone(), runtime.clone()), pool }
    }

    /// Each work in a transaction of its own, many at once. Half of the connections are left to others: who asks for
    /// one after a large batch must not wait for all of it.
    async fn transact_each<W: Work>(&self, works: Vec<W>) -> Vec<Result<W::Answer>> {
        let at_once = self.pool.size().div_ceil(2);
        stream::iter(works.into_iter().map(|work| self.pool.transact(work))).buffered(at_once).collect().await
    }
}

impl Shard for MysqlShard {
    fn keys_per_statement(&self, kind: ReadKind) -> usize {
        match kind {
            ReadKind::Nodes | ReadKind::Counts | ReadKind::Edge => KEYS_PER_STATEMENT,
            ReadKind::Edges | ReadKind::Find | ReadKind::Scan => SELECTS_PER_STATEMENT,
        }
    }

    fn nodes<'a>(&'a self, ids: &'a [NodeId]) -> Answering<'a, Vec<Result<Option<Node>>>> {
        Box::pin(reads::nodes(&self.pool, ids))
    }

    fn edges<'a>(&'a self, read: &'a EdgeRead, from: &'a [NodeId]) -> Answering<'a, Vec<Result<EdgePage>>> {
        Box::pin(pages::edges(&self.pool, read, from))
    }

    fn edge<'a>(&'a self, edge: EdgeType, from: NodeId, to: &'a [NodeId]) -> Answering<'a, Vec<Result<Option<Edge>>>> {
        Box::pin(reads::edge(&self.pool, edge, from, to))
    }

    fn counts<'a>(&'a self, edge: EdgeType, from: &'a [NodeId]) -> Answering<'a, Vec<Result<u64>>> {
        Box::pin(reads::counts(&self.pool, edge, from))
    }

    fn find<'a>(&'a self, read: &'a IndexRead, values: &'a [IndexKey]) -> Answering<'a, Vec<Result<IdPage>>> {
        Box::pin(pages::find(&self.pool, read, values))
    }

    fn scan<'a>(&'a self, scan: &'a KeyScan, ranges: &'a [KeyRange]) -> Answering<'a, Vec<Result<KeyPage>>> {
        Box::pin(pages::scan(&self.pool, scan, ranges))
    }

    fn browse(&self, node_type: NodeType, after: Option<NodeId>, first: u32) -> Answering<'_, Result<NodePage>> {
        Box::pin(reads::browse(&self.pool, node_type, after, first))
    }

    fn list_edges(&self, edge: EdgeType, after: Option<EdgeKey>, first: u32) -> Answering<'_, Result<Vec<EdgeRow>>> {
        Box::pin(listing::edges(&self.pool, edge, after, first))
    }

    fn list_counts(
        &self,
        edge: EdgeType,
        after: Option<NodeId>,
        first: u32,
    ) -> Answering<'_, Result<Vec<(NodeId, i64)>>> {
        Box::pin(listing::counts(&self.pool, edge, after, first))
    }

    fn list_claims(&self, index: IndexId, after: Option<IndexKey>, first: u32) -> Answering<'_, Result<Vec<ClaimRow>>> {
        Box::pin(async move { listing::claims(&self.pool, index, after.as_ref(), first).await })
    }

    fn claims_of<'a>(&'a self, index: IndexId, values: &'a [IndexKey]) -> Answering<'a, Vec<Result<Option<ClaimRow>>>> {
        Box::pin(listing::claims_of(&self.pool, index, values))
    }

    fn tallies<'a>(&'a self, edge: EdgeType, from: &'a [NodeId]) -> Answering<'a, Vec<Result<Tally>>> {
        Box::pin(pages::tallies(&self.pool, edge, from))
    }

    fn tombstones<'a>(&'a self, ids: &'a [NodeId]) -> Answering<'a, Vec<Result<Option<Tombstone>>>> {
        Box::pin(nodes::tombstones(&self.pool, ids))
    }

    fn census(&self) -> Answering<'_, Result<Census>> {
        Box::pin(census::census(&self.pool))
    }

    fn recount(&self, counts: Vec<(EdgeType, NodeId)>) -> Answering<'_, Result<()>> {
        Box::pin(async move {
            let works = counts.into_iter().map(|(edge, from)| Recounting(edge, from)).collect();
            self.transact_each(works).await.into_iter().collect()
        })
    }

    fn write<'a>(&'a self, place: &'a Place, writes: Vec<NodeWrite>) -> Answering<'a, Vec<Result<Outcome>>> {
        Box::pin(self.line.write(place, writes))
    }

    fn write_together<'a>(&'a self, place: &'a Place, writes: Vec<NodeWrite>) -> Answering<'a, Result<Vec<Outcome>>> {
        Box::pin(async move {
            let mut writing = Writing::together(self.line.marks(), place, &writes);
            self.pool.transact(&mut writing).await.map(outcomes)
        })
    }

    fn edge_rows(
        &self,
        edge: EdgeType,
        after: Option<(NodeId, NodeId)>,
        first: u32,
    ) -> Answering<'_, Result<Vec<(NodeId, NodeId)>>> {
        Box::pin(listing::edge_rows(&self.pool, edge, after, first))
    }

    fn recorded<'a>(&'a self, writes: &'a [WriteId]) -> Answering<'a, Vec<Result<Option<Outcome>>>> {
        Box::pin(reads::recorded(&self.pool, writes))
    }

    fn apply(&self, deliveries: Vec<Delivery>) -> Answering<'_, Vec<Result<()>>> {
        Box::pin(self.transact_each(deliveries.into_iter().map(Delivering).collect()))
    }

    fn intents(&self, after: Option<NodeId>, first: u32) -> Answering<'_, Result<IntentPage>> {
        Box::pin(intents::page(&self.pool, after, first))
    }

    fn settle(&self, applied: Vec<(NodeId, u64)>) -> Answering<'_, Result<()>> {
        Box::pin(self.pool.transact(Settling(applied)))
    }

    fn claim(&self, claims: Vec<Claim>) -> Answering<'_, Vec<Result<Claimed>>> {
        Box::pin(self.transact_each(claims.into_iter().map(Claiming).collect()))
    }

    fn release(&self, claims: Vec<Claim>) -> Answering<'_, Result<()>> {
        Box::pin(self.pool.transact(Releasing(claims)))
    }

    fn void(&self, nonces: Vec<Nonce>) -> Answering<'_, Result<Vec<bool>>> {
        Box::pin(self.pool.transact(Voiding(nonces)))
    }

    fn prune(&self, what: Prunable, before: Timestamp, page: PrunePage) -> Answering<'_, Result<Pruned>> {
        Box::pin(async move { prune::prune(&self.pool, what, before, &page).await })
    }

    fn meta(&self) -> Answering<'_, Result<BTreeMap<String, Props>>> {
        Box::pin(meta::read(&self.pool))
    }

    fn put_meta(&self, entries: BTreeMap<String, Props>) -> Answering<'_, Result<()>> {
        Box::pin(self.pool.transact(Putting(entries)))
    }

    fn close(&self) -> Answering<'_, Result<()>> {
        Box::pin(async {
            self.pool.close().await;
            Ok(())
        })
    }
}
