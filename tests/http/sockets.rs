//! graphql-transport-ws, message by message.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use kvetch::{Create, NodeType, Props};
use pent::Limits;
use pent::http::Pace;
use serde_json::{Value as Json, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::workshop::Workshop;

/// A client.
pub(super) struct Client(WebSocketStream<TcpStream>);

/// What came.
#[derive(Debug, PartialEq)]
enum Came {
    Message(Json),
    Closed(u16, String),
    /// The connection was cut without a word.
    Cut,
}

impl Client {
    async fn connect(workshop: &Workshop) -> Self {
        Self::try_connect(workshop, &[("sec-websocket-protocol", "graphql-transport-ws")]).await.expect("it connects")
    }

    async fn try_connect(workshop: &Workshop, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        let address = workshop.server.address();
        let mut request = format!("ws://{address}/graphql").into_client_request().expect("it is a request");
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().expect("it is a header"));
        }
        let stream = TcpStream::connect(address).await.expect("it listens");
        match tokio_tungstenite::client_async(request, stream).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// One that has been let in.
    pub(super) async fn ready(workshop: &Workshop) -> Self {
        let mut client = Self::connect(workshop).await;
        client.send(json!({ "type": "connection_init" })).await;
        assert_eq!(client.next().await, Came::Message(json!({ "type": "connection_ack" })));
        client
    }

    async fn send(&mut self, message: Json) {
        self.say(&message.to_string()).await;
    }

    async fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.expect("it reads");
    }

    pub(super) async fn subscribe(&mut self, id: &str, query: &str) {
        self.send(json!({ "id": id, "type": "subscribe", "payload": { "query": query } })).await;
    }

    async fn next(&mut self) -> Came {
        let next = tokio::time::timeout(Duration::from_secs(20), self.0.next()).await.expect("something comes");
        match next {
            Some(Ok(Message::Text(text))) => Came::Message(serde_json::from_str(&text).expect("messages are JSON")),
            Some(Ok(Message::Close(Some(close)))) => Came::Closed(close.code.into(), close.reason.to_string()),
            None | Some(Err(_)) => Came::Cut,
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn message(&mut self) -> Json {
        match self.next().await {
            Came::Message(message) => message,
            ended => panic!("{ended:?}"),
        }
    }
}

/// A workshop that waits so long for the first message, and between pings.
async fn paced(init: Duration, ping: Duration) -> Workshop {
    Workshop::fitted(Limits::default(), |service| service.pace(Pace { init, ping })).await
}

const LONG: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(200);

fn next(id: &str, data: impl Into<Json>) -> Json {
    json!({ "id": id, "type": "next", "payload": { "data": data.into() } })
}

fn complete(id: &str) -> Json {
    json!({ "id": id, "type": "complete" })
}

#[tokio::test]
async fn a_subscription_is_answered_once_for_each_event_and_ends() {
    let workshop = Workshop::open(Limits::default()).await;
    let mut client = Client::ready(&workshop).await;
    client.subscribe("a", "subscription { ticks(to: 3) }").await;
    for number in 0..3 {
        assert_eq!(client.message().await, next("a", json!({ "ticks": number })));
    }
    assert_eq!(client.message().await, complete("a"));
    // Its id is free again; an event of which there is nothing to show is not heard of.
    client.subscribe("a", "subscription { odd(to: 5) }").await;
    for number in [1, 3] {
        assert_eq!(client.message().await, next("a", json!({ "odd": number })));
    }
    assert_eq!(client.message().await, complete("a"));
}

#[tokio::test]
async fn queries_and_mutations_are_answered_once() {
    let workshop = Workshop::open(Limits::default()).await;
    let mut client = Client::ready(&workshop).await;
    for query in ["{ number }", "mutation { number }"] {
        client.subscribe("a", query).await;
        assert_eq!(client.message().await, next("a", json!({ "number": 7 })));
        assert_eq!(client.message().await, complete("a"));
    }
}

#[tokio::test]
async fn what_is_refused_is_an_error_of_its_operation() {
    let workshop = Workshop::open(Limits { subscriptions: 1, ..Limits::default() }).await;
    let mut client = Client::ready(&workshop).await;
    for (query, code) in [
        ("{ nothing }", "VALIDATION_FAILED"),
        ("subscription {", "SYNTAX_ERROR"),
        ("subscription { fails }", "CLOSED"),
        ("subscription { nowhere }", "NOT_WRITTEN"),
    ] {
        client.subscribe("a", query).await;
        let message = client.message().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!("a")), "{message}");
        assert_eq!(message["payload"][0]["extensions"]["code"], code, "{message}");
    }
    client.subscribe("a", "subscription { panics }").await;
    let failed = client.message().await;
    assert_eq!(failed["payload"]["data"], json!({ "panics": null }), "{failed}");
    assert_eq!(failed["payload"]["errors"][0]["message"], "internal error");
    assert_eq!(client.message().await, complete("a"));

    client.subscribe("one", "subscription { waits }").await;
    client.subscribe("two", "subscription { waits }").await;
    let refused = client.message().await;
    assert_eq!((&refused["id"], &refused["payload"][0]["extensions"]["code"]), (&json!("two"), &json!("OVER_LIMIT")));
}

