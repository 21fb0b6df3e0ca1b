//! From an HTTP request to a GraphQL request (GraphQL over HTTP, 5).

use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Query;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use futures::StreamExt;
use serde_json::{Map, Value};

use crate::limits::Limits;
use crate::schema::Request;

use super::budget::{Client, Share};
use super::media::is_utf8;
use super::meters;
use super::refusal::Refusal;

/// How long a client may take to send the body of a request. Enough for the largest over a slow line; a client
/// that stops in the middle would hold its connection for ever.
pub const BODY_DEADLINE: Duration = Duration::from_secs(30);

/// What a value of JSON takes in memory, at most and about: an object takes most, and has as many again in it.
const VALUE_BYTES: usize = 256;

/// Whether a request has everything in its URL, and must change nothing: browsers send it for any page, and proxies
/// send it again.
pub(super) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// What a body or a URL asks.
#[derive(Debug)]
pub(super) enum Asked {
    One(Request),
    Several(Vec<Request>),
}

impl Asked {
    pub(super) fn all(&self) -> &[Request] {
        match self {
            Self::One(request) => std::slice::from_ref(request),
            Self::Several(requests) => requests,
        }
    }
}

/// Reads a request, or says what is wrong with it. What arrives of its body is counted, and so is what is made of it, for
/// as long as the share is kept.
pub(super) async fn read(
    head: &Parts,
    body: Body,
    client: &Client,
    deadline: Duration,
    limits: &Limits,
) -> Result<(Asked, Share), Refusal> {
    let mut share = client.share();
    if is_safe(&head.method) {
        return Ok((Asked::One(of_url(head)?), share));
    }
    check_content_type(&head.headers)?;
    let body = tokio::time::timeout(deadline, read_body(body, &mut share, limits.body_bytes)).await;
    let body = body.map_err(|_| {
        let message = format!("The body did not arrive within {deadline:?}.");
        Refusal::new(StatusCode::REQUEST_TIMEOUT, "timeout", message)
    })?;
    let body = body?;
    meters::received(body.len());
    let asked = match json(&body, &mut share, limits)? {
        Value::Object(fields) => Asked::One(parameters(fields).map_err(Refusal::bad)?),
        Value::Array(entries) => Asked::Several(several(entries, limits.batch)?),
        _ => return Err(Refusal::bad("The body must be a JSON object with a \"query\", or an array of such.")),
    };
    Ok((asked, share))
}

/// A body, or a message, as JSON, whose values are counted before they are made.
pub(super) fn json(body: &[u8], share: &mut Share, limits: &Limits) -> Result<Value, Refusal> {
    let values = values_at_most(body);
    if values > limits.body_values {
        let message = format!("The body has up to {values} values, over the limit of {}.", limits.body_values);
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "over_limit", message));
    }
    if !share.take(values * VALUE_BYTES) {
        return Err(too_many_bytes());
    }
    serde_json::from_slice(body).map_err(|error| Refusal::bad(format!("The body is not JSON: {error}.")))
}

/// The requests of an array.
fn several(entries: Vec<Value>, limit: usize) -> Result<Vec<Request>, Refusal> {
    let found = entries.len();
    if found == 0 {
        return Err(Refusal::bad("The array of requests is empty."));
    }
    if found > limit {
        let message = format!("The array has {found} requests, over the limit of {limit}.");
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "over_limit", message));
    }
    let requests = entries.into_iter().enumerate().map(|(number, entry)| {
        let Value::Object(fields) = entry else {
            return Err(Refusal::bad(format!("Entry {number} of the array is no JSON object with a \"query\".")));
        };
        parameters(fields).map_err(|wrong| Refusal::bad(format!("Entry {number} of the array: {wrong}")))
    });
    requests.collect()
}

/// Only JSON that says so is read. A web page may send a form or plain text to any address without asking, and
/// browsers ask the server before they send this content type from a page that is not its own: without the check
/// every page that is open could write to a server on the same machine.
fn check_content_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let sent = headers.get(header::CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let mut parts = sent.as_deref().unwrap_or_default().split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let refused = |message| Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message));
    if !essence.eq_ignore_ascii_case("application/json") {
        let found = if essence.is_empty() { "none".to_owned() } else { format!("{essence:?}") };
        return refused(format!(
            "The content type must be application/json, and it is {found}; \
             with curl: -H 'content-type: application/json'."
        ));
    }
    let charset = parts.filter_map(|part| part.split_once('=')).find(|(key, _)| key.eq_ignore_ascii_case("charset"));
    match charset.map(|(_, value)| value.trim_matches('"')) {
        Some(charset) if !is_utf8(charset) => refused(format!("JSON is read as UTF-8, and not as {charset:?}.")),
        _ => Ok(()),
    }
}

async fn read_body(body: Body, share: &mut Share, bytes_max: usize) -> Result<Vec<u8>, Refusal> {
    let too_long = || {
        let message = format!("The body is over the limit of {bytes_max} bytes.");
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "over_limit", message)
    };
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(too_long());
    }
    let mut read = Vec::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| Refusal::bad(format!("The body cannot be read: {error}.")))?;
        if read.len() + chunk.len() > bytes_max {
            return Err(too_long());
        }
        if !share.take(chunk.len()) {
            return Err(too_many_bytes());
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read)
}

