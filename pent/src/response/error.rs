//! Error entries of a response.

use std::sync::Arc;

use serde_json::json;

use crate::error::Error;
use crate::operation::Location;

/// How many errors a response lists, and the log is told of; the rest would only drown them.
pub(super) const MAX_ERRORS: usize = 100;

/// An entry of `errors`.
#[derive(Debug, Clone)]
pub(crate) struct ErrorEntry {
    pub(crate) message: String,
    pub(crate) code: String,
    pub(crate) locations: Vec<Location>,
    /// Absent for errors of the request as a whole.
    pub(crate) path: Option<Vec<PathSegment>>,
}

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
        Self { message, code: code.to_uppercase(), locations: location.into_iter().collect(), path: None }
    }

    /// An error of one field. What clients must not see goes into the log.
    pub(crate) fn field(error: &Error, location: Location, path: Vec<PathSegment>) -> Self {
        let message = if error.is_public() {
            error.to_string()
        } else {
            tracing::error!(path = %dotted(&path), code = error.code(), %error, "a field failed");
            "internal error".to_owned()
        };
        Self { message, code: error.code().to_uppercase(), locations: vec![location], path: Some(path) }
    }

    fn to_json(&self) -> serde_json::Value {
        let locations = self.locations.iter().map(|at| json!({ "line": at.line, "column": at.column }));
        let mut entry = json!({ "message": self.message });
        if !self.locations.is_empty() {
            entry["locations"] = locations.collect();
        }
        if let Some(path) = &self.path {
            entry["path"] = path.iter().map(PathSegment::to_json).collect();
        }
        entry["extensions"] = json!({ "code": self.code });
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

/// Writes the value of `errors`.
pub(crate) fn write_errors(out: &mut Vec<u8>, errors: &[ErrorEntry]) {
    let listed = errors.iter().map(ErrorEntry::to_json).collect::<serde_json::Value>();
    serde_json::to_writer(out, &listed).expect("JSON values can be written to memory");
}

fn dotted(path: &[PathSegment]) -> String {
    let segments = path.iter().map(|segment| match segment {
        PathSegment::Key(key) => key.to_string(),
        PathSegment::Index(index) => index.to_string(),
    });
    segments.collect::<Vec<_>>().join(".")
}
