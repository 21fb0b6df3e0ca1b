//! What a client gets: JSON bytes.

mod error;
mod leaf;
mod stored;
mod whole;
mod writer;

pub use self::error::RefusedDocument;
pub(crate) use self::error::{ErrorEntry, MAX_ERRORS, PathSegment, Told, write_errors};
pub(crate) use self::writer::write_data;

/// The answer to one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The response object of the GraphQL specification, as JSON.
    pub body: Vec<u8>,
    /// Whether the operation was run; false when the request itself was refused (syntax, validation,
    /// variables), so that there is no `data`.
    pub is_executed: bool,
    /// Whether `errors` has an entry.
    pub has_errors: bool,
}

impl Response {
    /// The answer to a request that was refused.
    pub(crate) fn refused(errors: &[ErrorEntry]) -> Self {
        Self::refused_telling(errors, Told::default())
    }

    /// The same, telling more or less.
    pub(crate) fn refused_telling(errors: &[ErrorEntry], told: Told<'_>) -> Self {
        let mut body = b"{\"errors\":".to_vec();
        write_errors(&mut body, errors, told);
        body.push(b'}');
        Self { body, is_executed: false, has_errors: true }
    }

    /// Adds `extensions`, a JSON object.
    pub fn extend(&mut self, extensions: &serde_json::Value) {
        let closing = self.body.pop();
        debug_assert_eq!(closing, Some(b'}'), "a response is an object");
        self.body.extend_from_slice(b",\"extensions\":");
        serde_json::to_writer(&mut self.body, extensions).expect("JSON values can be written to memory");
        self.body.push(b'}');
    }
}
