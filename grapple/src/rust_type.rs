//! The Rust types that values of the schema have.

use crate::type_ref::TypeRef;

/// A Rust type of generated code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RustType {
    Bool,
    I32,
    I64,
    F64,
    Text,
    NodeId,
    Timestamp,
    Date,
    Json,
    /// A type of the generated module, by its Rust name.
    Item {
        name: String,
        copy: bool,
    },
    Option(Box<RustType>),
    /// What would have no size otherwise.
    Boxed(Box<RustType>),
    Vec(Box<RustType>),
    Patch(Box<RustType>),
}

impl RustType {
    /// The type of a GraphQL value; `named` says what a named type is.
    pub(crate) fn of(ty: &TypeRef, named: &dyn Fn(&str) -> Self) -> Self {
        match ty {
            TypeRef::NonNull(inner) => Self::required(inner, named),
            nullable => Self::Option(Box::new(Self::required(nullable, named))),
        }
    }

    fn required(ty: &TypeRef, named: &dyn Fn(&str) -> Self) -> Self {
        match ty {
            TypeRef::NonNull(inner) => Self::required(inner, named),
            TypeRef::List(inner) => Self::Vec(Box::new(Self::of(inner, named))),
            TypeRef::Named(name) => named(name),
        }
    }

    /// The same in a box; an `Option` stays outside.
    pub(crate) fn boxed(&self) -> Self {
        match self {
            Self::Option(inner) => Self::Option(Box::new(inner.boxed())),
            other => Self::Boxed(Box::new(other.clone())),
        }
    }

    /// The same without an outermost `Option`.
    pub(crate) fn some(&self) -> &Self {
        match self {
            Self::Option(inner) => inner,
            other => other,
        }
    }

    pub(crate) fn is_copy(&self) -> bool {
        match self {
            Self::Bool | Self::I32 | Self::I64 | Self::F64 | Self::NodeId | Self::Timestamp | Self::Date => true,
            Self::Item { copy, .. } => *copy,
            Self::Option(inner) | Self::Patch(inner) => inner.is_copy(),
            Self::Text | Self::Json | Self::Vec(_) | Self::Boxed(_) => false,
        }
    }
}
