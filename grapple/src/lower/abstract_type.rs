//! Interfaces and unions.

use super::Report;
use super::catalog::{Catalog, Object, Role};
use super::field::{field, root_as_value};
use crate::case;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::{self, Kind, TypeDefinition};
use crate::model::{Abstract, AbstractKind, Field, Source, Variant};
use crate::source::Spanned;

pub(super) fn abstracts(catalog: &Catalog<'_>, report: &mut Report) -> Vec<Abstract> {
    let mut abstracts = Vec::new();
    for ty in &catalog.document.types {
        let kind = match &ty.kind {
            Kind::Interface(fields) => {
                let fields = fields.iter().filter_map(|written| told(catalog, written, report)).collect();
                AbstractKind::Interface { interfaces: names(&ty.implements), fields }
            }
            Kind::Union(members) => AbstractKind::Union(names(members)),
            _ => continue,
        };
        abstracts.push(Abstract {
            name: ty.name.value.clone(),
            rust: case::type_name(&ty.name.value),
            description: ty.description.clone(),
            kind,
            variants: variants(catalog, ty, report),
        });
    }
    abstracts
}

/// The names as they are written.
pub(super) fn names(written: &[Spanned<String>]) -> Vec<String> {
    written.iter().map(|name| name.value.clone()).collect()
}

fn told(catalog: &Catalog<'_>, written: &document::Field, report: &mut Report) -> Option<Field> {
    let base = written.ty.value.base();
    match catalog.role(base) {
        Role::Unknown | Role::Input => None,
        Role::Query | Role::Mutation | Role::Subscription => {
            report.push(root_as_value(base, written.ty.span));
            None
        }
        _ => Some(field(catalog, written, Source::Told)),
    }
}

fn variants(catalog: &Catalog<'_>, ty: &TypeDefinition, report: &mut Report) -> Vec<Variant> {
    let mut variants = Vec::new();
    for member in catalog.members(&ty.name.value) {
        match member.role {
            Role::Entity | Role::Plain => variants.push(variant(&member)),
            Role::Query | Role::Mutation | Role::Subscription => report.push(root_as_member(ty, &member)),
            _ => {}
        }
    }
    variants
}

fn variant(member: &Object<'_>) -> Variant {
    let type_id = member.type_id().and_then(|number| u32::try_from(number.value).ok());
    Variant {
        name: member.name().to_owned(),
        rust: case::type_name(member.name()),
        node_type: type_id.filter(|_| member.role == Role::Entity),
        is_guarded: ["privacy", "hooks"].iter().any(|name| member.directive(name).is_some()),
    }
}

fn root_as_member(ty: &TypeDefinition, root: &Object<'_>) -> Diagnostic {
    let (name, root_name) = (&ty.name.value, root.name());
    let message = format!("a value of `{name}` cannot be the root `{root_name}`");
    let help = match ty.kind {
        Kind::Union(_) => format!("take `{root_name}` out of the union"),
        _ => format!("write the fields into `{root_name}` without `implements {name}`"),
    };
    Diagnostic::error(Code::NotAValue, root.definition.name.span, message)
        .related(ty.name.span, "it is one of these")
        .help(help)
}
