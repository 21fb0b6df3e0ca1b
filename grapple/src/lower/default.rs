//! What is stored when a create leaves a value out: `@default`.

use super::Report;
use super::catalog::{Catalog, Role};
use super::entity::{Member, member};
use super::literal;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::{Field, Value, directive};
use crate::model::Literal;
use crate::shape::Kind;

/// The default of a stored value.
pub(super) fn of(catalog: &Catalog<'_>, field: &Field) -> Option<Literal> {
    let written = directive(&field.directives, "default")?.argument("value")?;
    let fits = is_ready(catalog, field) && literal::misfit(catalog, &field.ty.value, written).is_none();
    // A `BigInt` is stored as a number, and written as one or as a text.
    let is_number = catalog.scalar(field.ty.value.base()).is_some_and(|scalar| scalar.stored == Kind::Long);
    let value = || literal::value(&field.ty.value, written);
    fits.then(|| if is_number { with_numbers(value()) } else { value() })
}

fn with_numbers(written: Literal) -> Literal {
    match written {
        Literal::Text(text) => text.parse().map_or(Literal::Text(text), Literal::Int),
        Literal::List(items) => Literal::List(items.into_iter().map(with_numbers).collect()),
        other => other,
    }
}

pub(super) fn check(catalog: &Catalog<'_>, report: &mut Report) {
    for entity in catalog.objects_of(Role::Entity) {
        for field in entity.fields {
            let Some(used) = directive(&field.directives, "default") else { continue };
            match member(catalog, field) {
                Member::Unknown => {}
                Member::Value if is_ready(catalog, field) => check_value(catalog, field, report),
                kind => {
                    let name = &field.name.value;
                    let message = match kind {
                        Member::Value => format!("`{name}` is of type `{}`, which takes no default", field.ty.value),
                        _ => format!("`@default` goes on a stored scalar or enum, and `{name}` is none"),
                    };
                    let help = "let a hook set it before the write: `@hooks` on the type";
                    report.push(Diagnostic::error(Code::StoredKind, used.span, message).help(help));
                }
            }
        }
    }
}

fn check_value(catalog: &Catalog<'_>, field: &Field, report: &mut Report) {
    let Some(used) = directive(&field.directives, "default") else { return };
    let name = &field.name.value;
    // An item of a list may be null, so that the parser lets null stand here, too.
    let Some(written) = used.argument("value") else {
        let message = format!("the default of `{name}` is missing");
        let help = format!("write `@default(value: ...)`, with a `{}`", field.ty.value.nullable());
        report.push(Diagnostic::error(Code::MissingArgument, used.span, message).help(help));
        return;
    };
    let unfit = literal::misfit(catalog, &field.ty.value, written);
    if let Some(unfit) = unfit.or(matches!(written.value, Value::Null).then_some(written)) {
        let message = format!("the default of `{name}` is no `{}`", field.ty.value.nullable());
        report.push(Diagnostic::error(Code::WrongValue, unfit.span, message).help("write a value of that type"));
    }
}

/// Whether values of a type can be written down here: moments, JSON and what stands for the user's scalars are read at
/// run time.
fn is_ready(catalog: &Catalog<'_>, field: &Field) -> bool {
    let base = field.ty.value.base();
    catalog.role(base) == Role::Enum || catalog.scalar(base).is_some_and(|scalar| scalar.uses.default)
}
