//! The Rust types that values of the schema have.

use crate::case;
use crate::type_ref::TypeRef;

/// A Rust type of generated code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RustType {
    Bool,
    I32,
    F64,
    Text,
    NodeId,
    /// A type of the generated module, by its Rust name.
    Item {
        name: String,
        copy: bool,
    },
    Option(Box<RustType>),
    Vec(Box<RustType>),
    Patch(Box<RustType>),
}

impl RustType {
    /// The type of a GraphQL value. `is_enum` tells the enums, the only generated types that are `Copy`.
    pub(crate) fn of(ty: &TypeRef, is_enum: &dyn Fn(&str) -> bool) -> Self {
        match ty {
            TypeRef::NonNull(inner) => Self::required(inner, is_enum),
            nullable => Self::Option(Box::new(Self::required(nullable, is_enum))),
        }
    }

    fn required(ty: &TypeRef, is_enum: &dyn Fn(&str) -> bool) -> Self {
        match ty {
            TypeRef::NonNull(inner) => Self::required(inner, is_enum),
            TypeRef::List(inner) => Self::Vec(Box::new(Self::of(inner, is_enum))),
            TypeRef::Named(name) => match name.as_str() {
                "Int" => Self::I32,
                "Float" => Self::F64,
                "Boolean" => Self::Bool,
                "String" | "ID" => Self::Text,
                "UUID" => Self::NodeId,
                item => Self::Item { name: case::type_name(item), copy: is_enum(item) },
            },
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
            Self::Bool | Self::I32 | Self::F64 | Self::NodeId => true,
            Self::Item { copy, .. } => *copy,
            Self::Option(inner) | Self::Patch(inner) => inner.is_copy(),
            Self::Text | Self::Vec(_) => false,
        }
    }
}
