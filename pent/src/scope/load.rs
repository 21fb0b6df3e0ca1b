//! A load: the future of one batch of keys.

use std::future::Future;
use std::hash::Hash;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use kvetch::{
    EdgePage, EdgeRead, EdgeType, EntryPage, IdPage, IndexRead, Node, NodeId, NodeType, ScanRead, Value, ValueRange,
};

use super::Shared;
use super::cycles::{Circular, Cycles, Leg, WaitPlace};
use super::loader::{Asked, Loader, Place, RoundNumber};
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

    /// Who waits for whom, where what is asked may load more itself.
    fn cycles(&self) -> Option<&Cycles> {
        None
    }

    /// Whether its keys leave at once.
    fn is_immediate(&self) -> bool {
        false
    }
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
/// Pages of entries of an index by range.
pub(crate) struct Scans(pub(crate) ScanRead);
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

impl StoreKind for Scans {
    type Key = ValueRange;
    type Value = Arc<EntryPage>;

    fn loader<'q>(&self, queue: &'q mut Queue) -> (&'q mut Loader<ValueRange, Arc<EntryPage>>, &'q mut Waiting) {
        (queue.scans.loader(&self.0), &mut queue.waiting)
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
/// An error of a key is large: who keeps many answers may have them in boxes, `E` being `Box<Error>`.
pub(crate) struct Load<K: Kind, E = Error> {
    shared: Arc<Shared>,
    kind: K,
    wanted: Vec<Wanted<K::Key>>,
    stage: Stage,
    errors: PhantomData<fn() -> E>,
}

/// The same for one key, without a list.
pub(crate) struct LoadOne<'a, K: Kind> {
    shared: &'a Shared,
    kind: K,
    wanted: Wanted<K::Key>,
    stage: Stage,
}

/// A key, and where its answer comes to be, once it was asked for.
struct Wanted<K> {
    key: K,
    place: Option<Place>,
}

impl<K> Wanted<K> {
    fn new(key: K) -> Self {
        Self { key, place: None }
    }
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    /// Not polled yet.
    Fresh,
    /// Everything asked is known once this round is answered, unless a write intervenes.
    Waiting {
        round: RoundNumber,
        waker: u32,
        /// That the batch waits which makes this load, if one does.
        wait: Option<WaitPlace>,
    },
    Done,
}

impl<K: Kind, E> Load<K, E> {
    pub(crate) fn new(shared: Arc<Shared>, kind: K, keys: Vec<K::Key>) -> Self {
        let wanted = keys.into_iter().map(Wanted::new).collect();
        Self { shared, kind, wanted, stage: Stage::Fresh, errors: PhantomData }
    }
}

impl<'a, K: Kind> LoadOne<'a, K> {
    pub(crate) fn new(shared: &'a Shared, kind: K, key: K::Key) -> Self {
        Self { shared, kind, wanted: Wanted::new(key), stage: Stage::Fresh }
    }
}

impl<K: Kind, E: From<Box<Error>>> Future for Load<K, E> {
    type Output = Vec<Result<K::Value, E>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Load { shared, kind, wanted, stage, .. } = self.get_mut();
        let cycles = kind.cycles();
        let progress = kind.with(shared, |loader, waiting| {
            let progress = advance(loader, waiting, cycles, wanted, stage, cx.waker());
            progress.map(|| wanted.iter().map(|wanted| answered(loader, wanted)).collect())
        });
        let ended = || wanted.iter().map(|_| Err(Box::new(after_the_end()).into())).collect();
        progress.unwrap_or_else(|| Progress::Ready(ended())).into_poll(stage, shared, kind)
    }
}

impl<K: Kind> Future for LoadOne<'_, K> {
    type Output = Result<K::Value>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let LoadOne { shared, kind, wanted, stage } = self.get_mut();
        let cycles = kind.cycles();
        let progress = kind.with(shared, |loader, waiting| {
            let progress = advance(loader, waiting, cycles, std::slice::from_mut(wanted), stage, cx.waker());
            progress.map(|| answered(loader, wanted))
        });
        progress.unwrap_or_else(|| Progress::Ready(Err(after_the_end()))).into_poll(stage, shared, kind)
    }
}

/// What a poll came to.
enum Progress<T> {
    Ready(T),
    Waits { joined_queue: bool },
}

impl Progress<()> {
    fn map<T>(self, answer: impl FnOnce() -> T) -> Progress<T> {
        match self {
            Self::Ready(()) => Progress::Ready(answer()),
            Self::Waits { joined_queue } => Progress::Waits { joined_queue },
        }
    }
}

