//! Reads and writes that overlap: a load never sees less than the writes that had ended before it began, nobody waits
//! for ever, and no key is sent twice.

mod gated;

use std::future::Future;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, join, join_all, select};
use futures::stream::{FuturesUnordered, StreamExt};
use kvetch::conformance::Layered;
use kvetch::{Create, Kvetch, Node, NodeId, NodeType, NodeTypeDef, Props, Update, Value, shards_at};
use pent::{Cx, Scope};
use tokio::sync::{Notify, Semaphore};

use crate::gated::Gates;

const THING: NodeType = NodeType(1);

/// How many random programs each test runs; the other number with GRAPHSCALE_LONG=1.
const PROGRAMS: [u64; 2] = [150, 5_000];

async fn store(things: usize, open: bool, jitter: Option<u64>) -> (Kvetch, Arc<Gates>, Vec<NodeId>) {
    let schema = kvetch::Schema::builder().node_type(NodeTypeDef { id: THING, name: "Thing".to_owned() });
    let url = "memory:?shards=2".parse().expect("a url");
    let gates = Arc::new(Gates {
        nodes: Semaphore::new(if open { 10_000 } else { 0 }),
        browse: Semaphore::new(if open { 10_000 } else { 0 }),
        has_read: Notify::new(),
        jitter: jitter.map(|seed| Mutex::new(fastrand::Rng::with_seed(seed))),
    });
    let shards = shards_at(&[url]).await.expect("shards").into_iter();
    let shards = shards.map(|inner| Layered::around(inner, gates.clone())).collect();
    let kvetch = Kvetch::open_shards(shards, schema.build().expect("a schema")).await.expect("a store");
    let mut ids = Vec::new();
    for _ in 0..things {
        let created = kvetch.create(Create::new(THING, Props::from([("n", Value::Int(0))]))).await.expect("created");
        ids.push(created.node.id);
    }
    (kvetch, gates, ids)
}

fn number(node: &Node) -> i64 {
    match node.body.get("n").expect("readable") {
        Some(kvetch::ValueRef::Int(n)) => n,
        other => panic!("{other:?}"),
    }
}

async fn read(cx: &Cx, id: NodeId) -> i64 {
    let node = cx.nodes(vec![id]).await.pop().expect("an answer").expect("read").expect("there");
    number(&node)
}

fn set(id: NodeId, n: i64) -> Update {
    Update::new(THING, id, Props::from([("n", Value::Int(n))]))
}

async fn bounded<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("HANG")
}

/// A load that left with a round still counts its keys as queued. Dropped after a write has made them stale, it
/// takes back what *another* load has queued meanwhile: that one waits for ever.
#[tokio::test]
async fn dropping_a_load_that_has_left_takes_nothing_from_a_later_one() {
    let (kvetch, gates, ids) = store(1, false, None).await;
    let id = ids[0];
    let mut scope = Scope::new(kvetch);
    let cx = scope.cx();
    let n = bounded(scope.run(async move {
        let mut first = Box::pin(read(&cx, id));
        assert!(futures::poll!(&mut first).is_pending());
        // While this waits, round 1 leaves with the key and stays at the gate; the write makes the key stale.
        cx.update(set(id, 1)).await.expect("updated");
        let mut second = Box::pin(read(&cx, id));
        assert!(futures::poll!(&mut second).is_pending());
        drop(first);
        gates.nodes.add_permits(100);
        second.await
    }))
    .await;
    assert_eq!(n, 1);
}

/// A browse that left before a write puts its old nodes into the cache after it.
#[tokio::test]
async fn a_browse_under_way_during_a_write_leaves_nothing_stale() {
    let (kvetch, gates, ids) = store(1, false, None).await;
    gates.nodes.add_permits(100);
    let id = ids[0];
    let mut scope = Scope::new(kvetch);
    let cx = scope.cx();
    let n = bounded(scope.run(async move {
        let browse = async { cx.browse(THING, None, 10).await.expect("browsed") };
        let write = async {
            gates.has_read.notified().await;
            gates.has_read.notified().await;
            cx.update(set(id, 1)).await.expect("updated");
            gates.browse.add_permits(100);
        };
        let (browsed, ()) = join(browse, write).await;
        (number(&browsed.nodes[0]), read(&cx, id).await)
    }))
    .await;
    assert_eq!(n, (1, 1));
}

/// Kvetch finishes a write whose caller went; the scope went on answering from what it knew before, for ever. Others may
/// see the write a moment before its own scope hears of it, so this waits for that moment.
#[tokio::test]
async fn a_write_whose_caller_went_is_seen_by_its_scope() {
    let (kvetch, _, ids) = store(1, true, None).await;
    let id = ids[0];
    let mut scope = Scope::new(kvetch);
    let cx = scope.cx();
    bounded(scope.run(async move {
        assert_eq!(read(&cx, id).await, 0);
        let mut write = Box::pin(cx.update(set(id, 1)));
        let _ = futures::poll!(&mut write);
        drop(write);
        while read(&cx, id).await == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(read(&cx, id).await, 1);
    }))
    .await;
}

