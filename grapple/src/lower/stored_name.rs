//! Names that values are stored under, where the schema says them.

use super::Report;
use super::catalog::{Catalog, Role};
use super::entity::{Member, member};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::{Field, directive};
use crate::source::Spanned;

/// Bytes of one stored name: the limit of the store.
const NAME_BYTES_MAX: usize = 255;

pub(super) fn check(catalog: &Catalog<'_>, report: &mut Report) {
    for field in catalog.objects_of(Role::Entity).flat_map(|entity| entity.fields) {
        let column = directive(&field.directives, "column");
        let reference = directive(&field.directives, "genFromStoredId");
        let said = [column.and_then(|used| used.text("name")), reference.and_then(|used| used.text("attr"))];
        said.iter().flatten().for_each(|name| check_name(name, report));
        if let Some(column) = column {
            check_kind(catalog, field, column.span, report);
        }
    }
}

fn check_name(name: &Spanned<&str>, report: &mut Report) {
    if name.value.is_empty() || name.value.len() > NAME_BYTES_MAX {
        let message = format!("nothing can be stored under a name of {} bytes", name.value.len());
        let help = format!("write a name of 1 to {NAME_BYTES_MAX} bytes");
        report.push(Diagnostic::error(Code::StoredName, name.span, message).help(help));
    }
}

fn check_kind(catalog: &Catalog<'_>, field: &Field, span: crate::source::Span, report: &mut Report) {
    let name = &field.name.value;
    let help = match member(catalog, field) {
        Member::Value | Member::Unknown => return,
        Member::Reference => "the name that an id is stored under is said by `@genFromStoredId(attr:)`",
        Member::Id => "take `@column` away: the id is the node's own",
        Member::Edge | Member::Custom | Member::Sourceless => "take `@column` away: nothing is stored for this field",
    };
    let message = format!("`@column` goes on a stored scalar or enum, and `{name}` is none");
    report.push(Diagnostic::error(Code::StoredKind, span, message).help(help));
}
