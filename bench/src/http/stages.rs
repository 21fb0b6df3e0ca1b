//! Where the time of a request goes: the same view with less and less around it, in a process of its own.

use std::path::Path;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request as HttpRequest, header};
use kvetch::{Answer, EdgeRead, EdgeType, Kvetch, NodeId, Read};
use pent::{Entity, Request, Schema, Scope, http};
use serde_json::{Value, json};
use todo::graph::generated::{TABLE, TodoUser};
use tokio::runtime::Runtime;
use tower::ServiceExt;

use super::loads::{ITEMS, LISTS};
use super::process::of_this_program;
use super::stored::{VIEW, body, open};
use super::{STAGES, cores};
use crate::contest::{Contender, Effort, time};
use crate::figure::{Bound, Figure};

/// Microseconds of a request, each stage with all that is below it.
pub(super) struct Stages {
    router: Vec<f64>,
    schema: Vec<f64>,
    store: Vec<f64>,
}

/// Measures them.
pub(super) fn measure(directory: &Path) -> Stages {
    let output = of_this_program(STAGES, directory).output().expect("it is this program");
    let text = String::from_utf8_lossy(&output.stdout);
    let stages: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let of = |name: &str| stages[name].as_array().expect("rounds").iter().filter_map(Value::as_f64).collect();
    Stages { router: of("router"), schema: of("schema"), store: of("store") }
}

impl Stages {
    /// What each adds, beside what a whole request takes of the server's core, and what an echo takes.
    pub(super) fn table(&self, request: f64, echo: f64) -> Vec<Figure> {
        let less = |more: &[f64], less: &[f64]| more.iter().zip(less).map(|(more, less)| more - less).collect();
        let sockets = self.router.iter().map(|router| request - router).collect();
        let figure = |name: &str, rounds| Figure::of(name.to_owned(), "us", rounds, Bound::None);
        vec![
            figure("a request", vec![request]),
            figure("  sockets, HTTP, tasks, what is not near", sockets),
            figure("  JSON, limits, scope, headers", less(&self.router, &self.schema)),
            figure("  plan found, execution, output", less(&self.schema, &self.store)),
            figure("  three rounds of the store", self.store.clone()),
            figure("an echo of as many bytes", vec![echo]),
        ]
    }
}

/// The whole of the process: JSON with the rounds of each stage.
pub(crate) fn in_process(directory: &Path) -> Value {
    cores::as_server();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let kvetch = runtime.block_on(open(directory));
    let users = runtime.block_on(users(&kvetch));
    // In turn, as they are asked for over HTTP: what one of them needs again and again is always near the processor.
    let turns = || users.iter().copied().cycle();
    let (mut of_router, mut of_schema, mut of_store) = (turns(), turns(), turns());
    let (router, schema) = (http::router(Schema::new(&TABLE), kvetch.clone()), Schema::new(&TABLE));
    let next = |turn: &mut dyn Iterator<Item = NodeId>| turn.next().expect("there are users, and they go round");
    let mut contenders = [
        Contender { name: "router", answer: Box::new(|| runtime.block_on(by_router(&router, next(&mut of_router)))) },
        Contender {
            name: "schema",
            answer: Box::new(|| runtime.block_on(by_schema(&schema, &kvetch, next(&mut of_schema)))),
        },
        Contender { name: "store", answer: Box::new(|| runtime.block_on(by_store(&kvetch, next(&mut of_store)))) },
    ];
    // What is made once is made.
    let quick = time(&mut contenders, Effort::QUICK);
    drop(quick);
    let timings = time(&mut contenders, Effort::FULL);
    drop(contenders);
    close(&runtime, kvetch);
    timings.into_iter().map(|timing| (timing.name.to_owned(), json!(timing.rounds))).collect()
}

fn close(runtime: &Runtime, kvetch: Kvetch) {
    runtime.block_on(kvetch.close()).expect("the store closes");
}

async fn users(kvetch: &Kvetch) -> Vec<NodeId> {
    let browse = Read::Browse { node_type: TodoUser::NODE_TYPE, after: None, first: 1_000 };
    match kvetch.round(vec![browse]).await.answers.pop() {
        Some(Answer::Browse(Ok(page))) => page.nodes.iter().map(|node| node.id).collect(),
        other => panic!("no users: {other:?}"),
    }
}

/// A request as hyper hands it over, and the bytes that it would be given to send.
async fn by_router(router: &Router, user: NodeId) -> usize {
    let request = HttpRequest::post("/graphql").header(header::CONTENT_TYPE, "application/json");
    let request = request.body(Body::from(body(&user))).expect("it is a request");
    let Ok(response) = router.clone().oneshot(request).await;
    to_bytes(response.into_body(), usize::MAX).await.expect("it is in memory").len()
}

async fn by_schema(schema: &Schema, kvetch: &Kvetch, user: NodeId) -> usize {
    let Value::Object(variables) = json!({ "id": user.to_string() }) else { unreachable!("it is an object") };
    let request = Request { query: VIEW.to_owned(), variables, ..Request::default() };
    let response = schema.execute(&request, &mut Scope::new(kvetch.clone())).await;
    assert!(!response.has_errors, "{}", String::from_utf8_lossy(&response.body));
    response.body.len()
}

/// What the view reads, as it reads it.
async fn by_store(kvetch: &Kvetch, user: NodeId) -> usize {
    let lists = nodes_and_edges(kvetch, vec![user], LISTS, 10).await;
    let items = nodes_and_edges(kvetch, lists, ITEMS, 5).await;
    kvetch.round(vec![Read::Nodes { ids: items }]).await.answers.len()
}

async fn nodes_and_edges(kvetch: &Kvetch, ids: Vec<NodeId>, edge: EdgeType, first: u32) -> Vec<NodeId> {
    let edges = Read::Edges { read: EdgeRead::new(edge, first), from: ids.clone() };
    match kvetch.round(vec![Read::Nodes { ids }, edges]).await.answers.pop() {
        Some(Answer::Edges(pages)) => {
            let pages = pages.into_iter().map(|page| page.expect("the store answers"));
            pages.flat_map(|page| page.edges.iter().map(|edge| edge.to).collect::<Vec<_>>()).collect()
        }
        other => panic!("no edges: {other:?}"),
    }
}
