//! The laws of batching, each one sentence and a count of rounds.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{join, join_all, select};
use futures::stream::{FuturesUnordered, StreamExt};
use kvetch::{Create, DerivedEdge, EdgeRead, EdgeType, Kvetch, NodeId, NodeType, NodeTypeDef, Props, Update, Value};
use pent::{Cx, Scope, Stats};

const PARENT: NodeType = NodeType(1);
const CHILD: NodeType = NodeType(2);
const CHILDREN: EdgeType = EdgeType(10);

/// A store on three shards: parents, each with as many children as asked for.
struct Family {
    kvetch: Kvetch,
    parents: Vec<NodeId>,
    children: Vec<Vec<NodeId>>,
}

async fn family(parents: usize, children: usize) -> Family {
    let schema = kvetch::Schema::builder()
        .node_type(NodeTypeDef { id: PARENT, name: "Parent".to_owned() })
        .node_type(NodeTypeDef { id: CHILD, name: "Child".to_owned() })
        .edge(DerivedEdge::new(CHILDREN, "children", PARENT, CHILD, "parentId"))
        .build()
        .expect("the schema is consistent");
    let url = "memory:?shards=3".parse().expect("the URL is valid");
    let kvetch = Kvetch::open(&[url], schema).await.expect("a store in memory opens");
    let mut made = Family { kvetch: kvetch.clone(), parents: Vec::new(), children: Vec::new() };
    for _ in 0..parents {
        let parent = created(&kvetch, PARENT, Props::new()).await;
        let mut of_parent = Vec::new();
        for _ in 0..children {
            let props = Props::from([("parentId", Value::Id(parent))]);
            of_parent.push(created(&kvetch, CHILD, props).await);
        }
        made.parents.push(parent);
        made.children.push(of_parent);
    }
    made
}

async fn created(kvetch: &Kvetch, node_type: NodeType, props: Props) -> NodeId {
    kvetch.create(Create::new(node_type, props)).await.expect("a node is created").node.id
}

/// Runs a future in a fresh scope and counts its rounds.
async fn expect_rounds<F: Future>(rounds: usize, family: &Family, future: impl FnOnce(Cx) -> F) -> F::Output {
    let (output, stats) = run(family, future).await;
    assert_eq!(stats.rounds.len(), rounds, "{stats:#?}");
    output
}

async fn run<F: Future>(family: &Family, future: impl FnOnce(Cx) -> F) -> (F::Output, Stats) {
    let mut scope = Scope::new(family.kvetch.clone());
    let cx = scope.cx();
    let running = scope.run(future(cx));
    let output = tokio::time::timeout(Duration::from_secs(20), running).await.expect("the scope does not hang");
    (output, scope.stats())
}

/// One node, which has to be there.
async fn load(cx: &Cx, id: NodeId) -> NodeId {
    let mut nodes = cx.nodes(vec![id]).await;
    nodes.pop().expect("one answer per key").expect("the shard answers").expect("the node is there").id
}

fn children_of() -> EdgeRead {
    EdgeRead::new(CHILDREN, 100)
}

/// The children of a parent, as a resolver per parent would load them.
async fn load_children(cx: &Cx, parent: NodeId) -> usize {
    let page = cx.edges(children_of(), vec![parent]).await.pop().expect("one answer per key").expect("it answers");
    join_all(page.edges.iter().map(|edge| load(cx, edge.to))).await.len()
}

#[tokio::test]
async fn loads_made_together_leave_together() {
    let family = family(20, 0).await;
    let parents = family.parents.clone();
    expect_rounds(1, &family, |cx| async move { join_all(parents.iter().map(|id| load(&cx, *id))).await }).await;
}

#[tokio::test]
async fn a_chain_of_loads_takes_a_round_each() {
    let family = family(3, 0).await;
    let parents = family.parents.clone();
    expect_rounds(3, &family, |cx| async move {
        for id in parents {
            load(&cx, id).await;
        }
    })
    .await;
}

