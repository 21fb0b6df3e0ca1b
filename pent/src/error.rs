//! What can go wrong, and what a client is told of it.

use std::sync::Arc;

use kvetch::NodeId;

/// The result of anything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failed load, write or custom function. Cheap to clone: every waiter of a failed batch gets the same one.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Storage refused or failed.
    #[error(transparent)]
    Storage(Arc<kvetch::Error>),
    /// An id names an entity of another type.
    #[error("{id} is a {found}, not a {expected}")]
    WrongType {
        /// The id that was asked for.
        id: NodeId,
        /// The type that was asked for.
        expected: &'static str,
        /// The type that was found.
        found: Arc<str>,
    },
    /// No entity has this id.
    #[error("no {expected} has the id {id}")]
    NotFound {
        /// The id that was asked for.
        id: NodeId,
        /// The type that was asked for.
        expected: &'static str,
    },
    /// A stored value does not fit the type that the schema gives it.
    #[error("the stored value of {key} of {id} is {found}, not {expected}")]
    Unfit {
        /// The node that holds it.
        id: NodeId,
        /// The name it is stored under.
        key: Arc<str>,
        /// What the schema says.
        expected: Arc<str>,
        /// What is stored.
        found: Arc<str>,
    },
    /// A custom field or mutation whose body is still to be written.
    #[error("{0} is not written yet")]
    NotWritten(&'static str),
    /// An error that custom code raised for the client to read.
    #[error("{message}")]
    User {
        /// A stable code for programs, in upper case.
        code: Arc<str>,
        /// A sentence for people.
        message: Arc<str>,
    },
    /// Custom code panicked.
    #[error("{0} panicked: {1}")]
    Panicked(Arc<str>, Arc<str>),
    /// A limit was passed.
    #[error("{what} is {found}, over the limit of {limit}")]
    Limit {
        /// What was counted.
        what: &'static str,
        /// How many there were.
        found: u64,
        /// How many there may be.
        limit: u64,
    },
    /// Anything else: a defect, or a failure of something that custom code used.
    #[error("{0}")]
    Internal(Arc<str>),
}

impl Error {
    /// An error for the client: a stable upper-case code, and a sentence that is shown as it is.
    pub fn user(code: impl Into<Arc<str>>, message: impl Into<Arc<str>>) -> Self {
        Self::User { code: code.into(), message: message.into() }
    }

    /// An error for the log: clients are told that something failed, not what.
    pub fn internal(message: impl std::fmt::Display) -> Self {
        Self::Internal(message.to_string().into())
    }

    /// The error of a generated function body that is still to be written.
    pub const fn not_written(field: &'static str) -> Self {
        Self::NotWritten(field)
    }

    /// A stable code, for `extensions.code`.
    pub fn code(&self) -> &str {
        match self {
            Self::Storage(error) => error.code(),
            Self::WrongType { .. } => "wrong_type",
            Self::NotFound { .. } => "not_found",
            Self::Unfit { .. } => "unfit",
            Self::NotWritten(_) => "not_written",
            Self::User { code, .. } => code,
            Self::Panicked(..) | Self::Internal(_) => "internal",
            Self::Limit { .. } => "over_limit",
        }
    }

    /// Whether what was asked for is not there.
    pub fn is_not_found(&self) -> bool {
        match self {
            Self::Storage(error) => error.is_not_found(),
            Self::NotFound { .. } => true,
            _ => false,
        }
    }

    /// Whether the write lost against another one.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Storage(error) if error.is_conflict())
    }

    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Storage(error) if error.is_retryable())
    }

    /// Whether the client may read the message: it speaks of what the client asked for, not of our insides.
    pub fn is_public(&self) -> bool {
        match self {
            Self::Storage(error) => matches!(
                error.code(),
                "not_found"
                    | "gone"
                    | "wrong_type"
                    | "conflict"
                    | "duplicate"
                    | "exists"
                    | "claim_pending"
                    | "cursor_gone"
                    | "over_limit"
                    | "invalid_argument"
            ),
            Self::WrongType { .. }
            | Self::NotFound { .. }
            | Self::NotWritten(_)
            | Self::User { .. }
            | Self::Limit { .. } => true,
            Self::Unfit { .. } | Self::Panicked(..) | Self::Internal(_) => false,
        }
    }

    /// The same error, saying which input it concerns.
    pub(crate) fn at_input(self, name: &str) -> Self {
        match self {
            Self::Internal(message) => Self::Internal(format!("input {name}: {message}").into()),
            other => other,
        }
    }
}

impl From<kvetch::Error> for Error {
    fn from(error: kvetch::Error) -> Self {
        Self::Storage(Arc::new(error))
    }
}

impl From<std::num::TryFromIntError> for Error {
    fn from(error: std::num::TryFromIntError) -> Self {
        Self::internal(error)
    }
}
