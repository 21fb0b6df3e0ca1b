//! What all fields have in common.

use super::Report;
use super::catalog::{Catalog, Role};
use super::literal;
use crate::case;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::{self, InputValue, Value, deprecated};
use crate::model::{Argument, Field, Source};
use crate::source::Span;
use crate::type_ref::TypeRef;

/// A field whose source is known.
pub(super) fn field(catalog: &Catalog<'_>, field: &document::Field, source: Source) -> Field {
    Field {
        name: field.name.value.clone(),
        rust: case::value_name(&field.name.value),
        description: field.description.clone(),
        deprecated: deprecated(&field.directives),
        ty: field.ty.value.clone(),
        rust_type: catalog.rust_type(&field.ty.value),
        args: field.args.iter().map(|value| argument(catalog, value)).collect(),
        source,
    }
}

pub(super) fn argument(catalog: &Catalog<'_>, value: &InputValue) -> Argument {
    // `cx` is what the generated functions call the request.
    let rust = match case::value_name(&value.name.value) {
        name if name == "cx" => "cx_".to_owned(),
        name => name,
    };
    Argument {
        name: value.name.value.clone(),
        rust,
        description: value.description.clone(),
        ty: value.ty.value.clone(),
        rust_type: catalog.rust_type(&value.ty.value),
        default: value.default.as_ref().map(|default| literal::value(&value.ty.value, default)),
        deprecated: deprecated(&value.directives),
        stored: None,
    }
}

/// A field written by hand, of the entity or root `owner`.
pub(super) fn custom(
    catalog: &Catalog<'_>,
    owner: &str,
    custom: &document::Field,
    report: &mut Report,
) -> Option<Field> {
    let base = custom.ty.value.base();
    if catalog.role(base).is_root() {
        report.push(root_as_value(base, custom.ty.span));
        return None;
    }
    let resolver = format!("resolve_{}_{}", case::snake(owner), case::snake(&custom.name.value));
    Some(field(catalog, custom, Source::Custom { resolver }))
}

pub(super) fn root_as_value(root: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::NotAValue, span, format!("the root `{root}` cannot be the type of a field"))
        .help("return an entity, a plain type or a scalar; clients can query the root beside it")
}

/// Reports the arguments that a field does not take.
pub(super) fn only_arguments(field: &document::Field, known: &[&str], report: &mut Report) {
    for argument in &field.args {
        let name = argument.name.value.as_str();
        if known.contains(&name) {
            continue;
        }
        let takes = match known {
            [] => "no arguments".to_owned(),
            known => format!("only `{}`", known.join("`, `")),
        };
        let message = format!("`{}` takes {takes}, not `{name}`", field.name.value);
        report.push(
            Diagnostic::error(Code::UnexpectedArgument, argument.name.span, message)
                .help(format!("take `{name}` away, or write the field by hand with `@customGen`")),
        );
    }
}

/// The page arguments of a list of entities. They are required where `required` says so.
pub(super) fn page_arguments(field: &document::Field, required: bool, report: &mut Report) {
    let mut absent = Vec::new();
    for (name, ty, paste) in [("first", "Int", "first: Int = 100"), ("after", "UUID", "after: UUID")] {
        match field.args.iter().find(|argument| argument.name.value == name) {
            Some(argument) if *argument.ty.value.nullable() == TypeRef::named(ty) => {
                report.extend(unusable(field, argument, paste));
            }
            Some(argument) => {
                let message = format!("`{name}` pages the list and is of type `{ty}`, not `{}`", argument.ty.value);
                report.push(
                    Diagnostic::error(Code::PageArguments, argument.ty.span, message).help(format!("write `{paste}`")),
                );
            }
            None => absent.push(format!("`{name}`")),
        }
    }
    if required && !absent.is_empty() {
        let message = format!("the list `{}` has no {} to page it by", field.name.value, absent.join(" and "));
        let help = format!("write `{}(first: Int = 100, after: UUID): {}`", field.name.value, field.ty.value);
        report.push(Diagnostic::error(Code::PageArguments, field.name.span, message).help(help));
    }
}

/// A page argument by which no list could be read: nobody has a cursor before the first page, and no page is shorter
/// than nothing.
fn unusable(field: &document::Field, argument: &InputValue, paste: &str) -> Option<Diagnostic> {
    let name = &argument.name.value;
    let negative = argument.default.as_ref().filter(|default| match &default.value {
        Value::Int(text) => text.starts_with('-'),
        _ => false,
    });
    let (span, message) = match negative {
        Some(default) => (default.span, format!("a page of `{}` cannot be shorter than nothing", field.name.value)),
        None if name == "after" && argument.ty.value.is_non_null() => (
            argument.ty.span,
            format!("nobody could read the first page of `{}`: `after` is required", field.name.value),
        ),
        None => return None,
    };
    Some(Diagnostic::error(Code::PageArguments, span, message).help(format!("write `{paste}`")))
}

/// The entity of a field that lists entities; reports any other shape than `[Entity!]!`.
pub(super) fn listed_entity<'a>(
    catalog: &Catalog<'a>,
    field: &'a document::Field,
    report: &mut Report,
) -> Option<&'a str> {
    let base = field.ty.value.base();
    match catalog.role(base) {
        Role::Unknown => return None,
        Role::Entity if field.ty.value == TypeRef::list_of(base) => return Some(base),
        _ => {}
    }
    let message = format!("`{}` lists entities and cannot be of type `{}`", field.name.value, field.ty.value);
    let help = match catalog.role(base) {
        Role::Entity => format!("write `{}`", TypeRef::list_of(base)),
        Role::Abstract => format!(
            "list the entities of one type: those of `{base}` have no order together. Or write the list by hand: \
             `@customGen`"
        ),
        _ => "write `[T!]!` with a type T that has `@pent(typeId:)`".to_owned(),
    };
    report.push(Diagnostic::error(Code::ListShape, field.ty.span, message).help(help));
    None
}
