//! What a stored value has to be.

/// What a stored value has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shape {
    /// Whether it must be there.
    pub required: bool,
    /// What it is where it is there.
    pub kind: Kind,
}

/// Kinds of stored values.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// True or false.
    Bool,
    /// A whole number of 32 bits.
    Int,
    /// A whole number of 64 bits: `BigInt`.
    Long,
    /// A number.
    Float,
    /// Text.
    Text,
    /// A day as text: `Date`.
    Date,
    /// A moment: `DateTime`.
    Time,
    /// What JSON has a word for: `JSON`.
    Json,
    /// The id of a node.
    Id,
    /// One of these texts.
    OneOf(Vec<String>),
    /// Values in order.
    List(Box<Shape>),
    /// Anything: how a scalar of the schema's own is stored is for its Rust type to say.
    Any,
}
