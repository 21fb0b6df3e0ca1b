//! Payloads of generated mutations: they tell which entity is written.

use super::Report;
use super::catalog::{Catalog, Object, Role};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::{Directive, Field};
use crate::suggest::nearest;
use crate::type_ref::TypeRef;

/// The only field of a mutation's payload, which must be a plain type of one field.
fn payload_field<'a>(catalog: &Catalog<'a>, field: &'a Field, example: &str, report: &mut Report) -> Option<&'a Field> {
    let base = field.ty.value.base();
    let payload = catalog.object(base).filter(|object| object.role == Role::Plain && !field.ty.value.is_list());
    match payload {
        None if catalog.role(base) == Role::Unknown => None,
        None => {
            let message = format!("`{}` answers `{}`, which is no payload", field.name.value, field.ty.value);
            let help = format!("answer a type of its own: `type SomePayload @pentMutationPayload {{ {example} }}`");
            report.push(Diagnostic::error(Code::Payload, field.ty.span, message).help(help));
            None
        }
        Some(Object { fields: [only], .. }) => Some(only),
        Some(payload) => {
            let message = format!("the payload `{base}` of `{}` has more than one field", field.name.value);
            report.push(
                Diagnostic::error(Code::Payload, payload.definition.name.span, message)
                    .related(field.ty.span, "the payload of this mutation")
                    .help(format!("leave only `{example}`, or write the mutation by hand with `@customMutation`")),
            );
            None
        }
    }
}

/// The entity that a create or an update writes: the one that its payload answers.
pub(super) fn written_entity<'a>(catalog: &Catalog<'a>, field: &'a Field, report: &mut Report) -> Option<Object<'a>> {
    let answer = payload_field(catalog, field, "thing: SomeEntity", report)?;
    let base = answer.ty.value.base();
    match catalog.entity(base) {
        Some(entity) if !answer.ty.value.is_list() => Some(entity),
        _ if catalog.role(base) == Role::Unknown => None,
        _ => {
            let message =
                format!("`{}` writes an entity, but its payload answers `{}`", field.name.value, answer.ty.value);
            report.push(
                Diagnostic::error(Code::Payload, answer.ty.span, message)
                    .related(field.name.span, "the mutation")
                    .help("answer one entity, a type with `@pent(typeId:)`"),
            );
            None
        }
    }
}

pub(super) fn deleted_payload(catalog: &Catalog<'_>, field: &Field, report: &mut Report) {
    let Some(answer) = payload_field(catalog, field, "deletedId: UUID", report) else { return };
    if *answer.ty.value.nullable() != TypeRef::named("UUID") && catalog.role(answer.ty.value.base()) != Role::Unknown {
        let message = format!("`{}` deletes, but its payload answers `{}`", field.name.value, answer.ty.value);
        report.push(
            Diagnostic::error(Code::Payload, answer.ty.span, message)
                .related(field.name.span, "the mutation")
                .help("answer the id: `deletedId: UUID`"),
        );
    }
}

pub(super) fn deleted_entity<'a>(
    catalog: &Catalog<'a>,
    used: &'a Directive,
    report: &mut Report,
) -> Option<Object<'a>> {
    let named = used.text("type")?;
    let entity = catalog.entity(named.value);
    if entity.is_none() {
        let entities: Vec<&str> = catalog.objects_of(Role::Entity).map(|entity| entity.name()).collect();
        let help = nearest(named.value, entities)
            .map_or_else(|| "name a type with `@pent(typeId:)`".to_owned(), |near| format!("did you mean `{near}`?"));
        let message = format!("there is no entity `{}` to delete", named.value);
        report.push(Diagnostic::error(Code::DeleteType, named.span, message).help(help));
    }
    entity
}