/// What a random program may do besides reading.
#[derive(Clone, Copy)]
struct May {
    write: bool,
    drop: bool,
    spawn: bool,
}

/// A random program over a store that delays at random.
#[derive(Clone)]
struct Program {
    cx: Cx,
    ids: Arc<Vec<NodeId>>,
    /// The newest version of each node that a write of this program is known to have made.
    written: Arc<Vec<AtomicI64>>,
    random: Arc<Mutex<fastrand::Rng>>,
    may: May,
}

impl Program {
    fn pick(&self, below: usize) -> usize {
        self.random.lock().expect("no test panics with the lock").usize(..below)
    }

    fn run(self, depth: usize) -> BoxFuture<'static, ()> {
        async move {
            let sub = || self.clone().run(depth - 1);
            match self.pick(if depth == 0 { 2 } else { 9 }) {
                0 | 1 => self.load().await,
                2 => drop(join_all((0..self.pick(5)).map(|_| sub())).await),
                3 => drop((0..self.pick(40)).map(|_| sub()).collect::<FuturesUnordered<_>>().collect::<Vec<_>>().await),
                4 => {
                    sub().await;
                    sub().await;
                }
                5 if self.may.drop => drop(select(sub(), sub()).await),
                5 if self.may.spawn => tokio::spawn(sub()).await.expect("it does not panic"),
                6 if self.may.drop => {
                    let mut dropped = sub();
                    if futures::poll!(&mut dropped).is_pending() {
                        tokio::task::yield_now().await;
                        let _ = futures::poll!(&mut dropped);
                    }
                }
                7 if self.may.write => self.write().await,
                8 => {
                    let first = 1 + u32::try_from(self.pick(9)).expect("it is below nine");
                    assert!(!self.cx.browse(THING, None, first).await.expect("the shards answer").nodes.is_empty());
                }
                _ => tokio::task::yield_now().await,
            }
        }
        .boxed()
    }

    /// Whatever is read of a node is as new as the last write that had ended before the load began.
    async fn load(&self) {
        let picked = (0..self.pick(5)).map(|_| self.pick(self.ids.len())).collect::<Vec<_>>();
        let floors = picked.iter().map(|place| self.written[*place].load(Ordering::SeqCst)).collect::<Vec<_>>();
        let nodes = self.cx.nodes(picked.iter().map(|place| self.ids[*place]).collect()).await;
        assert_eq!(nodes.len(), picked.len());
        for ((place, node), floor) in picked.iter().zip(nodes).zip(floors) {
            let node = node.expect("the shard answers").expect("the node is there");
            assert_eq!(node.id, self.ids[*place]);
            let version = i64::try_from(node.version).expect("versions are small");
            assert!(version >= floor, "version {version} was read after version {floor} had been written");
        }
    }

    async fn write(&self) {
        let place = self.pick(self.ids.len());
        let updated = self.cx.update(set(self.ids[place], 7)).await.expect("the node is updated");
        let version = i64::try_from(updated.node.version).expect("versions are small");
        self.written[place].fetch_max(version, Ordering::SeqCst);
    }
}

async fn programs(name: &str, may: May) {
    let (kvetch, _, ids) = store(12, true, Some(1)).await;
    let ids = Arc::new(ids);
    let is_long = std::env::var_os("GRAPHSCALE_LONG").is_some();
    let programs = PROGRAMS[usize::from(is_long)];
    let (mut rounds, mut keys) = (0, 0);
    for seed in 0..programs {
        let mut scope = Scope::new(kvetch.clone());
        let program = Program {
            cx: scope.cx(),
            ids: ids.clone(),
            written: Arc::new(ids.iter().map(|_| AtomicI64::new(0)).collect()),
            random: Arc::new(Mutex::new(fastrand::Rng::with_seed(seed))),
            may,
        };
        bounded(scope.run(program.run(6))).await;
        let stats = scope.stats();
        rounds += stats.rounds.len();
        keys += stats.keys();
        if !may.write {
            let reads = stats.rounds.iter().flat_map(|round| &round.reads);
            let sent = reads.filter(|read| read.operation == "nodes").map(|read| read.keys).sum::<u64>();
            assert!(sent <= ids.len() as u64, "{sent} keys were sent for {} nodes", ids.len());
        }
    }
    if is_long {
        eprintln!("{name}: {programs} random programs, {rounds} rounds, {keys} keys sent");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn random_reads_with_drops_end_and_send_no_key_twice() {
    programs("reads, some dropped", May { write: false, drop: true, spawn: false }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn random_reads_from_tasks_outside_end_and_send_no_key_twice() {
    programs("reads, some from tasks outside", May { write: false, drop: false, spawn: true }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn random_reads_see_the_writes_before_them() {
    programs("reads and writes", May { write: true, drop: false, spawn: true }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn random_reads_see_the_writes_before_them_whatever_is_dropped() {
    programs("reads and writes, some dropped", May { write: true, drop: true, spawn: false }).await;
}
