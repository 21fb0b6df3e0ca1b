//! Runs a tree in a scope.

use std::collections::HashSet;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use futures::future::{BoxFuture, Either, FutureExt, join_all, select};
use futures::stream::{FuturesUnordered, StreamExt};
use kvetch::{Create, DerivedEdge, EdgeRead, EdgeType, Kvetch, NodeId, NodeType, NodeTypeDef, Props, Value};
use pent::table::Table;
use pent::{Cx, Error, Found, Result, Scope, Source, SourceLoader, Store};
use tokio::task::{JoinError, JoinHandle};

use crate::tree::{Key, NUMBERS, Tree, in_any_order, in_order};

/// Nodes, counts and edges of the store; two unary arguments of one source; another source.
pub(crate) const KINDS: usize = 6;
/// The kinds from here on are of sources.
pub(crate) const SOURCES_FROM: usize = 3;

const THING: NodeType = NodeType(1);
const PARTS: EdgeType = EdgeType(10);
/// How many of the numbers are nodes that are there. Each fourth of them has the next three as its parts.
const THINGS: u64 = 12;

/// What is answered for a key that has nothing.
const ABSENT: u64 = 7;

/// The value of a key, found without loading it.
pub(crate) fn value(key: Key) -> u64 {
    let Key { kind, number } = key;
    let parts = if number < THINGS && number % 4 == 0 { 3 } else { 0 };
    match kind {
        0 if number < THINGS => number,
        0 => ABSENT,
        1 => parts,
        2 => (1..=parts).map(|part| number + part).sum(),
        _ if number % 5 == 0 => ABSENT,
        _ => 100 * kind as u64 + number,
    }
}

/// What the store holds is told by its schema alone.
static TABLE: Table =
    Table { query: "Query", mutation: None, subscription: None, types: &[], edges: &[], indexes: &[] };

/// A store of a few nodes.
pub(crate) struct Things {
    pub(crate) store: Store,
    ids: Arc<[NodeId]>,
}

impl Things {
    pub(crate) async fn make() -> Self {
        let schema = kvetch::Schema::builder()
            .node_type(NodeTypeDef { id: THING, name: "Thing".to_owned() })
            .edge(DerivedEdge::new(PARTS, "parts", THING, THING, "whole"))
            .build()
            .expect("the schema is consistent");
        let kvetch = Kvetch::open(&["memory:?shards=2".parse().expect("a url")], schema).await.expect("a store");
        let mut ids: Vec<NodeId> = Vec::new();
        for number in 0..THINGS {
            let whole = ids.get(number as usize / 4 * 4).map(|id| ("whole", Value::Id(*id)));
            let created = kvetch.create(Create::new(THING, whole.into_iter().collect::<Props>())).await;
            ids.push(created.expect("a node is created").node.id);
        }
        ids.resize_with(NUMBERS as usize, NodeId::generate);
        Self { store: Store::new(kvetch, &TABLE), ids: ids.into() }
    }
}

/// Which keys have been sent to a source, and who wants to know.
#[derive(Default)]
pub(crate) struct Departures {
    sent: Mutex<(Vec<Key>, HashSet<Key>)>,
    waiting: Mutex<Vec<Waker>>,
}

impl Departures {
    fn note(&self, keys: impl Iterator<Item = Key>) {
        let mut sent = self.sent.lock().expect("no test panics with the lock");
        for key in keys {
            sent.0.push(key);
            sent.1.insert(key);
        }
        drop(sent);
        let waiting = std::mem::take(&mut *self.waiting.lock().expect("no test panics with the lock"));
        waiting.into_iter().for_each(Waker::wake);
    }

    /// All keys that have been sent, in the order in which they were.
    pub(crate) fn all(&self) -> Vec<Key> {
        self.sent.lock().expect("no test panics with the lock").0.clone()
    }

