//! Server-sent events: graphql-sse, in its distinct connections mode.

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
    let body = r#"{"query": "subscription { waits }"}"#;
    let request = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\naccept: text/event-stream\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(workshop.server.address()).await.expect("it listens");
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut head = [0; 12];
    stream.read_exact(&mut head).await.expect("it answers");
    assert_eq!(&head, b"HTTP/1.1 200");
    workshop.journal.has(1, 0).await;
    drop(stream);
    workshop.journal.has(1, 1).await;
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
