//! Where the things of a schema are written, by the names that a lock has for them.

use crate::document::{Directive, Document, InputValue, Kind, TypeDefinition};
use crate::source::Span;

/// Where the things of a schema are written.
pub(super) struct Sites<'d> {
    document: &'d Document,
}

impl<'d> Sites<'d> {
    pub(super) fn of(document: &'d Document) -> Self {
        Self { document }
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
    pub(super) fn coordinate(&self, coordinate: &str) -> Option<Span> {
        let name = coordinate.split(['.', ' ']).next().unwrap_or_default();
        let ty = self.definition(name)?;
        let (member, argument) = match coordinate.split_once('.') {
            Some((_, member)) => (member.split('(').next(), member.split(['(', ':']).nth(1)),
            None => (None, None),
        };
        Some(member.and_then(|member| member_span(ty, member, argument)).unwrap_or(ty.name.span))
    }

    /// What stores a value: the field of its name, or the one whose id it is.
    pub(super) fn stored(&self, entity: &str, key: &str) -> Option<Span> {
        let ty = self.definition(entity)?;
        let reference = key.strip_suffix("Id").and_then(|field| member_span(ty, field, None));
        member_span(ty, key, None).or(reference).or(Some(ty.name.span))
    }

    fn definition(&self, name: &str) -> Option<&'d TypeDefinition> {
        self.document.types.iter().find(|ty| ty.name.value == name)
    }

    fn directive(&self, ty: &str, name: &str) -> Option<&'d Directive> {
        crate::document::directive(&self.definition(ty)?.directives, name)
    }
}

fn member_span(ty: &TypeDefinition, member: &str, argument: Option<&str>) -> Option<Span> {
    let input = |values: &[InputValue], name: &str| {
        values.iter().find(|value| value.name.value == name).map(|value| value.name.span)
    };
    match &ty.kind {
        Kind::Object(fields) => {
            let field = fields.iter().find(|field| field.name.value == member)?;
            argument.and_then(|argument| input(&field.args, argument)).or(Some(field.name.span))
        }
        Kind::Input(fields) => input(fields, member),
        Kind::Enum(values) => values.iter().find(|value| value.name.value == member).map(|value| value.name.span),
        _ => None,
    }
}
