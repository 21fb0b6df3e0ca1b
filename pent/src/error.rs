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
    /// The viewer may see what is concerned, and may not do this to it.
    #[error("this viewer may not {action} {}", concerned(entity, *id))]
    Forbidden {
        /// What was to be done: `create`, `update`, `delete`.
        action: &'static str,
        /// The type concerned.
        entity: Arc<str>,
        /// The entity concerned; `None` for one that was to be created.
        id: Option<NodeId>,
    },
    /// A write was made, and its viewer may not see what came of it. It is not to be made again.
    #[error("the {entity} {id} was written, and this viewer may not see it")]
    Unseen {
        /// The type of what was written.
        entity: Arc<str>,
        /// What was written.
        id: NodeId,
    },
    /// A unique value belongs to another entity, which the viewer might not see: so it is not named.
    #[error("index {index} is unique and this value is taken")]
    Taken {
        /// The name of the unique index.
        index: Arc<str>,
        /// Whether it may be free again soon: a write whose end is not known yet claims it.
        is_pending: bool,
    },
    /// Others store the id of what was to be deleted, and the viewer might not see them: so they are not named.
    #[error("node {id} cannot be deleted while others store its id ({edge})")]
    Restricted {
        /// What was to be deleted.
        id: NodeId,
        /// The name of the edge that follows from the stored id.
        edge: Arc<str>,
    },
    /// Edges to a type with privacy rules are not counted: the number would tell of what the viewer may not see.
    #[error("edges {edge} are not counted: some of them may be hidden from this viewer")]
    Uncounted {
        /// The name of the edge.
        edge: Arc<str>,
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
            Self::Forbidden { .. } => "forbidden",
            Self::Unseen { .. } => "unseen",
            Self::Taken { is_pending: false, .. } => "duplicate",
            Self::Taken { is_pending: true, .. } => "claim_pending",
            Self::Restricted { .. } => "restricted",
            Self::Uncounted { .. } => "uncounted",
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
        match self {
            Self::Storage(error) => error.is_conflict(),
            Self::Taken { .. } | Self::Restricted { .. } => true,
            _ => false,
        }
    }

    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Storage(error) => error.is_retryable(),
            Self::Taken { is_pending, .. } => *is_pending,
            _ => false,
        }
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
                    | "restricted"
                    | "cursor_gone"
                    | "over_limit"
                    | "invalid_argument"
            ),
            Self::WrongType { .. }
            | Self::NotFound { .. }
            | Self::Forbidden { .. }
            | Self::Unseen { .. }
            | Self::Taken { .. }
            | Self::Restricted { .. }
            | Self::Uncounted { .. }
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

impl From<Box<Error>> for Error {
    fn from(error: Box<Error>) -> Self {
        *error
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

/// A type, or one entity of it.
fn concerned(entity: &str, id: Option<NodeId>) -> String {
    id.map_or_else(|| format!("a {entity}"), |id| format!("the {entity} {id}"))
}
