//! Documents and variables that are broken in every way: nothing panics, every answer is JSON with data or errors, none
//! takes long, and nothing is quadratic in the size of a document.
//!
//! `GRAPHSCALE_LONG=1` fuzzes for ten minutes. A case that fails says how to run it alone.

mod breakage;
mod growth;

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use fastrand::Rng;
use futures::FutureExt;
use pent::{Request, Response};
use serde_json::Value as Json;

use crate::differential::document;
use crate::differential::world::{Served, World};

/// Cases of the ordinary run.
const CASES: u64 = 1_500;
/// How long the whole campaign runs.
const LONG: Duration = Duration::from_secs(600);
/// Cases over one schema: making one up takes longer than a case.
const CASES_PER_WORLD: u64 = 50;
/// How long one answer may take, in a build that is not optimised and on a machine that does other things, too.
const SLOWEST: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
struct Totals {
    cases: u64,
    run: u64,
    refused: u64,
    bytes: usize,
    slowest: Duration,
}

#[tokio::test]
async fn broken_documents_and_variables_are_answered() {
    let only = std::env::var("GRAPHSCALE_CASE").ok().map(|case| case.parse().expect("GRAPHSCALE_CASE is a number"));
    let is_long = std::env::var_os("GRAPHSCALE_LONG").is_some();
    let begun = Instant::now();
    let mut totals = Totals::default();
    let mut served: Option<(World, Served)> = None;
    for case in only.unwrap_or(0).. {
        let is_done = match only {
            Some(only) => case > only,
            None if is_long => begun.elapsed() >= LONG,
            None => case >= CASES,
        };
        if is_done {
            break;
        }
        if served.is_none() || case % CASES_PER_WORLD == 0 {
            let world = World::invent(case / CASES_PER_WORLD);
            let made = world.serve().await;
            served = Some((world, made));
        }
        let (world, served) = served.as_ref().expect("it was made a moment ago");
        check(case, &request(case, world), served, &mut totals).await;
    }
    let Totals { cases, run, refused, bytes, slowest } = totals;
    eprintln!(
        "fuzz: {cases} broken requests of {bytes} bytes in {} s: {run} ran, {refused} were refused, none panicked; the \
         slowest took {slowest:?}",
        begun.elapsed().as_secs()
    );
}

/// A broken request.
fn request(case: u64, world: &World) -> Request {
    let mut rng = Rng::with_seed(case);
    let made = document::random(world, rng.u64(..));
    let other = document::print(&document::random(world, rng.u64(..)));
    let query = breakage::text(&document::print(&made), &other, &mut rng);
    let variables = serde_json::from_str(&made.variables_json()).expect("the variables were written as JSON");
    let variables = breakage::variables(variables, &mut rng);
    let operation_name = made.operation_name.or_else(|| rng.bool().then(|| "Operation1".to_owned()));
    Request { query, operation_name: operation_name.filter(|_| rng.u8(..10) > 0), variables, ..Request::default() }
}

async fn check(case: u64, request: &Request, served: &Served, totals: &mut Totals) {
    let _on_failure = Failure(case, request);
    let begun = Instant::now();
    let answer = AssertUnwindSafe(served.answer(request)).catch_unwind().await;
    let taken = begun.elapsed();
    let response = answer.unwrap_or_else(|_| panic!("a request made pent panic"));
    assert!(taken < SLOWEST, "a request took {taken:?}");
    assert_is_response(&response);
    totals.cases += 1;
    totals.bytes += request.query.len();
    totals.slowest = totals.slowest.max(taken);
    if response.is_executed { totals.run += 1 } else { totals.refused += 1 }
}

fn assert_is_response(response: &Response) {
    let body = serde_json::from_slice::<Json>(&response.body).expect("a response is JSON");
    let errors = body.get("errors").map(|errors| errors.as_array().expect("errors are a list").len());
    assert_ne!(errors, Some(0), "errors, where there are some, are not empty");
    assert_eq!(errors.is_some(), response.has_errors);
    assert_eq!(body.get("data").is_some(), response.is_executed);
    assert!(body.get("data").is_some() || errors.is_some(), "a response has data or errors");
    if let Some(data) = body.get("data") {
        assert!(data.is_object() || (data.is_null() && errors.is_some()), "data is an object, or null with errors");
    }
}

/// Says which case it was.
struct Failure<'a>(u64, &'a Request);

impl Drop for Failure<'_> {
    fn drop(&mut self) {
        let Self(case, request) = self;
        if std::thread::panicking() {
            eprintln!("case {case} failed; alone: GRAPHSCALE_CASE={case} cargo test -p tests --test workspace fuzz");
            let shown = request.query.chars().take(4_000).collect::<String>();
            eprintln!("the first 4,000 characters of it:\n{shown}\n{:?}", request.operation_name);
        }
    }
}
