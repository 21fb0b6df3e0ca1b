//! The types of a schema by name, and what each of them is to the rules.

use std::collections::{BTreeMap, BTreeSet};

use crate::case;
use crate::document::{Directive, Document, Field, InputValue, Kind, TypeDefinition, directive};
use crate::rust_type::RustType;
use crate::scalar::{self, Scalar};
use crate::source::Spanned;
use crate::type_ref::TypeRef;

/// The types of a schema by name.
#[derive(Debug)]
pub(super) struct Catalog<'a> {
    pub(super) document: &'a Document,
    by_name: BTreeMap<&'a str, &'a TypeDefinition>,
    /// The objects that a value of an interface or a union may be, in the order of the schema.
    members: BTreeMap<&'a str, Vec<&'a TypeDefinition>>,
}

/// What a named type is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Entity,
    Plain,
    Query,
    Mutation,
    Subscription,
    /// An interface or a union.
    Abstract,
    Enum,
    Input,
    Scalar,
    /// Not supported, or not defined: reported elsewhere, so that other rules keep quiet about it.
    Unknown,
}

/// An object type with its fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct Object<'a> {
    pub(super) definition: &'a TypeDefinition,
    pub(super) fields: &'a [Field],
    pub(super) role: Role,
}

impl Role {
    /// Whether it is where operations start.
    pub(super) fn is_root(self) -> bool {
        matches!(self, Self::Query | Self::Mutation | Self::Subscription)
    }
}

impl<'a> Object<'a> {
    pub(super) fn name(&self) -> &'a str {
        &self.definition.name.value
    }

    pub(super) fn field(&self, name: &str) -> Option<&'a Field> {
        self.fields.iter().find(|field| field.name.value == name)
    }

    pub(super) fn directive(&self, name: &str) -> Option<&'a Directive> {
        directive(&self.definition.directives, name)
    }

    /// The number in `@pent(typeId:)`.
    pub(super) fn type_id(&self) -> Option<Spanned<i64>> {
        self.directive("pent")?.int("typeId")
    }
}

impl<'a> Catalog<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        let by_name = document.types.iter().map(|ty| (ty.name.value.as_str(), ty)).collect();
        Self { document, by_name, members: members(document) }
    }

    pub(super) fn role(&self, name: &str) -> Role {
        let is_root = |root: &Option<Spanned<String>>| root.as_ref().is_some_and(|root| root.value == name);
        match self.by_name.get(name) {
            _ if scalar::always(name).is_some() => Role::Scalar,
            _ if is_root(&self.document.query) => Role::Query,
            _ if is_root(&self.document.mutation) => Role::Mutation,
            _ if is_root(&self.document.subscription) => Role::Subscription,
            Some(ty) => match ty.kind {
                Kind::Object(_) if directive(&ty.directives, "pent").is_some() => Role::Entity,
                // A misspelt directive may have been meant to say what it is.
                Kind::Object(_) if ty.directives.iter().any(|used| !used.defined) => Role::Unknown,
                Kind::Object(_) => Role::Plain,
                Kind::Input(_) => Role::Input,
                Kind::Enum(_) => Role::Enum,
                Kind::Scalar if self.stands_for_something(ty) => Role::Scalar,
                Kind::Interface(_) | Kind::Union(_) => Role::Abstract,
                Kind::Scalar => Role::Unknown,
            },
            None => Role::Unknown,
        }
    }

    /// The object types, in the order of the schema.
    pub(super) fn objects(&self) -> impl Iterator<Item = Object<'a>> + '_ {
        self.document.types.iter().filter_map(|ty| self.as_object(ty))
    }

    /// The object types of one role.
    pub(super) fn objects_of(&self, role: Role) -> impl Iterator<Item = Object<'a>> + '_ {
        self.objects().filter(move |object| object.role == role)
    }

    pub(super) fn object(&self, name: &str) -> Option<Object<'a>> {
        self.as_object(self.by_name.get(name)?)
    }

    fn as_object(&self, ty: &'a TypeDefinition) -> Option<Object<'a>> {
        match &ty.kind {
            Kind::Object(fields) => Some(Object { definition: ty, fields, role: self.role(&ty.name.value) }),
            _ => None,
        }
    }

    /// The objects that a value of an interface or a union may be, in the order of the schema.
    pub(super) fn members(&self, name: &str) -> Vec<Object<'a>> {
        let members = self.members.get(name).map_or(&[][..], Vec::as_slice);
        members.iter().filter_map(|ty| self.as_object(ty)).collect()
    }

    /// The entities that a value of a type may be: the type itself, or those of an interface or a union.
    pub(super) fn possible_entities(&self, name: &str) -> Vec<Object<'a>> {
        let possible = self.entity(name).into_iter().chain(self.members(name));
        possible.filter(|object| object.role == Role::Entity).collect()
    }

    /// The entity of this name.
    pub(super) fn entity(&self, name: &str) -> Option<Object<'a>> {
        self.object(name).filter(|object| object.role == Role::Entity)
    }

    pub(super) fn interfaces(&self) -> impl Iterator<Item = (&'a TypeDefinition, &'a [Field])> + '_ {
        self.document.types.iter().filter_map(|ty| match &ty.kind {
            Kind::Interface(fields) => Some((ty, fields.as_slice())),
            _ => None,
        })
    }

    /// The arguments of all fields.
    pub(super) fn arguments(&self) -> impl Iterator<Item = &'a InputValue> + '_ {
        let told = self.interfaces().flat_map(|(_, fields)| fields);
        self.objects().flat_map(|object| object.fields).chain(told).flat_map(|field| &field.args)
    }

    pub(super) fn inputs(&self) -> impl Iterator<Item = (&'a TypeDefinition, &'a [InputValue])> + '_ {
        self.document.types.iter().filter_map(as_input)
    }

    pub(super) fn input(&self, name: &str) -> Option<&'a [InputValue]> {
        self.definition(name).and_then(as_input).map(|(_, fields)| fields)
    }

    pub(super) fn definition(&self, name: &str) -> Option<&'a TypeDefinition> {
        self.by_name.get(name).copied()
    }

    pub(super) fn rust_type(&self, ty: &TypeRef) -> RustType {
        RustType::of(ty, &|name| self.named_type(name))
    }

    fn named_type(&self, name: &str) -> RustType {
        let own = || RustType::Item { name: case::type_name(name), copy: self.role(name) == Role::Enum };
        self.scalar(name).map_or_else(own, |scalar| scalar.rust.clone())
    }

    /// The scalar that comes along which a name means in this schema.
    pub(super) fn scalar(&self, name: &str) -> Option<&'static Scalar> {
        let is_declared =
            |ty: &&TypeDefinition| matches!(ty.kind, Kind::Scalar) && directive(&ty.directives, "scalar").is_none();
        let declared = || self.definition(name).filter(is_declared).and_then(|_| scalar::declarable(name));
        scalar::always(name).or_else(declared)
    }

    fn stands_for_something(&self, scalar: &TypeDefinition) -> bool {
        directive(&scalar.directives, "scalar").is_some() || scalar::declarable(&scalar.name.value).is_some()
    }

    pub(super) fn scalars(&self) -> impl Iterator<Item = &'a TypeDefinition> + '_ {
        self.document.types.iter().filter(|ty| matches!(ty.kind, Kind::Scalar))
    }

    pub(super) fn query_description(&self) -> Option<String> {
        let query = self.document.query.as_ref()?;
        self.object(&query.value)?.definition.description.clone()
    }
}

