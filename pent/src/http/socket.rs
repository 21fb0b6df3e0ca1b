//! Subscriptions over a WebSocket: the protocol graphql-transport-ws.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::Response as HttpResponse;
use futures::FutureExt;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};
use tracing::Instrument;

use super::budget::{Answer, Client, Share};
use super::connection::Connection;
use super::meters::Connected;
use super::refusal::{Refusal, caught};
use super::request;
use super::service::Service;
use super::subscriber::{Arrived, Ended, Operating, Out};
use crate::request_id::RequestId;
use crate::response::Response;
use crate::store::ScopeBuilder;
use crate::text::cut;

/// The name of the protocol.
const PROTOCOL: &str = "graphql-transport-ws";
/// Responses of all operations of a connection that wait to be sent, beside one of each. Further ones are not made until
/// the client has read.
const AHEAD: usize = 8;
/// How long a client may take to read what is sent to it, with all that lies before it.
const SEND_DEADLINE: Duration = Duration::from_secs(30);
/// Bytes that a client may send before it is known who it is: room for a token, and no more for as long as anybody may
/// connect.
const INIT_BYTES_MAX: usize = 64 << 10;
/// What of a connection is read, and collected to be written, at a time. The default of 128 KiB each, of connections
/// that mostly wait, would be most of what they take.
const BUFFER_BYTES: usize = 4 << 10;
/// How long a connection that is being closed waits for its client to say so, too. What the client had sent by then is
/// read: closed with bytes unread it would be reset, and the reason of the closing lost.
const CLOSE_DEADLINE: Duration = Duration::from_secs(1);
/// Bytes of the reason of a closing: a control frame has 125, and the code takes two.
const REASON_BYTES_MAX: usize = 123;

/// How long is waited on a WebSocket ([`Service::pace`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// For its `connection_init`; without one it is closed with 4408.
    pub init: Duration,
    /// Between two pings: to be less than after how long something in between closes what seems to be dead. A client
    /// from which nothing has come since the last one is gone, and cut off.
    pub ping: Duration,
}

impl Default for Pace {
    /// Ten seconds, and thirty.
    fn default() -> Self {
        Self { init: Duration::from_secs(10), ping: Duration::from_secs(30) }
    }
}

/// What a client sent with `connection_init` of graphql-transport-ws: its token, most likely, since browsers send no
/// headers of their own with a WebSocket. The function of [`Service::scopes`] finds it in the extensions of the head.
#[derive(Debug, Clone, Default)]
pub struct ConnectionInit(pub Map<String, Value>);

/// Whether a request is to become a connection.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    let upgrade = headers.get(header::UPGRADE).and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
}

/// Makes a connection of a request.
pub(super) async fn upgrade(
    service: Arc<Service>,
    id: RequestId,
    mut head: Parts,
    connection: Connection,
) -> Result<HttpResponse, Refusal> {
    if service.events.is_empty() {
        return Err(Refusal::bad("There are no subscriptions here; requests are posted."));
    }
    if !is_of_own_page(&head.headers, &service) {
        let message = "Pages of this origin may not connect here.";
        return Err(Refusal::new(StatusCode::FORBIDDEN, "forbidden", message));
    }
    let upgrade = WebSocketUpgrade::from_request_parts(&mut head, &()).await;
    let upgrade = upgrade.map_err(|rejection| Refusal::bad(format!("This is no WebSocket: {rejection}.")))?;
    let bytes_max = service.schema.limits().body_bytes;
    let upgrade = upgrade.protocols([PROTOCOL]).max_message_size(bytes_max).max_frame_size(bytes_max);
    let upgrade = upgrade.read_buffer_size(BUFFER_BYTES).write_buffer_size(BUFFER_BYTES);
    connection.bound_reading(INIT_BYTES_MAX);
    let span = tracing::Span::current();
    Ok(upgrade.on_upgrade(move |socket| {
        let conversation = async move {
            let speaks = socket.protocol().is_some_and(|protocol| protocol == PROTOCOL);
            let mut conversation = Conversation::new(service, id, head, connection, socket);
            let ended = match speaks {
                true => conversation.hold().await,
                false => Err(End::Closed(4406, "Subprotocol not acceptable".into())),
            };
            conversation.end(ended).await;
        };
        conversation.instrument(span)
    }))
}

