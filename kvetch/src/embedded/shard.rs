//! One shard of the embedded engine.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::join_all;
use rusqlite::Connection;
use tokio::runtime::Handle;

use crate::error::{Error, Result};
use crate::id::{EdgeType, IndexId, NodeId, NodeType, Nonce, Timestamp, WriteId};
use crate::index_key::{IndexKey, KeyRange};
use crate::limits::{EMBEDDED_KEYS_PER_CHUNK, INLINE_KEYS_MAX, INLINE_ROWS_MAX};
use crate::listing::{Census, ClaimRow, EdgeKey, EdgeRow, Tally, Tombstone};
use crate::node::Node;
use crate::read::{Edge, EdgePage, EdgeRead, IdPage, IndexRead, KeyPage, KeyScan, NodePage};
use crate::shard::{
    Answering, Claim, Claimed, Delivery, IntentPage, NodeWrite, Outcome, Place, Prunable, PrunePage, Pruned, ReadKind,
    Shard,
};
use crate::value::Props;

use super::connections::Connections;
use super::writer::Writer;
use super::{census, claims, listing, meta, nodes, prune, reads, rows};

#[derive(Debug)]
pub(super) struct EmbeddedShard {
    connections: Connections,
    writer: Arc<Writer>,
    runtime: Handle,
}

impl EmbeddedShard {
    pub(super) fn start(connections: Connections, runtime: Handle) -> Result<Self> {
        let writer = Arc::new(Writer::start(connections.clone())?);
        Ok(Self { connections, writer, runtime })
    }

    /// Reads for many keys: a few on this thread, which is faster than handing them over, and many
    /// on another, where they hold nobody up.
    async fn read_many<K, T, W>(&self, keys: &[K], rows_per_key: u32, work: W) -> Vec<Result<T>>
    where
        K: Clone + Send + Sync + 'static,
        T: Send + 'static,
        W: FnOnce(&Connection, &[K]) -> Result<Vec<Result<T>>> + Send + 'static,
    {
        let rows = keys.len().saturating_mul(rows_per_key as usize);
        let answers = if keys.len() <= INLINE_KEYS_MAX && rows <= INLINE_ROWS_MAX {
            self.connections.read(|connection| work(connection, keys))
        } else {
            let keys = keys.to_vec();
            self.off_this_thread(move |connection| work(connection, &keys)).await
        };
        answers.unwrap_or_else(|error| keys.iter().map(|_| Err(error.clone())).collect())
    }

    async fn off_this_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let connections = self.connections.clone();
        let read = self.runtime.spawn_blocking(move || connections.read(work));
        read.await.unwrap_or_else(|error| Err(Error::Engine { reason: error.to_string().into() }))
    }
}

impl Shard for EmbeddedShard {
    fn keys_per_statement(&self, _kind: ReadKind) -> usize {
        EMBEDDED_KEYS_PER_CHUNK
    }

    fn nodes<'a>(&'a self, ids: &'a [NodeId]) -> Answering<'a, Vec<Result<Option<Node>>>> {
        Box::pin(self.read_many(ids, 1, reads::nodes))
    }