/// See [`Limits::arriving_bytes`].
pub(super) fn too_many_bytes() -> Refusal {
    Refusal::overloaded("Too many bodies are on their way; come again in a second.")
}

/// What the variables of a request take once they are coerced, about.
pub(super) fn bytes_of_variables(variables: &Map<String, Value>) -> usize {
    variables.iter().map(|(name, value)| name.len() + bytes_of(value)).sum()
}

fn bytes_of(value: &Value) -> usize {
    const EACH: usize = 64;
    EACH + match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(bytes_of).sum(),
        Value::Object(fields) => bytes_of_variables(fields),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

/// How many values a JSON can have, told from its text. Made into values it takes up to a hundred times its room.
fn values_at_most(json: &[u8]) -> usize {
    let mut count = 1;
    let mut is_text = false;
    let mut bytes = json.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => is_text = !is_text,
            // Whatever it is that is escaped, it ends no text.
            b'\\' if is_text => drop(bytes.next()),
            b',' | b'[' | b'{' if !is_text => count += 1,
            _ => {}
        }
    }
    count
}

/// The parameters of a URL. What is an object in a body is its JSON there.
fn of_url(head: &Parts) -> Result<Request, Refusal> {
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(&head.uri);
    let Query(pairs) =
        pairs.map_err(|error| Refusal::bad(format!("The parameters of the URL cannot be read: {error}.")))?;
    let mut fields = Map::new();
    for (name, value) in pairs {
        let value = match name.as_str() {
            // What a form sends for an empty field.
            _ if value.is_empty() => continue,
            "variables" | "extensions" => serde_json::from_str(&value)
                .map_err(|error| Refusal::bad(format!("\"{name}\" of the URL is not JSON: {error}.")))?,
            "query" | "operationName" | "documentId" => Value::String(value),
            // Others may have parameters of their own: proxies, analyses.
            _ => continue,
        };
        if fields.insert(name.clone(), value).is_some() {
            return Err(Refusal::bad(format!("The URL has \"{name}\" twice.")));
        }
    }
    parameters(fields).map_err(Refusal::bad)
}

/// A request of its parameters (GraphQL over HTTP, 5.1).
pub(super) fn parameters(mut fields: Map<String, Value>) -> Result<Request, String> {
    if !matches!(fields.get("extensions"), None | Some(Value::Null | Value::Object(_))) {
        return Err("\"extensions\" must be an object.".to_owned());
    }
    let document_id = document_id(&mut fields)?;
    let query = match fields.remove("query") {
        Some(Value::String(query)) => query,
        None | Some(Value::Null) if document_id.is_some() => String::new(),
        _ => return Err("\"query\" must be a string: the GraphQL document.".to_owned()),
    };
    let operation_name = match fields.remove("operationName") {
        None | Some(Value::Null) => None,
        // No operation can have this name, and clients with a form send it for an empty field.
        Some(Value::String(name)) if name.is_empty() => None,
        Some(Value::String(name)) => Some(name),
        Some(_) => return Err("\"operationName\" must be a string.".to_owned()),
    };
    let variables = match fields.remove("variables") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(variables)) => variables,
        Some(_) => return Err("\"variables\" must be an object.".to_owned()),
    };
    Ok(Request { query, document_id, operation_name, variables })
}

/// The id of a persisted operation: as the GraphQL over HTTP specification has it, or where Apollo's clients put it.
fn document_id(fields: &mut Map<String, Value>) -> Result<Option<String>, String> {
    let hash = fields.get_mut("extensions").and_then(|extensions| extensions.get_mut("persistedQuery"));
    let hash = hash.and_then(|persisted| persisted.get_mut("sha256Hash")).map(Value::take);
    match fields.remove("documentId").or(hash) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(id)) => Ok(Some(id)),
        Some(_) => Err("The id of a persisted operation must be a string.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::super::budget::{Budget, Peer};
    use super::*;

    /// Nothing bounded the time, so such a client held its connection until the server ended.
    #[tokio::test]
    async fn a_body_that_does_not_end_is_refused() {
        let half = stream::once(async { Ok::<_, std::convert::Infallible>("{\"query\":") });
        let body = Body::from_stream(half.chain(stream::pending()));
        let request =
            axum::extract::Request::post("/graphql").header(header::CONTENT_TYPE, "application/json").body(body);
        let (head, body) = request.expect("the request is well formed").into_parts();
        let (client, deadline) = (Budget::of(1_000).client(Peer::default()), Duration::from_millis(20));
        let refusal = read(&head, body, &client, deadline, &Limits::default()).await.expect_err("the body has no end");
        assert_eq!(refusal.status, StatusCode::REQUEST_TIMEOUT);
    }

    #[test]
    fn values_are_counted_outside_of_texts() {
        for (json, expected) in
            [("1", 1), ("[1, 2, [3]]", 5), (r#"{"a": "[{,\"[,", "b": [[]]}"#, 5), ("[", 2), ("\"\\", 1)]
        {
            assert_eq!(values_at_most(json.as_bytes()), expected, "{json}");
        }
    }
}