impl<T> Progress<T> {
    fn into_poll(self, stage: &mut Stage, shared: &Shared, kind: &impl Kind) -> Poll<T> {
        match self {
            Self::Ready(answer) => {
                *stage = Stage::Done;
                Poll::Ready(answer)
            }
            Self::Waits { joined_queue } => {
                if joined_queue {
                    shared.queued(kind.is_immediate());
                }
                Poll::Pending
            }
        }
    }
}

/// Asks for what is not known, and waits for the round that brings it.
fn advance<K: Clone + Eq + Hash, V: Clone>(
    loader: &mut Loader<K, V>,
    waiting: &mut Waiting,
    cycles: Option<&Cycles>,
    wanted: &mut [Wanted<K>],
    stage: &mut Stage,
    waker: &Waker,
) -> Progress<()> {
    if let Stage::Waiting { round, waker: place, wait } = stage {
        if let Some(renewed) = waiting.rewait(*round, *place, waker) {
            *place = renewed;
            return Progress::Waits { joined_queue: false };
        }
        leave(cycles, wait.take());
    }
    // A round is delivered as a whole, so waiting for the latest one that carries any of the keys is
    // waiting for all of them; should an earlier one still be open then, the next poll waits for it.
    let next_round = waiting.next_round();
    if matches!(stage, Stage::Fresh) {
        loader.reserve(wanted.len());
    }
    let (mut awaited, mut queued) = (None, 0);
    for wanted in &mut *wanted {
        if wanted.place.is_some_and(|place| loader.answer(place).is_some()) {
            continue;
        }
        let (place, asked) = loader.ask(&wanted.key);
        wanted.place = Some(place);
        match asked {
            Asked::Ready => {}
            Asked::Sent(round) => awaited = awaited.max(Some(round)),
            Asked::Queued => {
                awaited = Some(next_round);
                queued += 1;
            }
        }
    }
    // What is asked for again, because its answer had become stale, counts again.
    loader.note_asked(if matches!(stage, Stage::Fresh) { wanted.len() } else { queued });
    let Some(round) = awaited else { return Progress::Ready(()) };
    let Ok(wait) = note_wait(cycles, waiting, round) else { return Progress::Ready(()) };
    *stage = Stage::Waiting { round, waker: waiting.wait(round, waker), wait };
    Progress::Waits { joined_queue: queued > 0 }
}

/// Notes that the batch waits for a round which makes the load that is polled, if one does. What it must not wait for
/// has left already: keys that are queued leave with a batch of which nothing is known yet.
fn note_wait(cycles: Option<&Cycles>, waiting: &Waiting, round: RoundNumber) -> Result<Option<WaitPlace>, Circular> {
    let (Some(cycles), Some(lane)) = (cycles, waiting.lane()) else { return Ok(None) };
    let Some(batch) = cycles.polled() else { return Ok(None) };
    cycles.wait(batch, Leg { lane, round }).map(Some)
}

fn leave(cycles: Option<&Cycles>, wait: Option<WaitPlace>) {
    if let (Some(cycles), Some(wait)) = (cycles, wait) {
        cycles.leave(wait);
    }
}

/// The answer to a key. It is there, unless it would never come.
fn answered<K: Clone + Eq + Hash, V: Clone, E: From<Box<Error>>>(
    loader: &Loader<K, V>,
    wanted: &Wanted<K>,
) -> Result<V, E> {
    match wanted.place.and_then(|place| loader.answer(place)) {
        Some(Ok(value)) => Ok(value.clone()),
        Some(Err(error)) => Err(error.clone().into()),
        None => Err(Box::new(waits_for_itself()).into()),
    }
}

/// Takes back what was asked for and has not left.
fn give_up<K: Kind>(shared: &Shared, kind: &K, wanted: &[Wanted<K::Key>], stage: Stage) {
    let Stage::Waiting { round, waker, wait } = stage else { return };
    leave(kind.cycles(), wait);
    kind.with(shared, |loader, waiting| {
        waiting.leave(round, waker);
        // What has left cannot be taken back: a key that is queued again belongs to a later load.
        if round == waiting.next_round() {
            wanted.iter().filter_map(|wanted| wanted.place).for_each(|place| loader.abandon(place));
        }
    });
}

fn waits_for_itself() -> Error {
    Error::internal("a source waits for an answer of its own: it loads, while it is asked, what waits for that")
}

fn after_the_end() -> Error {
    Error::internal("a load after its scope ended")
}

impl<K: Kind, E> Drop for Load<K, E> {
    fn drop(&mut self) {
        give_up(&self.shared, &self.kind, &self.wanted, self.stage);
    }
}

impl<K: Kind> Drop for LoadOne<'_, K> {
    fn drop(&mut self) {
        give_up(self.shared, &self.kind, std::slice::from_ref(&self.wanted), self.stage);
    }
}