#[tokio::test]
async fn rounds_depend_on_depth_and_not_on_width() {
    for width in [1, 30, 300] {
        let family = family(width, 2).await;
        let parents = family.parents.clone();
        let counts =
            expect_rounds(
                2,
                &family,
                |cx| async move { join_all(parents.iter().map(|id| load_children(&cx, *id))).await },
            );
        assert_eq!(counts.await, vec![2; width]);
    }
}

/// `FuturesUnordered` returns `Pending` after waking itself; taken for rest, that split 300 loads into many
/// batches.
#[tokio::test]
async fn futures_unordered_batches_like_join_all() {
    let family = family(300, 1).await;
    let parents = family.parents.clone();
    expect_rounds(2, &family, |cx| async move {
        let loads = parents.iter().map(|id| load_children(&cx, *id)).collect::<FuturesUnordered<_>>();
        loads.collect::<Vec<_>>().await
    })
    .await;
}

/// Tokio makes a task that has used up its budget wait; that must not end a batch early.
#[tokio::test]
#[cfg_attr(
    not(feature = "tokio"),
    ignore = "who runs scopes inside tokio leaves the feature on, which lifts its budget"
)]
async fn the_runtimes_budget_splits_no_batch() {
    let family = family(300, 0).await;
    let parents = family.parents.clone();
    let gate = tokio::sync::Semaphore::new(1_000);
    expect_rounds(1, &family, |cx| async move {
        let loads = parents.iter().map(|id| async {
            let _permit = gate.acquire().await;
            load(&cx, *id).await
        });
        join_all(loads).await
    })
    .await;
}

#[tokio::test]
async fn branches_of_unequal_depth_share_their_rounds() {
    let family = family(4, 1).await;
    let (parents, children) = (family.parents.clone(), family.children.clone());
    expect_rounds(3, &family, |cx| async move {
        let deep = async {
            load(&cx, parents[0]).await;
            load_children(&cx, parents[1]).await
        };
        join(deep, load(&cx, children[2][0])).await
    })
    .await;
}

#[tokio::test]
async fn a_key_is_sent_once_per_scope() {
    let family = family(1, 0).await;
    let id = family.parents[0];
    let (_, stats) = run(&family, |cx| async move {
        join_all((0..50).map(|_| load(&cx, id))).await;
        load(&cx, id).await
    })
    .await;
    assert_eq!((stats.rounds.len(), stats.keys()), (1, 1));
}

#[tokio::test]
async fn an_absent_node_is_remembered() {
    let family = family(1, 0).await;
    let id = NodeId::generate();
    let (_, stats) = run(&family, |cx| async move {
        for _ in 0..3 {
            let answer = cx.nodes(vec![id]).await.pop().expect("one answer per key");
            assert!(answer.expect("the shard answers").is_none());
        }
    })
    .await;
    assert_eq!(stats.rounds.len(), 1);
}

