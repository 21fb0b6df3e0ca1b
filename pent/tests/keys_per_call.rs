//! In how many calls the store is asked for the keys of a round, and of what size they are.

use std::sync::{Arc, Mutex};

use futures::future::{join, join_all};
use kvetch::conformance::{Layer, Layered};
use kvetch::{
    Answering, Create, DerivedEdge, EdgePage, EdgeRead, EdgeType, Error, IdPage, IndexDef, IndexId, IndexKey,
    IndexKind, IndexRead, Kvetch, Node, NodeId, NodeType, NodeTypeDef, Props, Result, Shard, Value, shards_at,
};
use pent::table::Table;
use pent::{Cx, KeysPerCall, Scope, Store};

const THING: NodeType = NodeType(1);
const PARTS: EdgeType = EdgeType(10);
const BY_NAME: IndexId = IndexId(20);

static TABLE: Table =
    Table { query: "Query", mutation: None, subscription: None, types: &[], edges: &[], indexes: &[] };

/// Notes how many keys it is asked for, call by call, and fails a call for the node that it is told.
#[derive(Debug, Default)]
struct Sizes {
    asked: Mutex<Vec<(&'static str, usize)>>,
    fails: Mutex<Option<NodeId>>,
}

impl Sizes {
    fn note(&self, kind: &'static str, keys: usize) {
        self.asked.lock().expect("no test panics with the lock").push((kind, keys));
    }

    /// What was asked for since the last time.
    fn take(&self) -> Vec<(&'static str, usize)> {
        std::mem::take(&mut self.asked.lock().expect("no test panics with the lock"))
    }
}

impl Layer for Sizes {
    fn nodes<'a>(&'a self, inner: &'a dyn Shard, ids: &'a [NodeId]) -> Answering<'a, Vec<Result<Option<Node>>>> {
        self.note("nodes", ids.len());
        let fails = *self.fails.lock().expect("no test panics with the lock");
        match fails {
            Some(id) if ids.contains(&id) => {
                let error = Error::Unavailable { reason: "it is away".into() };
                Box::pin(async move { vec![Err(error); ids.len()] })
            }
            _ => inner.nodes(ids),
        }
    }

    fn edges<'a>(
        &'a self,
        inner: &'a dyn Shard,
        read: &'a EdgeRead,
        from: &'a [NodeId],
    ) -> Answering<'a, Vec<Result<EdgePage>>> {
        self.note("edges", from.len());
        inner.edges(read, from)
    }

    fn counts<'a>(
        &'a self,
        inner: &'a dyn Shard,
        edge: EdgeType,
        from: &'a [NodeId],
    ) -> Answering<'a, Vec<Result<u64>>> {
        self.note("counts", from.len());
        inner.counts(edge, from)
    }

    fn find<'a>(
        &'a self,
        inner: &'a dyn Shard,
        read: &'a IndexRead,
        values: &'a [IndexKey],
    ) -> Answering<'a, Vec<Result<IdPage>>> {
        self.note("find", values.len());
        inner.find(read, values)
    }
}

/// A store on one shard, which takes a thousand keys in one statement: a call of fewer is one statement.
async fn store() -> (Kvetch, Arc<Sizes>) {
    let (name, key) = ("by name".to_owned(), "name".to_owned());
    let schema = kvetch::Schema::builder()
        .node_type(NodeTypeDef { id: THING, name: "Thing".to_owned() })
        .edge(DerivedEdge::new(PARTS, "parts", THING, THING, "whole"))
        .index(IndexDef { id: BY_NAME, name, node_type: THING, key, kind: IndexKind::Equality, unique: false })
        .build()
        .expect("the schema is consistent");
    let sizes = Arc::new(Sizes::default());
    let shards = shards_at(&["memory:".parse().expect("a url")]).await.expect("shards").into_iter();
    let shards = shards.map(|inner| Layered::around(inner, sizes.clone())).collect();
    (Kvetch::open_shards(shards, schema).await.expect("a store"), sizes)
}

async fn named(kvetch: &Kvetch, names: impl Iterator<Item = usize>) -> Vec<NodeId> {
    let create = |name: usize| Create::new(THING, Props::from([("name", Value::Text(name.to_string()))]));
    let created = kvetch.create_many(names.map(create).collect()).await;
    created.into_iter().map(|written| written.expect("created").node.id).collect()
}

/// A scope whose calls take so many keys: nodes, edges, counts, index values.
fn scope(kvetch: &Kvetch, [nodes, edges, counts, finds]: [usize; 4]) -> Scope {
    let mut limits = KeysPerCall::default();
    (limits.nodes, limits.edges, limits.counts, limits.finds) = (nodes, edges, counts, finds);
    Scope::builder(&Store::new(kvetch.clone(), &TABLE)).keys_per_call(limits).build()
}

