//! An operation after parsing and validation, in this crate's own terms.

use std::collections::HashMap;

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OperationKind {
    Query,
    Mutation,
    Subscription,
}

/// All that a document defines.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    /// Its operations, each without the fragments.
    pub(crate) operations: Vec<Operation>,
    pub(crate) fragments: HashMap<String, Fragment>,
}

/// One operation, with the fragments that its document defines.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) kind: OperationKind,
    pub(crate) name: Option<String>,
    pub(crate) location: Location,
    pub(crate) variables: Vec<VariableDef>,
    pub(crate) selections: Vec<Selection>,
    pub(crate) fragments: HashMap<String, Fragment>,
}

/// A named fragment.
#[derive(Debug, Clone)]
pub(crate) struct Fragment {
    pub(crate) on: String,
    pub(crate) selections: Vec<Selection>,
}

/// A variable that an operation declares.
#[derive(Debug, Clone)]
pub(crate) struct VariableDef {
    pub(crate) name: String,
    pub(crate) ty: VariableType,
    pub(crate) default: Option<Literal>,
    pub(crate) location: Location,
}

/// The type of a variable: like [`crate::table::Type`], but named by the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum VariableType {
    Named(String),
    List(Box<VariableType>),
    NonNull(Box<VariableType>),
}

/// One entry of a selection set.
#[derive(Debug, Clone)]
pub(crate) enum Selection {
    Field(FieldNode),
    /// A named fragment, where it is spread.
    Spread {
        fragment: String,
        conditions: Vec<Condition>,
        location: Location,
    },
    /// A fragment written in place; `on` is its type condition.
    Inline {
        on: Option<String>,
        conditions: Vec<Condition>,
        selections: Vec<Selection>,
        location: Location,
    },
}

/// A field as it was selected.
#[derive(Debug, Clone)]
pub(crate) struct FieldNode {
    /// The alias, or the name.
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) arguments: Vec<(String, Literal)>,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) selections: Vec<Selection>,
    pub(crate) location: Location,
}

/// A `@skip` or `@include`: the selection counts when `value` is `expected`.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub(crate) value: Literal,
    pub(crate) expected: bool,
}

impl Selection {
    /// The directives on it that say when it counts.
    pub(crate) fn conditions(&self) -> &[Condition] {
        match self {
            Self::Field(node) => &node.conditions,
            Self::Spread { conditions, .. } | Self::Inline { conditions, .. } => conditions,
        }
    }

    /// Where it stands.
    pub(crate) fn location(&self) -> Location {
        match self {
            Self::Field(node) => node.location,
            Self::Spread { location, .. } | Self::Inline { location, .. } => *location,
        }
    }
}

/// A place in the document, counted from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// A value as it was written, in the document or in the request's variables.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    /// A whole number of more than 64 bits, by its digits.
    Digits(String),
    Float(f64),
    Text(String),
    Enum(String),
    Variable(String),
    List(Vec<Literal>),
    Object(Vec<(String, Literal)>),
}

impl Literal {
    /// The value of a JSON variable.
    pub(crate) fn from_json(value: &serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(*value),
            serde_json::Value::Number(number) => match (number.as_i64(), number.is_u64()) {
                (Some(value), _) => Self::Int(value),
                (None, true) => Self::Digits(number.to_string()),
                (None, false) => Self::Float(number.as_f64().expect("JSON numbers are at least floats")),
            },
            serde_json::Value::String(text) => Self::Text(text.clone()),
            serde_json::Value::Array(items) => Self::List(items.iter().map(Self::from_json).collect()),
            serde_json::Value::Object(fields) => {
                Self::Object(fields.iter().map(|(name, value)| (name.clone(), Self::from_json(value))).collect())
            }
        }
    }

    /// Whether it mentions a variable.
    pub(crate) fn has_variables(&self) -> bool {
        match self {
            Self::Variable(_) => true,
            Self::List(items) => items.iter().any(Self::has_variables),
            Self::Object(fields) => fields.iter().any(|(_, value)| value.has_variables()),
            _ => false,
        }
    }
}

impl From<&crate::table::Literal> for Literal {
    fn from(literal: &crate::table::Literal) -> Self {
        use crate::table::Literal as Table;
        match literal {
            Table::Null => Self::Null,
            Table::Bool(value) => Self::Bool(*value),
            Table::Int(value) => Self::Int(*value),
            Table::Float(value) => Self::Float(*value),
            Table::Text(text) => Self::Text((*text).to_owned()),
            Table::Enum(name) => Self::Enum((*name).to_owned()),
            Table::List(items) => Self::List(items.iter().map(Self::from).collect()),
            Table::Object(fields) => {
                Self::Object(fields.iter().map(|(name, value)| ((*name).to_owned(), Self::from(value))).collect())
            }
        }
    }
}
