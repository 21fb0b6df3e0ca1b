//! What may be added to a service: a gate, probes, metrics, compression, other origins.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::ConnectInfo;
use kvetch::conformance::{Call, Fault, Instrumented, Layered};
use pent::Limits;
use pent::http::TurnedAway;
use serde_json::json;
use tests::sources::{read, sources};

use super::todo::fitted;
use super::workshop::Workshop;

#[tokio::test]
async fn a_gate_turns_requests_away_before_their_body_is_read() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let workshop = Workshop::fitted(Limits::default(), |service| {
        service.gate(move |head| {
            let number = count.fetch_add(1, Ordering::SeqCst);
            let is_known = head.extensions.get::<ConnectInfo<std::net::SocketAddr>>().is_some();
            async move {
                assert!(is_known, "the server says where a request comes from");
                match number < 2 {
                    true => Ok(()),
                    false => Err(TurnedAway::new("Two are enough.", Duration::from_millis(1_500))),
                }
            }
        })
    })
    .await;
    for _ in 0..2 {
        assert_eq!(workshop.ask("{ number }").await.status, 200);
    }
    // It never sends the body that it speaks of.
    let headers = "content-type: application/json\r\nexpect: 100-continue\r\n";
    let refused = workshop.server.send("POST", "/graphql", headers, "{").await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("2")), "{}", refused.body);
    assert_eq!((refused.code().as_str(), refused.message().as_str()), ("TOO_MANY_REQUESTS", "Two are enough."));
    assert_eq!(asked.load(Ordering::SeqCst), 3);
}

/// A batch of ten was one request to it, and a WebSocket was one for all its operations.
#[tokio::test]
async fn a_gate_is_asked_for_each_request_of_an_array_and_each_operation_of_a_connection() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let workshop = Workshop::fitted(Limits::default(), |service| {
        service.gate(move |_| {
            let number = count.fetch_add(1, Ordering::SeqCst);
            async move {
                match number < 5 {
                    true => Ok(()),
                    false => Err(TurnedAway::new("Five are enough.", Duration::from_secs(1))),
                }
            }
        })
    })
    .await;
    let three = json!([{ "query": "{ number }" }, { "query": "{ number }" }, { "query": "{ number }" }]).to_string();
    assert_eq!(workshop.server.post_of("", &three).await.status, 200);
    assert_eq!(asked.load(Ordering::SeqCst), 3);
    let mut client = super::sockets::Client::ready(&workshop).await;
    for expected in ["next", "complete"] {
        if expected == "next" {
            client.subscribe("a", "{ number }").await;
        }
        assert_eq!(client.message().await["type"], expected);
    }
    client.subscribe("b", "{ number }").await;
    let refused = client.message().await;
    assert_eq!(
        (&refused["type"], &refused["payload"][0]["extensions"]["code"]),
        (&json!("error"), &json!("TOO_MANY_REQUESTS"))
    );
    assert_eq!(workshop.server.post_of("", &three).await.status, 429);
}

/// A gate that did not answer held the connection of whoever asked, for ever.
#[tokio::test]
async fn a_gate_has_as_long_as_a_request() {
    let limits = Limits { deadline: Duration::from_millis(50), ..Limits::default() };
    let workshop = Workshop::fitted(limits, |service| service.gate(|_| std::future::pending())).await;
    let late = workshop.ask("{ number }").await;
    assert_eq!((late.status, late.code().as_str()), (504, "DEADLINE_EXCEEDED"), "{}", late.body);
}

