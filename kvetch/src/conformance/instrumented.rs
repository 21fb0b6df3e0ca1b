//! An engine that keeps a record of what is asked of it, and fails, waits or hangs on demand.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::id::{EdgeType, IndexId, NodeId, NodeType, Nonce, Timestamp, WriteId};
use crate::index_key::{IndexKey, KeyRange};
use crate::listing::{Census, ClaimRow, EdgeKey, EdgeRow, Tally, Tombstone};
use crate::node::Node;
use crate::read::{Edge, EdgePage, EdgeRead, IdPage, IndexRead, KeyPage, KeyScan, NodePage};
use crate::shard::{
    Answering, Claim, Claimed, Delivery, IntentPage, NodeWrite, Outcome, Place, Prunable, PrunePage, Pruned, Shard,
};
use crate::value::Props;

use super::layer::Layer;

/// The calls of an engine, as [`crate::Shard`] names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the method of `Shard` with the same name")]
pub enum Call {
    Nodes,
    Edges,
    Edge,
    Scan,
    Counts,
    Find,
    Browse,
    ListEdges,
    ListCounts,
    ListClaims,
    ClaimsOf,
    Tallies,
    Tombstones,
    Census,
    Recount,
    Write,
    WriteTogether,
    EdgeRows,
    Recorded,
    Apply,
    Intents,
    Settle,
    Claim,
    Release,
    Void,
    Prune,
    Meta,
    PutMeta,
    Close,
}

/// What happens to a call from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is not made, and fails.
    Fails,
    /// It is made, and its answer is lost.
    LosesAnswer,
    /// It is made after a wait.
    Delayed(Duration),
    /// It is not made, and never answered.
    Hangs,
}

/// A layer that keeps a record and injects faults. It is told what to do while it is in use.
#[derive(Debug, Default)]
pub struct Instrumented(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    calls: Vec<(Call, usize)>,
    faults: BTreeMap<Call, Fault>,
    attempts_look_old: bool,
}

impl Instrumented {
    /// From now on this happens to calls of this kind.
    pub fn inject(&self, call: Call, fault: Fault) {
        self.state().faults.insert(call, fault);
    }

    /// From now on calls go through as they are.
    pub fn heal(&self) {
        self.state().faults.clear();
    }

    /// From now on every attempt to claim a value looks as if it was made long ago.
    pub fn age_attempts(&self) {
        self.state().attempts_look_old = true;
    }

    /// The calls since it was last asked, in their order, with the number of keys of each.
    pub fn take_calls(&self) -> Vec<(Call, usize)> {
        std::mem::take(&mut self.state().calls)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a call, or what the faults make of it.
    fn meddle<'a, T: Send + 'a>(
        &self,
        call: Call,
        keys: usize,
        made: Answering<'a, T>,
        failed: impl FnOnce(Error) -> T + Send + 'a,
    ) -> Answering<'a, T> {
        let fault = {
            let mut state = self.state();
            state.calls.push((call, keys));
            state.faults.get(&call).cloned()
        };
        match fault {
            None => made,
            Some(Fault::Hangs) => Box::pin(pending()),
            Some(Fault::Fails) => Box::pin(async move { failed(Error::unavailable("the shard is down")) }),
            Some(Fault::Delayed(time)) => Box::pin(async move {
                tokio::time::sleep(time).await;
                made.await
            }),
            Some(Fault::LosesAnswer) => Box::pin(async move {
                drop(made.await);
                failed(Error::unavailable("the connection was lost"))
            }),
        }
    }
}

/// The same error for each of some keys.
fn each<T>(keys: usize) -> impl FnOnce(Error) -> Vec<Result<T>> {
    move |error| (0..keys).map(|_| Err(error.clone())).collect()
}

