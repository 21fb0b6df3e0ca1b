//! Engines around engines.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

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

/// What stands between a store and an engine. Each method has the name of one of [`Shard`] and calls
/// that of the engine, unless it is written otherwise.
#[expect(missing_docs, reason = "each method is that of `Shard` with the same name")]
pub trait Layer: Send + Sync + fmt::Debug {
    fn nodes<'a>(&'a self, inner: &'a dyn Shard, ids: &'a [NodeId]) -> Answering<'a, Vec<Result<Option<Node>>>> {
        inner.nodes(ids)
    }

    fn edges<'a>(
        &'a self,
        inner: &'a dyn Shard,
        read: &'a EdgeRead,
        from: &'a [NodeId],
    ) -> Answering<'a, Vec<Result<EdgePage>>> {
        inner.edges(read, from)
    }

    fn edge<'a>(
        &'a self,
        inner: &'a dyn Shard,
        edge: EdgeType,
        from: NodeId,
        to: &'a [NodeId],
    ) -> Answering<'a, Vec<Result<Option<Edge>>>> {
        inner.edge(edge, from, to)
    }

    fn scan<'a>(
        &'a self,
        inner: &'a dyn Shard,
        scan: &'a KeyScan,
        ranges: &'a [KeyRange],
    ) -> Answering<'a, Vec<Result<KeyPage>>> {
        inner.scan(scan, ranges)
    }

    fn counts<'a>(
        &'a self,
        inner: &'a dyn Shard,
        edge: EdgeType,
        from: &'a [NodeId],
    ) -> Answering<'a, Vec<Result<u64>>> {
        inner.counts(edge, from)
    }

    fn find<'a>(
        &'a self,
        inner: &'a dyn Shard,
        read: &'a IndexRead,
        values: &'a [IndexKey],
    ) -> Answering<'a, Vec<Result<IdPage>>> {
        inner.find(read, values)
    }

    fn browse<'a>(
        &'a self,
        inner: &'a dyn Shard,
        node_type: NodeType,
        after: Option<NodeId>,
        first: u32,
    ) -> Answering<'a, Result<NodePage>> {
        inner.browse(node_type, after, first)
    }

    fn list_edges<'a>(
        &'a self,
        inner: &'a dyn Shard,
        edge: EdgeType,
        after: Option<EdgeKey>,
        first: u32,
    ) -> Answering<'a, Result<Vec<EdgeRow>>> {
        inner.list_edges(edge, after, first)
    }

    fn list_counts<'a>(
        &'a self,
        inner: &'a dyn Shard,
        edge: EdgeType,
        after: Option<NodeId>,
        first: u32,
    ) -> Answering<'a, Result<Vec<(NodeId, i64)>>> {
        inner.list_counts(edge, after, first)
    }

    fn list_claims<'a>(
        &'a self,
        inner: &'a dyn Shard,
        index: IndexId,
        after: Option<IndexKey>,
        first: u32,
    ) -> Answering<'a, Result<Vec<ClaimRow>>> {
        inner.list_claims(index, after, first)
    }

    fn claims_of<'a>(
        &'a self,
        inner: &'a dyn Shard,
        index: IndexId,
        values: &'a [IndexKey],
    ) -> Answering<'a, Vec<Result<Option<ClaimRow>>>> {
        inner.claims_of(index, values)
    }

    fn tallies<'a>(
        &'a self,
        inner: &'a dyn Shard,
        edge: EdgeType,
        from: &'a [NodeId],
    ) -> Answering<'a, Vec<Result<Tally>>> {
        inner.tallies(edge, from)
    }

    fn tombstones<'a>(
        &'a self,
        inner: &'a dyn Shard,
        ids: &'a [NodeId],
    ) -> Answering<'a, Vec<Result<Option<Tombstone>>>> {
        inner.tombstones(ids)
    }

    fn census<'a>(&'a self, inner: &'a dyn Shard) -> Answering<'a, Result<Census>> {
        inner.census()
    }

    fn recount<'a>(&'a self, inner: &'a dyn Shard, counts: Vec<(EdgeType, NodeId)>) -> Answering<'a, Result<()>> {
        inner.recount(counts)
    }

    fn write<'a>(
        &'a self,
        inner: &'a dyn Shard,
        place: &'a Place,
        writes: Vec<NodeWrite>,
    ) -> Answering<'a, Vec<Result<Outcome>>> {
        inner.write(place, writes)
    }

    fn write_together<'a>(
        &'a self,
        inner: &'a dyn Shard,
        place: &'a Place,
        writes: Vec<NodeWrite>,
    ) -> Answering<'a, Result<Vec<Outcome>>> {
        inner.write_together(place, writes)
    }

    fn edge_rows<'a>(
        &'a self,
        inner: &'a dyn Shard,
        edge: EdgeType,
        after: Option<(NodeId, NodeId)>,
        first: u32,
    ) -> Answering<'a, Result<Vec<(NodeId, NodeId)>>> {
        inner.edge_rows(edge, after, first)
    }

    fn recorded<'a>(
        &'a self,
        inner: &'a dyn Shard,
        writes: &'a [WriteId],
    ) -> Answering<'a, Vec<Result<Option<Outcome>>>> {
        inner.recorded(writes)
    }

    fn apply<'a>(&'a self, inner: &'a dyn Shard, deliveries: Vec<Delivery>) -> Answering<'a, Vec<Result<()>>> {
        inner.apply(deliveries)
    }

    fn intents<'a>(
        &'a self,
        inner: &'a dyn Shard,
        after: Option<NodeId>,
        first: u32,
    ) -> Answering<'a, Result<IntentPage>> {
        inner.intents(after, first)
    }

    fn settle<'a>(&'a self, inner: &'a dyn Shard, applied: Vec<(NodeId, u64)>) -> Answering<'a, Result<()>> {
        inner.settle(applied)
    }

    fn claim<'a>(&'a self, inner: &'a dyn Shard, claims: Vec<Claim>) -> Answering<'a, Vec<Result<Claimed>>> {
        inner.claim(claims)
    }

    fn release<'a>(&'a self, inner: &'a dyn Shard, claims: Vec<Claim>) -> Answering<'a, Result<()>> {
        inner.release(claims)
    }

    fn void<'a>(&'a self, inner: &'a dyn Shard, nonces: Vec<Nonce>) -> Answering<'a, Result<Vec<bool>>> {
        inner.void(nonces)
    }

    fn prune<'a>(
        &'a self,
        inner: &'a dyn Shard,
        what: Prunable,
        before: Timestamp,
        page: PrunePage,
    ) -> Answering<'a, Result<Pruned>> {
        inner.prune(what, before, page)
    }

    fn meta<'a>(&'a self, inner: &'a dyn Shard) -> Answering<'a, Result<BTreeMap<String, Props>>> {
        inner.meta()
    }

    fn put_meta<'a>(&'a self, inner: &'a dyn Shard, entries: BTreeMap<String, Props>) -> Answering<'a, Result<()>> {
        inner.put_meta(entries)
    }

    fn close<'a>(&'a self, inner: &'a dyn Shard) -> Answering<'a, Result<()>> {
        inner.close()
    }
}

