//! Privacy: what a viewer may not see is null, so that no field may promise that it never is.

use std::collections::BTreeMap;

use super::Report;
use super::catalog::{Catalog, Object, Role, reference_key};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::{Directive, Field, directive};

pub(super) fn check(catalog: &Catalog<'_>, report: &mut Report) {
    let mut ruled = Ruled { catalog, known: BTreeMap::new() };
    for object in catalog.objects() {
        check_type(&object, report);
        object.fields.iter().for_each(|field| check_field(&mut ruled, &object, field, report));
    }
}

/// The types of which a value may be an entity with rules. Many fields are of one interface, which may be many types.
struct Ruled<'c, 'a> {
    catalog: &'c Catalog<'a>,
    known: BTreeMap<&'a str, Option<(&'a str, &'a Directive)>>,
}

impl<'a> Ruled<'_, 'a> {
    /// The first such entity, and what says that it has rules.
    fn first_of(&mut self, ty: &'a str) -> Option<(&'a str, &'a Directive)> {
        *self.known.entry(ty).or_insert_with(|| {
            let possible = self.catalog.possible_entities(ty);
            possible.iter().find_map(|entity| Some((entity.name(), entity.directive("privacy")?)))
        })
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

fn check_field<'a>(ruled: &mut Ruled<'_, 'a>, object: &Object<'_>, field: &'a Field, report: &mut Report) {
    let ty = &field.ty.value;
    if !ty.is_non_null() || ty.is_list() {
        return;
    }
    let Some((ruled, privacy)) = ruled.first_of(ty.base()) else { return };
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