/// Browsers let every page connect to every address, and send cookies with it: so a page has to be of the server
/// itself, or of an origin that was named. Other clients send no origin.
fn is_of_own_page(headers: &HeaderMap, service: &Service) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let uri = origin.to_str().ok().and_then(|origin| origin.parse::<Uri>().ok());
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let is_own = uri.as_ref().and_then(Uri::authority).is_some_and(|authority| host == Some(authority.as_str()));
    is_own || service.has_origin(origin)
}

/// Why a conversation ends.
enum End {
    /// The client has gone, or does not read.
    Gone,
    /// The client has closed the connection.
    ByClient,
    /// With this code and reason.
    Closed(u16, String),
}

impl End {
    fn invalid(reason: impl Into<String>) -> Self {
        Self::Closed(4400, reason.into())
    }

    /// There is no room for what it sent, or for an answer to that.
    fn overloaded() -> Self {
        Self::Closed(1013, "Too many bytes wait; come again later".into())
    }
}

/// An operation of a connection; its id may be used again once it has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Operation {
    id: String,
    number: u64,
}

/// What an operation has to say.
enum Said {
    Next(Operation, Answer),
    /// It is over; with the response when it was refused.
    Over(Operation, Result<Ended, Response>),
}

/// One connection.
struct Conversation {
    service: Arc<Service>,
    id: RequestId,
    head: Parts,
    connection: Connection,
    socket: WebSocket,
    sender: Client,
    reader: Client,
    /// Of whom the operations are, once that is said.
    scopes: Option<ScopeBuilder>,
    running: HashMap<String, (u64, AbortHandle)>,
    begun: u64,
    /// Whether something has come since the last ping.
    is_heard: bool,
    is_stopping: bool,
    /// Ended with the conversation.
    tasks: JoinSet<()>,
    say: mpsc::Sender<Said>,
    said: mpsc::Receiver<Said>,
    connected: Connected,
}

impl Conversation {
    fn new(service: Arc<Service>, id: RequestId, head: Parts, connection: Connection, socket: WebSocket) -> Self {
        let (say, said) = mpsc::channel(AHEAD);
        let (running, tasks) = (HashMap::new(), JoinSet::new());
        let (scopes, begun, is_heard, is_stopping) = (None, 0, true, false);
        let (sender, reader) = (service.sender(&head), service.reader(&head));
        Self {
            service,
            id,
            head,
            connection,
            socket,
            sender,
            reader,
            scopes,
            running,
            begun,
            is_heard,
            is_stopping,
            tasks,
            say,
            said,
            connected: Connected::begin(),
        }
    }

    async fn hold(&mut self) -> Result<(), End> {
        let Pace { init, ping } = self.service.pace;
        let init = Instant::now() + init;
        let mut pings = interval_at(Instant::now() + ping, ping);
        // Those that were missed while a client read slowly would come at once, and none of them be answered in time.
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let connection = self.connection.clone();
        let mut stop = std::pin::pin!(connection.stopping());
        loop {
            if self.is_stopping && self.running.is_empty() {
                return Err(End::Closed(1001, "The server stops".into()));
            }
            tokio::select! {
                message = self.socket.recv() => self.take(message).await?,
                Some(said) = self.said.recv() => self.tell(said).await?,
                Some(_) = self.tasks.join_next() => {}
                () = sleep_until(init), if self.scopes.is_none() => {
                    return Err(End::Closed(4408, "Connection initialisation timeout".into()));
                }
                _ = pings.tick() => {
                    if !self.is_heard {
                        // It may have come while something was being sent.
                        let message = self.socket.recv().now_or_never().ok_or(End::Gone)?;
                        self.take(message).await?;
                    }
                    self.is_heard = false;
                    self.send(json!({ "type": "ping" }).to_string()).await?;
                }
                // Subscriptions end by themselves; what else is running is finished.
                () = &mut stop, if !self.is_stopping => self.is_stopping = true,
            }
        }
    }

