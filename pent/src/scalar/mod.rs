//! Scalars of a schema's own: how their values are read from documents and variables, and written into responses.

mod civil;
mod ready;
mod write;

use kvetch::Timestamp;
use serde_json::Value as Json;

pub use self::ready::{BIG_INT, DATE, DATE_TIME, JSON};
pub(crate) use self::write::moment;
pub use self::write::write_json;
use crate::error::Result;
use crate::input::{FromInput, Input, mismatch};
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

/// A Rust type that a scalar of the schema stands for.
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
/// impl pent::ToOutput for Isbn {
///     fn to_output(&self) -> pent::OutputRef<'_> {
///         pent::OutputRef::Scalar(self)
///     }
/// }
///
/// impl pent::FromInput for Isbn {
///     fn from_input(input: Option<&pent::Input>) -> pent::Result<Self> {
///         pent::scalar::from_input(input)
///     }
/// }
///
/// /// What stands in the table.
/// const ISBN: ScalarDef = ScalarDef::of::<Isbn>(None);
/// ```
pub trait CustomScalar: Sized + std::fmt::Debug + Send + Sync + 'static {
    /// Reads a value.
    ///
    /// # Errors
    /// A sentence for the author of the request, when the value is not one of the scalar.
    fn parse(written: &Json) -> Result<Self, String>;

    /// The value as a client gets it; [`CustomScalar::parse`] reads it again.
    fn to_json(&self) -> Json;
}

impl ScalarDef {
    /// The scalar of a Rust type.
    pub const fn of<T: CustomScalar>(specified_by: Option<&'static str>) -> Self {
        Self {
            specified_by,
            parse: |written| T::parse(written).map(|value| Input::Json(value.to_json())),
            write: write_json,
        }
    }

    /// The same scalar, specified elsewhere.
    #[must_use]
    pub const fn specified_by(self, url: &'static str) -> Self {
        Self { specified_by: Some(url), ..self }
    }
}

/// The value of an input of a custom scalar: what an impl of [`FromInput`] for its Rust type calls.
///
/// # Errors
/// When the input is of another type: the table and the Rust types disagree.
pub fn from_input<T: CustomScalar>(input: Option<&Input>) -> Result<T> {
    match input {
        Some(Input::Json(value)) => T::parse(value).map_err(|_| mismatch("a custom scalar", input)),
        other => Err(mismatch("a custom scalar", other)),
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
