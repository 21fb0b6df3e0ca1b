//! Which directive goes on a field of which kind of type.

use super::Report;
use super::catalog::{Catalog, Object, Role};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::{Directive, Field, directive};

/// A directive that says where a field's value comes from, and the types whose fields it goes on.
struct Place {
    directive: &'static str,
    roles: &'static [Role],
}

const SOURCES: &[Place] = &[
    Place { directive: "readPent", roles: &[Role::Query] },
    Place { directive: "browsePents", roles: &[Role::Query] },
    Place { directive: "findPent", roles: &[Role::Query] },
    Place { directive: "createPent", roles: &[Role::Mutation] },
    Place { directive: "updatePent", roles: &[Role::Mutation] },
    Place { directive: "deletePent", roles: &[Role::Mutation] },
    Place { directive: "customMutation", roles: &[Role::Mutation] },
    Place { directive: "subscribeNode", roles: &[Role::Subscription] },
    Place { directive: "subscribeEdge", roles: &[Role::Subscription] },
    Place { directive: "genFromStoredId", roles: &[Role::Entity] },
    Place { directive: "edgeToStoredId", roles: &[Role::Entity] },
    Place { directive: "custom", roles: &[Role::Entity, Role::Query, Role::Mutation, Role::Subscription] },
    Place { directive: "customGen", roles: &[Role::Entity, Role::Query, Role::Mutation, Role::Subscription] },
];

/// Directives about what is stored.
const STORED: &[Place] = &[
    Place { directive: "unique", roles: &[Role::Entity] },
    Place { directive: "index", roles: &[Role::Entity] },
    Place { directive: "column", roles: &[Role::Entity] },
    Place { directive: "default", roles: &[Role::Entity] },
];

/// The directive that says where a field's value comes from; `None` as well for one that does not belong there,
/// since that has been reported.
pub(super) fn source(field: &Field, role: Role) -> Option<&Directive> {
    SOURCES
        .iter()
        .filter(|place| place.roles.contains(&role))
        .find_map(|place| directive(&field.directives, place.directive))
}

/// Whether a field has any directive that says where its value comes from, be it a wrong or misspelt one.
pub(super) fn has_source(field: &Field) -> bool {
    let misspelt = field.directives.iter().any(|used| !used.defined);
    misspelt || SOURCES.iter().any(|place| directive(&field.directives, place.directive).is_some())
}

pub(super) fn check(catalog: &Catalog<'_>, report: &mut Report) {
    for (definition, fields) in catalog.interfaces() {
        let interface = Object { definition, fields, role: Role::Abstract };
        fields.iter().for_each(|field| check_field(&interface, field, report));
    }
    for object in catalog.objects() {
        check_type(&object, report);
        for field in object.fields {
            check_field(&object, field, report);
        }
    }
}

fn check_type(object: &Object<'_>, report: &mut Report) {
    let (Some(pent), name) = (object.directive("pent"), object.name()) else { return };
    if object.role.is_root() {
        report.push(
            Diagnostic::error(Code::NoEntity, pent.span, format!("the root `{name}` cannot be an entity"))
                .help("take `@pent` away: roots are not stored"),
        );
    }
    if let Some(payload) = object.directive("pentMutationPayload") {
        report.push(
            Diagnostic::error(Code::Contradiction, payload.span, format!("`{name}` is both an entity and a payload"))
                .related(pent.span, "an entity by this")
                .help("keep one of the two: payloads are not stored"),
        );
    }
}

fn check_field(object: &Object<'_>, field: &Field, report: &mut Report) {
    let used = |places: &'static [Place]| {
        places.iter().filter_map(|place| directive(&field.directives, place.directive).map(|found| (place, found)))
    };
    for (place, found) in used(SOURCES).chain(used(STORED)) {
        if object.role != Role::Unknown && !place.roles.contains(&object.role) {
            report.push(misplaced(object, place, found));
        }
    }
    let mut sources = used(SOURCES);
    if let Some((_, first)) = sources.next() {
        for (_, second) in sources {
            let message =
                format!("`@{}` and `@{}` both say where `{}` comes from", first.name, second.name, field.name.value);
            report.push(
                Diagnostic::error(Code::Contradiction, second.span, message)
                    .related(first.span, "the other one")
                    .help("keep one of the two"),
            );
        }
    }
}

fn misplaced(object: &Object<'_>, place: &Place, found: &Directive) -> Diagnostic {
    let wanted: Vec<&str> = place.roles.iter().map(|role| describe(*role)).collect();
    let message = format!("`@{}` does not go on a field of {} `{}`", found.name, noun(object.role), object.name());
    let help = match (object.role, place.directive) {
        (Role::Abstract, _) => {
            "where its values come from is for the types to say that implement the interface".to_owned()
        }
        (Role::Plain, "custom" | "customGen") => {
            "fields written by hand belong to entities and roots: compute the value where the object is made".to_owned()
        }
        _ => format!("it goes on a field of {}", wanted.join(" or ")),
    };
    Diagnostic::error(Code::WrongParent, found.span, message).help(help)
}

fn noun(role: Role) -> &'static str {
    if role == Role::Entity { "the entity" } else { describe(role) }
}

fn describe(role: Role) -> &'static str {
    match role {
        Role::Entity => "an entity, a type with `@pent(typeId:)`",
        Role::Plain => "the plain type",
        Role::Query => "the query root",
        Role::Mutation => "the mutation root",
        Role::Subscription => "the subscription root",
        Role::Abstract => "the interface",
        Role::Enum | Role::Input | Role::Scalar | Role::Unknown => "the type",
    }
}
