//! Arguments and input objects after coercion: every value has been checked against its type.

use kvetch::{NodeId, Timestamp, Value};

use crate::error::{Error, Result};

/// A coerced input value. An absent input field is missing from its object.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Null.
    Null,
    /// A Boolean.
    Bool(bool),
    /// An Int.
    Int(i32),
    /// A Float.
    Float(f64),
    /// A String, an ID, or the name of an enum value.
    Text(String),
    /// A UUID.
    Id(NodeId),
    /// A whole number of 64 bits, of a scalar.
    Long(i64),
    /// A moment, of a scalar.
    Time(Timestamp),
    /// Any JSON, of a scalar.
    Json(serde_json::Value),
    /// A value of a Rust type that stands for a scalar.
    Own {
        /// As a client gets it.
        written: serde_json::Value,
        /// As it is stored.
        stored: Value,
    },
    /// A list.
    List(Vec<Input>),
    /// An input object: the fields that are present, by name.
    Object(Vec<(&'static str, Input)>),
}

impl Input {
    /// The value to store for it.
    pub(crate) fn to_stored(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(i64::from(*value)),
            Self::Float(value) => Value::Float(*value),
            Self::Text(text) => Value::Text(text.clone()),
            Self::Id(id) => Value::Id(*id),
            Self::Long(value) => Value::Int(*value),
            Self::Time(value) => Value::Timestamp(*value),
            Self::Json(value) => stored_json(value),
            Self::Own { stored, .. } => stored.clone(),
            Self::List(items) => Value::List(items.iter().map(Self::to_stored).collect()),
            Self::Object(fields) => {
                Value::Map(fields.iter().map(|(name, value)| ((*name).to_owned(), value.to_stored())).collect())
            }
        }
    }
}

/// JSON as it is stored.
pub(crate) fn stored_json(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => {
            number.as_i64().map_or_else(|| Value::Float(number.as_f64().unwrap_or(f64::NAN)), Value::Int)
        }
        serde_json::Value::String(text) => Value::Text(text.clone()),
        serde_json::Value::Array(items) => Value::List(items.iter().map(stored_json).collect()),
        serde_json::Value::Object(fields) => {
            Value::Map(fields.iter().map(|(name, value)| (name.clone(), stored_json(value))).collect())
        }
    }
}

/// The arguments of one field, coerced once per request: the unary side of a step.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Args(pub(crate) Vec<(&'static str, Input)>);

impl Args {
    /// The argument's value; `None` when it is absent.
    pub fn value(&self, name: &str) -> Option<&Input> {
        field(&self.0, name)
    }

    /// The argument as a Rust value.
    ///
    /// # Errors
    /// When the value is not of that type: the table and the generated types disagree.
    pub fn get<T: FromInput>(&self, name: &str) -> Result<T> {
        T::from_input(self.value(name)).map_err(|error| error.at_input(name))
    }
}

/// A Rust type that a coerced input can become.
pub trait FromInput: Sized {
    /// The value of an input; `None` is an absent one.
    ///
    /// # Errors
    /// When the input is of another type.
    fn from_input(input: Option<&Input>) -> Result<Self>;
}

/// Reads a field of an input object; used by generated code.
///
/// # Errors
/// When `input` is no object, or its field is of another type.
pub fn input_field<T: FromInput>(input: Option<&Input>, name: &str) -> Result<T> {
    match input {
        Some(Input::Object(fields)) => T::from_input(field(fields, name)).map_err(|error| error.at_input(name)),
        other => Err(mismatch("an input object", other)),
    }
}

/// The one field of an input object that is given, with its name; used by generated code.
///
/// # Errors
/// When `input` is no object of one field.
pub fn only_field(input: Option<&Input>) -> Result<(&'static str, &Input)> {
    match input {
        Some(Input::Object(fields)) if fields.len() == 1 => Ok((fields[0].0, &fields[0].1)),
        other => Err(mismatch("an input object of one field", other)),
    }
}

/// What an update does to one stored value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// Leaves it as it is: the field was absent.
    #[default]
    Keep,
    /// Removes it: the field was null.
    Clear,
    /// Replaces it.
    Set(T),
}

impl<T> From<T> for Patch<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}

impl<T: FromInput> FromInput for Patch<T> {
    fn from_input(input: Option<&Input>) -> Result<Self> {
        match input {
            None => Ok(Self::Keep),
            Some(Input::Null) => Ok(Self::Clear),
            some => T::from_input(some).map(Self::Set),
        }
    }
}

impl<T: FromInput> FromInput for Option<T> {
    fn from_input(input: Option<&Input>) -> Result<Self> {
        match input {
            None | Some(Input::Null) => Ok(None),
            some => T::from_input(some).map(Some),
        }
    }
}

impl<T: FromInput> FromInput for Vec<T> {
    fn from_input(input: Option<&Input>) -> Result<Self> {
        match input {
            Some(Input::List(items)) => items.iter().map(|item| T::from_input(Some(item))).collect(),
            other => Err(mismatch("a list", other)),
        }
    }
}

/// The scalars: which variant of [`Input`] each Rust type is read from.
macro_rules! scalar {
    ($($type:ty, $name:literal, $pattern:pat => $value:expr;)*) => {$(
        impl FromInput for $type {
            fn from_input(input: Option<&Input>) -> Result<Self> {
                match input {
                    Some($pattern) => Ok($value),
                    other => Err(mismatch($name, other)),
                }
            }
        }
    )*};
}

scalar! {
    bool, "a Boolean", Input::Bool(value) => *value;
    i32, "an Int", Input::Int(value) => *value;
    f64, "a Float", Input::Float(value) => *value;
    String, "a String", Input::Text(value) => value.clone();
    NodeId, "a UUID", Input::Id(value) => *value;
}

fn field<'a>(fields: &'a [(&'static str, Input)], name: &str) -> Option<&'a Input> {
    fields.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// The error of a generated type that disagrees with the table it came with.
pub fn mismatch(expected: &str, input: Option<&Input>) -> Error {
    Error::internal(format!("expected {expected}, found {input:?}"))
}
