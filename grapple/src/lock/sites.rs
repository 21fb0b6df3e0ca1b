//! Where the things of a schema are written, by the names that a lock has for them.

use std::collections::BTreeMap;

use super::coordinate::Coordinate;
use crate::document::{Directive, Document, Field, InputValue, Kind, TypeDefinition, directive};
use crate::source::Span;

/// Where the things of a schema are written.
pub(super) struct Sites<'d> {
    document: &'d Document,
    types: BTreeMap<&'d str, &'d TypeDefinition>,
}

impl<'d> Sites<'d> {
    pub(super) fn of(document: &'d Document) -> Self {
        Self { document, types: document.types.iter().map(|ty| (ty.name.value.as_str(), ty)).collect() }
    }

    /// A type's name.
    pub(super) fn ty(&self, name: &str) -> Option<Span> {
        self.definition(name).map(|ty| ty.name.span)
    }

    /// The number in its `@pent(typeId:)`.
    pub(super) fn number(&self, entity: &str) -> Option<Span> {
        self.directive(entity, "pent")?.int("typeId").map(|number| number.span)
    }

    /// The number of an edge.
    pub(super) fn edge(&self, entity: &str, number: u32) -> Option<Span> {
        let Kind::Object(fields) = &self.definition(entity)?.kind else { return None };
        let numbers = fields.iter().flat_map(|field| &field.directives).filter_map(|used| used.int("edgeId"));
        numbers.into_iter().find(|found| found.value == i64::from(number)).map(|found| found.span)
    }

    /// A field, argument, input field or enum value; what is nearest to it, where it is not there itself.
    pub(super) fn coordinate(&self, coordinate: &Coordinate) -> Option<Span> {
        let Some(ty) = coordinate.ty() else { return self.root(coordinate) };
        let ty = self.definition(ty)?;
        let found = match coordinate {
            Coordinate::Member { name, .. } => member_span(ty, name, None),
            Coordinate::Argument { field, name, .. } => member_span(ty, field, Some(name)),
            _ => None,
        };
        found.or(Some(ty.name.span))
    }

    fn root(&self, coordinate: &Coordinate) -> Option<Span> {
        let Coordinate::Root(root) = coordinate else { return None };
        let named = match root.as_str() {
            "query" => &self.document.query,
            "mutation" => &self.document.mutation,
            _ => &self.document.subscription,
        };
        named.as_ref().map(|name| name.span)
    }

    /// What stores a value: the field that says so, the one of its name, or the one whose id it is.
    pub(super) fn stored(&self, entity: &str, key: &str) -> Option<Span> {
        let ty = self.definition(entity)?;
        if let Some(field) = fields(ty).iter().find(|field| said(field).is_some_and(|said| said == key)) {
            return Some(field.name.span);
        }
        let reference = key.strip_suffix("Id").and_then(|field| member_span(ty, field, None));
        member_span(ty, key, None).or(reference).or(Some(ty.name.span))
    }

    fn definition(&self, name: &str) -> Option<&'d TypeDefinition> {
        self.types.get(name).copied()
    }

    fn directive(&self, ty: &str, name: &str) -> Option<&'d Directive> {
        directive(&self.definition(ty)?.directives, name)
    }
}

fn fields(ty: &TypeDefinition) -> &[Field] {
    match &ty.kind {
        Kind::Object(fields) => fields,
        _ => &[],
    }
}

/// The name that a field says to store its value under.
fn said(field: &Field) -> Option<&str> {
    let said = |used: &str, argument| directive(&field.directives, used)?.text(argument).map(|name| name.value);
    said("column", "name").or_else(|| said("genFromStoredId", "attr"))
}

fn member_span(ty: &TypeDefinition, member: &str, argument: Option<&str>) -> Option<Span> {
    let input = |values: &[InputValue], name: &str| {
        values.iter().find(|value| value.name.value == name).map(|value| value.name.span)
    };
    match &ty.kind {
        Kind::Object(fields) | Kind::Interface(fields) => {
            let field = fields.iter().find(|field| field.name.value == member)?;
            argument.and_then(|argument| input(&field.args, argument)).or(Some(field.name.span))
        }
        Kind::Input(fields) => input(fields, member),
        Kind::Enum(values) => values.iter().find(|value| value.name.value == member).map(|value| value.name.span),
        Kind::Scalar | Kind::Union(_) => None,
    }
}
