//! `@deprecated` on what has to be given: clients could not stop using it.

use super::Report;
use super::catalog::Catalog;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::directive;

/// GraphQL forbids it (October 2021, 3.6 and 3.10); the compiler does not look.
pub(super) fn check(catalog: &Catalog<'_>, report: &mut Report) {
    let fields = catalog.inputs().flat_map(|(_, fields)| fields);
    for value in
        catalog.arguments().chain(fields).filter(|value| value.ty.value.is_non_null() && value.default.is_none())
    {
        if let Some(used) = directive(&value.directives, "deprecated") {
            let name = &value.name.value;
            let message = format!("`{name}` is required, and cannot be deprecated");
            let help = format!("write `{name}: {}`, or give it a default", value.ty.value.nullable());
            report.push(Diagnostic::error(Code::InvalidSchema, used.span, message).help(help));
        }
    }
}