    fn edges<'a>(&'a self, read: &'a EdgeRead, from: &'a [NodeId]) -> Answering<'a, Vec<Result<EdgePage>>> {
        let page = read.clone();
        Box::pin(self.read_many(from, read.first, move |connection, from| reads::edges(connection, &page, from)))
    }

    fn edges_version(&self, edge: EdgeType, from: NodeId) -> Option<u64> {
        self.writer.lists().version(edge, from)
    }

    fn edge<'a>(&'a self, edge: EdgeType, from: NodeId, to: &'a [NodeId]) -> Answering<'a, Vec<Result<Option<Edge>>>> {
        Box::pin(self.read_many(to, 1, move |connection, to| {
            Ok(to.iter().map(|to| reads::edge_to(connection, edge, from, *to)).collect())
        }))
    }

    fn counts<'a>(&'a self, edge: EdgeType, from: &'a [NodeId]) -> Answering<'a, Vec<Result<u64>>> {
        Box::pin(self.read_many(from, 1, move |connection, from| reads::counts(connection, edge, from)))
    }

    fn find<'a>(&'a self, read: &'a IndexRead, values: &'a [IndexKey]) -> Answering<'a, Vec<Result<IdPage>>> {
        let page = read.clone();
        Box::pin(self.read_many(values, read.first, move |connection, values| reads::find(connection, &page, values)))
    }

    fn scan<'a>(&'a self, scan: &'a KeyScan, ranges: &'a [KeyRange]) -> Answering<'a, Vec<Result<KeyPage>>> {
        let page = scan.clone();
        Box::pin(self.read_many(ranges, scan.first, move |connection, ranges| reads::scan(connection, &page, ranges)))
    }

    fn browse(&self, node_type: NodeType, after: Option<NodeId>, first: u32) -> Answering<'_, Result<NodePage>> {
        let work = move |connection: &Connection| reads::browse(connection, node_type, after, first);
        Box::pin(async move {
            if first as usize <= INLINE_KEYS_MAX {
                self.connections.read(work)
            } else {
                self.off_this_thread(work).await
            }
        })
    }

    fn list_edges(&self, edge: EdgeType, after: Option<EdgeKey>, first: u32) -> Answering<'_, Result<Vec<EdgeRow>>> {
        Box::pin(self.off_this_thread(move |connection| listing::edges(connection, edge, after, first)))
    }

    fn list_counts(
        &self,
        edge: EdgeType,
        after: Option<NodeId>,
        first: u32,
    ) -> Answering<'_, Result<Vec<(NodeId, i64)>>> {
        Box::pin(self.off_this_thread(move |connection| listing::counts(connection, edge, after, first)))
    }

    fn list_claims(&self, index: IndexId, after: Option<IndexKey>, first: u32) -> Answering<'_, Result<Vec<ClaimRow>>> {
        Box::pin(self.off_this_thread(move |connection| listing::claims(connection, index, after.as_ref(), first)))
    }

    fn claims_of<'a>(&'a self, index: IndexId, values: &'a [IndexKey]) -> Answering<'a, Vec<Result<Option<ClaimRow>>>> {
        Box::pin(self.read_many(values, 1, move |connection, values| listing::claims_of(connection, index, values)))
    }

    fn tallies<'a>(&'a self, edge: EdgeType, from: &'a [NodeId]) -> Answering<'a, Vec<Result<Tally>>> {
        let from = from.to_vec();
        Box::pin(async move {
            let count = from.len();
            // A list may be long, so that never on the calling thread.
            let read = self.off_this_thread(move |connection| listing::tallies(connection, edge, &from)).await;
            read.unwrap_or_else(|error| vec![Err(error); count])
        })
    }

    fn tombstones<'a>(&'a self, ids: &'a [NodeId]) -> Answering<'a, Vec<Result<Option<Tombstone>>>> {
        Box::pin(self.read_many(ids, 1, |connection, ids| Ok(nodes::tombstones(connection, ids))))
    }

    fn census(&self) -> Answering<'_, Result<Census>> {
        Box::pin(self.off_this_thread(census::census))
    }

    fn recount(&self, counts: Vec<(EdgeType, NodeId)>) -> Answering<'_, Result<()>> {
        Box::pin(self.writer.write(move |connection| listing::recount(connection, &counts)))
    }

    fn write<'a>(&'a self, place: &'a Place, writes: Vec<NodeWrite>) -> Answering<'a, Vec<Result<Outcome>>> {
        let place = Arc::new(place.clone());
        Box::pin(join_all(writes.into_iter().map(move |write| {
            let place = place.clone();
            self.writer.write(move |connection| nodes::write(connection, &place, &write))
        })))
    }

    fn write_together<'a>(&'a self, place: &'a Place, writes: Vec<NodeWrite>) -> Answering<'a, Result<Vec<Outcome>>> {
        let place = place.clone();
        Box::pin(
            self.writer
                .write(move |connection| writes.iter().map(|write| nodes::write(connection, &place, write)).collect()),
        )
    }

    fn edge_rows(
        &self,
        edge: EdgeType,
        after: Option<(NodeId, NodeId)>,
        first: u32,
    ) -> Answering<'_, Result<Vec<(NodeId, NodeId)>>> {
        Box::pin(self.off_this_thread(move |connection| reads::edge_rows(connection, edge, after, first)))
    }

    fn recorded<'a>(&'a self, writes: &'a [WriteId]) -> Answering<'a, Vec<Result<Option<Outcome>>>> {
        Box::pin(self.read_many(writes, 1, |connection, writes| {
            Ok(writes.iter().map(|write| nodes::recorded(connection, *write)).collect())
        }))
    }

    fn apply(&self, deliveries: Vec<Delivery>) -> Answering<'_, Vec<Result<()>>> {
        Box::pin(join_all(
            deliveries
                .into_iter()
                .map(|delivery| self.writer.write(move |connection| rows::deliver(connection, &delivery))),
        ))
    }

    fn intents(&self, after: Option<NodeId>, first: u32) -> Answering<'_, Result<IntentPage>> {
        Box::pin(self.off_this_thread(move |connection| nodes::intents(connection, after, first)))
    }

    fn settle(&self, applied: Vec<(NodeId, u64)>) -> Answering<'_, Result<()>> {
        Box::pin(self.writer.write(move |connection| nodes::settle(connection, &applied)))
    }

    fn claim(&self, claims: Vec<Claim>) -> Answering<'_, Vec<Result<Claimed>>> {
        Box::pin(join_all(
            claims.into_iter().map(|claim| self.writer.write(move |connection| claims::claim(connection, &claim))),
        ))
    }

    fn release(&self, claims: Vec<Claim>) -> Answering<'_, Result<()>> {
        Box::pin(
            self.writer.write(move |connection| claims.iter().try_for_each(|claim| claims::release(connection, claim))),
        )
    }

    fn void(&self, nonces: Vec<Nonce>) -> Answering<'_, Result<Vec<bool>>> {
        Box::pin(
            self.writer.write(move |connection| nonces.iter().map(|nonce| claims::burn(connection, *nonce)).collect()),
        )
    }

    fn prune(&self, what: Prunable, before: Timestamp, page: PrunePage) -> Answering<'_, Result<Pruned>> {
        Box::pin(async move {
            let first = page.first;
            let records = self.off_this_thread(move |connection| prune::records(connection, what, &page)).await?;
            let last = records.last().filter(|_| records.len() >= first as usize).map(|record| record.place.clone());
            let old: Vec<_> = records.into_iter().filter(|record| record.is_before(before)).collect();
            if old.is_empty() {
                return Ok(Pruned { removed: 0, last });
            }
            let removed = self.writer.write(move |connection| prune::remove(connection, what, before, &old)).await?;
            Ok(Pruned { removed, last })
        })
    }

    fn meta(&self) -> Answering<'_, Result<BTreeMap<String, Props>>> {
        Box::pin(self.off_this_thread(meta::read))
    }

    fn put_meta(&self, entries: BTreeMap<String, Props>) -> Answering<'_, Result<()>> {
        Box::pin(self.writer.write(move |connection| meta::put(connection, &entries)))
    }

    fn close(&self) -> Answering<'_, Result<()>> {
        Box::pin(async {
            let writer = self.writer.clone();
            let closed = self.runtime.spawn_blocking(move || writer.close()).await;
            self.connections.release();
            closed.map_err(|error| Error::Engine { reason: error.to_string().into() })
        })
    }
}
