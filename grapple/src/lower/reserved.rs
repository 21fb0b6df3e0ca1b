//! Types that are there and that no schema may use: those of introspection, and those of grapple's own directives.

use super::Report;
use super::catalog::Catalog;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::Kind;
use crate::sdl;
use crate::source::Span;

/// What introspection is made of.
const INTROSPECTION: [&str; 8] = [
    "__Directive",
    "__DirectiveLocation",
    "__EnumValue",
    "__Field",
    "__InputValue",
    "__Schema",
    "__Type",
    "__TypeKind",
];

pub(super) fn check(catalog: &Catalog<'_>, report: &mut Report) {
    let told = catalog.interfaces().flat_map(|(_, fields)| fields);
    for field in catalog.objects().flat_map(|object| object.fields).chain(told) {
        check_use(catalog, field.ty.value.base(), field.ty.span, report);
        for argument in &field.args {
            check_use(catalog, argument.ty.value.base(), argument.ty.span, report);
        }
    }
    for field in catalog.inputs().flat_map(|(_, fields)| fields) {
        check_use(catalog, field.ty.value.base(), field.ty.span, report);
    }
    for ty in &catalog.document.types {
        if let Kind::Union(members) = &ty.kind {
            members.iter().for_each(|member| check_use(catalog, &member.value, member.span, report));
        }
    }
}

fn check_use(catalog: &Catalog<'_>, name: &str, span: Span, report: &mut Report) {
    let (message, help) = if INTROSPECTION.contains(&name) {
        (format!("`{name}` is of introspection"), "clients ask `__schema` and `__type` for it, on any query root")
    } else if sdl::keeps(name) && catalog.definition(name).is_none() {
        (format!("`{name}` is of grapple's own directives, and no type of the schema"), "define a type of your own")
    } else {
        return;
    };
    report.push(Diagnostic::error(Code::NotAValue, span, message).help(help));
}