    async fn take(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        self.is_heard = true;
        match message {
            Some(Ok(Message::Text(text))) => self.hear(text).await,
            Some(Ok(Message::Binary(_))) => Err(End::invalid("Messages are text")),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Close(_))) => Err(End::ByClient),
            Some(Err(_)) | None => Err(End::Gone),
        }
    }

    async fn hear(&mut self, text: Utf8Bytes) -> Result<(), End> {
        let mut share = self.sender.share();
        self.connection.has_taken();
        if !share.take(text.len()) {
            return Err(End::overloaded());
        }
        let message = request::json(text.as_bytes(), &mut share, self.service.schema.limits());
        let message = message.map_err(|refusal| match refusal.status {
            StatusCode::SERVICE_UNAVAILABLE => End::overloaded(),
            _ => End::invalid(refusal.message()),
        })?;
        drop(text);
        let Value::Object(mut message) = message else { return Err(End::invalid("A message is a JSON object")) };
        let payload = message.remove("payload").filter(|payload| !payload.is_null());
        let id = message.remove("id");
        match (message.get("type").and_then(Value::as_str), id, payload) {
            (Some("connection_init"), _, None) => self.init(Map::new()).await,
            (Some("connection_init"), _, Some(Value::Object(payload))) => self.init(payload).await,
            (Some("ping"), _, None) => self.send(json!({ "type": "pong" }).to_string()).await,
            (Some("ping"), _, Some(payload @ Value::Object(_))) => self.pong(payload).await,
            (Some("pong"), _, None | Some(Value::Object(_))) => Ok(()),
            (Some("subscribe"), Some(Value::String(id)), Some(Value::Object(payload))) => {
                self.subscribe(id, payload, share).await
            }
            (Some("complete"), Some(Value::String(id)), _) => {
                if let Some((_, running)) = self.running.remove(&id) {
                    running.abort();
                }
                Ok(())
            }
            (Some(kind @ ("connection_init" | "ping" | "pong" | "subscribe" | "complete")), _, _) => {
                Err(End::invalid(format!("This is no {kind} message: its id or payload is missing or of another type")))
            }
            (Some(kind), _, _) => Err(End::invalid(format!("There is no message of type {kind:?}"))),
            (None, _, _) => Err(End::invalid("A message has a \"type\"")),
        }
    }

    async fn init(&mut self, payload: Map<String, Value>) -> Result<(), End> {
        if self.scopes.is_some() {
            return Err(End::Closed(4429, "Too many initialisation requests".into()));
        }
        let mut head = self.head.clone();
        head.extensions.insert(ConnectionInit(payload));
        match self.service.scopes_of(head, &self.id).await {
            Ok(scopes) => {
                self.scopes = Some(scopes);
                self.connection.count_reading(self.sender.share());
                self.send(json!({ "type": "connection_ack" }).to_string()).await
            }
            Err(refusal) => Err(match refusal.status {
                StatusCode::UNAUTHORIZED => End::Closed(4403, refusal.message().to_owned()),
                StatusCode::GATEWAY_TIMEOUT => End::Closed(4504, "Connection acknowledgement timeout".into()),
                _ => End::Closed(4500, "Internal server error".into()),
            }),
        }
    }

    async fn pong(&mut self, payload: Value) -> Result<(), End> {
        let (pong, mut share) = (format!("{{\"type\":\"pong\",\"payload\":{payload}}}"), self.reader.share());
        drop(payload);
        if share.take(pong.len()) { self.send(pong).await } else { Err(End::overloaded()) }
    }

    async fn subscribe(&mut self, id: String, payload: Map<String, Value>, share: Share) -> Result<(), End> {
        let Some(scopes) = self.scopes.clone() else { return Err(End::Closed(4401, "Unauthorized".into())) };
        if self.running.contains_key(&id) {
            return Err(End::Closed(4409, format!("Subscriber for {id} already exists")));
        }
        let request = request::parameters(payload).map_err(End::invalid)?;
        if self.is_stopping {
            // Its client asks another server, once this one has closed the connection.
            return Ok(());
        }
        self.begun += 1;
        let operation = Operation { id, number: self.begun };
        let (found, limit) = (self.running.len() + 1, self.service.schema.limits().subscriptions);
        if found > limit {
            let refusal =
                Refusal::over_limit(format!("The connection has {found} operations, over the limit of {limit}."));
            return self.send(refused(&operation, &refusal.response(Some(&self.id)))).await;
        }
        self.connected.operation();
        let running = Running {
            head: self.head.clone(),
            operating: Operating {
                service: self.service.clone(),
                scopes,
                id: self.id.clone(),
                connection: self.connection.clone(),
                reader: self.reader.clone(),
            },
            arrived: Arrived { request, share },
        };
        let run = running.run(operation.clone(), self.say.clone());
        let task = self.tasks.spawn(run.instrument(tracing::Span::current()));
        self.running.insert(operation.id, (operation.number, task));
        Ok(())
    }

    async fn tell(&mut self, said: Said) -> Result<(), End> {
        let (Said::Next(operation, _) | Said::Over(operation, _)) = &said;
        if self.running.get(&operation.id).is_none_or(|(number, _)| *number != operation.number) {
            // The client does not want to hear more of it.
            return Ok(());
        }
        match said {
            Said::Next(operation, Answer { body, share }) => {
                let id = Value::from(operation.id);
                let payload = String::from_utf8_lossy(&body);
                let message = format!("{{\"id\":{id},\"type\":\"next\",\"payload\":{payload}}}");
                drop(body);
                let sent = self.send(message).await;
                drop(share);
                sent
            }
            Said::Over(operation, ended) => {
                self.running.remove(&operation.id);
                match ended {
                    Ok(Ended::Complete) => {
                        self.send(json!({ "id": operation.id, "type": "complete" }).to_string()).await
                    }
                    // Left open, it is begun again by its client.
                    Ok(Ended::Stopped) => Ok(()),
                    Err(response) => self.send(refused(&operation, &response)).await,
                }
            }
        }
    }

    async fn send(&mut self, message: String) -> Result<(), End> {
        match timeout(SEND_DEADLINE, self.socket.send(Message::text(message))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }

    async fn end(mut self, ended: Result<(), End>) {
        self.tasks.abort_all();
        match ended {
            Ok(()) | Err(End::Gone) => return,
            // It is answered as soon as the next message is waited for.
            Err(End::ByClient) => {}
            Err(End::Closed(code, mut reason)) => {
                reason.truncate(cut(&reason, REASON_BYTES_MAX).len());
                let close = self.socket.send(Message::Close(Some(CloseFrame { code, reason: reason.into() })));
                if !matches!(timeout(SEND_DEADLINE, close).await, Ok(Ok(()))) {
                    return;
                }
            }
        }
        let closed = async { while let Some(Ok(_)) = self.socket.recv().await {} };
        let _ = timeout(CLOSE_DEADLINE, closed).await;
    }
}

/// An operation to be run beside the conversation.
struct Running {
    head: Parts,
    operating: Operating,
    arrived: Arrived,
}

impl Running {
    /// Runs it, and says what came of it.
    async fn run(self, operation: Operation, say: mpsc::Sender<Said>) {
        let Self { head, operating, arrived } = self;
        let next = Next { operation: operation.clone(), say: say.clone() };
        let responded = match caught(operating.service.let_in(&head)).await {
            Ok(()) => operating.respond(arrived, next).await,
            Err(refusal) => Err(refusal.response(Some(&operating.id))),
        };
        // Where nobody listens any more, there is nobody to tell.
        let _ = say.send(Said::Over(operation, responded)).await;
    }
}

/// Says the responses of an operation.
struct Next {
    operation: Operation,
    say: mpsc::Sender<Said>,
}

impl Out for Next {
    async fn send(&self, answer: Answer) -> bool {
        self.say.send(Said::Next(self.operation.clone(), answer)).await.is_ok()
    }
}

/// The message that an operation was refused.
fn refused(operation: &Operation, response: &Response) -> String {
    let body = serde_json::from_slice::<Value>(&response.body).expect("a response is JSON");
    json!({ "id": operation.id, "type": "error", "payload": body["errors"] }).to_string()
}
