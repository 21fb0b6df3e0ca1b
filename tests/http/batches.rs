//! Several requests in one body.

use std::sync::atomic::Ordering;
use std::time::Duration;

use pent::Limits;
use serde_json::{Value as Json, json};

use super::workshop::Workshop;

fn of(queries: &[&str]) -> String {
    queries.iter().map(|query| json!({ "query": query })).collect::<Json>().to_string()
}

#[tokio::test]
async fn requests_that_come_together_are_answered_in_their_order() {
    let workshop = Workshop::open(Limits::default()).await;
    let body = of(&["{ a: number }", "{ nothing }", "{ takes(millis: 20) }", "mutation { number }", "{ secret }"]);
    let answer = workshop.server.post_of("accept: application/graphql-response+json\r\n", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answers = answer.json();
    assert_eq!(answers[0], json!({ "data": { "a": 7 } }));
    assert_eq!(answers[1]["errors"][0]["extensions"]["code"], "VALIDATION_FAILED");
    assert_eq!(answers[2], json!({ "data": { "takes": 20 } }));
    assert_eq!(answers[3], json!({ "data": { "number": 7 } }));
    assert_eq!(answers[4]["data"], json!({ "secret": null }));
    assert_eq!(answers.as_array().map(Vec::len), Some(5));
}

/// Each takes forty milliseconds; one after the other they would take four hundred.
#[tokio::test]
async fn requests_that_come_together_run_at_the_same_time() {
    let workshop = Workshop::open(Limits::default()).await;
    let begun = std::time::Instant::now();
    let answer = workshop.server.post_of("", &of(&["{ takes(millis: 200) }"; 10])).await;
    assert_eq!(answer.json().as_array().map(Vec::len), Some(10));
    assert!(begun.elapsed() < std::time::Duration::from_millis(1_000), "{:?}", begun.elapsed());
}

/// One that was given up or turned away had the others thrown away halfway, and each asked anew who it was that asks.
#[tokio::test]
async fn requests_that_come_together_fail_one_by_one_and_are_of_one_viewer() {
    let limits = Limits { deadline: Duration::from_millis(300), ..Limits::default() };
    let workshop = Workshop::open(limits).await;
    let answer = workshop.server.post_of("", &of(&["{ number }", "{ waits }", "mutation { number }"])).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answers = answer.json();
    assert_eq!((&answers[0], &answers[2]), (&json!({ "data": { "number": 7 } }), &json!({ "data": { "number": 7 } })));
    assert_eq!(answers[1]["errors"][0]["extensions"]["code"], "DEADLINE_EXCEEDED");
    assert_eq!(workshop.journal.scopes.load(Ordering::SeqCst), 1);
}

/// Ten short queries in one body were answered by ten times the largest answer there may be.
#[tokio::test]
async fn requests_that_come_together_share_what_one_may_cost() {
    let limits = Limits { response_bytes: 50_000, concurrent_requests: 2, ..Limits::default() };
    let workshop = Workshop::open(limits).await;
    let answer = workshop.server.post_of("", &of(&["{ text(length: 20000) }"; 4])).await;
    let answers = answer.json();
    let whole = (0..4).filter(|at| answers[at]["data"]["text"].is_string()).count();
    assert_eq!((whole, answer.body.len() < 60_000), (2, true), "{} bytes", answer.body.len());
    let message = answers[3]["errors"][0]["message"].as_str().unwrap_or_default();
    assert!(message.ends_with("over the limit of 50000"), "{message}");
    // Each takes a place, as far as there are so many.
    let waiting = workshop.server.post_of("", r#"{"query": "{ takes(millis: 500) }"}"#);
    let together = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        workshop.server.post_of("", &of(&["{ number }"; 2])).await.status
    };
    let (waited, together) = futures::future::join(waiting, together).await;
    assert_eq!((waited.status, together), (200, 503));
}

#[tokio::test]
async fn an_array_that_is_none_is_refused_as_a_whole() {
    let workshop = Workshop::open(Limits { batch: 3, ..Limits::default() }).await;
    for (body, expected) in [
        ("[]", "The array of requests is empty."),
        ("[1]", "Entry 0 of the array is no JSON object with a \"query\"."),
        (r#"[{"query": "{ number }"}, {}]"#, "Entry 1 of the array: \"query\" must be a string: the GraphQL document."),
        (&of(&["{ number }"; 4]), "The array has 4 requests, over the limit of 3."),
    ] {
        let refused = workshop.server.post_of("", body).await;
        assert_eq!((refused.status, refused.message().as_str()), (400, expected), "{body}");
    }
}
