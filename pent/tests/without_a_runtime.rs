//! A scope needs no runtime: no tokio, no timer and no thread. A store has one of its own, and asks for none of others.

use std::time::Duration;

use futures::executor::block_on;
use futures::future::{join, join_all};
use futures::stream::{FuturesUnordered, StreamExt};
use kvetch::{
    Create, Delete, IndexDef, IndexId, IndexKind, IndexRead, Kvetch, NodeId, NodeType, NodeTypeDef, Props, Update,
    Upsert, Value,
};
use pent::{Cx, Found, Result, Scope, Source, SourceLoader};

/// Answers each key with itself.
#[derive(Clone)]
struct Echo;

impl Source for Echo {
    type Unary = ();
    type Key = u64;
    type Value = u64;

    fn name(&self) -> &str {
        "echo"
    }

    async fn load(&self, (): &(), keys: &[u64]) -> Result<Found<u64, u64>> {
        Ok(keys.iter().map(|key| (*key, *key)).collect())
    }
}

async fn chain(echo: SourceLoader<Echo>, keys: impl IntoIterator<Item = u64>) -> u64 {
    let mut sum = 0;
    for key in keys {
        sum += echo.load((), key).await.expect("it answers").expect("every key has a value");
    }
    sum
}

fn expect_rounds<T>(rounds: usize, program: impl AsyncFnOnce(Cx, SourceLoader<Echo>) -> T) -> T {
    let mut scope = Scope::without_store();
    let cx = scope.cx();
    let echo = cx.source(Echo);
    let output = block_on(scope.run(program(cx, echo)));
    scope.stats().assert_rounds(rounds);
    output
}

#[test]
fn loads_batch_as_elsewhere() {
    let sums = expect_rounds(2, async |_, echo| join_all((0..300).map(|n| chain(echo.clone(), [n, 1_000 + n]))).await);
    assert_eq!(sums.len(), 300);
    let sums = expect_rounds(2, async |_, echo| {
        let unordered: FuturesUnordered<_> = (0..300).map(|n| chain(echo.clone(), [n, 1_000 + n])).collect();
        unordered.collect::<Vec<_>>().await
    });
    assert_eq!(sums.len(), 300);
}

#[test]
fn tasks_batch_as_elsewhere() {
    expect_rounds(2, async |cx, echo| {
        let tasks = (0..300).map(|n| cx.spawn(chain(echo.clone(), [n, 1_000 + n])));
        join_all(tasks.collect::<Vec<_>>()).await
    });
}

/// Any executor will do, here a thread for each task.
#[test]
fn tasks_on_threads_batch_as_elsewhere() {
    for _ in 0..20 {
        expect_rounds(3, async |cx, echo| {
            let on_a_thread = |task| drop(std::thread::spawn(move || block_on(task)));
            let tasks = (0..8).map(|n| cx.spawn_on(on_a_thread, chain(echo.clone(), [n, 100 + n, 200 + n])));
            let (sums, own) = join(join_all(tasks.collect::<Vec<_>>()), chain(echo.clone(), [1_000, 1_001])).await;
            assert_eq!(own, 2_001);
            for (n, sum) in (0..).zip(sums) {
                assert_eq!(sum.expect("the task ends"), 300 + 3 * n);
            }
        });
    }
}

/// The locks of tokio know whether a runtime of it polls them, and how much it lets them do at a time; where none does
/// there is no limit.
#[test]
fn locks_of_tokio_split_no_batch() {
    let gate = tokio::sync::Semaphore::new(1_000);
    let behind = async |echo: SourceLoader<Echo>, key| {
        let _open = gate.acquire().await.expect("it is never closed");
        chain(echo, [key, 1_000 + key]).await
    };
    let sums = expect_rounds(2, async |_, echo| join_all((0..300).map(|n| behind(echo.clone(), n))).await);
    assert_eq!(sums.len(), 300);
}

#[test]
fn a_load_from_a_thread_outside_reaches_a_scope_that_rests() {
    let value = expect_rounds(1, async |_, echo| {
        let (sender, receiver) = futures::channel::oneshot::channel();
        std::thread::spawn(move || sender.send(block_on(chain(echo, [7]))));
        receiver.await.expect("the thread sends it")
    });
    assert_eq!(value, 7);
}