/// The objects of each interface and each union, each object once.
fn members(document: &Document) -> BTreeMap<&str, Vec<&TypeDefinition>> {
    let mut unions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut members: BTreeMap<&str, Vec<&TypeDefinition>> = BTreeMap::new();
    for ty in &document.types {
        match &ty.kind {
            Kind::Union(named) => {
                named.iter().for_each(|member| unions.entry(&member.value).or_default().push(&ty.name.value));
            }
            Kind::Interface(_) => drop(members.insert(&ty.name.value, Vec::new())),
            _ => {}
        }
    }
    for ty in document.types.iter().filter(|ty| matches!(ty.kind, Kind::Object(_))) {
        let interfaces = ty.implements.iter().map(|name| name.value.as_str());
        let interfaces: BTreeSet<&str> = interfaces.filter(|name| members.contains_key(name)).collect();
        let unions: BTreeSet<&str> = unions.get(ty.name.value.as_str()).into_iter().flatten().copied().collect();
        interfaces.union(&unions).for_each(|name| members.entry(name).or_default().push(ty));
    }
    members
}

fn as_input(ty: &TypeDefinition) -> Option<(&TypeDefinition, &[InputValue])> {
    match &ty.kind {
        Kind::Input(fields) => Some((ty, fields)),
        _ => None,
    }
}

/// The name that mutations write the id behind a reference field by: `ownerId` for `owner`. It is stored under that
/// name, too, unless the field says another.
pub(super) fn reference_key(field: &str) -> String {
    format!("{field}Id")
}

/// The name that an entity stores a value or a reference under.
pub(super) fn stored_key(field: &Field) -> String {
    let name = &field.name.value;
    let (said, otherwise) = match directive(&field.directives, "genFromStoredId") {
        Some(reference) => (reference.text("attr"), reference_key(name)),
        None => (directive(&field.directives, "column").and_then(|used| used.text("name")), name.clone()),
    };
    said.map_or(otherwise, |said| said.value.to_owned())
}

/// Whether a name in `@edgeToStoredId(field:)` means a reference field: its own name, or either spelling of the
/// name that mutations write its id by, or the name that this is stored under.
pub(super) fn names_reference(name: &str, field: &Field) -> bool {
    let own = &field.name.value;
    let is_reference = directive(&field.directives, "genFromStoredId").is_some();
    let letters = |name: &str| name.bytes().filter(|letter| *letter != b'_').count();
    // Counted first: every edge asks this of every field of its other end.
    let is_id = || letters(name) == letters(own) + 2 && case::snake(name) == format!("{}_id", case::snake(own));
    name == own || is_id() || (is_reference && name == stored_key(field))
}
