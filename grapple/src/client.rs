//! A schema as its clients see it: without what grapple's own directives say.

use crate::document::{self, Document, Kind, TypeDefinition, deprecated};
use crate::lower::default_value;
use crate::model::Literal;
use crate::scalar::{self, Declared};
use crate::source::Spanned;
use crate::type_ref::TypeRef;

/// What clients see of a schema.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) query: String,
    pub(crate) mutation: Option<String>,
    pub(crate) subscription: Option<String>,
    /// Sorted by name.
    pub(crate) types: Vec<Type>,
}

/// A named type.
#[derive(Debug, Clone)]
pub(crate) struct Type {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) kind: TypeKind,
}

/// What a named type is, and its parts in the order of the schema.
#[derive(Debug, Clone)]
pub(crate) enum TypeKind {
    Scalar { specified_by: Option<String> },
    Object { implements: Vec<String>, fields: Vec<Field> },
    Interface { implements: Vec<String>, fields: Vec<Field> },
    Union(Vec<String>),
    Enum(Vec<Value>),
    Input { one_of: bool, fields: Vec<Input> },
}

/// A field of an object or an interface.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) deprecated: Option<String>,
    pub(crate) ty: TypeRef,
    pub(crate) args: Vec<Input>,
}

/// An argument, or a field of an input object.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) deprecated: Option<String>,
    pub(crate) ty: TypeRef,
    pub(crate) default: Option<Literal>,
}

/// A value of an enum.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) deprecated: Option<String>,
}

impl Client {
    /// What clients see of a schema that was found right.
    pub(crate) fn of(document: &Document) -> Self {
        let root = |root: &Option<Spanned<String>>| root.as_ref().map(|root| root.value.clone());
        let mut types: Vec<Type> = document.types.iter().map(type_of).collect();
        types.extend(scalar::described().map(|(name, description)| Type {
            name: name.to_owned(),
            description: Some(description.to_owned()),
            kind: TypeKind::Scalar { specified_by: None },
        }));
        types.sort_by(|left, right| left.name.cmp(&right.name));
        Self {
            query: root(&document.query).unwrap_or_default(),
            mutation: root(&document.mutation),
            subscription: root(&document.subscription),
            types,
        }
    }
}

/// What clients see of a type.
pub(crate) fn type_of(ty: &TypeDefinition) -> Type {
    let has = |name: &str| document::directive(&ty.directives, name);
    let implements = || names(&ty.implements);
    let kind = match &ty.kind {
        Kind::Object(fields) => {
            TypeKind::Object { implements: implements(), fields: fields.iter().map(field).collect() }
        }
        Kind::Input(fields) => {
            TypeKind::Input { one_of: has("oneOf").is_some(), fields: fields.iter().map(input).collect() }
        }
        Kind::Enum(values) => TypeKind::Enum(values.iter().map(value).collect()),
        Kind::Scalar => {
            let written = has("specifiedBy").and_then(|used| used.text("url")).map(|url| url.value);
            let known = specification(&ty.name.value).filter(|_| has("scalar").is_none());
            TypeKind::Scalar { specified_by: written.or(known).map(str::to_owned) }
        }
        Kind::Interface(fields) => {
            TypeKind::Interface { implements: implements(), fields: fields.iter().map(field).collect() }
        }
        Kind::Union(members) => TypeKind::Union(names(members)),
    };
    Type { name: ty.name.value.clone(), description: ty.description.clone(), kind }
}

/// What specifies a scalar that has only to be declared.
fn specification(name: &str) -> Option<&'static str> {
    match scalar::declarable(name)?.declared {
        Declared::Here { specified_by, .. } => specified_by,
        Declared::BuiltIn | Declared::Always { .. } => None,
    }
}

fn names(written: &[Spanned<String>]) -> Vec<String> {
    written.iter().map(|name| name.value.clone()).collect()
}

/// What clients see of a field.
pub(crate) fn field(field: &document::Field) -> Field {
    Field {
        name: field.name.value.clone(),
        description: field.description.clone(),
        deprecated: deprecated(&field.directives),
        ty: field.ty.value.clone(),
        args: field.args.iter().map(input).collect(),
    }
}

fn input(value: &document::InputValue) -> Input {
    Input {
        name: value.name.value.clone(),
        description: value.description.clone(),
        deprecated: deprecated(&value.directives),
        ty: value.ty.value.clone(),
        default: default_value(value),
    }
}

fn value(value: &document::EnumValue) -> Value {
    Value {
        name: value.name.value.clone(),
        description: value.description.clone(),
        deprecated: deprecated(&value.directives),
    }
}
