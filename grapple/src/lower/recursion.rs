//! Types that contain themselves: as Rust structs they would have no size.

use std::collections::BTreeSet;

use super::Report;
use super::catalog::{Catalog, Role};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::Kind;
use crate::source::{Span, Spanned};
use crate::type_ref::TypeRef;

pub(super) fn check(catalog: &Catalog<'_>, report: &mut Report) {
    let mut reported = BTreeSet::new();
    for ty in &catalog.document.types {
        let mut path = Vec::new();
        let name = ty.name.value.as_str();
        if reported.contains(name) || !reaches(catalog, name, name, &mut path, &mut BTreeSet::new()) {
            continue;
        }
        reported.extend(path.iter().map(|step| step.owner.to_owned()));
        // The GraphQL compiler reports inputs that no value could ever fit.
        if path.iter().all(|step| step.required) && catalog.role(name) == Role::Input {
            continue;
        }
        let way: Vec<String> = path.iter().map(|step| format!("`{}.{}`", step.owner, step.field)).collect();
        report.push(
            Diagnostic::error(Code::Recursion, path[0].span, format!("`{name}` contains itself by {}", way.join(", ")))
                .help(format!("make one of them a list: `{}: [{}!]`", path[0].field, path[0].target)),
        );
    }
}

/// One field on the way from a type back to itself.
struct Step<'a> {
    owner: &'a str,
    field: &'a str,
    target: &'a str,
    required: bool,
    span: Span,
}

fn reaches<'a>(
    catalog: &Catalog<'a>,
    from: &'a str,
    goal: &str,
    path: &mut Vec<Step<'a>>,
    seen: &mut BTreeSet<&'a str>,
) -> bool {
    for (name, ty) in contained(catalog, from) {
        let target = ty.value.base();
        path.push(Step { owner: from, field: &name.value, target, required: ty.value.is_non_null(), span: name.span });
        if target == goal || (seen.insert(target) && reaches(catalog, target, goal, path, seen)) {
            return true;
        }
        path.pop();
    }
    false
}

/// The fields that a struct holds by value: a list is held behind a pointer.
fn contained<'a>(catalog: &Catalog<'a>, name: &str) -> Vec<(&'a Spanned<String>, &'a Spanned<TypeRef>)> {
    let fields: Vec<_> = match catalog.definition(name).map(|ty| &ty.kind) {
        Some(Kind::Object(fields)) if catalog.role(name) == Role::Plain => {
            fields.iter().map(|field| (&field.name, &field.ty)).collect()
        }
        Some(Kind::Input(fields)) => fields.iter().map(|field| (&field.name, &field.ty)).collect(),
        _ => Vec::new(),
    };
    fields.into_iter().filter(|(_, ty)| !ty.value.is_list()).collect()
}
