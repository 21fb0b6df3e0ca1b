//! Types that contain themselves: as Rust structs they would have no size.

use std::collections::BTreeSet;

use super::Report;
use super::catalog::{Catalog, Object, Role};
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
        // An interface or a union has no field to be changed.
        let fields = || path.iter().filter(|step| !step.is_member);
        let Some(first) = fields().next() else { continue };
        let way: Vec<String> = fields().map(|step| format!("`{}.{}`", step.owner, step.field)).collect();
        report.push(
            Diagnostic::error(Code::Recursion, first.span, format!("`{name}` contains itself by {}", way.join(", ")))
                .help(format!("make one of them a list: `{}: [{}!]`", first.field, first.target)),
        );
    }
}

/// One field on the way from a type back to itself, or one type of an interface or a union.
struct Step<'a> {
    owner: &'a str,
    field: &'a str,
    target: &'a str,
    required: bool,
    is_member: bool,
    span: Span,
}

fn reaches<'a>(
    catalog: &Catalog<'a>,
    from: &'a str,
    goal: &str,
    path: &mut Vec<Step<'a>>,
    seen: &mut BTreeSet<&'a str>,
) -> bool {
    for step in contained(catalog, from) {
        let target = step.target;
        path.push(step);
        if target == goal || (seen.insert(target) && reaches(catalog, target, goal, path, seen)) {
            return true;
        }
        path.pop();
    }
    false
}

/// What a struct or an enum holds by value: a list is held behind a pointer.
fn contained<'a>(catalog: &Catalog<'a>, owner: &'a str) -> Vec<Step<'a>> {
    let step = |name: &'a Spanned<String>, ty: &'a Spanned<TypeRef>| Step {
        owner,
        field: &name.value,
        target: ty.value.base(),
        required: ty.value.is_non_null(),
        is_member: false,
        span: name.span,
    };
    match catalog.definition(owner).map(|ty| &ty.kind) {
        Some(Kind::Object(fields)) if catalog.role(owner) == Role::Plain => {
            let held = fields.iter().filter(|field| !field.ty.value.is_list());
            held.map(|field| step(&field.name, &field.ty)).collect()
        }
        Some(Kind::Input(fields)) => {
            let held = fields.iter().filter(|field| !field.ty.value.is_list());
            held.map(|field| step(&field.name, &field.ty)).collect()
        }
        Some(Kind::Interface(_) | Kind::Union(_)) => {
            let member = |member: Object<'a>| {
                let (target, span) = (member.name(), member.definition.name.span);
                Step { owner, field: target, target, required: false, is_member: true, span }
            };
            catalog.members(owner).into_iter().map(member).collect()
        }
        _ => Vec::new(),
    }
}