/// An engine with a layer around it.
#[derive(Debug)]
pub struct Layered<L> {
    inner: Arc<dyn Shard>,
    layer: Arc<L>,
}

impl<L: Layer + 'static> Layered<L> {
    /// Puts a layer around an engine.
    pub fn around(inner: Arc<dyn Shard>, layer: Arc<L>) -> Arc<dyn Shard> {
        Arc::new(Self { inner, layer })
    }
}

impl<L: Layer> Shard for Layered<L> {
    fn keys_per_statement(&self, kind: ReadKind) -> usize {
        self.inner.keys_per_statement(kind)
    }

    fn nodes<'a>(&'a self, ids: &'a [NodeId]) -> Answering<'a, Vec<Result<Option<Node>>>> {
        self.layer.nodes(&*self.inner, ids)
    }

    fn edges<'a>(&'a self, read: &'a EdgeRead, from: &'a [NodeId]) -> Answering<'a, Vec<Result<EdgePage>>> {
        self.layer.edges(&*self.inner, read, from)
    }

    fn edge<'a>(&'a self, edge: EdgeType, from: NodeId, to: &'a [NodeId]) -> Answering<'a, Vec<Result<Option<Edge>>>> {
        self.layer.edge(&*self.inner, edge, from, to)
    }

    fn scan<'a>(&'a self, scan: &'a KeyScan, ranges: &'a [KeyRange]) -> Answering<'a, Vec<Result<KeyPage>>> {
        self.layer.scan(&*self.inner, scan, ranges)
    }

    fn counts<'a>(&'a self, edge: EdgeType, from: &'a [NodeId]) -> Answering<'a, Vec<Result<u64>>> {
        self.layer.counts(&*self.inner, edge, from)
    }

    fn find<'a>(&'a self, read: &'a IndexRead, values: &'a [IndexKey]) -> Answering<'a, Vec<Result<IdPage>>> {
        self.layer.find(&*self.inner, read, values)
    }

    fn browse(&self, node_type: NodeType, after: Option<NodeId>, first: u32) -> Answering<'_, Result<NodePage>> {
        self.layer.browse(&*self.inner, node_type, after, first)
    }

    fn list_edges(&self, edge: EdgeType, after: Option<EdgeKey>, first: u32) -> Answering<'_, Result<Vec<EdgeRow>>> {
        self.layer.list_edges(&*self.inner, edge, after, first)
    }

    fn list_counts(
        &self,
        edge: EdgeType,
        after: Option<NodeId>,
        first: u32,
    ) -> Answering<'_, Result<Vec<(NodeId, i64)>>> {
        self.layer.list_counts(&*self.inner, edge, after, first)
    }

    fn list_claims(&self, index: IndexId, after: Option<IndexKey>, first: u32) -> Answering<'_, Result<Vec<ClaimRow>>> {
        self.layer.list_claims(&*self.inner, index, after, first)
    }

    fn claims_of<'a>(&'a self, index: IndexId, values: &'a [IndexKey]) -> Answering<'a, Vec<Result<Option<ClaimRow>>>> {
        self.layer.claims_of(&*self.inner, index, values)
    }

    fn tallies<'a>(&'a self, edge: EdgeType, from: &'a [NodeId]) -> Answering<'a, Vec<Result<Tally>>> {
        self.layer.tallies(&*self.inner, edge, from)
    }

    fn tombstones<'a>(&'a self, ids: &'a [NodeId]) -> Answering<'a, Vec<Result<Option<Tombstone>>>> {
        self.layer.tombstones(&*self.inner, ids)
    }

    fn census(&self) -> Answering<'_, Result<Census>> {
        self.layer.census(&*self.inner)
    }

    fn recount(&self, counts: Vec<(EdgeType, NodeId)>) -> Answering<'_, Result<()>> {
        self.layer.recount(&*self.inner, counts)
    }

    fn write<'a>(&'a self, place: &'a Place, writes: Vec<NodeWrite>) -> Answering<'a, Vec<Result<Outcome>>> {
        self.layer.write(&*self.inner, place, writes)
    }

    fn write_together<'a>(&'a self, place: &'a Place, writes: Vec<NodeWrite>) -> Answering<'a, Result<Vec<Outcome>>> {
        self.layer.write_together(&*self.inner, place, writes)
    }

    fn edge_rows(
        &self,
        edge: EdgeType,
        after: Option<(NodeId, NodeId)>,
        first: u32,
    ) -> Answering<'_, Result<Vec<(NodeId, NodeId)>>> {
        self.layer.edge_rows(&*self.inner, edge, after, first)
    }

    fn recorded<'a>(&'a self, writes: &'a [WriteId]) -> Answering<'a, Vec<Result<Option<Outcome>>>> {
        self.layer.recorded(&*self.inner, writes)
    }

    fn apply(&self, deliveries: Vec<Delivery>) -> Answering<'_, Vec<Result<()>>> {
        self.layer.apply(&*self.inner, deliveries)
    }

    fn intents(&self, after: Option<NodeId>, first: u32) -> Answering<'_, Result<IntentPage>> {
        self.layer.intents(&*self.inner, after, first)
    }

    fn settle(&self, applied: Vec<(NodeId, u64)>) -> Answering<'_, Result<()>> {
        self.layer.settle(&*self.inner, applied)
    }

    fn claim(&self, claims: Vec<Claim>) -> Answering<'_, Vec<Result<Claimed>>> {
        self.layer.claim(&*self.inner, claims)
    }

    fn release(&self, claims: Vec<Claim>) -> Answering<'_, Result<()>> {
        self.layer.release(&*self.inner, claims)
    }

    fn void(&self, nonces: Vec<Nonce>) -> Answering<'_, Result<Vec<bool>>> {
        self.layer.void(&*self.inner, nonces)
    }

    fn prune(&self, what: Prunable, before: Timestamp, page: PrunePage) -> Answering<'_, Result<Pruned>> {
        self.layer.prune(&*self.inner, what, before, page)
    }

    fn meta(&self) -> Answering<'_, Result<BTreeMap<String, Props>>> {
        self.layer.meta(&*self.inner)
    }

    fn put_meta(&self, entries: BTreeMap<String, Props>) -> Answering<'_, Result<()>> {
        self.layer.put_meta(&*self.inner, entries)
    }

    fn close(&self) -> Answering<'_, Result<()>> {
        self.layer.close(&*self.inner)
    }
}
