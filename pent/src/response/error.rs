//! Error entries of a response.

use std::sync::Arc;

use serde_json::json;

use crate::error::Error;
use crate::operation::Location;
use crate::request_id::RequestId;
use crate::text;

/// How many errors a response lists, and the log is told of; the rest would only drown them.
pub(crate) const MAX_ERRORS: usize = 100;
/// Bytes of the messages of a response. Messages quote what a client sent, which may be long.
const MESSAGES_BYTES_MAX: usize = 16 << 10;
/// Bytes of one message of a response.
const MESSAGE_BYTES_MAX: usize = 2 << 10;
/// Bytes of `errors` as a whole: paths repeat the names of their fields.
const ERRORS_BYTES_MAX: usize = 256 << 10;

/// An entry of `errors`.
#[derive(Debug, Clone)]
pub(crate) struct ErrorEntry {
    pub(crate) message: String,
    pub(crate) code: String,
    pub(crate) locations: Vec<Location>,
    /// Absent for errors of the request as a whole.
    pub(crate) path: Option<Vec<PathSegment>>,
    /// What clients must not see, where the message says no more than that something failed.
    hidden: Option<String>,
}

/// What clients are told of errors that are not for them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Told<'a> {
    /// By what somebody finds the rest in the log.
    pub(crate) request_id: Option<&'a RequestId>,
    /// All there is: while a server is being written.
    pub(crate) everything: bool,
}

/// All that clients learn of what is not for them.
const MASK: &str = "internal error";

/// A step of the way from the root of a response to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PathSegment {
    Key(Arc<str>),
    Index(usize),
}

/// Why a request cannot be run: what is wrong with its document, all of it.
#[derive(Debug, Clone)]
pub struct RefusedDocument {
    pub(crate) errors: Vec<ErrorEntry>,
}

impl std::error::Error for RefusedDocument {}

/// One line for each error: line and column of the document, and what is wrong there.
impl std::fmt::Display for RefusedDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (number, error) in self.errors.iter().enumerate() {
            let separator = if number == 0 { "" } else { "\n" };
            match error.locations.first() {
                Some(at) => write!(f, "{separator}{}:{}: {}", at.line, at.column, error.message)?,
                None => write!(f, "{separator}{}", error.message)?,
            }
        }
        Ok(())
    }
}

impl ErrorEntry {
    /// An error of the request as a whole: nothing was run.
    pub(crate) fn request(code: &str, message: String, location: Option<Location>) -> Self {
        let locations = location.into_iter().collect();
        Self { message, code: code.to_uppercase(), locations, path: None, hidden: None }
    }

    /// A defect that the request as a whole ran into.
    pub(crate) fn internal(hidden: String) -> Self {
        Self { hidden: Some(hidden), ..Self::request("internal", MASK.to_owned(), None) }
    }

    /// An error of the request as a whole that code of the application raised. What clients must not see goes into the
    /// log.
    #[cfg(feature = "axum")]
    pub(crate) fn of_request(error: &Error) -> Self {
        if error.is_public() {
            return Self::request(error.code(), error.to_string(), None);
        }
        tracing::error!(code = error.code(), %error, "a request failed");
        Self::internal(error.to_string())
    }

    /// An error of one field. What clients must not see goes into the log.
    pub(crate) fn field(error: &Error, location: Location, path: Vec<PathSegment>) -> Self {
        let (message, hidden) = if error.is_public() {
            (error.to_string(), None)
        } else {
            tracing::error!(path = %dotted(&path), code = error.code(), %error, "a field failed");
            (MASK.to_owned(), Some(error.to_string()))
        };
        Self { message, code: error.code().to_uppercase(), locations: vec![location], path: Some(path), hidden }
    }

    fn message(&self, told: Told<'_>) -> &str {
        self.hidden.as_deref().filter(|_| told.everything).unwrap_or(&self.message)
    }

    fn to_json(&self, told: Told<'_>) -> serde_json::Value {
        let locations = self.locations.iter().map(|at| json!({ "line": at.line, "column": at.column }));
        let mut entry = json!({ "message": cut(self.message(told), MESSAGE_BYTES_MAX) });
        if !self.locations.is_empty() {
            entry["locations"] = locations.collect();
        }
        if let Some(path) = &self.path {
            entry["path"] = path.iter().map(PathSegment::to_json).collect();
        }
        entry["extensions"] = json!({ "code": self.code });
        if let (Some(id), Some(_)) = (told.request_id, &self.hidden) {
            entry["extensions"]["requestId"] = json!(id.as_str());
        }
        entry
    }
}

impl PathSegment {
    fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Key(key) => serde_json::Value::from(&**key),
            Self::Index(index) => serde_json::Value::from(*index),
        }
    }
}

/// Writes the value of `errors`: the first of them, as far as there is room, and one in any case.
pub(crate) fn write_errors(out: &mut Vec<u8>, errors: &[ErrorEntry], told: Told<'_>) {
    let start = out.len();
    let mut messages = 0;
    out.push(b'[');
    for (number, error) in errors.iter().take(MAX_ERRORS).enumerate() {
        let before = out.len();
        if number > 0 {
            out.push(b',');
        }
        serde_json::to_writer(&mut *out, &error.to_json(told)).expect("JSON values can be written to memory");
        messages += error.message(told).len().min(MESSAGE_BYTES_MAX);
        if number > 0 && (messages > MESSAGES_BYTES_MAX || out.len() - start > ERRORS_BYTES_MAX) {
            out.truncate(before);
            break;
        }
    }
    out.push(b']');
}

/// The beginning of a text that is too long.
fn cut(text: &str, bytes: usize) -> std::borrow::Cow<'_, str> {
    if text.len() <= bytes {
        return text.into();
    }
    format!("{}…", text::cut(text, bytes)).into()
}

fn dotted(path: &[PathSegment]) -> String {
    let segments = path.iter().map(|segment| match segment {
        PathSegment::Key(key) => key.to_string(),
        PathSegment::Index(index) => index.to_string(),
    });
    segments.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(errors: &[ErrorEntry]) -> serde_json::Value {
        let mut out = Vec::new();
        write_errors(&mut out, errors, Told::default());
        serde_json::from_slice(&out).expect("errors are JSON")
    }

    /// Messages quote names and values of the document, so that a client could have any number of bytes back.
    #[test]
    fn errors_are_a_hundred_at_most_and_their_texts_have_a_limit() {
        let error = |bytes: usize| ErrorEntry::request("x", "é".repeat(bytes / 2), None);
        assert_eq!(written(&vec![error(10); 1_000]).as_array().map(Vec::len), Some(MAX_ERRORS));
        let long = written(&vec![error(1 << 20); 50]);
        assert_eq!(long.as_array().map(Vec::len), Some(MESSAGES_BYTES_MAX / MESSAGE_BYTES_MAX));
        let message = long[0]["message"].as_str().expect("a text");
        assert!(message.ends_with('…') && message.len() <= MESSAGE_BYTES_MAX + '…'.len_utf8(), "{}", message.len());
    }

    #[test]
    fn paths_count_beside_messages() {
        let mut error = ErrorEntry::request("x", "failed".to_owned(), None);
        error.path = Some(vec![PathSegment::Key("k".repeat(100_000).into())]);
        assert_eq!(written(&vec![error; 50]).as_array().map(Vec::len), Some(2));
    }
}
