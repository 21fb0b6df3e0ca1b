//! What a schema stores, as data: for programs that look at stored nodes without the generated code.

use crate::model::{Model, ScalarMeaning, Source};
use crate::type_ref::TypeRef;

/// An entity and what its nodes hold.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredType {
    /// Its name.
    pub name: String,
    /// Its type number.
    pub number: u32,
    /// The values, in the order of the schema.
    pub values: Vec<StoredValue>,
}

/// A value of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredValue {
    /// The name that it is stored under.
    pub key: String,
    /// Its type as GraphQL writes it.
    pub ty: String,
    /// What it has to be for that type.
    pub shape: Shape,
}

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

/// What each entity stores, sorted by number.
pub(crate) fn stored(model: &Model) -> Vec<StoredType> {
    let entities = model.entities.iter().map(|entity| {
        let values = entity.fields.iter().filter_map(|field| match &field.source {
            Source::Stored { key } => Some((key, field.ty.clone())),
            Source::Reference { key, required: true, .. } => Some((key, TypeRef::named("UUID").required())),
            Source::Reference { key, .. } => Some((key, TypeRef::named("UUID"))),
            _ => None,
        });
        let value = |(key, ty): (&String, TypeRef)| StoredValue {
            key: key.clone(),
            ty: ty.to_string(),
            shape: shape(model, &ty),
        };
        StoredType { name: entity.name.clone(), number: entity.node_type, values: values.map(value).collect() }
    });
    let mut entities: Vec<StoredType> = entities.collect();
    entities.sort_by_key(|entity| entity.number);
    entities
}

fn shape(model: &Model, ty: &TypeRef) -> Shape {
    let kind = match ty.nullable() {
        TypeRef::List(item) => Kind::List(Box::new(shape(model, item))),
        named => match named.base() {
            "Boolean" => Kind::Bool,
            "Int" => Kind::Int,
            "Float" => Kind::Float,
            "String" | "ID" => Kind::Text,
            "UUID" => Kind::Id,
            name => ready_scalar(model, name).or_else(|| one_of(model, name)).unwrap_or(Kind::Any),
        },
    };
    Shape { required: ty.is_non_null(), kind }
}

/// A scalar that comes along; one of its name may be another of the schema's own.
fn ready_scalar(model: &Model, name: &str) -> Option<Kind> {
    let scalar = model.scalars.iter().find(|scalar| scalar.name == name)?;
    match (&scalar.meaning, name) {
        (ScalarMeaning::Own { .. }, _) => None,
        (ScalarMeaning::Ready(_), "BigInt") => Some(Kind::Long),
        (ScalarMeaning::Ready(_), "Date") => Some(Kind::Date),
        (ScalarMeaning::Ready(_), "DateTime") => Some(Kind::Time),
        (ScalarMeaning::Ready(_), "JSON") => Some(Kind::Json),
        (ScalarMeaning::Ready(_), _) => None,
    }
}

fn one_of(model: &Model, name: &str) -> Option<Kind> {
    let found = model.enums.iter().find(|ty| ty.name == name)?;
    Some(Kind::OneOf(found.values.iter().map(|value| value.name.clone()).collect()))
}