#[tokio::test]
async fn an_operation_ends_when_its_client_completes_it_or_goes() {
    let workshop = Workshop::open(Limits::default()).await;
    let mut client = Client::ready(&workshop).await;
    client.subscribe("a", "subscription { waits }").await;
    workshop.journal.has(1, 0).await;
    client.send(complete("a")).await;
    workshop.journal.has(1, 1).await;
    client.subscribe("a", "subscription { waits }").await;
    client.subscribe("b", "{ waits }").await;
    workshop.journal.has(3, 1).await;
    drop(client);
    workshop.journal.has(3, 3).await;
}

#[tokio::test]
async fn the_viewer_may_come_with_the_first_message() {
    let workshop = Workshop::open(Limits::default()).await;
    let mut client = Client::connect(&workshop).await;
    client.send(json!({ "type": "connection_init", "payload": { "token": 42 } })).await;
    assert_eq!(client.message().await, json!({ "type": "connection_ack" }));
    client.subscribe("a", "subscription { who }").await;
    assert_eq!(client.message().await, next("a", json!({ "who": 42 })));
    assert_eq!(client.message().await, complete("a"));
    for (token, expected) in [
        ("nobody", Came::Closed(4403, "this token is nobody's".to_owned())),
        ("broken", Came::Closed(4500, "Internal server error".to_owned())),
    ] {
        let mut client = Client::connect(&workshop).await;
        client.send(json!({ "type": "connection_init", "payload": { "token": token } })).await;
        assert_eq!(client.next().await, expected);
    }
}

#[tokio::test]
async fn pings_are_answered_with_what_they_bring() {
    let workshop = Workshop::open(Limits::default()).await;
    // Also before the first message.
    let mut client = Client::connect(&workshop).await;
    client.send(json!({ "type": "ping" })).await;
    assert_eq!(client.message().await, json!({ "type": "pong" }));
    client.send(json!({ "type": "pong" })).await;
    client.send(json!({ "type": "ping", "payload": { "n": 1 } })).await;
    assert_eq!(client.message().await, json!({ "type": "pong", "payload": { "n": 1 } }));
}

