//! What a scope tells of its reads: counted, for people, for programs, and for tests.

use futures::future::{join, join_all, select};
use kvetch::{
    Create, DerivedEdge, EdgeRead, EdgeType, IndexDef, IndexId, IndexKind, IndexRead, Kvetch, NodeId, NodeType,
    NodeTypeDef, Props, Value,
};
use pent::{Cx, Error, Found, Result, Scope, Source, Stats};
use serde_json::json;

const LIST: NodeType = NodeType(1);
const ARCHIVE: NodeType = NodeType(2);
const ITEMS: EdgeType = EdgeType(10);
const BY_TITLE: IndexId = IndexId(20);

/// Knows even keys, fails for 13.
struct Even;

impl Source for Even {
    type Unary = ();
    type Key = u64;
    type Value = u64;

    fn name(&self) -> &str {
        "even numbers from a service with a very long name"
    }

    fn keys_per_call(&self) -> usize {
        2
    }

    async fn load(&self, _: &(), keys: &[u64]) -> Result<Found<u64, u64>> {
        let mut found: Found<_, _> = keys.iter().filter(|key| *key % 2 == 0).map(|key| (*key, *key)).collect();
        found.fail(13, Error::internal("unlucky"));
        Ok(found)
    }
}

/// Does not answer.
struct Never;

impl Source for Never {
    type Unary = ();
    type Key = u64;
    type Value = u64;

    fn name(&self) -> &str {
        "never"
    }

    async fn load(&self, _: &(), _: &[u64]) -> Result<Found<u64, u64>> {
        std::future::pending().await
    }
}

/// A store of three lists, and their ids.
async fn lists() -> (Kvetch, Vec<NodeId>) {
    let schema = kvetch::Schema::builder()
        .node_type(NodeTypeDef { id: LIST, name: "TodoList".to_owned() })
        .node_type(NodeTypeDef { id: ARCHIVE, name: "Archive".to_owned() })
        .edge(DerivedEdge::new(ITEMS, "sublists", LIST, LIST, "above"))
        .index(by_title())
        .build()
        .expect("the schema is consistent");
    let kvetch = Kvetch::open(&["memory:?shards=1".parse().expect("a url")], schema).await.expect("a store");
    let mut ids = Vec::new();
    for title in ["a", "b", "c"] {
        let props = Props::from([("title", Value::Text(title.into()))]);
        ids.push(kvetch.create(Create::new(LIST, props)).await.expect("created").node.id);
    }
    (kvetch, ids)
}

fn by_title() -> IndexDef {
    let (name, key) = ("by title".to_owned(), "title".to_owned());
    IndexDef { id: BY_TITLE, name, node_type: LIST, key, kind: IndexKind::Equality, unique: false }
}

async fn two_rounds(cx: &Cx, ids: &[NodeId]) {
    let even = cx.source(Even);
    let nodes = cx.nodes(vec![ids[0], ids[1], ids[0], NodeId::generate()]);
    let titles = cx.find(IndexRead::new(BY_TITLE, 5), vec![Value::Text("a".into()), Value::Text("z".into())]);
    let pages = join(cx.browse(ARCHIVE, None, 2), cx.browse(ARCHIVE, None, 1));
    let numbers = even.load_many((), vec![1, 2, 3, 13, 2]);
    drop(join(join(nodes, pages), join(titles, numbers)).await);
    // One of these is known already, and one is given up.
    let given_up = Box::pin(cx.nodes(vec![NodeId::generate()]));
    drop(select(given_up, Box::pin(async {})).await);
    join(cx.nodes(vec![ids[0], ids[2]]), cx.edges(EdgeRead::new(ITEMS, 10), ids.to_vec())).await;
    cx.nodes(vec![ids[1], ids[2]]).await;
}

async fn stats() -> Stats {
    let (kvetch, ids) = lists().await;
    let mut scope = Scope::new(kvetch);
    let cx = scope.cx();
    scope.run(two_rounds(&cx, &ids)).await;
    scope.stats()
}

/// The numbers of each read of a round: asked for, sent, missing, failed, calls.
fn numbers(stats: &Stats, round: usize) -> Vec<(&str, [u64; 5])> {
    let reads = &stats.rounds[round].reads;
    reads
        .iter()
        .map(|read| (&*read.operation, [read.asked, read.keys, read.missing, read.failed, read.calls]))
        .collect()
}

