//! The spans of a scope: what is read for a request hangs on the span of the request.

mod collector;

use futures::future::{join, join3};
use kvetch::{Create, DerivedEdge, EdgeRead, EdgeType, Kvetch, NodeId, NodeType, NodeTypeDef, Props};
use pent::{Cx, Found, Result, Scope, Source};
use tracing::Instrument;

use crate::collector::Collector;

const LIST: NodeType = NodeType(1);
const SUBLISTS: EdgeType = EdgeType(10);

/// Knows even keys, and says so.
struct Even;

impl Source for Even {
    type Unary = &'static str;
    type Key = u64;
    type Value = u64;

    fn name(&self) -> &str {
        "even"
    }

    fn describe(&self, unary: &&'static str) -> String {
        (*unary).to_owned()
    }

    async fn load(&self, _: &&'static str, keys: &[u64]) -> Result<Found<u64, u64>> {
        tracing::info!(keys = keys.len(), "asked");
        Ok(keys.iter().filter(|key| *key % 2 == 0).map(|key| (*key, *key)).collect())
    }
}

/// A store on one shard, and a node of it.
async fn store() -> (Kvetch, NodeId) {
    let schema = kvetch::Schema::builder()
        .node_type(NodeTypeDef { id: LIST, name: "TodoList".to_owned() })
        .edge(DerivedEdge::new(SUBLISTS, "sublists", LIST, LIST, "above"))
        .build()
        .expect("the schema is consistent");
    let kvetch = Kvetch::open(&["memory:?shards=1".parse().expect("a url")], schema).await.expect("a store");
    let id = kvetch.create(Create::new(LIST, Props::new())).await.expect("created").node.id;
    (kvetch, id)
}

async fn two_rounds(cx: Cx, id: NodeId) {
    let even = cx.source(Even);
    let unknown = NodeId::generate();
    join3(
        cx.nodes(vec![id, unknown, id]),
        cx.edges(EdgeRead::new(SUBLISTS, 10), vec![id]),
        even.load_many("numbers", vec![1, 2, 3]),
    )
    .await;
    drop(join(cx.browse(LIST, None, 5), even.load_many("digits", vec![4])).await);
}

#[tokio::test]
async fn a_request_has_its_rounds_below_it_and_they_have_their_reads_and_statements() {
    let (kvetch, id) = store().await;
    let collector = Collector::default();
    let _listening = tracing::subscriber::set_default(collector.clone());
    let request = tracing::info_span!("request", id = 7);
    // What is current when the scope is made counts, wherever it runs.
    let mut scope = request.in_scope(|| Scope::new(kvetch));
    scope.run(two_rounds(scope.cx(), id)).await;
    drop(scope);
    drop(request);
    let expected = "\
request id=7
  round number=1 kinds=3 asked=7 sent=6 statements=2
    read kind=\"nodes\" of=\"\" asked=3 sent=2 missing=1 failed=0
    read kind=\"edges\" of=\"sublists, first 10\" asked=1 sent=1 missing=0 failed=0
    read kind=\"even\" of=\"numbers\" asked=3 sent=3 missing=2 failed=0 calls=1
      event message=asked keys=3
    statement kind=Nodes shard=0 keys=2
    statement kind=Edges shard=0 keys=1
  round number=2 kinds=2 asked=2 sent=2 statements=1
    read kind=\"browse\" of=\"TodoList, first 5\" asked=1 sent=1 missing=0 failed=0
    read kind=\"even\" of=\"digits\" asked=1 sent=1 missing=0 failed=0 calls=1
      event message=asked keys=1
    statement kind=\"Browse\" shard=0 keys=1
";
    assert_eq!(collector.tree(), expected);
}

#[tokio::test]
async fn rounds_of_a_scope_that_was_made_outside_of_any_span_stand_by_themselves() {
    let collector = Collector::default();
    let _listening = tracing::subscriber::set_default(collector.clone());
    let mut scope = Scope::without_store();
    let even = scope.cx().source(Even);
    let elsewhere = tracing::info_span!("elsewhere");
    scope.run(even.load("numbers", 2)).instrument(elsewhere).await.expect("it answers");
    let expected = "\
elsewhere
round number=1 kinds=1 asked=1 sent=1
  read kind=\"even\" of=\"numbers\" asked=1 sent=1 missing=0 failed=0 calls=1
    event message=asked keys=1
";
    assert_eq!(collector.tree(), expected);
}

#[tokio::test]
async fn what_is_under_way_is_open_and_ends_with_its_scope() {
    /// Does not answer.
    struct Never;

    impl Source for Never {
        type Unary = ();
        type Key = u64;
        type Value = u64;

        fn name(&self) -> &str {
            "never"
        }

        async fn load(&self, (): &(), _: &[u64]) -> Result<Found<u64, u64>> {
            std::future::pending().await
        }
    }

    let collector = Collector::default();
    let _listening = tracing::subscriber::set_default(collector.clone());
    let mut scope = Scope::without_store();
    let never = scope.cx().source(Never);
    assert!(futures::poll!(Box::pin(scope.run(never.load((), 1)))).is_pending());
    let round = "round number=1 kinds=1 asked=1 sent=1";
    let read = "read kind=\"never\" of=\"\" asked=1 sent=1";
    assert_eq!(collector.tree(), format!("{round}\n  {read} (open)\n"));
    drop(scope);
    assert_eq!(collector.tree(), format!("{round}\n  {read}\n"));
}