#[tokio::test]
async fn a_client_that_breaks_the_protocol_is_told_by_the_code_of_the_closing() {
    let workshop = Workshop::open(Limits::default()).await;
    let subscribe = json!({ "id": "a", "type": "subscribe", "payload": { "query": "subscription { waits }" } });
    let init = json!({ "type": "connection_init" });
    let text = Json::to_string;
    for (messages, code, reason) in [
        (vec![text(&subscribe)], 4401, "Unauthorized"),
        (vec![text(&init), text(&init)], 4429, "Too many initialisation requests"),
        (vec![text(&init), text(&subscribe), text(&subscribe)], 4409, "Subscriber for a already exists"),
        (vec!["{".to_owned()], 4400, "The body is not JSON"),
        (vec!["[]".to_owned()], 4400, "A message is a JSON object"),
        (vec!["{}".to_owned()], 4400, "A message has a \"type\""),
        (vec![r#"{"type": "next"}"#.to_owned()], 4400, "There is no message of type \"next\""),
        (vec![r#"{"type": "connection_init", "payload": 1}"#.to_owned()], 4400, "This is no connection_init message"),
        (vec![text(&init), r#"{"type": "subscribe", "id": 1}"#.to_owned()], 4400, "This is no subscribe message"),
        (
            vec![text(&init), r#"{"type": "subscribe", "id": "a", "payload": {}}"#.to_owned()],
            4400,
            "\"query\" must be a string",
        ),
        (vec![format!(r#"{{"type": "{}"}}"#, "é".repeat(200))], 4400, "There is no message of type"),
    ] {
        let mut client = Client::connect(&workshop).await;
        for message in &messages {
            client.say(message).await;
        }
        let mut came = client.next().await;
        while came == Came::Message(json!({ "type": "connection_ack" })) {
            came = client.next().await;
        }
        let Came::Closed(found, told) = came else { panic!("{messages:?}: {came:?}") };
        assert!(found == code && told.starts_with(reason), "{messages:?}: {found} {told}");
    }
    let mut client = Client::connect(&workshop).await;
    client.0.send(Message::binary(vec![1])).await.expect("it reads");
    assert_eq!(client.next().await, Came::Closed(4400, "Messages are text".to_owned()));
}

#[tokio::test]
async fn a_client_that_speaks_another_protocol_or_comes_from_another_page_is_not_let_in() {
    let workshop = Workshop::open(Limits::default()).await;
    let mut other = Client::try_connect(&workshop, &[]).await.expect("it connects");
    assert_eq!(other.next().await, Came::Closed(4406, "Subprotocol not acceptable".to_owned()));
    let protocol = ("sec-websocket-protocol", "graphql-transport-ws");
    let own = format!("http://{}", workshop.server.address());
    assert!(Client::try_connect(&workshop, &[protocol, ("origin", &own)]).await.is_ok());
    for origin in ["https://evil.example", "null"] {
        assert_eq!(Client::try_connect(&workshop, &[protocol, ("origin", origin)]).await.err(), Some(403), "{origin}");
    }
}

#[tokio::test]
async fn a_client_that_says_nothing_first_is_told_so() {
    let workshop = paced(SHORT, LONG).await;
    let mut silent = Client::connect(&workshop).await;
    assert_eq!(silent.next().await, Came::Closed(4408, "Connection initialisation timeout".to_owned()));
    // A ping is no beginning; who has begun is not asked again.
    let mut pinging = Client::connect(&workshop).await;
    pinging.send(json!({ "type": "ping" })).await;
    assert_eq!(pinging.message().await, json!({ "type": "pong" }));
    assert_eq!(pinging.next().await, Came::Closed(4408, "Connection initialisation timeout".to_owned()));
    let mut ready = Client::ready(&workshop).await;
    tokio::time::sleep(SHORT * 2).await;
    ready.subscribe("a", "{ number }").await;
    assert_eq!(ready.message().await, next("a", json!({ "number": 7 })));
}

/// Clients close with 4504 themselves when they have waited for `connection_ack`; here the server has.
#[tokio::test]
async fn a_viewer_that_nobody_can_tell_in_time_is_given_up() {
    let workshop = Workshop::open(Limits { deadline: SHORT, ..Limits::default() }).await;
    let mut client = Client::connect(&workshop).await;
    client.send(json!({ "type": "connection_init", "payload": { "token": "slow" } })).await;
    assert_eq!(client.next().await, Came::Closed(4504, "Connection acknowledgement timeout".to_owned()));
}

#[tokio::test]
async fn a_client_from_which_nothing_comes_is_cut_off_with_all_that_it_waits_for() {
    let workshop = paced(LONG, SHORT).await;
    let mut gone = Client::ready(&workshop).await;
    gone.subscribe("a", "subscription { waits }").await;
    workshop.journal.has(1, 0).await;
    assert_eq!(gone.message().await, json!({ "type": "ping" }));
    assert_eq!(gone.next().await, Came::Cut);
    workshop.journal.has(1, 1).await;
    let mut there = Client::ready(&workshop).await;
    for _ in 0..4 {
        assert_eq!(there.message().await, json!({ "type": "ping" }));
        there.send(json!({ "type": "pong" })).await;
    }
}

#[tokio::test]
async fn a_server_that_stops_says_so_and_a_client_that_closes_is_answered() {
    let workshop = Workshop::open(Limits::default()).await;
    let mut leaving = Client::ready(&workshop).await;
    let normal = CloseFrame { code: CloseCode::Normal, reason: "bye".into() };
    leaving.0.close(Some(normal)).await.expect("it reads");
    assert_eq!(leaving.next().await, Came::Closed(1000, "bye".to_owned()));
    let mut client = Client::ready(&workshop).await;
    client.subscribe("a", "subscription { waits }").await;
    workshop.journal.has(1, 0).await;
    let journal = workshop.journal.clone();
    drop(workshop);
    assert_eq!(client.next().await, Came::Closed(1001, "The server stops".to_owned()));
    journal.has(1, 1).await;
}

/// A stream without end for a client that does not read: no more is made than it can be sent.
#[tokio::test]
async fn events_are_made_no_faster_than_they_are_read() {
    let workshop = Workshop::open(Limits::default()).await;
    let mut client = Client::ready(&workshop).await;
    client.subscribe("a", "subscription { texts(length: 1000000) }").await;
    let mut before = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let shown = workshop.journal.shown.load(Ordering::SeqCst);
        assert!(shown < 200, "{shown} events were made for a client that reads none");
        if shown > 8 && shown == before {
            break;
        }
        before = shown;
    }
    client.send(complete("a")).await;
    client.subscribe("b", "{ number }").await;
    while client.message().await != next("b", json!({ "number": 7 })) {}
}

/// The pings that had been due while a client read were sent at once, and it was cut off for not answering the first.
#[tokio::test]
async fn a_client_that_reads_slowly_is_not_taken_for_gone() {
    let workshop = paced(LONG, Duration::from_secs(1)).await;
    let mut client = Client::ready(&workshop).await;
    client.subscribe("a", "{ text(length: 16000000) }").await;
    tokio::time::sleep(Duration::from_millis(3_500)).await;
    let mut answered = false;
    for _ in 0..6 {
        let message = client.message().await;
        match message["type"].as_str() {
            Some("ping") => client.send(json!({ "type": "pong" })).await,
            Some("next") => answered = true,
            _ => break,
        }
    }
    assert!(answered);
    client.subscribe("b", "{ number }").await;
    let mut message = client.message().await;
    while message == json!({ "type": "ping" }) {
        client.send(json!({ "type": "pong" })).await;
        message = client.message().await;
    }
    assert_eq!(message, next("b", json!({ "number": 7 })));
}

/// Only the end of the connection answered (RFC 6455, 5.5.1), and a reset in place of the reason where something the
/// client had sent was unread.
#[tokio::test]
async fn closing_is_said_by_both() {
    let workshop = Workshop::open(Limits::default()).await;
    let mut client = Client::ready(&workshop).await;
    client.0.close(None).await.expect("it reads");
    assert!(matches!(client.0.next().await, Some(Ok(Message::Close(_)))), "it is answered");
    assert!(client.0.next().await.is_none(), "it has ended well");

    let mut client = Client::ready(&workshop).await;
    client.0.feed(Message::text("{}")).await.expect("there is room");
    for _ in 0..20 {
        let long = json!({ "type": "ping", "payload": { "x": "y".repeat(60_000) } });
        client.0.feed(Message::text(long.to_string())).await.expect("there is room");
    }
    client.0.flush().await.expect("it reads");
    assert_eq!(client.next().await, Came::Closed(4400, "A message has a \"type\"".to_owned()));
}

/// Before it is known who it is, anybody could have 16 MiB kept for each connection.
#[tokio::test]
async fn a_client_that_nobody_knows_yet_may_send_little() {
    let workshop = Workshop::open(Limits::default()).await;
    let long = json!({ "type": "ping", "payload": { "x": "y".repeat(100_000) } }).to_string();
    let mut client = Client::ready(&workshop).await;
    client.say(&long).await;
    assert_eq!(client.message().await["type"], "pong");
    let mut client = Client::connect(&workshop).await;
    let _ = client.0.send(Message::text(long)).await;
    assert!(matches!(client.0.next().await, None | Some(Err(_))), "it is cut off");
}

/// What ran was thrown away with the connection.
#[tokio::test]
async fn a_server_that_stops_finishes_what_runs_before_it_closes() {
    let workshop = Workshop::open(Limits::default()).await;
    let journal = workshop.journal.clone();
    let mut client = Client::ready(&workshop).await;
    client.subscribe("a", "subscription { waits }").await;
    client.subscribe("b", "{ takes(millis: 500) }").await;
    journal.has(1, 0).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    drop(workshop);
    journal.has(1, 1).await;
    client.subscribe("c", "{ number }").await;
    assert_eq!(client.message().await, next("b", json!({ "takes": 500 })));
    assert_eq!(client.message().await, complete("b"));
    assert_eq!(client.next().await, Came::Closed(1001, "The server stops".to_owned()));
}

/// Its message had no name to be found by in the log.
#[tokio::test]
async fn a_subscription_that_cannot_begin_says_what_a_field_would() {
    let workshop = Workshop::open(Limits::default()).await;
    let mut client = Client::ready(&workshop).await;
    client.subscribe("a", "subscription { secret }").await;
    let message = client.message().await;
    let error = &message["payload"][0];
    assert_eq!((&error["message"], &error["extensions"]["code"]), (&json!("internal error"), &json!("INTERNAL")));
    assert!(error["extensions"]["requestId"].is_string(), "{message}");
}

#[tokio::test]
async fn what_is_written_is_heard_of_and_shown_as_it_is_then() {
    let workshop = Workshop::open(Limits::default()).await;
    let mut client = Client::ready(&workshop).await;
    client.subscribe("a", "subscription { written { title } }").await;
    // Once another operation is answered, this one has begun: they run in the order in which they came.
    client.subscribe("b", "{ takes(millis: 200) }").await;
    assert_eq!(client.message().await, next("b", json!({ "takes": 200 })));
    assert_eq!(client.message().await, complete("b"));
    for title in ["Dune", "Emma"] {
        let create = Create::new(NodeType(1), Props::from([("title", title), ("word", "TWO")]));
        workshop.kvetch.create(create).await.expect("it is written");
        assert_eq!(client.message().await, next("a", json!({ "written": { "title": title } })));
    }
}

/// A request of two megabytes was kept for as long as its subscription was open, a hundred of them for a connection, and
/// counted by nobody.
#[tokio::test]
async fn of_what_subscriptions_were_asked_with_no_more_is_kept_than_they_go_on_by_and_that_is_counted() {
    let workshop = Workshop::open(Limits { arriving_bytes: 200_000, ..Limits::default() }).await;
    let mut client = Client::ready(&workshop).await;
    let long = format!("subscription {{ waits }} # {}", "x".repeat(80_000));
    for number in 1..=20 {
        client.subscribe(&number.to_string(), &long).await;
        workshop.journal.has(number, 0).await;
    }
    let many = json!({ "query": "subscription { waits }", "variables": { "unknown": vec![0; 300] } });
    let mut open = 0;
    loop {
        client.send(json!({ "id": format!("v{open}"), "type": "subscribe", "payload": many })).await;
        tokio::select! {
            closed = client.0.next() => {
                let Some(Ok(Message::Close(Some(close)))) = closed else { panic!("{closed:?}") };
                assert_eq!(u16::from(close.code), 1013);
                break;
            }
            () = workshop.journal.has(20 + open + 1, 0) => open += 1,
        }
    }
    assert!((1..10).contains(&open), "{open} subscriptions with 20 kB of variables each");
}

/// Each message may be as long as a body, and nobody counted what had come of those that are not whole.
#[tokio::test]
async fn a_message_counts_while_it_arrives() {
    let workshop = Workshop::open(Limits { arriving_bytes: 100_000, ..Limits::default() }).await;
    let mut client = Client::ready(&workshop).await;
    let mut frame = vec![0x81, 0x80 | 127];
    frame.extend_from_slice(&1_000_000_u64.to_be_bytes());
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(&[b' '; 300_000]);
    let _ = tokio::io::AsyncWriteExt::write_all(client.0.get_mut(), &frame).await;
    assert!(matches!(client.0.next().await, None | Some(Err(_))), "it is cut off");
}

/// The pong, and all that the ping was made into, were kept for as long as the client did not read.
#[tokio::test]
async fn a_pong_is_an_answer_that_counts() {
    let workshop = Workshop::open(Limits { leaving_bytes: 50_000, ..Limits::default() }).await;
    let ping = |length| json!({ "type": "ping", "payload": { "x": "y".repeat(length) } });
    let mut client = Client::ready(&workshop).await;
    client.send(ping(40_000)).await;
    assert_eq!(client.message().await["type"], "pong");
    client.send(ping(60_000)).await;
    assert_eq!(client.next().await, Came::Closed(1013, "Too many bytes wait; come again later".to_owned()));
}

/// A plan that no cache had room for was kept by a subscription, and counted by nobody.
#[tokio::test]
async fn a_plan_counts_once_for_all_subscriptions_to_it() {
    let workshop = Workshop::open(Limits { arriving_bytes: 300_000, ..Limits::default() }).await;
    let document = |prefix: &str| {
        let titles = (0..150).map(|number| format!("{prefix}{number}: title")).collect::<Vec<_>>().join(" ");
        format!("subscription {{ written {{ {titles} }} }}")
    };
    let mut clients = Vec::new();
    for (prefix, is_let_in) in [("a", true), ("a", true), ("a", true), ("b", true), ("c", false), ("b", true)] {
        let mut client = Client::ready(&workshop).await;
        client.subscribe("s", &document(prefix)).await;
        if is_let_in {
            client.subscribe("t", "{ takes(millis: 200) }").await;
            assert_eq!(client.message().await["type"], "next", "{prefix}");
        } else {
            let refused = client.message().await;
            assert_eq!(refused["payload"][0]["extensions"]["code"], "OVERLOADED", "{prefix}: {refused}");
        }
        clients.push(client);
    }
}
