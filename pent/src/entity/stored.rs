//! Values as a node stores them, and as Rust types.

use kvetch::{Node, NodeId, Props, Timestamp, Value, ValueRef};

use crate::error::{Error, Result};
use crate::input::{Patch, stored_json};
use crate::scalar::{CustomScalar, Date, Json, stored_as_json};

/// A type that is stored as one value of a node's body.
pub trait StoredValue: Sized {
    /// The value to store.
    fn to_stored(self) -> Value;

    /// The value stored; `None` is an absent one.
    ///
    /// # Errors
    /// [`Error::Internal`] when another kind of value is stored; [`stored`] says where.
    fn from_stored(stored: Option<ValueRef<'_>>) -> Result<Self>;
}

/// Reads a stored value of a node; used by generated code.
///
/// # Errors
/// [`Error::Unfit`] when it is not of that type, and when the body cannot be read.
pub fn stored<T: StoredValue>(node: &Node, key: &str) -> Result<T> {
    T::from_stored(node.body.get(key)?).map_err(|error| match error {
        Error::Unfit { expected, found, .. } => Error::Unfit { id: node.id, key: key.into(), expected, found },
        other => other,
    })
}

/// The error of a stored value that is not of the expected kind.
pub fn unfit(expected: &str, found: Option<ValueRef<'_>>) -> Error {
    let found = found.map_or("absent".to_owned(), |found| format!("{found:?}"));
    let nowhere = NodeId::from_bytes([0; 16]);
    Error::Unfit { id: nowhere, key: "".into(), expected: expected.into(), found: found.into() }
}

/// Puts one field of an update into what is to be set: nothing when it is kept, null when it is cleared.
pub fn patch<T: StoredValue>(props: &mut Props, key: &str, patch: Patch<T>) {
    match patch {
        Patch::Keep => {}
        Patch::Clear => drop(props.insert(key, Value::Null)),
        Patch::Set(value) => drop(props.insert(key, value.to_stored())),
    }
}

/// The scalars: which kind of value each Rust type is stored as.
macro_rules! scalar {
    ($($type:ty, $name:literal, $kind:ident;)*) => {$(
        impl StoredValue for $type {
            fn to_stored(self) -> Value {
                Value::$kind(self.into())
            }

            fn from_stored(stored: Option<ValueRef<'_>>) -> Result<Self> {
                match stored {
                    Some(ValueRef::$kind(value)) => Self::try_from(value).map_err(|_| unfit($name, stored)),
                    other => Err(unfit($name, other)),
                }
            }
        }
    )*};
}

scalar! {
    bool, "a Boolean", Bool;
    i32, "an Int", Int;
    i64, "a BigInt", Int;
    f64, "a Float", Float;
    String, "a String", Text;
    NodeId, "a UUID", Id;
    Timestamp, "a DateTime", Timestamp;
}

impl StoredValue for Date {
    fn to_stored(self) -> Value {
        Value::Text(self.to_string())
    }

    fn from_stored(stored: Option<ValueRef<'_>>) -> Result<Self> {
        match stored {
            Some(ValueRef::Text(text)) => text.parse().map_err(|_| unfit("a Date", stored)),
            other => Err(unfit("a Date", other)),
        }
    }
}

impl StoredValue for Json {
    fn to_stored(self) -> Value {
        stored_json(&self)
    }

    fn from_stored(stored: Option<ValueRef<'_>>) -> Result<Self> {
        stored.map_or_else(|| Err(unfit("JSON", None)), stored_as_json)
    }
}

impl<T: CustomScalar> StoredValue for T {
    fn to_stored(self) -> Value {
        CustomScalar::to_stored(&self)
    }

    fn from_stored(stored: Option<ValueRef<'_>>) -> Result<Self> {
        let Some(value) = stored else { return Err(unfit("a value of a scalar", None)) };
        <T as CustomScalar>::from_stored(value).map_err(|why| unfit(&format!("what it has to be: {why}"), stored))
    }
}

impl<T: StoredValue> StoredValue for Option<T> {
    fn to_stored(self) -> Value {
        self.map_or(Value::Null, T::to_stored)
    }

    fn from_stored(stored: Option<ValueRef<'_>>) -> Result<Self> {
        match stored {
            None | Some(ValueRef::Null) => Ok(None),
            some => T::from_stored(some).map(Some),
        }
    }
}

impl<T: StoredValue> StoredValue for Vec<T> {
    fn to_stored(self) -> Value {
        Value::List(self.into_iter().map(T::to_stored).collect())
    }

    fn from_stored(stored: Option<ValueRef<'_>>) -> Result<Self> {
        match stored {
            Some(ValueRef::List(items)) => items.iter().map(|item| T::from_stored(Some(item?))).collect(),
            other => Err(unfit("a list", other)),
        }
    }
}