#[tokio::test]
async fn each_read_says_what_was_asked_for_sent_missing_and_failed() {
    let stats = stats().await;
    let first = [
        ("nodes", [4, 3, 1, 0, 0]),
        ("find", [2, 2, 1, 0, 0]),
        ("browse", [1, 1, 0, 0, 0]),
        ("browse", [1, 1, 0, 0, 0]),
        ("even numbers from a service with a very long name", [5, 4, 2, 1, 2]),
    ];
    assert_eq!(numbers(&stats, 0), first, "{stats}");
    // One key is known, and the one of the load that was dropped was asked for and not sent.
    assert_eq!(numbers(&stats, 1), [("nodes", [3, 1, 0, 0, 0]), ("edges", [3, 3, 0, 0, 0])], "{stats}");
    assert_eq!(stats.asked_since, 2);
    assert_eq!((stats.asked(), stats.keys(), stats.statements()), (4 + 2 + 2 + 5 + 3 + 3 + 2, 15, 6));
    assert!(stats.rounds.iter().all(|round| round.time().is_some()));
}

/// The explanation without its times, which no test can know.
fn without_times(text: &str) -> String {
    let lines = text.lines().map(|line| line.chars().take(70).collect::<String>().trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn an_explanation_is_a_table_of_80_columns() {
    let text = stats().await.to_string();
    let expected = "\
2 rounds, 6 statements: 21 keys asked for, 15 sent

                                         asked    sent missing  failed
round 1, 4 statements
  nodes                                      4       3       1       0
  find by title, first 5                     2       2       1       0
  browse Archive, first 2                    1       1       0       0
  browse Archive, first 1                    1       1       0       0
  even numbers from a service with a…        5       4       2       1
round 2, 2 statements
  nodes                                      3       1       0       0
  edges sublists, first 10                   3       3       0       0
since then                                   2";
    assert_eq!(without_times(&text), expected, "\n{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(text.lines().nth(2).is_some_and(|titles| titles.ends_with("time")));
}

#[tokio::test]
async fn an_explanation_of_nothing_is_one_line() {
    assert_eq!(Scope::without_store().explain(), "0 rounds, 0 statements: 0 keys asked for, 0 sent\n");
}

#[tokio::test]
async fn programs_get_the_same_as_json() {
    let mut json = stats().await.to_json();
    let micros = json["rounds"][1]["reads"][0]["micros"].take();
    assert!(micros.is_u64(), "{micros}");
    let expected = json!({
        "operation": "nodes", "of": "",
        "asked": 3, "sent": 1, "missing": 0, "failed": 0, "calls": 0, "micros": null,
    });
    assert_eq!(json["rounds"][1]["reads"][0], expected);
    assert_eq!((&json["rounds"][0]["statements"], &json["asked_since"]), (&json!(4), &json!(2)));
}

#[tokio::test]
async fn a_round_under_way_says_so() {
    let mut scope = Scope::without_store();
    let never = scope.cx().source(Never);
    {
        let mut running = Box::pin(scope.run(never.load((), 1)));
        assert!(futures::poll!(&mut running).is_pending());
    }
    assert!(
        scope.explain().ends_with("  never                                      1       1       0       0 under way\n")
    );
    assert_eq!(scope.stats().to_json()["rounds"][0]["reads"][0]["micros"], json!(null));
}

#[tokio::test]
async fn keys_of_a_round_that_failed_are_counted() {
    let mut scope = Scope::without_store();
    let cx = scope.cx();
    let loads = (0..3).map(|_| cx.nodes(vec![NodeId::generate()]));
    scope.run(join_all(loads)).await;
    assert_eq!(numbers(&scope.stats(), 0), [("nodes", [3, 3, 0, 3, 0])]);
}

#[tokio::test]
async fn assertions_hold_or_panic_with_the_explanation() {
    let stats = stats().await;
    stats.assert_rounds(2);
    stats.assert_statements_at_most(6);
    let said = |check: fn(&Stats)| {
        let panic = std::panic::catch_unwind(|| check(&stats)).expect_err("it panics");
        panic.downcast::<String>().map(|said| *said).expect("a panic with a message")
    };
    let rounds = said(|stats| stats.assert_rounds(1));
    assert!(rounds.starts_with("expected 1 rounds, found 2\n\n2 rounds, 6 statements"), "{rounds}");
    let statements = said(|stats| stats.assert_statements_at_most(5));
    assert!(statements.starts_with("expected at most 5 statements, found 6\n\n2 rounds"), "{statements}");
}
