//! Subscriptions over a WebSocket: the protocol graphql-transport-ws.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, Request as HttpRequest};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::Response as HttpResponse;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, interval_at, sleep_until, timeout};
use tracing::Instrument;

use super::answer::over_limit;
use super::refusal::Refusal;
use super::request;
use super::serve::Stopping;
use super::service::Service;
use super::subscriber::respond_caught;
use crate::request_id::RequestId;
use crate::response::Response;
use crate::schema::Request;
use crate::store::ScopeBuilder;

/// The name of the protocol.
const PROTOCOL: &str = "graphql-transport-ws";
/// Responses of all operations of a connection that wait to be sent. Further ones are not made until the client has
/// read.
const AHEAD: usize = 8;
/// How long a client may take to read what is sent to it, with all that lies before it.
const SEND_DEADLINE: Duration = Duration::from_secs(30);
/// Bytes of the reason of a closing: a control frame has 125, and the code takes two.
const REASON_BYTES_MAX: usize = 123;

/// How long is waited on a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// For its `connection_init`.
    pub(super) init: Duration,
    /// Between two pings. A client from which nothing has come since the last one is gone.
    pub(super) ping: Duration,
}

impl Default for Pace {
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
    request: HttpRequest,
    stopping: Stopping,
) -> Result<HttpResponse, Refusal> {
    let (mut head, _) = request.into_parts();
    if !is_of_own_page(&head.headers, &service) {
        let message = "Pages of this origin may not connect here.";
        return Err(Refusal::new(StatusCode::FORBIDDEN, "forbidden", message));
    }
    let upgrade = WebSocketUpgrade::from_request_parts(&mut head, &()).await;
    let upgrade = upgrade.map_err(|rejection| Refusal::bad(format!("This is no WebSocket: {rejection}.")))?;
    let upgrade = upgrade.protocols([PROTOCOL]).max_message_size(service.schema.limits().body_bytes);
    let span = tracing::Span::current();
    Ok(upgrade.on_upgrade(move |socket| {
        let conversation = async move {
            let speaks = socket.protocol().is_some_and(|protocol| protocol == PROTOCOL);
            let mut conversation = Conversation::new(service, id, head, socket);
            let ended = match speaks {
                true => conversation.hold(stopping).await,
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
    /// With this code and reason.
    Closed(u16, String),
}

impl End {
    fn invalid(reason: impl Into<String>) -> Self {
        Self::Closed(4400, reason.into())
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
    Next(Operation, Response),
    /// It is over; with the response when it was refused.
    Over(Operation, Option<Response>),
}

/// One connection.
struct Conversation {
    service: Arc<Service>,
    id: RequestId,
    head: Parts,
    socket: WebSocket,
    /// Of whom the operations are, once that is said.
    scopes: Option<ScopeBuilder>,
    running: HashMap<String, (u64, AbortHandle)>,
    begun: u64,
    /// Ended with the conversation.
    tasks: JoinSet<()>,
    say: mpsc::Sender<Said>,
    said: mpsc::Receiver<Said>,
}

impl Conversation {
    fn new(service: Arc<Service>, id: RequestId, head: Parts, socket: WebSocket) -> Self {
        let (say, said) = mpsc::channel(AHEAD);
        let (running, tasks) = (HashMap::new(), JoinSet::new());
        Self { service, id, head, socket, scopes: None, running, begun: 0, tasks, say, said }
    }

    async fn hold(&mut self, stopping: Stopping) -> Result<(), End> {
        let Pace { init, ping } = self.service.pace;
        let init = Instant::now() + init;
        let mut pings = interval_at(Instant::now() + ping, ping);
        let mut is_heard = true;
        let mut stop = std::pin::pin!(stopping.wait());
        loop {
            tokio::select! {
                message = self.socket.recv() => {
                    is_heard = true;
                    match message {
                        Some(Ok(Message::Text(text))) => self.hear(text.as_str()).await?,
                        Some(Ok(Message::Binary(_))) => return Err(End::invalid("Messages are text")),
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                        Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(End::Gone),
                    }
                }
                Some(said) = self.said.recv() => self.tell(said).await?,
                Some(_) = self.tasks.join_next() => {}
                () = sleep_until(init), if self.scopes.is_none() => {
                    return Err(End::Closed(4408, "Connection initialisation timeout".into()));
                }
                _ = pings.tick() => {
                    if !is_heard {
                        return Err(End::Gone);
                    }
                    is_heard = false;
                    self.send(json!({ "type": "ping" }).to_string()).await?;
                }
                () = &mut stop => return Err(End::Closed(1001, "The server stops".into())),
            }
        }
    }

    async fn hear(&mut self, text: &str) -> Result<(), End> {
        let message = request::json(text.as_bytes(), self.service.schema.limits());
        let message = message.map_err(|refusal| End::invalid(refusal.message().to_owned()))?;
        let Value::Object(mut message) = message else { return Err(End::invalid("A message is a JSON object")) };
        let payload = message.remove("payload").filter(|payload| !payload.is_null());
        let id = message.remove("id");
        match (message.get("type").and_then(Value::as_str), id, payload) {
            (Some("connection_init"), _, None) => self.init(Map::new()).await,
            (Some("connection_init"), _, Some(Value::Object(payload))) => self.init(payload).await,
            (Some("ping"), _, None) => self.send(json!({ "type": "pong" }).to_string()).await,
            (Some("ping"), _, Some(payload @ Value::Object(_))) => {
                self.send(json!({ "type": "pong", "payload": payload }).to_string()).await
            }
            (Some("pong"), _, None | Some(Value::Object(_))) => Ok(()),
            (Some("subscribe"), Some(Value::String(id)), Some(Value::Object(payload))) => {
                self.subscribe(id, payload).await
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
        let scopes = timeout(self.service.schema.limits().deadline, self.service.scopes_of(head, &self.id)).await;
        match scopes {
            Ok(Ok(scopes)) => {
                self.scopes = Some(scopes);
                self.send(json!({ "type": "connection_ack" }).to_string()).await
            }
            Ok(Err(refusal)) if refusal.status == StatusCode::UNAUTHORIZED => {
                Err(End::Closed(4403, refusal.message().to_owned()))
            }
            Ok(Err(_)) => Err(End::Closed(4500, "Internal server error".into())),
            Err(_) => Err(End::Closed(4504, "Connection acknowledgement timeout".into())),
        }
    }

    async fn subscribe(&mut self, id: String, payload: Map<String, Value>) -> Result<(), End> {
        let Some(scopes) = self.scopes.clone() else { return Err(End::Closed(4401, "Unauthorized".into())) };
        if self.running.contains_key(&id) {
            return Err(End::Closed(4409, format!("Subscriber for {id} already exists")));
        }
        let request = request::parameters(payload).map_err(End::invalid)?;
        self.begun += 1;
        let operation = Operation { id, number: self.begun };
        let (found, limit) = (self.running.len() + 1, self.service.schema.limits().subscriptions);
        if found > limit {
            let refusal = over_limit(format!("The connection has {found} operations, over the limit of {limit}."));
            return self.send(refused(&operation, &refusal.response(Some(&self.id)))).await;
        }
        let run = run(self.service.clone(), scopes, self.id.clone(), request, operation.clone(), self.say.clone());
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
            Said::Next(operation, response) => {
                let id = Value::from(operation.id);
                let body = String::from_utf8_lossy(&response.body);
                self.send(format!("{{\"id\":{id},\"type\":\"next\",\"payload\":{body}}}")).await
            }
            Said::Over(operation, response) => {
                self.running.remove(&operation.id);
                let message = match response {
                    Some(response) => refused(&operation, &response),
                    None => json!({ "id": operation.id, "type": "complete" }).to_string(),
                };
                self.send(message).await
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
        let Err(End::Closed(code, mut reason)) = ended else { return };
        let end = (0..=reason.len().min(REASON_BYTES_MAX)).rev().find(|end| reason.is_char_boundary(*end));
        reason.truncate(end.unwrap_or_default());
        let close = self.socket.send(Message::Close(Some(CloseFrame { code, reason: reason.into() })));
        let _ = timeout(SEND_DEADLINE, close).await;
    }
}

/// Runs an operation, and says what came of it.
async fn run(
    service: Arc<Service>,
    scopes: ScopeBuilder,
    id: RequestId,
    request: Request,
    operation: Operation,
    say: mpsc::Sender<Said>,
) {
    let (out, mut responses) = mpsc::channel(1);
    let responding = async {
        let responded = respond_caught(&service, &scopes, &id, &request, &out).await;
        drop(out);
        responded
    };
    let telling = async {
        while let Some(response) = responses.recv().await {
            if say.send(Said::Next(operation.clone(), response)).await.is_err() {
                break;
            }
        }
    };
    let (responded, ()) = futures::future::join(responding, telling).await;
    // Where nobody listens any more, there is nobody to tell.
    let _ = say.send(Said::Over(operation, responded.err())).await;
}

/// The message that an operation was refused.
fn refused(operation: &Operation, response: &Response) -> String {
    let body = serde_json::from_slice::<Value>(&response.body).expect("a response is JSON");
    json!({ "id": operation.id, "type": "error", "payload": body["errors"] }).to_string()
}
