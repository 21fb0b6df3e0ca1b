//! More requests than there are places, requests that take too long, and clients that go away.

use std::sync::atomic::Ordering;
use std::time::Duration;

use pent::Limits;
use serde_json::{Value as Json, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

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

/// An answer was no longer counted once it was made, and kept for as long as its client did not read it: twenty clients
/// had 300 MB kept for ever.
#[tokio::test]
async fn answers_that_nobody_reads_leave_no_room_for_other_large_ones_and_harm_no_small_ones() {
    let workshop = Workshop::open(Limits { leaving_bytes: 24 << 20, ..Limits::default() }).await;
    let large = r#"{"query": "{ text(length: 20000000) }"}"#;
    let mut unread = asking(&workshop, "", large).await;
    let mut status = [0; 12];
    unread.read_exact(&mut status).await.expect("it answers");
    assert_eq!(&status, b"HTTP/1.1 200");
    let refused = workshop.server.post_of("", large).await;
    assert_eq!((refused.status, refused.code().as_str()), (503, "OVERLOADED"), "{}", refused.body);
    assert_eq!(workshop.ask("{ number }").await.status, 200);
    drop(unread);
    eventually(async || workshop.server.post_of("", large).await.status == 200).await;
}

/// Eighteen answers of 14 MB that one client did not read had those of all others refused.
#[tokio::test]
async fn an_address_that_reads_nothing_leaves_room_for_others() {
    let workshop = Workshop::open(Limits { leaving_bytes: 64 << 20, ..Limits::default() }).await;
    let large = r#"{"query": "{ text(length: 14000000) }"}"#;
    let mut unread = Vec::new();
    for expected in ["200", "200", "503"] {
        let mut stream = asking(&workshop, "", large).await;
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.expect("it answers");
        assert_eq!(&status[9..], expected.as_bytes());
        unread.push(stream);
    }
    let other = TcpSocket::new_v4().expect("there are sockets");
    other.bind("127.0.0.2:0".parse().expect("it is an address")).expect("all of 127.0.0.0/8 is here");
    let mut other = other.connect(workshop.server.address()).await.expect("it listens");
    let mut status = [0; 12];
    other.write_all(request("", large).as_bytes()).await.expect("it reads");
    other.read_exact(&mut status).await.expect("it answers");
    assert_eq!(&status[9..], b"200");
}

/// An answer of an array was counted once the last one was there, and what was turned away had been answered.
#[tokio::test]
async fn answers_that_wait_for_others_are_counted_and_fail_by_themselves() {
    let workshop = Workshop::open(Limits { leaving_bytes: 100_000, ..Limits::default() }).await;
    let text = r#"{"query": "{ text(length: 40000) }"}"#;
    let answer = workshop.server.post_of("", &format!(r#"[{text},{text},{{"query": "{{ number }}"}}]"#)).await;
    let answers = answer.json();
    assert_eq!(answers[0]["data"]["text"].as_str().map(str::len), Some(40_000));
    assert_eq!(answers[1]["errors"][0]["extensions"]["code"], "OVERLOADED");
    assert_eq!(answers[2]["data"]["number"], 7);
    assert_eq!(workshop.server.post_of("", text).await.status, 200);
}

/// Bodies were kept before anything counted them: ten thousand clients that leave the last byte away could have had
/// the server keep 20 GB.
#[tokio::test]
async fn bodies_on_their_way_leave_no_room_for_other_large_ones_and_harm_no_small_ones() {
    let workshop = Workshop::open(Limits { arriving_bytes: 200_000, ..Limits::default() }).await;
    let body = |length: usize| format!(r#"{{"query": "{{ number }} #{}"}}"#, "x".repeat(length));
    let mut slow = TcpStream::connect(workshop.server.address()).await.expect("it listens");
    let head = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n";
    slow.write_all(head.as_bytes()).await.expect("it reads");
    slow.write_all(&body(80_000).as_bytes()[..80_000]).await.expect("it reads");
    eventually(async || status(&workshop, &body(50_000)).await == "503").await;
    assert_eq!(status(&workshop, &body(10_000)).await, "200");
    drop(slow);
    eventually(async || status(&workshop, &body(50_000)).await == "200").await;
}

/// An event for each of many subscribers took every place there was, as soon as it was free, and requests were turned
/// away for as long as that took.
#[tokio::test]
async fn events_do_not_take_the_places_of_requests() {
    let limits = Limits { concurrent_requests: 1, concurrent_events: 1, ..Limits::default() };
    let workshop = Workshop::open(limits).await;
    let mut listening = Vec::new();
    for number in 1..=10 {
        let begun = workshop.journal.shown.load(Ordering::SeqCst);
        let body = r#"{"query": "subscription { texts(length: 10) }"}"#;
        let mut stream = asking(&workshop, "accept: text/event-stream\r\n", body).await;
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.expect("it answers");
        assert_eq!(&status, b"HTTP/1.1 200", "{number}");
        listening.push(stream);
        eventually(async || workshop.journal.shown.load(Ordering::SeqCst) > begun).await;
    }
    // Until the last of them has begun, which takes a place of requests.
    tokio::time::sleep(Duration::from_millis(200)).await;
    for _ in 0..50 {
        assert_eq!(workshop.ask("{ number }").await.status, 200);
    }
}

/// What a body was made into was no longer counted once it was read, and kept for as long as its request ran.
#[tokio::test]
async fn the_values_of_a_body_count_for_as_long_as_its_request_runs() {
    let workshop = Workshop::open(Limits { arriving_bytes: 1_000_000, ..Limits::default() }).await;
    let body = |query: &str| json!({ "query": query, "variables": { "unknown": (0..1_000).map(|at| json!({ "a": at })).collect::<Json>() } });
    let waits = body("{ waits }").to_string();
    let waiting = asking(&workshop, "", &waits).await;
    workshop.journal.has(1, 0).await;
    let answers = body("{ number }").to_string();
    assert_eq!(status(&workshop, &answers).await, "503");
    assert_eq!(workshop.ask("{ number }").await.status, 200);
    drop(waiting);
    eventually(async || status(&workshop, &answers).await == "200").await;
}

/// Waits until something holds.
async fn eventually(holds: impl AsyncFn() -> bool) {
    let held = tokio::time::timeout(Duration::from_secs(20), async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    held.await.expect("it comes to hold");
}

/// The status of the answer to a body, of which the server may leave some unread.
async fn status(workshop: &Workshop, body: &str) -> String {
    let mut answer = [0; 12];
    let _ = asking(workshop, "", body).await.read_exact(&mut answer).await;
    String::from_utf8_lossy(&answer[9..]).into_owned()
}

/// A client that has asked, and reads nothing so far.
async fn asking(workshop: &Workshop, headers: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(workshop.server.address()).await.expect("it listens");
    stream.write_all(request(headers, body).as_bytes()).await.expect("it reads");
    stream
}

fn request(headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\n\r\n\
         {body}"
    )
}

/// A client that has asked for what never comes.
async fn waiting(workshop: &Workshop) -> TcpStream {
    asking(workshop, "", r#"{"query": "{ waits }"}"#).await
}
