//! Scalars of a schema's own: how their values are read from documents and variables, and written into responses.

mod civil;
mod date;
mod ready;
mod write;

use kvetch::{Timestamp, Value, ValueRef};
pub use serde_json::Value as Json;

pub use self::date::{Date, NoDate};
pub use self::ready::{BIG_INT, DATE, DATE_TIME, JSON};
pub use self::write::write_json;
pub(crate) use self::write::{moment, stored_as_json};
use crate::error::{Error, Result};
use crate::input::{FromInput, Input, mismatch, stored_json};
use crate::output::{OutputRef, ScalarOutput, ToOutput};

/// How a scalar is read and written.
#[derive(Debug, Clone, Copy)]
pub struct ScalarDef {
    /// Where its values are specified: a URL.
    pub specified_by: Option<&'static str>,
    /// Reads a value.
    pub parse: ParseScalar,
    /// Writes a value.
    pub write: WriteScalar,
}

/// Reads a value that a client wrote, which is not null. In a literal, enum values are strings, and a number is whole
/// where it was written so. The error is a sentence for the author of the request, without its place.
pub type ParseScalar = fn(&Json) -> Result<Input, String>;

/// Writes a value, which is not null, as JSON. The error is for the log: the value is not one of the scalar.
pub type WriteScalar = fn(OutputRef<'_>, &mut Vec<u8>) -> Result<()>;

/// A Rust type that stands for a scalar of the schema: `scalar Isbn @scalar(rust: "crate::isbn::Isbn")`.
///
/// ```
/// use pent::scalar::{CustomScalar, ScalarDef};
///
/// #[derive(Debug, Clone, PartialEq)]
/// struct Isbn(String);
///
/// impl CustomScalar for Isbn {
///     fn parse(written: &serde_json::Value) -> Result<Self, String> {
///         let digits = written.as_str().filter(|text| text.len() == 13 && text.bytes().all(|byte| byte.is_ascii_digit()));
///         digits.map(|digits| Self(digits.to_owned())).ok_or_else(|| "an ISBN has 13 digits".to_owned())
///     }
///
///     fn to_json(&self) -> serde_json::Value {
///         self.0.as_str().into()
///     }
/// }
///
/// /// What stands in the table.
/// const ISBN: ScalarDef = ScalarDef::of::<Isbn>(None);
/// ```
///
/// A type without it stands for no scalar:
///
/// ```compile_fail
/// struct Isbn(String);
///
/// const ISBN: pent::scalar::ScalarDef = pent::scalar::ScalarDef::of::<Isbn>(None);
/// ```
#[diagnostic::on_unimplemented(
    message = "a scalar of the schema is `{Self}`, which does not say how it is read, written and stored",
    label = "has no `impl pent::CustomScalar`",
    note = "write one, or name another type in `@scalar(rust:)`"
)]
pub trait CustomScalar: Sized + Clone + PartialEq + std::fmt::Debug + Send + Sync + 'static {
    /// Reads a value.
    ///
    /// # Errors
    /// A sentence for the author of the request, when the value is not one of the scalar.
    fn parse(written: &Json) -> Result<Self, String>;

    /// The value as a client gets it; [`CustomScalar::parse`] reads it again.
    fn to_json(&self) -> Json;

    /// The value as it is stored; [`CustomScalar::from_stored`] reads it again. An index takes what has an order:
    /// no list, no map. Without a form of its own it is stored as its JSON.
    fn to_stored(&self) -> Value {
        stored_json(&self.to_json())
    }

    /// Reads what is stored.
    ///
    /// # Errors
    /// For the log, when nothing of this type is stored so.
    fn from_stored(stored: ValueRef<'_>) -> Result<Self, String> {
        Self::parse(&stored_as_json(stored).map_err(|error| error.to_string())?)
    }
}

impl ScalarDef {
    /// The scalar of a Rust type.
    pub const fn of<T: CustomScalar>(specified_by: Option<&'static str>) -> Self {
        Self {
            specified_by,
            parse: |written| {
                let value = T::parse(written)?;
                Ok(Input::Own { written: value.to_json(), stored: value.to_stored() })
            },
            write: write_own::<T>,
        }
    }

    /// The same scalar, specified elsewhere.
    #[must_use]
    pub const fn specified_by(self, url: &'static str) -> Self {
        Self { specified_by: Some(url), ..self }
    }
}

/// Writes a value that custom code has answered, or one as it is stored.
fn write_own<T: CustomScalar>(output: OutputRef<'_>, out: &mut Vec<u8>) -> Result<()> {
    let stored = match output {
        OutputRef::Bool(value) => ValueRef::Bool(value),
        OutputRef::Int(value) => ValueRef::Int(value),
        OutputRef::Float(value) => ValueRef::Float(value),
        OutputRef::Text(text) => ValueRef::Text(text),
        OutputRef::Id(id) => ValueRef::Id(id),
        OutputRef::Time(time) => ValueRef::Timestamp(time),
        OutputRef::Stored(value) => value,
        written => return write_json(written, out),
    };
    let value = T::from_stored(stored).map_err(Error::internal)?;
    write_json(OutputRef::Json(&value.to_json()), out)
}

impl<T: CustomScalar> FromInput for T {
    fn from_input(input: Option<&Input>) -> Result<Self> {
        match input {
            Some(Input::Own { written, .. }) => T::parse(written).map_err(|_| mismatch("a custom scalar", input)),
            other => Err(mismatch("a custom scalar", other)),
        }
    }
}

impl<T: CustomScalar> ToOutput for T {
    fn to_output(&self) -> OutputRef<'_> {
        OutputRef::Scalar(self)
    }
}

impl<T: CustomScalar> ScalarOutput for T {
    fn json(&self) -> Json {
        self.to_json()
    }
}

impl FromInput for Json {
    fn from_input(input: Option<&Input>) -> Result<Self> {
        match input {
            Some(Input::Json(value)) => Ok(value.clone()),
            other => Err(mismatch("JSON", other)),
        }
    }
}

impl FromInput for i64 {
    fn from_input(input: Option<&Input>) -> Result<Self> {
        match input {
            Some(Input::Long(value)) => Ok(*value),
            other => Err(mismatch("a whole number of 64 bits", other)),
        }
    }
}

impl FromInput for Timestamp {
    fn from_input(input: Option<&Input>) -> Result<Self> {
        match input {
            Some(Input::Time(value)) => Ok(*value),
            other => Err(mismatch("a moment", other)),
        }
    }
}

impl ToOutput for Json {
    fn to_output(&self) -> OutputRef<'_> {
        if self.is_null() { OutputRef::Null } else { OutputRef::Json(self) }
    }
}

impl ToOutput for i64 {
    fn to_output(&self) -> OutputRef<'_> {
        OutputRef::Int(*self)
    }
}

impl ToOutput for Timestamp {
    fn to_output(&self) -> OutputRef<'_> {
        OutputRef::Time(*self)
    }
}