/// Asks for a node, its parts, their number, and who has a name, for each of them by itself, and checks the answers.
async fn load_each(cx: &Cx, ids: &[NodeId]) {
    let read = async |id: NodeId| {
        let parts = EdgeRead::new(PARTS, 5);
        let (node, parts) = join(cx.nodes(vec![id]), join(cx.edges(parts, vec![id]), cx.counts(PARTS, vec![id]))).await;
        assert!(matches!(&node[..], [Ok(Some(node))] if node.id == id), "{node:?}");
        assert!(matches!(&parts.0[..], [Ok(page)] if page.edges.is_empty()), "{parts:?}");
        assert!(matches!(parts.1[..], [Ok(0)]), "{parts:?}");
    };
    let find = async |name: usize, id: NodeId| {
        let found = cx.find(IndexRead::new(BY_NAME, 5), vec![Value::Text(name.to_string())]).await;
        assert!(matches!(&found[..], [Ok(page)] if page.ids == [id]), "{found:?}");
    };
    join_all(ids.iter().enumerate().map(|(name, id)| join(read(*id), find(name, *id)))).await;
}

const KINDS: [&str; 4] = ["nodes", "edges", "counts", "find"];

/// For so many keys, what leaves by calls of at most ten.
const CHUNKS: [(usize, &[usize]); 4] =
    [(3, &[3]), (10, &[10]), (11, &[6, 5]), (103, &[10, 10, 10, 10, 9, 9, 9, 9, 9, 9, 9])];

#[tokio::test]
async fn keys_that_one_call_does_not_take_leave_in_calls_that_differ_by_one_at_most() {
    let (kvetch, sizes) = store().await;
    let ids = named(&kvetch, 0..103).await;
    for limited in 0..KINDS.len() {
        let mut limits = [usize::MAX; 4];
        limits[limited] = 10;
        for (keys, chunks) in CHUNKS {
            sizes.take();
            let mut scope = scope(&kvetch, limits);
            let cx = scope.cx();
            scope.run(load_each(&cx, &ids[..keys])).await;
            let (asked, stats) = (sizes.take(), scope.stats());
            stats.assert_rounds(1);
            assert_eq!(stats.statements(), 3 + chunks.len() as u64, "{stats}");
            for (number, read) in stats.rounds[0].reads.iter().enumerate() {
                let kind = KINDS[number];
                let of_kind: Vec<usize> = asked.iter().filter(|asked| asked.0 == kind).map(|asked| asked.1).collect();
                let expected = if number == limited { chunks } else { &[keys] };
                assert_eq!(of_kind, expected, "{kind} of {keys} keys");
                let calls = if expected.len() > 1 { expected.len() as u64 } else { 0 };
                assert_eq!((&*read.operation, read.keys, read.calls), (kind, keys as u64, calls), "{stats}");
            }
        }
    }
}

#[tokio::test]
async fn an_explanation_says_into_how_many_calls_a_read_was_cut() {
    let (kvetch, _) = store().await;
    let ids = named(&kvetch, 0..11).await;
    let mut scope = scope(&kvetch, [10, 4, 11, 3]);
    let cx = scope.cx();
    scope.run(load_each(&cx, &ids)).await;
    let text = scope.explain();
    let lines = text.lines().map(|line| line.chars().take(50).collect::<String>()).collect::<Vec<_>>();
    let expected = [
        "round 1, 10 statements",
        "  nodes, 2 calls                            11",
        "  edges parts, first 5, 3 calls             11",
        "  counts parts                              11",
        "  find by name, first 5, 4 calls            11",
    ];
    assert!(lines.iter().skip(3).map(|line| line.trim_end()).eq(expected), "{text}");
}

#[tokio::test]
async fn a_call_that_fails_harms_its_own_keys_alone() {
    let (kvetch, sizes) = store().await;
    let ids = named(&kvetch, 0..9).await;
    *sizes.fails.lock().expect("no test panics with the lock") = Some(ids[4]);
    let mut scope = scope(&kvetch, [3; 4]);
    let cx = scope.cx();
    let nodes = scope.run(cx.nodes(ids)).await;
    let failed: Vec<usize> = (0..9).filter(|place| nodes[*place].is_err()).collect();
    assert_eq!(failed, [3, 4, 5]);
    assert_eq!(scope.stats().rounds[0].reads[0].failed, 3);
}

/// Ordinary rounds are never cut: what follows from the largest page is one call.
#[tokio::test]
async fn a_call_takes_ten_thousand_keys_unless_it_is_said() {
    let (kvetch, _) = store().await;
    for (keys, calls) in [(10_000, 0), (10_001, 2)] {
        let mut scope = Scope::new(kvetch.clone());
        let cx = scope.cx();
        scope.run(cx.nodes((0..keys).map(|_| NodeId::generate()).collect())).await;
        assert_eq!(scope.stats().rounds[0].reads[0].calls, calls);
    }
}

#[tokio::test]
async fn a_call_takes_one_key_at_least() {
    let (kvetch, sizes) = store().await;
    let ids = named(&kvetch, 0..3).await;
    let mut scope = scope(&kvetch, [0; 4]);
    let cx = scope.cx();
    scope.run(load_each(&cx, &ids)).await;
    assert!(sizes.take().iter().all(|(_, keys)| *keys == 1));
    scope.stats().assert_rounds(1);
}