impl Layer for Instrumented {
    fn nodes<'a>(&'a self, inner: &'a dyn Shard, ids: &'a [NodeId]) -> Answering<'a, Vec<Result<Option<Node>>>> {
        let keys = ids.len();
        self.meddle(Call::Nodes, keys, inner.nodes(ids), each(keys))
    }

    fn edges<'a>(
        &'a self,
        inner: &'a dyn Shard,
        read: &'a EdgeRead,
        from: &'a [NodeId],
    ) -> Answering<'a, Vec<Result<EdgePage>>> {
        let keys = from.len();
        self.meddle(Call::Edges, keys, inner.edges(read, from), each(keys))
    }

    fn edge<'a>(
        &'a self,
        inner: &'a dyn Shard,
        edge: EdgeType,
        from: NodeId,
        to: &'a [NodeId],
    ) -> Answering<'a, Vec<Result<Option<Edge>>>> {
        let keys = to.len();
        self.meddle(Call::Edge, keys, inner.edge(edge, from, to), each(keys))
    }

    fn scan<'a>(
        &'a self,
        inner: &'a dyn Shard,
        scan: &'a KeyScan,
        ranges: &'a [KeyRange],
    ) -> Answering<'a, Vec<Result<KeyPage>>> {
        let keys = ranges.len();
        self.meddle(Call::Scan, keys, inner.scan(scan, ranges), each(keys))
    }

    fn counts<'a>(
        &'a self,
        inner: &'a dyn Shard,
        edge: EdgeType,
        from: &'a [NodeId],
    ) -> Answering<'a, Vec<Result<u64>>> {
        let keys = from.len();
        self.meddle(Call::Counts, keys, inner.counts(edge, from), each(keys))
    }

    fn find<'a>(
        &'a self,
        inner: &'a dyn Shard,
        read: &'a IndexRead,
        values: &'a [IndexKey],
    ) -> Answering<'a, Vec<Result<IdPage>>> {
        let keys = values.len();
        self.meddle(Call::Find, keys, inner.find(read, values), each(keys))
    }

    fn browse<'a>(
        &'a self,
        inner: &'a dyn Shard,
        node_type: NodeType,
        after: Option<NodeId>,
        first: u32,
    ) -> Answering<'a, Result<NodePage>> {
        self.meddle(Call::Browse, 1, inner.browse(node_type, after, first), Err)
    }

    fn list_edges<'a>(
        &'a self,
        inner: &'a dyn Shard,
        edge: EdgeType,
        after: Option<EdgeKey>,
        first: u32,
    ) -> Answering<'a, Result<Vec<EdgeRow>>> {
        self.meddle(Call::ListEdges, 1, inner.list_edges(edge, after, first), Err)
    }

    fn list_counts<'a>(
        &'a self,
        inner: &'a dyn Shard,
        edge: EdgeType,
        after: Option<NodeId>,
        first: u32,
    ) -> Answering<'a, Result<Vec<(NodeId, i64)>>> {
        self.meddle(Call::ListCounts, 1, inner.list_counts(edge, after, first), Err)
    }

    fn list_claims<'a>(
        &'a self,
        inner: &'a dyn Shard,
        index: IndexId,
        after: Option<IndexKey>,
        first: u32,
    ) -> Answering<'a, Result<Vec<ClaimRow>>> {
        self.meddle(Call::ListClaims, 1, inner.list_claims(index, after, first), Err)
    }

    fn claims_of<'a>(
        &'a self,
        inner: &'a dyn Shard,
        index: IndexId,
        values: &'a [IndexKey],
    ) -> Answering<'a, Vec<Result<Option<ClaimRow>>>> {
        let keys = values.len();
        self.meddle(Call::ClaimsOf, keys, inner.claims_of(index, values), each(keys))
    }

    fn tallies<'a>(
        &'a self,
        inner: &'a dyn Shard,
        edge: EdgeType,
        from: &'a [NodeId],
    ) -> Answering<'a, Vec<Result<Tally>>> {
        let keys = from.len();
        self.meddle(Call::Tallies, keys, inner.tallies(edge, from), each(keys))
    }

    fn tombstones<'a>(
        &'a self,
        inner: &'a dyn Shard,
        ids: &'a [NodeId],
    ) -> Answering<'a, Vec<Result<Option<Tombstone>>>> {
        let keys = ids.len();
        self.meddle(Call::Tombstones, keys, inner.tombstones(ids), each(keys))
    }

    fn census<'a>(&'a self, inner: &'a dyn Shard) -> Answering<'a, Result<Census>> {
        self.meddle(Call::Census, 1, inner.census(), Err)
    }

    fn recount<'a>(&'a self, inner: &'a dyn Shard, counts: Vec<(EdgeType, NodeId)>) -> Answering<'a, Result<()>> {
        self.meddle(Call::Recount, counts.len(), inner.recount(counts), Err)
    }

    fn write<'a>(
        &'a self,
        inner: &'a dyn Shard,
        place: &'a Place,
        writes: Vec<NodeWrite>,
    ) -> Answering<'a, Vec<Result<Outcome>>> {
        let keys = writes.len();
        self.meddle(Call::Write, keys, inner.write(place, writes), each(keys))
    }

    fn write_together<'a>(
        &'a self,
        inner: &'a dyn Shard,
        place: &'a Place,
        writes: Vec<NodeWrite>,
    ) -> Answering<'a, Result<Vec<Outcome>>> {
        self.meddle(Call::WriteTogether, writes.len(), inner.write_together(place, writes), Err)
    }

    fn edge_rows<'a>(
        &'a self,
        inner: &'a dyn Shard,
        edge: EdgeType,
        after: Option<(NodeId, NodeId)>,
        first: u32,
    ) -> Answering<'a, Result<Vec<(NodeId, NodeId)>>> {
        self.meddle(Call::EdgeRows, 1, inner.edge_rows(edge, after, first), Err)
    }

    fn recorded<'a>(
        &'a self,
        inner: &'a dyn Shard,
        writes: &'a [WriteId],
    ) -> Answering<'a, Vec<Result<Option<Outcome>>>> {
        let keys = writes.len();
        self.meddle(Call::Recorded, keys, inner.recorded(writes), each(keys))
    }

    fn apply<'a>(&'a self, inner: &'a dyn Shard, deliveries: Vec<Delivery>) -> Answering<'a, Vec<Result<()>>> {
        let keys = deliveries.len();
        self.meddle(Call::Apply, keys, inner.apply(deliveries), each(keys))
    }

    fn intents<'a>(
        &'a self,
        inner: &'a dyn Shard,
        after: Option<NodeId>,
        first: u32,
    ) -> Answering<'a, Result<IntentPage>> {
        self.meddle(Call::Intents, 1, inner.intents(after, first), Err)
    }

    fn settle<'a>(&'a self, inner: &'a dyn Shard, applied: Vec<(NodeId, u64)>) -> Answering<'a, Result<()>> {
        self.meddle(Call::Settle, applied.len(), inner.settle(applied), Err)
    }

    fn claim<'a>(&'a self, inner: &'a dyn Shard, claims: Vec<Claim>) -> Answering<'a, Vec<Result<Claimed>>> {
        let keys = claims.len();
        let old = self.state().attempts_look_old;
        let made = Box::pin(async move {
            let mut claimed = inner.claim(claims).await;
            for claimed in claimed.iter_mut().flatten() {
                if let (true, Claimed::Pending { since, .. }) = (old, claimed) {
                    *since = Timestamp(0);
                }
            }
            claimed
        });
        self.meddle(Call::Claim, keys, made, each(keys))
    }

    fn release<'a>(&'a self, inner: &'a dyn Shard, claims: Vec<Claim>) -> Answering<'a, Result<()>> {
        self.meddle(Call::Release, claims.len(), inner.release(claims), Err)
    }

    fn void<'a>(&'a self, inner: &'a dyn Shard, nonces: Vec<Nonce>) -> Answering<'a, Result<Vec<bool>>> {
        self.meddle(Call::Void, nonces.len(), inner.void(nonces), Err)
    }

    fn prune<'a>(
        &'a self,
        inner: &'a dyn Shard,
        what: Prunable,
        before: Timestamp,
        page: PrunePage,
    ) -> Answering<'a, Result<Pruned>> {
        self.meddle(Call::Prune, 1, inner.prune(what, before, page), Err)
    }

    fn meta<'a>(&'a self, inner: &'a dyn Shard) -> Answering<'a, Result<BTreeMap<String, Props>>> {
        self.meddle(Call::Meta, 1, inner.meta(), Err)
    }

    fn put_meta<'a>(&'a self, inner: &'a dyn Shard, entries: BTreeMap<String, Props>) -> Answering<'a, Result<()>> {
        self.meddle(Call::PutMeta, 1, inner.put_meta(entries), Err)
    }

    fn close<'a>(&'a self, inner: &'a dyn Shard) -> Answering<'a, Result<()>> {
        self.meddle(Call::Close, 1, inner.close(), Err)
    }
}
