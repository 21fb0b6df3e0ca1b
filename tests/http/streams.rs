//! Server-sent events: graphql-sse, in its distinct connections mode.

use std::sync::atomic::Ordering;

use pent::Limits;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::workshop::Workshop;

/// What comes back until the stream ends: the lines of events, without the lengths of chunks.
async fn events(workshop: &Workshop, query: &str) -> (u16, Vec<String>) {
    let body = json!({ "query": query }).to_string();
    let answer = workshop.server.post_of("accept: text/event-stream\r\n", &body).await;
    let lines = answer.body.lines().filter(|line| line.starts_with("event") || line.starts_with("data"));
    (answer.status, lines.map(str::to_owned).collect())
}

#[tokio::test]
async fn responses_come_as_events_until_there_is_no_more() {
    let workshop = Workshop::open(Limits::default()).await;
    for (query, expected) in [
        ("subscription { ticks(to: 2) }", vec![r#"{"data":{"ticks":0}}"#, r#"{"data":{"ticks":1}}"#]),
        ("subscription { ticks(to: 0) }", vec![]),
        ("{ number }", vec![r#"{"data":{"number":7}}"#]),
        (
            "subscription { fails }",
            vec![r#"{"errors":[{"message":"the shop is closed","extensions":{"code":"CLOSED"}}]}"#],
        ),
    ] {
        let (status, lines) = events(&workshop, query).await;
        let nexts = expected.into_iter().flat_map(|data| ["event: next".to_owned(), format!("data: {data}")]);
        let complete = ["event: complete".to_owned(), "data:".to_owned()];
        assert_eq!((status, lines), (200, nexts.chain(complete).collect::<Vec<_>>()), "{query}");
    }
}

#[tokio::test]
async fn a_stream_ends_when_its_client_goes() {
    let workshop = Workshop::open(Limits::default()).await;
    let mut stream = asking(&workshop, r#"{"query": "subscription { waits }"}"#).await;
    let mut head = [0; 12];
    stream.read_exact(&mut head).await.expect("it answers");
    assert_eq!(&head, b"HTTP/1.1 200");
    workshop.journal.has(1, 0).await;
    drop(stream);
    workshop.journal.has(1, 1).await;
}

/// Whatever a client accepted beside JSON, it got events once it named them at all: urql names everything with each of
/// its queries.
#[tokio::test]
async fn clients_that_accept_everything_get_events_of_subscriptions_alone() {
    let workshop = Workshop::open(Limits::default()).await;
    let accept = "accept: application/graphql-response+json, application/graphql+json, application/json, \
                  text/event-stream, multipart/mixed\r\n";
    let ask = async |body: &str| {
        let answer = workshop.server.post_of(accept, body).await;
        (answer.status, answer.header("content-type").unwrap_or_default().split(';').next().map(str::to_owned))
    };
    let (json, events) = (Some("application/graphql-response+json".to_owned()), Some("text/event-stream".to_owned()));
    assert_eq!(ask(r#"{"query": "{ number }"}"#).await, (200, json.clone()));
    assert_eq!(ask(r#"{"query": "{ nothing }"}"#).await, (400, json.clone()));
    assert_eq!(ask(r#"[{"query": "{ number }"}]"#).await, (200, json));
    assert_eq!(ask(r#"{"query": "subscription { ticks(to: 2) }"}"#).await, (200, events));
}

/// What ran stood still with its place once its client did not read: for ever, since nothing looked at its deadline
/// either.
#[tokio::test]
async fn a_client_that_does_not_read_keeps_nobody_waiting_and_makes_no_more_than_it_reads() {
    let workshop = Workshop::open(Limits { concurrent_events: 1, ..Limits::default() }).await;
    let body = r#"{"query": "subscription { texts(length: 1000000) }"}"#;
    let mut unread = asking(&workshop, body).await;
    // Until what it does not read has filled whatever there is between it and the server.
    let mut before = 0;
    loop {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        let shown = workshop.journal.shown.load(Ordering::SeqCst);
        assert!(shown < 200, "{shown} events were made for a client that reads none");
        if shown > 8 && shown == before {
            break;
        }
        before = shown;
    }
    let (status, lines) = events(&workshop, "subscription { ticks(to: 3) }").await;
    assert_eq!((status, lines.len()), (200, 8));
    let mut head = [0; 12];
    unread.read_exact(&mut head).await.expect("it is not cut off");
}

/// Whatever ran was thrown away, and `complete` said that there was no more of it.
#[tokio::test]
async fn a_server_that_stops_finishes_what_runs_and_cuts_subscriptions_off() {
    let workshop = Workshop::open(Limits::default()).await;
    let journal = workshop.journal.clone();
    let mut query = asking(&workshop, r#"{"query": "{ takes(millis: 500) }"}"#).await;
    let mut subscription = asking(&workshop, r#"{"query": "subscription { waits }"}"#).await;
    journal.has(1, 0).await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    drop(workshop);
    let (mut answered, mut cut) = (String::new(), String::new());
    query.read_to_string(&mut answered).await.expect("it is whole");
    assert!(answered.contains(r#"data: {"data":{"takes":500}}"#) && answered.contains("event: complete"), "{answered}");
    let _ = subscription.read_to_string(&mut cut).await;
    // No chunk of no bytes either, which would end the response.
    assert!(!cut.contains("complete") && !cut.ends_with("0\r\n\r\n"), "{cut}");
}

/// A client that has asked for events, and reads nothing so far.
async fn asking(workshop: &Workshop, body: &str) -> TcpStream {
    let request = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\naccept: text/event-stream\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(workshop.server.address()).await.expect("it listens");
    stream.write_all(request.as_bytes()).await.expect("it reads");
    stream
}

#[tokio::test]
async fn a_subscription_that_is_asked_for_like_a_query_is_told_the_way() {
    let workshop = Workshop::open(Limits::default()).await;
    let refused = workshop.ask("subscription { ticks(to: 1) }").await;
    assert_eq!(refused.code(), "OPERATION_RESOLUTION_FAILED");
    assert!(refused.message().contains("accept: text/event-stream"), "{}", refused.body);
    let answer =
        workshop.server.send("GET", "/graphql?query=mutation{number}", "accept: text/event-stream\r\n", "").await;
    assert_eq!((answer.status, answer.code().as_str()), (405, "METHOD_NOT_ALLOWED"));
}
