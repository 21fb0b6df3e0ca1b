//! An engine that fails, hangs and lies on demand, around one that does not.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kvetch::{
    Answering, Claim, Claimed, Delivery, EdgePage, EdgeRead, EdgeType, Error, IdPage, IndexKey, IndexRead, Intent,
    Kvetch, Node, NodeId, NodePage, NodeType, NodeWrite, Nonce, Outcome, Place, Props, ReadKind, Result, Shard,
    StoreUrl, Timestamp, WriteId, shards_at,
};

use crate::fixture::schema;

/// What goes wrong on a shard, from now on.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    pub(crate) apply_fails: AtomicBool,
    pub(crate) nodes_hang: AtomicBool,
    pub(crate) writes_hang: AtomicBool,
    pub(crate) attempts_look_old: AtomicBool,
}

#[derive(Debug)]
struct Faulty {
    inner: Arc<dyn Shard>,
    faults: Arc<Faults>,
}

/// A store whose shards fail as its faults say, one set for each shard.
pub(crate) async fn faulty(url: &StoreUrl) -> (Kvetch, Vec<Arc<Faults>>) {
    let shards = shards_at(std::slice::from_ref(url)).await.expect("the shards open");
    let faults: Vec<Arc<Faults>> = shards.iter().map(|_| Arc::default()).collect();
    let wrap = |(inner, faults): (Arc<dyn Shard>, &Arc<Faults>)| {
        Arc::new(Faulty { inner, faults: faults.clone() }) as Arc<dyn Shard>
    };
    let shards = shards.into_iter().zip(&faults).map(wrap).collect();
    (Kvetch::open_shards(shards, schema()).await.expect("the store opens"), faults)
}

impl Shard for Faulty {
    fn keys_per_statement(&self, kind: ReadKind) -> usize {
        self.inner.keys_per_statement(kind)
    }

    fn nodes<'a>(&'a self, ids: &'a [NodeId]) -> Answering<'a, Vec<Result<Option<Node>>>> {
        if self.faults.nodes_hang.load(Ordering::SeqCst) {
            return Box::pin(pending());
        }
        self.inner.nodes(ids)
    }

    fn edges<'a>(&'a self, read: &'a EdgeRead, from: &'a [NodeId]) -> Answering<'a, Vec<Result<EdgePage>>> {
        self.inner.edges(read, from)
    }

    fn counts<'a>(&'a self, edge: EdgeType, from: &'a [NodeId]) -> Answering<'a, Vec<Result<u64>>> {
        self.inner.counts(edge, from)
    }

    fn find<'a>(&'a self, read: &'a IndexRead, values: &'a [IndexKey]) -> Answering<'a, Vec<Result<IdPage>>> {
        self.inner.find(read, values)
    }

    fn browse(&self, node_type: NodeType, after: Option<NodeId>, first: u32) -> Answering<'_, Result<NodePage>> {
        self.inner.browse(node_type, after, first)
    }

    fn write<'a>(&'a self, place: &'a Place, writes: Vec<NodeWrite>) -> Answering<'a, Vec<Result<Outcome>>> {
        if self.faults.writes_hang.load(Ordering::SeqCst) {
            return Box::pin(pending());
        }
        self.inner.write(place, writes)
    }

    fn recorded<'a>(&'a self, writes: &'a [WriteId]) -> Answering<'a, Vec<Result<Option<Outcome>>>> {
        self.inner.recorded(writes)
    }

    fn apply(&self, deliveries: Vec<Delivery>) -> Answering<'_, Vec<Result<()>>> {
        if self.faults.apply_fails.load(Ordering::SeqCst) {
            let failed = Error::Unavailable { reason: "the shard is down".into() };
            return Box::pin(async move { deliveries.iter().map(|_| Err(failed.clone())).collect() });
        }
        self.inner.apply(deliveries)
    }

    fn intents(&self, after: Option<NodeId>, first: u32) -> Answering<'_, Result<Vec<Intent>>> {
        self.inner.intents(after, first)
    }

    fn settle(&self, applied: Vec<(NodeId, u64)>) -> Answering<'_, Result<()>> {
        self.inner.settle(applied)
    }

    fn claim(&self, claims: Vec<Claim>) -> Answering<'_, Vec<Result<Claimed>>> {
        let old = self.faults.attempts_look_old.load(Ordering::SeqCst);
        Box::pin(async move {
            let mut claimed = self.inner.claim(claims).await;
            for claimed in claimed.iter_mut().flatten() {
                if let (true, Claimed::Pending { since, .. }) = (old, claimed) {
                    *since = Timestamp(0);
                }
            }
            claimed
        })
    }

    fn release(&self, claims: Vec<Claim>) -> Answering<'_, Result<()>> {
        self.inner.release(claims)
    }

    fn void(&self, nonces: Vec<Nonce>) -> Answering<'_, Result<Vec<bool>>> {
        self.inner.void(nonces)
    }

    fn meta(&self) -> Answering<'_, Result<BTreeMap<String, Props>>> {
        self.inner.meta()
    }

    fn put_meta(&self, entries: BTreeMap<String, Props>) -> Answering<'_, Result<()>> {
        self.inner.put_meta(entries)
    }

    fn close(&self) -> Answering<'_, Result<()>> {
        self.inner.close()
    }
}
