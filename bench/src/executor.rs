//! Planned execution against juniper, async-graphql and serde_json, on the same typed data in memory.
//!
//! All have parsed their document beforehand, as a server with a cache of documents would have. What is
//! timed is the way from the data to the bytes of the response; serde_json does no more than write them.

mod allocations;
mod data;
mod peers;
mod planned;
mod rows;
mod stored;
mod unique;

use crate::contest::{Contender, Effort, agree, time};
use crate::figure::{Bound, Figure};

/// A query and what planned execution of it has to keep.
struct Case {
    name: &'static str,
    query: &'static str,
    /// At most this many times serde_json's time.
    of_serde: f64,
    /// At least this many times faster than juniper and async-graphql; zero for no bound.
    of_juniper: f64,
    of_async_graphql: f64,
}

const CASES: [Case; 3] = [
    Case {
        name: "10,000 x 5",
        query: "{ items { id name done rank score } }",
        of_serde: 1.3,
        of_juniper: 0.0,
        of_async_graphql: 0.0,
    },
    Case {
        name: "100 x 100 x 3",
        query: "{ groups { name items { id name done } } }",
        of_serde: 1.6,
        of_juniper: 0.0,
        of_async_graphql: 0.0,
    },
    Case {
        name: "todo view",
        query: "{ user { name lists { name items { text } } } }",
        of_serde: 2.0,
        of_juniper: 15.0,
        of_async_graphql: 10.0,
    },
];

/// Runs the three queries, counts what they allocate, runs the last of them with new documents, and lists out of a
/// store.
pub(crate) fn run(effort: Effort) -> Vec<Figure> {
    let mut figures: Vec<Figure> = CASES.iter().flat_map(|case| run_case(case, effort)).collect();
    figures.extend(allocations::run());
    let [.., todo_view] = &CASES;
    figures.extend(unique::run(todo_view.query, effort));
    figures.extend(rows::run(effort));
    figures
}

fn run_case(case: &Case, effort: Effort) -> Vec<Figure> {
    let planned = planned::Planned::new(case.query);
    let juniper = peers::Juniper::new();
    let juniper = juniper.prepare(case.query);
    let async_graphql = peers::AsyncGraphql::new(case.query);
    let mut contenders = [
        Contender { name: "serde_json", answer: Box::new(|| data::serialised(case.query)) },
        Contender { name: "pent", answer: Box::new(|| planned.answer()) },
        Contender { name: "juniper", answer: Box::new(|| juniper.answer()) },
        Contender { name: "async-graphql", answer: Box::new(|| async_graphql.answer()) },
    ];
    agree(&mut contenders, |body| serde_json::from_slice::<serde_json::Value>(&body).expect("a response is JSON"));
    let timings = time(&mut contenders, effort);
    let [serde, planned, juniper, async_graphql] = &timings[..] else { unreachable!("four contenders") };

    let mut figures = Vec::new();
    for timing in &timings {
        figures.push(Figure::of(format!("{}: {}", case.name, timing.name), "us", timing.rounds.clone(), Bound::None));
    }
    let at_least = |limit: f64| if limit > 0.0 { Bound::AtLeast(limit) } else { Bound::None };
    for (name, rounds, bound) in [
        ("pent / serde_json", planned.over(serde), Bound::AtMost(case.of_serde)),
        ("juniper / pent", juniper.over(planned), at_least(case.of_juniper)),
        ("async-graphql / pent", async_graphql.over(planned), at_least(case.of_async_graphql)),
    ] {
        figures.push(Figure::of(format!("{}: {name}", case.name), "x", rounds, bound));
    }
    figures
}
