//! A layer whose reads wait at a gate after they have read, so that a test can hold them back.

use std::sync::Mutex;
use std::time::Duration;

use kvetch::conformance::Layer;
use kvetch::{Answering, Node, NodeId, NodePage, NodeType, Result, Shard};
use tokio::sync::{Notify, Semaphore};

/// What slows a shard's reads down.
#[derive(Debug)]
pub(crate) struct Gates {
    /// Where reads of nodes wait.
    pub(crate) nodes: Semaphore,
    /// Where pages wait.
    pub(crate) browse: Semaphore,
    /// Told of each read that arrives at its gate.
    pub(crate) has_read: Notify,
    /// Whether an open gate still delays at random.
    pub(crate) jitter: Option<Mutex<fastrand::Rng>>,
}

impl Layer for Gates {
    fn nodes<'a>(&'a self, inner: &'a dyn Shard, ids: &'a [NodeId]) -> Answering<'a, Vec<Result<Option<Node>>>> {
        Box::pin(async move {
            let answer = inner.nodes(ids).await;
            self.pass(&self.nodes).await;
            answer
        })
    }

    fn browse<'a>(
        &'a self,
        inner: &'a dyn Shard,
        node_type: NodeType,
        after: Option<NodeId>,
        first: u32,
    ) -> Answering<'a, Result<NodePage>> {
        Box::pin(async move {
            let answer = inner.browse(node_type, after, first).await;
            self.pass(&self.browse).await;
            answer
        })
    }
}

impl Gates {
    async fn pass(&self, gate: &Semaphore) {
        self.has_read.notify_one();
        let _open = gate.acquire().await;
        let Some(random) = &self.jitter else { return };
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