/// A page may have its name lead to this machine, and asks as one of the server's own.
#[tokio::test]
async fn a_server_for_developers_answers_by_its_own_names_alone() {
    let closed = fitted(|service| service).await;
    let open = fitted(|service| service.explain().origins(["https://app.example"]).expect("it is an origin")).await;
    for (server, host, status) in [
        (&open, "localhost:1", 200),
        (&open, "127.0.0.1", 200),
        (&open, "app.example", 200),
        (&open, "evil.example", 403),
        // Who asked for it to be served by this name is not known.
        (&closed, "evil.example", 200),
    ] {
        let request =
            format!("GET /graphql?query={{__typename}} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        assert_eq!(exchanged(server, &request).await.status, status, "{host}");
    }
}

/// A service that has nothing to tell of held a connection for each WebSocket that anybody opened.
#[tokio::test]
async fn a_service_without_events_takes_no_connections() {
    let server = fitted(|service| service).await;
    let request = "GET /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n\
                   sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let refused = exchanged(&server, request).await;
    assert_eq!(
        (refused.status, refused.message().as_str()),
        (400, "There are no subscriptions here; requests are posted.")
    );
}

/// What comes back for bytes.
async fn exchanged(server: &tests::server::Server, request: &str) -> tests::server::Answer {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(server.address()).await.expect("it listens");
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.expect("it answers");
    tests::server::Answer::read(&response)
}

/// Whoever is in between may keep what is got, and shows it to others who send the same URL, and another cookie.
#[tokio::test]
async fn what_is_got_is_kept_by_nobody() {
    let server = fitted(|service| service).await;
    let got = server.send("GET", "/graphql?query={__typename}", "", "").await;
    assert_eq!((got.status, got.header("cache-control")), (200, Some("no-store")));
    let posted = server.post_of("", r#"{"query": "{ __typename }"}"#).await;
    assert_eq!((posted.status, posted.header("cache-control")), (200, None));
}

/// Four hundred KiB of each connection, which nobody counted.
#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let server = fitted(|service| service).await;
    let longest = format!("/graphql?query={{__typename}}{}", "%23".repeat(20_000));
    assert_eq!(server.send("GET", &longest, "", "").await.status, 200);
    let headers = (0..90).map(|number| format!("x-{number}: {}\r\n", "x".repeat(4_000))).collect::<String>();
    assert_eq!(server.send("GET", "/graphql?query={__typename}", &headers, "").await.status, 431);
}

#[tokio::test]
async fn probes_say_whether_the_shards_answer() {
    let shards = kvetch::shards_at(&["memory:?shards=3".parse().expect("the URL is valid")]).await;
    let mut shards = shards.expect("shards in memory open");
    let broken = Arc::new(Instrumented::default());
    shards[1] = Layered::around(shards[1].clone(), broken.clone());
    let schema = pent::storage_schema(&super::workshop::WORKSHOP).expect("the table is sound");
    let kvetch = kvetch::Kvetch::open_shards(shards, schema).await.expect("the store opens");
    let service = pent::http::Service::new(pent::Schema::new(&super::workshop::WORKSHOP), kvetch);
    let server = tests::server::Server::of(service.probes().router()).await;
    let live = server.send("GET", "/healthz", "", "").await;
    assert_eq!((live.status, live.body.as_str()), (200, "ok\n"));
    let ready = server.send("GET", "/readyz", "", "").await;
    assert_eq!((ready.status, &ready.json()["ready"]), (200, &json!(true)), "{}", ready.body);

    for (fault, why) in [(Fault::Fails, "unavailable"), (Fault::Hangs, "silent")] {
        broken.inject(Call::Meta, fault);
        // What was found is told for a second.
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        let gone = server.send("GET", "/readyz", "", "").await;
        let expected = json!([
            { "shard": 0, "ready": true }, { "shard": 1, "ready": false, "why": why }, { "shard": 2, "ready": true },
        ]);
        assert_eq!((gone.status, &gone.json()["shards"]), (503, &expected), "{}", gone.body);
    }
    assert_eq!(server.send("GET", "/healthz", "", "").await.status, 200);
    broken.heal();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(server.send("GET", "/readyz", "", "").await.status, 200);
}

#[tokio::test]
async fn there_are_no_probes_and_metrics_unless_they_are_asked_for() {
    let server = fitted(|service| service).await;
    for target in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(server.send("GET", target, "", "").await.status, 404, "{target}");
    }
    let server = fitted(|service| service.metrics(|| "rounds 7\n".to_owned())).await;
    assert_eq!(server.send("GET", "/metrics", "", "").await.body, "rounds 7\n");
}

/// Whoever draws a curve looks names up on the page; one that is not there is one that nobody knows of.
#[test]
fn every_metric_is_on_the_page_and_no_other() {
    let page = read("docs/server.md");
    let told = page.lines().filter_map(|line| line.strip_prefix("| `pent_")?.split('`').next());
    let told = told.map(|name| format!("pent_{name}")).collect::<BTreeSet<_>>();
    let sources = sources("pent");
    let lines = sources.iter().flat_map(|source| &source.lines).filter(|line| line.starts_with("const "));
    let names = lines.filter_map(|line| line.split_once("\"pent_")?.1.split('"').next());
    let counted = names.map(|name| format!("pent_{name}")).collect::<BTreeSet<_>>();
    assert!(counted.len() > 15, "{counted:?}");
    assert_eq!(told, counted);
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_accept_that() {
    let query = r#"{"query": "{ __schema { types { name description fields { name } } } }"}"#;
    let server = fitted(|service| service.compressed()).await;
    let plain = server.post_of("", query).await;
    assert_eq!(plain.header("content-encoding"), None);
    let (head, length) = raw(&server, query).await;
    assert!(head.to_ascii_lowercase().contains("content-encoding: gzip"), "{head}");
    assert!(length * 2 < plain.body.len(), "{length} of {}", plain.body.len());
}

/// The head of the answer to a client that accepts gzip, and the length of its body.
async fn raw(server: &tests::server::Server, body: &str) -> (String, usize) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(server.address()).await.expect("it listens");
    let request = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
         accept-encoding: gzip\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.expect("it answers");
    let end = response.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    (String::from_utf8_lossy(&response[..end]).into_owned(), response.len() - end)
}

#[tokio::test]
async fn pages_of_other_origins_read_nothing_unless_they_are_named() {
    let preflight = "access-control-request-method: POST\r\naccess-control-request-headers: content-type\r\n";
    let ours = "origin: https://app.example\r\n";
    let closed = fitted(|service| service).await;
    let open = fitted(|service| service.origins(["https://app.example"]).expect("it is an origin")).await;
    for (server, origin, expected) in [
        (&closed, ours, None),
        (&open, ours, Some("https://app.example")),
        (&open, "origin: https://evil.example\r\n", None),
    ] {
        let asked = server.send("OPTIONS", "/graphql", &format!("{origin}{preflight}"), "").await;
        assert_eq!(asked.header("access-control-allow-origin"), expected, "{origin}");
        let answer = server.post_of(origin, r#"{"query": "{ __typename }"}"#).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, expected), "{origin}");
    }
}
