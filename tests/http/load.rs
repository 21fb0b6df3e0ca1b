//! More requests than there are places, requests that take too long, and clients that go away.

use std::time::Duration;

use pent::Limits;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::workshop::Workshop;

#[tokio::test]
async fn a_request_that_finds_no_place_is_told_when_to_come_again() {
    let workshop = Workshop::open(Limits { concurrent_requests: 2, ..Limits::default() }).await;
    let waiting = [waiting(&workshop).await, waiting(&workshop).await];
    workshop.journal.has(2, 0).await;
    let refused = workshop.ask("{ number }").await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")), "{}", refused.body);
    assert_eq!(refused.code(), "OVERLOADED");
    drop(waiting);
    workshop.journal.has(2, 2).await;
    assert_eq!(workshop.ask("{ number }").await.body, r#"{"data":{"number":7}}"#);
}

#[tokio::test]
async fn a_request_is_given_up_at_its_deadline_and_what_it_waited_for_with_it() {
    let workshop = Workshop::open(Limits { deadline: Duration::from_millis(50), ..Limits::default() }).await;
    for query in ["{ number waits }", "mutation { number waits }"] {
        let late = workshop.ask(query).await;
        assert_eq!((late.status, late.code().as_str()), (504, "DEADLINE_EXCEEDED"), "{}", late.body);
    }
    workshop.journal.has(2, 2).await;
}

/// A client that hung up used to be worked for until its answer was done.
#[tokio::test]
async fn a_request_ends_when_its_client_hangs_up() {
    let workshop = Workshop::open(Limits::default()).await;
    for number in 1..=3 {
        let client = waiting(&workshop).await;
        workshop.journal.has(number, number - 1).await;
        drop(client);
        workshop.journal.has(number, number).await;
    }
}

/// A client that has asked for what never comes.
async fn waiting(workshop: &Workshop) -> TcpStream {
    let mut stream = TcpStream::connect(workshop.server.address()).await.expect("it listens");
    let body = r#"{"query": "{ waits }"}"#;
    let request = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("it reads");
    stream
}
