//! Three hundred lists at once, through whatever polls futures in an order of its own: the batches are always the least.

use std::sync::Arc;

use futures::future::join_all;
use futures::stream::{FuturesUnordered, StreamExt};
use juniper::{EmptyMutation, EmptySubscription, RootNode, Variables, graphql_object};
use pent::{Cx, Task};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

use super::backend::{Backend, USER};
use super::ours::{Ours, in_tasks, scoped};
use super::view::{BATCHES, Loads, list_view, todo_view};
use crate::figure::{Bound, Figure};

const LISTS: u64 = 300;
/// How often it is done where the order in which futures are polled is left to threads.
const RUNS: u32 = 200;

pub(super) fn run(runtime: &Runtime) -> Vec<Figure> {
    let backend = Backend::wide(LISTS);
    let mut figures = Vec::new();
    let mut expect = |name: &str, sum: u64| {
        let (batches, _) = backend.taken();
        assert_eq!(sum, runtime.block_on(scoped(&backend, async |loads| todo_view(&loads).await)), "{name}");
        backend.taken();
        let name = format!("{LISTS} lists, {name}: batches");
        figures.push(Figure::of(name, "", vec![batches as f64], Bound::AtMost(BATCHES as f64)));
    };
    expect("join_all", runtime.block_on(scoped(&backend, async |loads| todo_view(&loads).await)));
    expect("FuturesUnordered", runtime.block_on(scoped(&backend, unordered)));
    expect("tokio semaphores", runtime.block_on(scoped(&backend, behind_semaphores)));
    expect("juniper's executor", runtime.block_on(scoped(&backend, by_juniper)));
    expect("tasks of the scope", runtime.block_on(in_tasks(&backend, spawned)));
    figures.push(on_two_threads());
    figures
}

/// The most batches of many runs: two threads poll the lists in another order each time.
fn on_two_threads() -> Figure {
    let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime starts");
    let backend = Backend::wide(LISTS);
    let expected = threads.block_on(scoped(&backend, async |loads| todo_view(&loads).await));
    backend.taken();
    let runs = (0..RUNS).map(|_| {
        assert_eq!(expected, threads.block_on(in_tasks(&backend, spawned_on_threads)), "tasks on two threads");
        backend.taken().0
    });
    let most = runs.max().expect("there are runs");
    let name = format!("{LISTS} lists, tasks on two threads: most batches of {RUNS} runs");
    Figure::of(name, "", vec![most as f64], Bound::AtMost(BATCHES as f64))
}

async fn spawned(cx: Cx, loads: Ours) -> u64 {
    view_in_tasks(&loads, |list| cx.spawn(owned_list_view(loads.clone(), list))).await
}

async fn spawned_on_threads(cx: Cx, loads: Ours) -> u64 {
    let elsewhere = |task| drop(tokio::spawn(task));
    view_in_tasks(&loads, |list| cx.spawn_on(elsewhere, owned_list_view(loads.clone(), list))).await
}

async fn view_in_tasks(loads: &Ours, spawn: impl Fn(u64) -> Task<u64>) -> u64 {
    let user = loads.node(USER).await;
    let lists = loads.ends(USER).await;
    let lists = join_all(lists.iter().map(|list| spawn(*list)).collect::<Vec<_>>()).await;
    user + lists.into_iter().map(|sum| sum.expect("the task ends")).sum::<u64>()
}

/// As `list_view`, for a task: which owns what it loads with, and may move to another thread.
async fn owned_list_view(loads: Ours, list: u64) -> u64 {
    let node = loads.owned_node(list).await;
    let items = loads.owned_ends(list).await;
    let items = join_all(items.iter().map(|item| loads.owned_node(*item))).await;
    node + items.into_iter().sum::<u64>()
}

async fn unordered(loads: Ours) -> u64 {
    let user = loads.node(USER).await;
    let lists = loads.ends(USER).await;
    let mut sums: FuturesUnordered<_> = lists.iter().map(|list| list_view(&loads, *list)).collect();
    let mut sum = user;
    while let Some(list) = sums.next().await {
        sum += list;
    }
    sum
}

/// Each waits for a permit that is there, which uses up tokio's cooperative budget.
async fn behind_semaphores(loads: Ours) -> u64 {
    let permits = Arc::new(Semaphore::new(LISTS as usize));
    let user = loads.node(USER).await;
    let lists = loads.ends(USER).await;
    let view = async |list: u64| {
        let _permit = permits.acquire().await.expect("it is open");
        list_view(&loads, list).await
    };
    user + join_all(lists.iter().map(|list| view(*list))).await.into_iter().sum::<u64>()
}

struct Query;

struct List(u64);

struct Item(u64);

impl juniper::Context for Ours {}

#[graphql_object(context = Ours)]
impl Query {
    async fn node(context: &Ours) -> String {
        context.node(USER).await.to_string()
    }

    async fn lists(context: &Ours) -> Vec<List> {
        // As the view: the user first.
        context.node(USER).await;
        context.ends(USER).await.iter().map(|list| List(*list)).collect()
    }
}

#[graphql_object(context = Ours)]
impl List {
    async fn node(&self, context: &Ours) -> String {
        context.node(self.0).await.to_string()
    }

    async fn items(&self, context: &Ours) -> Vec<Item> {
        context.node(self.0).await;
        context.ends(self.0).await.iter().map(|item| Item(*item)).collect()
    }
}

#[graphql_object(context = Ours)]
impl Item {
    async fn node(&self, context: &Ours) -> String {
        context.node(self.0).await.to_string()
    }
}

async fn by_juniper(loads: Ours) -> u64 {
    let schema = RootNode::new(Query, EmptyMutation::<Ours>::new(), EmptySubscription::<Ours>::new());
    let query = "{ node lists { node items { node } } }";
    let (value, errors) =
        juniper::execute(query, None, &schema, &Variables::new(), &loads).await.expect("the query is valid");
    assert!(errors.is_empty(), "{errors:?}");
    sum(&serde_json::to_value(&value).expect("values are JSON"))
}

/// All numbers in it.
fn sum(value: &serde_json::Value) -> u64 {
    match value {
        serde_json::Value::Object(fields) => fields.values().map(sum).sum(),
        serde_json::Value::Array(items) => items.iter().map(sum).sum(),
        serde_json::Value::String(number) => number.parse().expect("it is a number"),
        _ => 0,
    }
}
