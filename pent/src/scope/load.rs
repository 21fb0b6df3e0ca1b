//! A load: the future of one batch of keys.

use std::future::Future;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use kvetch::{EdgePage, EdgeRead, EdgeType, IdPage, IndexRead, Node, NodeId, NodeType, Value};

use super::Shared;
use super::loader::{Asked, Loader, RoundNumber};
use super::queue::{BrowseKey, NodeListing, Queue};
use super::waiting::Waiting;
use crate::error::{Error, Result};

/// A kind of read with its unary arguments: says which loader its keys belong to.
pub(crate) trait Kind: Unpin {
    type Key: Clone + Eq + Hash + Unpin;
    type Value: Clone;

    /// Does something with the loader and with those who wait for it, under the lock that guards both. Nothing when the
    /// scope has ended.
    fn with<T>(
        &self,
        shared: &Shared,
        work: impl FnOnce(&mut Loader<Self::Key, Self::Value>, &mut Waiting) -> T,
    ) -> Option<T>;
}

/// A kind of read from the store: all of these leave together, and are answered together.
pub(crate) trait StoreKind: Unpin {
    type Key: Clone + Eq + Hash + Unpin;
    type Value: Clone;

    fn loader<'q>(&self, queue: &'q mut Queue) -> (&'q mut Loader<Self::Key, Self::Value>, &'q mut Waiting);
}

impl<K: StoreKind> Kind for K {
    type Key = K::Key;
    type Value = K::Value;

    fn with<T>(
        &self,
        shared: &Shared,
        work: impl FnOnce(&mut Loader<K::Key, K::Value>, &mut Waiting) -> T,
    ) -> Option<T> {
        let mut queue = shared.lock();
        if queue.ended {
            return None;
        }
        let (loader, waiting) = self.loader(&mut queue);
        Some(work(loader, waiting))
    }
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

impl StoreKind for Nodes {
    type Key = NodeId;
    type Value = Option<Arc<Node>>;

    fn loader<'q>(&self, queue: &'q mut Queue) -> (&'q mut Loader<NodeId, Option<Arc<Node>>>, &'q mut Waiting) {
        (&mut queue.nodes, &mut queue.waiting)
    }
}

impl StoreKind for Edges {
    type Key = NodeId;
    type Value = Arc<EdgePage>;

    fn loader<'q>(&self, queue: &'q mut Queue) -> (&'q mut Loader<NodeId, Arc<EdgePage>>, &'q mut Waiting) {
        (queue.edges.loader(&self.0), &mut queue.waiting)
    }
}

impl StoreKind for Counts {
    type Key = NodeId;
    type Value = u64;

    fn loader<'q>(&self, queue: &'q mut Queue) -> (&'q mut Loader<NodeId, u64>, &'q mut Waiting) {
        (queue.counts.loader(&self.0), &mut queue.waiting)
    }
}

impl StoreKind for Finds {
    type Key = Value;
    type Value = Arc<IdPage>;

    fn loader<'q>(&self, queue: &'q mut Queue) -> (&'q mut Loader<Value, Arc<IdPage>>, &'q mut Waiting) {
        (queue.finds.loader(&self.0), &mut queue.waiting)
    }
}

impl StoreKind for Browses {
    type Key = BrowseKey;
    type Value = NodeListing;

    fn loader<'q>(&self, queue: &'q mut Queue) -> (&'q mut Loader<BrowseKey, NodeListing>, &'q mut Waiting) {
        (queue.browses.loader(&self.0), &mut queue.waiting)
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
        let Load { shared, kind, keys, stage } = this;
        match kind.with(shared, |loader, waiting| step(loader, waiting, keys, stage, cx.waker())) {
            Some(Step::Answered(answers)) => {
                *stage = Stage::Done;
                Poll::Ready(answers)
            }
            Some(Step::Waits { joined_queue }) => {
                if joined_queue {
                    shared.signal.nudge();
                }
                Poll::Pending
            }
            None => {
                *stage = Stage::Done;
                Poll::Ready(keys.iter().map(|_| Err(Error::internal("a load after its scope ended"))).collect())
            }
        }
    }
}

/// What a poll came to.
enum Step<V> {
    Answered(Vec<Result<V>>),
    Waits { joined_queue: bool },
}

fn step<K: Clone + Eq + Hash, V: Clone>(
    loader: &mut Loader<K, V>,
    waiting: &mut Waiting,
    keys: &[K],
    stage: &mut Stage,
    waker: &Waker,
) -> Step<V> {
    if let Stage::Waiting { round, place, .. } = stage
        && waiting.rewait(*round, *place, waker)
    {
        return Step::Waits { joined_queue: false };
    }
    // A round is delivered as a whole, so waiting for the latest one that carries any of the keys is
    // waiting for all of them; should an earlier one still be open then, the next poll waits for it.
    let next_round = waiting.next_round();
    let mut awaited = None;
    let mut queued = Vec::new();
    for (position, key) in keys.iter().enumerate() {
        match loader.ask(key) {
            Asked::Ready => {}
            Asked::Sent(round) => awaited = awaited.max(Some(round)),
            Asked::Queued => {
                awaited = Some(next_round);
                queued.push(position);
            }
        }
    }
    // What is asked for again, because its answer had become stale, counts again.
    loader.note_asked(if matches!(stage, Stage::Fresh) { keys.len() } else { queued.len() });
    let Some(round) = awaited else {
        let answers = keys.iter().map(|key| loader.answer(key).cloned().expect("every key is ready"));
        return Step::Answered(answers.collect());
    };
    let joined_queue = !queued.is_empty();
    *stage = Stage::Waiting { round, place: waiting.wait(round, waker), queued };
    Step::Waits { joined_queue }
}

impl<K: Kind> Drop for Load<K> {
    fn drop(&mut self) {
        let Stage::Waiting { round, place, queued } = &self.stage else { return };
        let keys = &self.keys;
        self.kind.with(&self.shared, |loader, waiting| {
            waiting.leave(*round, *place);
            // What has left cannot be taken back: a slot that is queued again belongs to a later load.
            if *round == waiting.next_round() {
                queued.iter().for_each(|position| loader.abandon(&keys[*position]));
            }
        });
    }
}
