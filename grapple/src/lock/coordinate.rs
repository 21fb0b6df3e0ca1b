//! What clients know the parts of a schema by.

use std::fmt;

/// A part of a schema that clients see.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Coordinate {
    /// `query`, `mutation` or `subscription`: no type, which may have that name all the same.
    Root(String),
    Type(String),
    /// A field, an input field or a value of an enum.
    Member {
        ty: String,
        name: String,
    },
    Argument {
        ty: String,
        field: String,
        name: String,
    },
    Interface {
        ty: String,
        name: String,
    },
    /// What a union may be.
    Alternative {
        ty: String,
        name: String,
    },
}

impl Coordinate {
    pub(super) fn member(ty: &str, name: &str) -> Self {
        Self::Member { ty: ty.to_owned(), name: name.to_owned() }
    }

    /// The type that it is, or belongs to.
    pub(super) fn ty(&self) -> Option<&str> {
        match self {
            Self::Root(_) => None,
            Self::Type(ty)
            | Self::Member { ty, .. }
            | Self::Argument { ty, .. }
            | Self::Interface { ty, .. }
            | Self::Alternative { ty, .. } => Some(ty),
        }
    }

    /// What it belongs to; nothing for a type or a root.
    pub(super) fn owner(&self) -> Option<Self> {
        match self {
            Self::Root(_) | Self::Type(_) => None,
            Self::Argument { ty, field, .. } => Some(Self::member(ty, field)),
            Self::Member { ty, .. } | Self::Interface { ty, .. } | Self::Alternative { ty, .. } => {
                Some(Self::Type(ty.clone()))
            }
        }
    }
}

/// The name that it is reported and accepted by.
impl fmt::Display for Coordinate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(name) | Self::Type(name) => f.write_str(name),
            Self::Member { ty, name } => write!(f, "{ty}.{name}"),
            Self::Argument { ty, field, name } => write!(f, "{ty}.{field}({name}:)"),
            Self::Interface { ty, name } => write!(f, "{ty} implements {name}"),
            Self::Alternative { ty, name } => write!(f, "{ty} = {name}"),
        }
    }
}
