//! What a schema stores, as data: for programs that look at stored nodes without the generated code.

use crate::model::{Model, Source};
use crate::scalar;
use crate::shape::{Kind, Shape};
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
        named => {
            let name = named.base();
            let own = || model.scalars.iter().any(|scalar| scalar.name == name && scalar.is_own());
            let scalar = scalar::named(name).filter(|_| !own());
            scalar.map(|scalar| scalar.stored.clone()).or_else(|| one_of(model, name)).unwrap_or(Kind::Any)
        }
    };
    Shape { required: ty.is_non_null(), kind }
}

fn one_of(model: &Model, name: &str) -> Option<Kind> {
    let found = model.enums.iter().find(|ty| ty.name == name)?;
    Some(Kind::OneOf(found.values.iter().map(|value| value.name.clone()).collect()))
}
