//! An engine whose reads wait at a gate after they have read, so that a test can hold them back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kvetch::{
    Answering, Claim, Claimed, Delivery, EdgePage, EdgeRead, EdgeType, IdPage, IndexKey, IndexRead, Intent, Node,
    NodeId, NodePage, NodeType, NodeWrite, Nonce, Outcome, Place, Props, ReadKind, Result, Shard, WriteId,
};
use tokio::sync::{Notify, Semaphore};

/// What slows a shard's reads down. They read first and then wait for the gate.
#[derive(Debug)]
pub(crate) struct Gates {
    /// Where reads of nodes wait.
    pub(crate) nodes: Semaphore,
    /// Where pages wait.
    pub(crate) browse: Semaphore,
    /// Told of each read that arrives at its gate.
    pub(crate) has_read: Notify,
    /// Whether an open gate still delays at random.
    pub(crate) jitter: Option<std::sync::Mutex<fastrand::Rng>>,
}

#[derive(Debug)]
pub(crate) struct Gated {
    /// The engine.
    pub(crate) inner: Arc<dyn Shard>,
    /// Its gates.
    pub(crate) gates: Arc<Gates>,
}

async fn pass(gate: &Semaphore, gates: &Gates) {
    gates.has_read.notify_one();
    let _open = gate.acquire().await;
    if let Some(random) = &gates.jitter {
        let (yields, micros) = {
            let mut random = random.lock().expect("no test panics with the lock");
            (random.u32(..6), if random.u8(..4) == 0 { random.u64(..300) } else { 0 })
        };
        for _ in 0..yields {
            tokio::task::yield_now().await;
        }
        tokio::time::sleep(Duration::from_micros(micros)).await;
    }
}

impl Shard for Gated {
    fn keys_per_statement(&self, kind: ReadKind) -> usize {
        self.inner.keys_per_statement(kind)
    }

    fn nodes<'a>(&'a self, ids: &'a [NodeId]) -> Answering<'a, Vec<Result<Option<Node>>>> {
        Box::pin(async move {
            let answer = self.inner.nodes(ids).await;
            pass(&self.gates.nodes, &self.gates).await;
            answer
        })
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
        Box::pin(async move {
            let answer = self.inner.browse(node_type, after, first).await;
            pass(&self.gates.browse, &self.gates).await;
            answer
        })
    }

    fn write<'a>(&'a self, place: &'a Place, writes: Vec<NodeWrite>) -> Answering<'a, Vec<Result<Outcome>>> {
        self.inner.write(place, writes)
    }

    fn recorded<'a>(&'a self, writes: &'a [WriteId]) -> Answering<'a, Vec<Result<Option<Outcome>>>> {
        self.inner.recorded(writes)
    }

    fn apply(&self, deliveries: Vec<Delivery>) -> Answering<'_, Vec<Result<()>>> {
        self.inner.apply(deliveries)
    }

    fn intents(&self, after: Option<NodeId>, first: u32) -> Answering<'_, Result<Vec<Intent>>> {
        self.inner.intents(after, first)
    }

    fn settle(&self, applied: Vec<(NodeId, u64)>) -> Answering<'_, Result<()>> {
        self.inner.settle(applied)
    }

    fn claim(&self, claims: Vec<Claim>) -> Answering<'_, Vec<Result<Claimed>>> {
        self.inner.claim(claims)
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