    async fn of(&self, key: Key) {
        poll_fn(|context| {
            // Before it is looked at, lest it be sent in between.
            self.waiting.lock().expect("no test panics with the lock").push(context.waker().clone());
            let sent = self.sent.lock().expect("no test panics with the lock");
            if sent.1.contains(&key) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// How something that is not ready at once goes about it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Pause {
    /// Asks to be polled again, so that the scope does not rest: everything that is under way is answered before the
    /// next round leaves, and the number of rounds is known.
    Own,
    /// Leaves it to the runtime: whoever is answered first goes on first.
    Foreign,
}

impl Pause {
    async fn once(self) {
        match self {
            Self::Own => own_yield().await,
            Self::Foreign => tokio::task::yield_now().await,
        }
    }
}

fn own_yield() -> impl Future<Output = ()> {
    let mut is_first = true;
    poll_fn(move |context| {
        if !std::mem::take(&mut is_first) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
}

/// A source of some kinds: its unary argument is the kind.
struct Numbers {
    departures: Arc<Departures>,
    pause: Pause,
}

impl Source for Numbers {
    type Unary = usize;
    type Key = u64;
    type Value = u64;

    fn name(&self) -> &str {
        "numbers"
    }

    async fn load(&self, kind: &usize, numbers: &[u64]) -> Result<Found<u64, u64>> {
        let keys = || numbers.iter().map(|number| Key { kind: *kind, number: *number });
        self.departures.note(keys());
        for _ in 0..numbers[0] % 3 + 1 {
            self.pause.once().await;
        }
        Ok(keys().map(|key| (key.number, value(key))).filter(|(_, value)| *value != ABSENT).collect())
    }
}

/// What a tree is run with.
#[derive(Clone)]
pub(crate) struct Program {
    cx: Cx,
    ids: Arc<[NodeId]>,
    sources: [SourceLoader<Numbers>; 2],
    departures: Arc<Departures>,
    pause: Pause,
}

impl Program {
    pub(crate) fn of(scope: &Scope, things: &Things, pause: Pause) -> (Self, Arc<Departures>) {
        let (cx, departures) = (scope.cx(), Arc::new(Departures::default()));
        let sources = [(); 2].map(|()| cx.source(Numbers { departures: departures.clone(), pause }));
        let program = Self { cx, ids: things.ids.clone(), sources, departures: departures.clone(), pause };
        (program, departures)
    }

    pub(crate) fn run(self, tree: Arc<Tree>) -> BoxFuture<'static, u64> {
        async move { self.tree(&tree).await }.boxed()
    }

    fn tree<'a>(&'a self, tree: &'a Tree) -> BoxFuture<'a, u64> {
        match tree {
            Tree::Load(keys) => async move { in_order(self.load(keys).await) }.boxed(),
            Tree::Then(trees) => async move {
                let mut values = Vec::new();
                for tree in trees {
                    values.push(self.tree(tree).await);
                }
                in_order(values)
            }
            .boxed(),
            Tree::Join(trees) => join_all(trees.iter().map(|tree| self.tree(tree))).map(in_order).boxed(),
            Tree::Unordered(trees) => {
                let all: FuturesUnordered<_> = trees.iter().map(|tree| self.tree(tree)).collect();
                all.collect::<Vec<_>>().map(in_any_order).boxed()
            }
            Tree::Spawn(trees) => async move {
                let tasks: Vec<_> = trees.iter().map(|tree| self.cx.spawn(self.owned(tree))).collect();
                in_order(join_all(tasks).await.into_iter().map(|value| value.expect("the task ends")))
            }
            .boxed(),
            Tree::Elsewhere(trees) => async move {
                let elsewhere = |task| drop(tokio::spawn(task));
                let tasks: Vec<_> = trees.iter().map(|tree| self.cx.spawn_on(elsewhere, self.owned(tree))).collect();
                in_order(join_all(tasks).await.into_iter().map(|value| value.expect("the task ends")))
            }
            .boxed(),
            Tree::Outside(trees) => async move {
                let tasks: Vec<_> = trees.iter().map(|tree| Outside(tokio::spawn(self.owned(tree)))).collect();
                in_order(join_all(tasks).await.into_iter().map(|value| value.expect("the task ends")))
            }
            .boxed(),
            Tree::Detach(tree) => async move {
                drop(self.cx.spawn(self.owned(tree)));
                0
            }
            .boxed(),
            Tree::Race(one, other) => async move {
                let (found, expected) = match select(self.tree(one), self.tree(other)).await {
                    Either::Left((found, _)) => (found, one.value(&value)),
                    Either::Right((found, _)) => (found, other.value(&value)),
                };
                assert_eq!(found, expected, "the winner of a race");
                0
            }
            .boxed(),
            Tree::Abandon(tree) => async move {
                let mut given_up = self.tree(tree);
                let _ = futures::poll!(&mut given_up);
                0
            }
            .boxed(),
            Tree::InFlight(key) => async move {
                let load = self.load(std::slice::from_ref(key)).boxed();
                select(load, self.departures.of(*key).boxed()).await;
                0
            }
            .boxed(),
            Tree::Yield => self.pause.once().map(|()| 0).boxed(),
        }
    }

    /// Tasks own what they run.
    fn owned(&self, tree: &Tree) -> BoxFuture<'static, u64> {
        self.clone().run(Arc::new(tree.clone()))
    }

    /// The values of keys of one kind.
    async fn load(&self, keys: &[Key]) -> Vec<u64> {
        let kind = keys[0].kind;
        let numbers: Vec<u64> = keys.iter().map(|key| key.number).collect();
        let ids = || numbers.iter().map(|number| self.ids[*number as usize]).collect();
        match kind {
            0 => {
                let nodes = answered(self.cx.nodes(ids()).await).await;
                nodes.map(|node| node.map_or(ABSENT, |node| self.number(node.id))).collect()
            }
            1 => answered(self.cx.counts(PARTS, ids()).await).await.collect(),
            2 => {
                let pages = answered(self.cx.edges(EdgeRead::new(PARTS, 10), ids()).await).await;
                pages.map(|page| page.edges.iter().map(|edge| self.number(edge.to)).sum()).collect()
            }
            _ => {
                let source = &self.sources[usize::from(kind == KINDS - 1)];
                let values = answered(source.load_many(kind, numbers).await).await;
                values.map(|value| value.unwrap_or(ABSENT)).collect()
            }
        }
    }

    fn number(&self, id: NodeId) -> u64 {
        self.ids.iter().position(|known| *known == id).expect("a node of the store") as u64
    }
}

/// What was answered. Nothing fails here but the loads of tasks of the runtime that outlive their scope; these wait
/// until they are aborted.
async fn answered<T>(answers: Vec<Result<T>>) -> impl Iterator<Item = T> {
    let is_late = |error: &Error| error.to_string().contains("after its scope ended");
    if answers.iter().any(|answer| answer.as_ref().is_err_and(is_late)) {
        std::future::pending::<()>().await;
    }
    answers.into_iter().map(|answer| answer.expect("nothing fails here"))
}

/// A task of the runtime that is aborted with whoever waits for it.
struct Outside(JoinHandle<u64>);

impl Future for Outside {
    type Output = Result<u64, JoinError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll_unpin(context)
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        self.0.abort();
    }
}