#[tokio::test]
async fn answers_come_in_the_order_asked_with_duplicates() {
    let family = family(2, 0).await;
    let asked = vec![family.parents[1], NodeId::generate(), family.parents[0], family.parents[1]];
    let expected = vec![Some(asked[0]), None, Some(asked[2]), Some(asked[3])];
    let nodes = expect_rounds(1, &family, |cx| async move { cx.nodes(asked).await }).await;
    let found = nodes.into_iter().map(|node| node.expect("the shard answers").map(|node| node.id));
    assert_eq!(found.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn kinds_of_read_share_a_round() {
    let family = family(3, 2).await;
    let (parents, children) = (family.parents.clone(), family.children.clone());
    let (_, stats) = run(&family, |cx| async move {
        join(
            join(cx.nodes(children[0].clone()), cx.edges(children_of(), parents.clone())),
            join(cx.counts(CHILDREN, parents.clone()), cx.browse(PARENT, None, 10)),
        )
        .await
    })
    .await;
    let operations =
        stats.rounds.iter().map(|round| round.reads.iter().map(|read| &*read.operation).collect::<Vec<_>>());
    assert_eq!(operations.collect::<Vec<_>>(), vec![vec!["nodes", "edges", "counts", "browse"]]);
}

#[tokio::test]
async fn a_load_that_was_dropped_while_queued_is_not_sent() {
    let family = family(2, 0).await;
    let (kept, dropped) = (family.parents[0], family.parents[1]);
    let (_, stats) = run(&family, |cx| async move {
        let mut abandoned = Box::pin(load(&cx, dropped));
        assert!(futures::poll!(&mut abandoned).is_pending());
        drop(abandoned);
        load(&cx, kept).await
    })
    .await;
    assert_eq!((stats.rounds.len(), stats.keys()), (1, 1));
}

#[tokio::test]
async fn dropping_one_waiter_harms_no_other() {
    let family = family(1, 0).await;
    let id = family.parents[0];
    expect_rounds(1, &family, |cx| async move {
        let mut abandoned = Box::pin(load(&cx, id));
        assert!(futures::poll!(&mut abandoned).is_pending());
        let kept = load(&cx, id);
        drop(abandoned);
        kept.await
    })
    .await;
}

#[tokio::test]
async fn the_loser_of_a_select_costs_nothing_more() {
    let family = family(2, 0).await;
    let (a, b) = (family.parents[0], family.parents[1]);
    let (_, stats) = run(&family, |cx| async move {
        select(Box::pin(load(&cx, a)), Box::pin(load(&cx, b))).await.factor_first();
        load(&cx, b).await
    })
    .await;
    assert_eq!((stats.rounds.len(), stats.keys()), (1, 2));
}

#[tokio::test]
async fn awaiting_something_foreign_only_delays() {
    let family = family(2, 0).await;
    let parents = family.parents.clone();
    expect_rounds(2, &family, |cx| async move {
        let late = async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            load(&cx, parents[1]).await
        };
        join(load(&cx, parents[0]), late).await
    })
    .await;
}

#[tokio::test]
async fn a_load_from_a_task_outside_reaches_the_scope() {
    let family = family(1, 0).await;
    let id = family.parents[0];
    expect_rounds(1, &family, |cx| async move {
        let outside = tokio::spawn(async move { load(&cx, id).await });
        outside.await.expect("the task ends")
    })
    .await;
}

#[tokio::test]
async fn a_load_after_its_scope_ended_is_an_error() {
    let family = family(1, 0).await;
    let id = family.parents[0];
    let cx = Scope::new(family.kvetch.clone()).cx();
    let answer = cx.nodes(vec![id]).await.pop().expect("one answer per key");
    assert!(answer.is_err());
}

#[tokio::test]
async fn a_load_that_waits_while_its_scope_ends_is_an_error() {
    let family = family(1, 0).await;
    let id = family.parents[0];
    let scope = Scope::new(family.kvetch.clone());
    let cx = scope.cx();
    let waiting = tokio::spawn(async move { cx.nodes(vec![id]).await });
    tokio::task::yield_now().await;
    drop(scope);
    let answer = tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("it does not hang");
    assert!(answer.expect("the task ends")[0].is_err());
}

#[tokio::test]
async fn a_scope_goes_on_after_a_run_was_dropped() {
    let family = family(2, 0).await;
    let (a, b) = (family.parents[0], family.parents[1]);
    let mut scope = Scope::new(family.kvetch.clone());
    let cx = scope.cx();
    {
        let mut dropped = Box::pin(scope.run(load(&cx, a)));
        let _ = futures::poll!(&mut dropped);
    }
    let both = scope.run(join(load(&cx, a), load(&cx, b)));
    let both = tokio::time::timeout(Duration::from_secs(20), both).await.expect("it does not hang");
    assert_eq!(both, (a, b));
}

#[tokio::test]
async fn a_read_after_a_write_sees_it() {
    let family = family(2, 1).await;
    let (old, new, child) = (family.parents[0], family.parents[1], family.children[0][0]);
    let counts = expect_rounds(2, &family, |cx| async move {
        let before = cx.counts(CHILDREN, vec![old, new]).await;
        let set = Props::from([("parentId", Value::Id(new))]);
        cx.update(Update::new(CHILD, child, set)).await.expect("the child moves");
        (before, cx.counts(CHILDREN, vec![old, new]).await)
    });
    let (before, after) = counts.await;
    let numbers = |counts: Vec<pent::Result<u64>>| {
        counts.into_iter().map(|count| count.expect("the shard answers")).collect::<Vec<_>>()
    };
    assert_eq!((numbers(before), numbers(after)), (vec![1, 1], vec![0, 2]));
}

#[tokio::test]
async fn the_same_program_batches_the_same_way_every_time() {
    let family = family(40, 3).await;
    let mut first = None;
    for _ in 0..5 {
        let parents = family.parents.clone();
        let (_, stats) = run(&family, |cx| async move {
            let cx = Arc::new(cx);
            let loads = parents.iter().enumerate().map(|(number, id)| {
                let cx = cx.clone();
                async move {
                    if number % 3 == 0 {
                        load(&cx, *id).await;
                    }
                    load_children(&cx, *id).await
                }
            });
            join_all(loads).await
        })
        .await;
        let known = first.get_or_insert_with(|| stats.clone());
        assert_eq!(*known, stats);
    }
}

/// The eleventh load is not made before one of the first ten is answered: whoever bounds how much is asked for at once
/// pays for it in rounds.
#[tokio::test]
async fn a_bound_on_what_is_under_way_costs_rounds() {
    let family = family(100, 0).await;
    expect_rounds(10, &family, |cx| {
        let loads = family.parents.clone().into_iter().map(move |id| {
            let cx = cx.clone();
            async move { load(&cx, id).await }
        });
        futures::stream::iter(loads).buffered(10).collect::<Vec<_>>()
    })
    .await;
}

/// As a query that has the same field twice, under two names.
#[tokio::test]
async fn aliases_cost_nothing_more() {
    let family = family(1, 3).await;
    let parent = family.parents[0];
    let (_, stats) = run(&family, |cx| async move {
        let both = join(load_children(&cx, parent), load_children(&cx, parent)).await;
        assert_eq!(both, (3, 3));
    })
    .await;
    stats.assert_rounds(2);
    assert_eq!((stats.keys(), stats.asked()), (1 + 3, 2 * (1 + 3)));
}

#[tokio::test]
async fn a_sub_tree_that_branches_share_is_read_once() {
    let family = family(3, 2).await;
    let (parents, children) = (family.parents.clone(), family.children.clone());
    let (_, stats) = run(&family, |cx| async move {
        // One comes to the parent right away, the other by way of another node.
        let direct = load_children(&cx, parents[0]);
        let indirect = async {
            load(&cx, children[1][0]).await;
            load_children(&cx, parents[0]).await
        };
        assert_eq!(join(direct, indirect).await, (2, 2));
    })
    .await;
    stats.assert_rounds(2);
    assert_eq!(stats.keys(), 1 + 1 + 2);
}

#[tokio::test]
async fn a_load_inside_a_task_inside_a_branch_takes_no_round_more() {
    let family = family(2, 2).await;
    let parents = family.parents.clone();
    expect_rounds(2, &family, |cx| async move {
        let inner = cx.clone();
        let parent = parents[0];
        let task = cx.spawn(async move { load_children(&inner, parent).await });
        let (task, other) = join(task, load_children(&cx, parents[1])).await;
        assert_eq!((task.expect("the task ends"), other), (2, 2));
    })
    .await;
}
