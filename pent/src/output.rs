//! What custom code returns, seen by the executor without copying it.

use std::sync::Arc;

use kvetch::{Node, NodeId, Timestamp, ValueRef};

use crate::error::{Error, Result};

/// A borrowed view of a value that custom code returned.
#[derive(Debug, Clone, Copy)]
pub enum OutputRef<'a> {
    /// Null.
    Null,
    /// A Boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A string, or an enum value's name.
    Text(&'a str),
    /// A UUID.
    Id(NodeId),
    /// A moment.
    Time(Timestamp),
    /// Any JSON, of a scalar.
    Json(&'a serde_json::Value),
    /// A value of a scalar of the schema's own.
    Scalar(&'a dyn ScalarOutput),
    /// A list or a map that is stored, of a scalar.
    Stored(ValueRef<'a>),
    /// An entity.
    Node(&'a Arc<Node>),
    /// A plain output object.
    Object(&'a dyn Plain),
    /// A list.
    List(&'a dyn OutputList),
}

/// A value that can be a GraphQL field's result.
pub trait ToOutput: Send + Sync {
    /// The value, borrowed.
    fn to_output(&self) -> OutputRef<'_>;
}

/// A plain output object: generated for each object type that is not an entity.
pub trait Plain: std::fmt::Debug + Send + Sync {
    /// The field at a position of the type's definition.
    fn field(&self, index: usize) -> OutputRef<'_>;

    /// The name of its type in the schema. Where a field is of an interface or a union, this says which of its objects
    /// a value is: without it the value is an error there.
    fn type_name(&self) -> Option<&'static str> {
        None
    }
}

/// A value of a scalar that the schema defines, in an output: see [`crate::scalar::CustomScalar`].
pub trait ScalarOutput: std::fmt::Debug + Send + Sync {
    /// The value as a client gets it.
    fn json(&self) -> serde_json::Value;
}

/// A list in an output.
pub trait OutputList: std::fmt::Debug + Send + Sync {
    /// How many items it has.
    fn len(&self) -> usize;
    /// Whether it has none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The item at a position below `len`.
    fn item(&self, index: usize) -> OutputRef<'_>;
}

/// One result per parent of a batch, of a type that the executor need not know.
pub trait OutputColumn: Send + Sync {
    /// The result for one parent.
    ///
    /// # Errors
    /// What the custom function answered for that parent.
    fn row(&self, row: usize) -> Result<OutputRef<'_>>;
}

impl<T: ToOutput> OutputColumn for Vec<Result<T>> {
    fn row(&self, row: usize) -> Result<OutputRef<'_>> {
        match self.get(row) {
            Some(Ok(value)) => Ok(value.to_output()),
            Some(Err(error)) => Err(error.clone()),
            None => Err(Error::internal("custom code answered fewer results than there are parents")),
        }
    }
}

impl ToOutput for bool {
    fn to_output(&self) -> OutputRef<'_> {
        OutputRef::Bool(*self)
    }
}

impl ToOutput for i32 {
    fn to_output(&self) -> OutputRef<'_> {
        OutputRef::Int(i64::from(*self))
    }
}

impl ToOutput for f64 {
    fn to_output(&self) -> OutputRef<'_> {
        OutputRef::Float(*self)
    }
}

impl ToOutput for String {
    fn to_output(&self) -> OutputRef<'_> {
        OutputRef::Text(self)
    }
}

impl ToOutput for NodeId {
    fn to_output(&self) -> OutputRef<'_> {
        OutputRef::Id(*self)
    }
}

impl<T: ToOutput> ToOutput for Arc<T> {
    fn to_output(&self) -> OutputRef<'_> {
        T::to_output(self)
    }
}

impl<T: ToOutput> ToOutput for Option<T> {
    fn to_output(&self) -> OutputRef<'_> {
        self.as_ref().map_or(OutputRef::Null, ToOutput::to_output)
    }
}

impl<T: ToOutput + std::fmt::Debug> ToOutput for Vec<T> {
    fn to_output(&self) -> OutputRef<'_> {
        OutputRef::List(self)
    }
}

impl<T: ToOutput + std::fmt::Debug> OutputList for Vec<T> {
    fn len(&self) -> usize {
        Vec::len(self)
    }

    fn item(&self, index: usize) -> OutputRef<'_> {
        self[index].to_output()
    }
}

/// What a plain type answers for a position that its definition does not have: the table and the generated
/// types disagree, which cannot happen when both come from one run.
pub fn no_such_field(type_name: &str, index: usize) -> OutputRef<'static> {
    unreachable!("{type_name} has no field at position {index}")
}
