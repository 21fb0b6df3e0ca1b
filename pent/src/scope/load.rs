//! A load: the future of one batch of keys.

use std::future::Future;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use kvetch::{EdgePage, EdgeRead, EdgeType, IdPage, IndexRead, Node, NodeId, NodeType, Value};

use super::Shared;
use super::loader::{Asked, Loader, RoundNumber};
use super::queue::{BrowseKey, NodeListing, Queue};
use crate::error::{Error, Result};

/// A kind of read with its unary arguments: says which loader its keys belong to.
pub(crate) trait Kind: Unpin {
    type Key: Clone + Eq + Hash + Unpin;
    type Value: Clone;

    fn loader<'q>(&self, queue: &'q mut Queue) -> &'q mut Loader<Self::Key, Self::Value>;
}

/// Nodes by id.
pub(crate) struct Nodes;
/// Pages of edges by the node they start from.
pub(crate) struct Edges(pub(crate) EdgeRead);
/// Numbers of edges by the node they start from.
pub(crate) struct Counts(pub(crate) EdgeType);
/// Pages of ids by indexed value.
pub(crate) struct Finds(pub(crate) IndexRead);
/// Pages of nodes of a type.
pub(crate) struct Browses(pub(crate) NodeType);

impl Kind for Nodes {
    type Key = NodeId;
    type Value = Option<Arc<Node>>;

    fn loader<'q>(&self, queue: &'q mut Queue) -> &'q mut Loader<NodeId, Option<Arc<Node>>> {
        &mut queue.nodes
    }
}

impl Kind for Edges {
    type Key = NodeId;
    type Value = Arc<EdgePage>;

    fn loader<'q>(&self, queue: &'q mut Queue) -> &'q mut Loader<NodeId, Arc<EdgePage>> {
        queue.edges.loader(&self.0)
    }
}

impl Kind for Counts {
    type Key = NodeId;
    type Value = u64;

    fn loader<'q>(&self, queue: &'q mut Queue) -> &'q mut Loader<NodeId, u64> {
        queue.counts.loader(&self.0)
    }
}

impl Kind for Finds {
    type Key = Value;
    type Value = Arc<IdPage>;

    fn loader<'q>(&self, queue: &'q mut Queue) -> &'q mut Loader<Value, Arc<IdPage>> {
        queue.finds.loader(&self.0)
    }
}

impl Kind for Browses {
    type Key = BrowseKey;
    type Value = NodeListing;

    fn loader<'q>(&self, queue: &'q mut Queue) -> &'q mut Loader<BrowseKey, NodeListing> {
        queue.browses.loader(&self.0)
    }
}

/// One answer per key, in the order asked, with duplicates allowed.
///
/// It joins the queue when first polled. Dropped before its keys have left, it takes them back.
pub(crate) struct Load<K: Kind> {
    shared: Arc<Shared>,
    kind: K,
    keys: Vec<K::Key>,
    stage: Stage,
}

enum Stage {
    /// Not polled yet, or to be asked again.
    Fresh,
    /// Everything asked is known once this round is answered, unless a write intervenes.
    Waiting {
        round: RoundNumber,
        place: usize,
        /// Positions of keys that this load has put into the queue or joined there.
        queued: Vec<usize>,
    },
    Done,
}

impl<K: Kind> Load<K> {
    pub(crate) fn new(shared: Arc<Shared>, kind: K, keys: Vec<K::Key>) -> Self {
        Self { shared, kind, keys, stage: Stage::Fresh }
    }
}

impl<K: Kind> Future for Load<K> {
    type Output = Vec<Result<K::Value>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let mut queue = this.shared.lock();
        if let Stage::Waiting { round, place, .. } = &this.stage
            && queue.rewait(*round, *place, cx.waker())
        {
            return Poll::Pending;
        }
        if queue.ended {
            this.stage = Stage::Done;
            return Poll::Ready(
                this.keys.iter().map(|_| Err(Error::internal("a load after its scope ended"))).collect(),
            );
        }
        // A round is delivered as a whole, so waiting for the latest one that carries any of the keys is
        // waiting for all of them; should an earlier one still be open then, the next poll waits for it.
        let next_round = queue.next_round();
        let loader = this.kind.loader(&mut queue);
        let mut awaited = None;
        let mut queued = Vec::new();
        for (position, key) in this.keys.iter().enumerate() {
            match loader.ask(key) {
                Asked::Ready => {}
                Asked::Sent(round) => awaited = awaited.max(Some(round)),
                Asked::Queued => {
                    awaited = Some(next_round);
                    queued.push(position);
                }
            }
        }
        let Some(round) = awaited else {
            let answers = this.keys.iter().map(|key| loader.answer(key).cloned().expect("every key is ready"));
            let answers = answers.collect();
            this.stage = Stage::Done;
            return Poll::Ready(answers);
        };
        let place = queue.wait(round, cx.waker());
        let joined_queue = !queued.is_empty();
        this.stage = Stage::Waiting { round, place, queued };
        drop(queue);
        if joined_queue {
            this.shared.signal.nudge();
        }
        Poll::Pending
    }
}

impl<K: Kind> Drop for Load<K> {
    fn drop(&mut self) {
        let Stage::Waiting { round, place, queued } = &self.stage else { return };
        let mut queue = self.shared.lock();
        queue.leave(*round, *place);
        // What has left cannot be taken back: a slot that is queued again belongs to a later load.
        if *round == queue.next_round() {
            let loader = self.kind.loader(&mut queue);
            queued.iter().for_each(|position| loader.abandon(&self.keys[*position]));
        }
    }
}