const USER: NodeType = NodeType(1);
const BY_NAME: IndexId = IndexId(20);

/// A store of users on two shards. The runtime that it was opened on lives as long as the answer, on a thread of its
/// own; the tests are on none.
fn users() -> (tokio::runtime::Runtime, Kvetch) {
    let (name, key) = ("by name".to_owned(), "name".to_owned());
    let schema = kvetch::Schema::builder()
        .node_type(NodeTypeDef { id: USER, name: "User".to_owned() })
        .index(IndexDef { id: BY_NAME, name, node_type: USER, key, kind: IndexKind::Equality, unique: true })
        .build()
        .expect("the schema is consistent");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime starts");
    let opened = runtime.block_on(Kvetch::open(&["memory:?shards=2".parse().expect("a url")], schema));
    (runtime, opened.expect("a store in memory opens"))
}

fn named(name: impl Into<String>) -> Props {
    Props::from([("name", Value::Text(name.into()))])
}

async fn name_of(cx: &Cx, id: NodeId) -> Option<Value> {
    let node = cx.nodes(vec![id]).await.pop().expect("one answer per key").expect("it answers")?;
    node.body.get("name").expect("the body can be read").map(|name| name.to_value().expect("it can be read"))
}

/// As many nodes as SQLite is asked for on a thread of the store's.
#[test]
fn reads_of_a_store_batch_as_elsewhere() {
    let (_runtime, kvetch) = users();
    let creates = (0..300).map(|n| Create::new(USER, named(format!("{n}")))).collect();
    let ids: Vec<NodeId> =
        block_on(kvetch.create_many(creates)).into_iter().map(|n| n.expect("made").node.id).collect();
    let mut scope = Scope::new(kvetch);
    let cx = scope.cx();
    block_on(scope.run(async {
        let names = join_all(ids.iter().map(|id| name_of(&cx, *id))).await;
        assert!(names.iter().all(Option::is_some));
        let found = cx.find(IndexRead::new(BY_NAME, 1), names.into_iter().flatten().collect()).await;
        assert!(found.iter().zip(&ids).all(|(page, id)| page.as_ref().is_ok_and(|page| page.ids == [*id])));
    }));
    scope.stats().assert_rounds(2);
}

#[test]
fn writes_to_a_store_are_seen_by_reads_after_them() {
    let (_runtime, kvetch) = users();
    let mut scope = Scope::new(kvetch);
    let cx = scope.cx();
    block_on(scope.run(async {
        let ada = cx.create(Create::new(USER, named("ada"))).await.expect("it is created").node.id;
        assert_eq!(name_of(&cx, ada).await, Some(Value::Text("ada".to_owned())));
        cx.update(Update::new(USER, ada, named("grace"))).await.expect("it is updated");
        assert_eq!(name_of(&cx, ada).await, Some(Value::Text("grace".to_owned())));
        let same = cx.upsert(Upsert::new(USER, BY_NAME, named("grace"))).await.expect("it is upserted");
        assert_eq!(same.node.id, ada);
        cx.delete(Delete::new(USER, ada)).await.expect("it is deleted");
        assert_eq!(name_of(&cx, ada).await, None);
    }));
    scope.stats().assert_rounds(3);
}

/// The store carries the write out, and tells the scope what it touched.
#[test]
fn a_write_whose_caller_goes_away_is_done_and_its_scope_knows() {
    let (_runtime, kvetch) = users();
    let mut scope = Scope::new(kvetch.clone());
    let cx = scope.cx();
    block_on(scope.run(async {
        let ada = cx.create(Create::new(USER, named("ada"))).await.expect("it is created").node.id;
        assert_eq!(name_of(&cx, ada).await, Some(Value::Text("ada".to_owned())));
        {
            let mut update = Box::pin(cx.update(Update::new(USER, ada, named("grace"))));
            assert!(futures::poll!(&mut update).is_pending());
        }
        for _ in 0..2_000 {
            if name_of(&cx, ada).await == Some(Value::Text("grace".to_owned())) {
                return;
            }
            kvetch.pause(Duration::from_millis(1)).await;
        }
        panic!("the scope still knows what was before the write");
    }));
}
