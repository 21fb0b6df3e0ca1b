//! Privacy: what a viewer may not see is null, so that no field may promise that it never is.

use super::Report;
use super::catalog::{Catalog, Object, Role, reference_key};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::{Field, directive};

pub(super) fn check(catalog: &Catalog<'_>, report: &mut Report) {
    for object in catalog.objects() {
        check_type(&object, report);
        object.fields.iter().for_each(|field| check_field(catalog, &object, field, report));
    }
}

/// Rules and hooks are about what is stored.
fn check_type(object: &Object<'_>, report: &mut Report) {
    if object.role == Role::Entity {
        return;
    }
    for name in ["privacy", "hooks"] {
        let Some(directive) = object.directive(name) else { continue };
        let message = format!("`@{name}` is about entities, and `{}` is none", object.name());
        let help = match object.role {
            Role::Query | Role::Mutation | Role::Subscription => {
                format!("put `@{name}` on the entities that the root reads and writes")
            }
            _ => format!("make it one: `type {} @pent(typeId: ...) @{name}`, or take `@{name}` away", object.name()),
        };
        report.push(Diagnostic::error(Code::NoEntity, directive.span, message).label("not stored").help(help));
    }
}

fn check_field(catalog: &Catalog<'_>, object: &Object<'_>, field: &Field, report: &mut Report) {
    let ty = &field.ty.value;
    if !ty.is_non_null() || ty.is_list() {
        return;
    }
    let possible = catalog.possible_entities(ty.base());
    let ruled = possible.iter().find_map(|entity| Some((entity.name(), entity.directive("privacy")?)));
    let Some((ruled, privacy)) = ruled else { return };
    let (name, base) = (&field.name.value, ty.base());
    let message = format!("`{}.{name}` is never null, and a viewer may not see every `{ruled}`", object.name());
    let nullable = format!("write `{name}: {base}`: it is null to a viewer who may not see it");
    let help = if directive(&field.directives, "genFromStoredId").is_some() {
        let key = reference_key(name);
        format!("{nullable}; the input of a mutation may require it all the same: `{key}: UUID!`")
    } else {
        nullable
    };
    report.push(
        Diagnostic::error(Code::NeverHidden, field.ty.span, message)
            .label("null to who may not see it")
            .related(privacy.span, format!("rules say who may see a `{ruled}`"))
            .help(help),
    );
}
