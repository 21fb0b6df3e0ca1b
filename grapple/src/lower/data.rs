//! The data of a create or an update, compared with what the entity stores.

use super::Report;
use super::catalog::{Catalog, Object, Role};
use super::entity::{Slot, slots};
use super::mutation::Action;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::{Field, InputValue};
use crate::suggest::nearest;

/// Each value of a mutation's data must be one that the entity stores.
pub(super) fn check_values(
    catalog: &Catalog<'_>,
    entity: &Object<'_>,
    fields: &[InputValue],
    action: Action,
    report: &mut Report,
) {
    let slots = slots(catalog, entity);
    for value in fields {
        match slots.iter().find(|slot| slot.name == value.name.value) {
            Some(slot) => check_value(catalog, entity, slot, value, action, report),
            None => report.push(not_stored(entity, &slots, value)),
        }
    }
}

/// A create must give each value that the entity requires.
pub(super) fn check_required(
    catalog: &Catalog<'_>,
    entity: &Object<'_>,
    field: &Field,
    data: &str,
    report: &mut Report,
) {
    let fields = catalog.input(data).unwrap_or_default();
    let span = catalog.definition(data).map_or(field.name.span, |input| input.name.span);
    for slot in slots(catalog, entity).iter().filter(|slot| slot.ty.is_non_null() && !slot.has_default) {
        if !fields.iter().any(|value| value.name.value == slot.name) {
            let message = format!("`{}` cannot create a `{}` without `{}`", field.name.value, entity.name(), slot.name);
            report.push(
                Diagnostic::error(Code::DataRequired, span, message)
                    .related(slot.span, "required here")
                    .help(format!("add `{}: {}` to `{data}`", slot.name, slot.ty)),
            );
        }
    }
}

fn check_value(
    catalog: &Catalog<'_>,
    entity: &Object<'_>,
    slot: &Slot,
    value: &InputValue,
    action: Action,
    report: &mut Report,
) {
    let name = &value.name.value;
    if catalog.role(value.ty.value.base()) == Role::Unknown {
        return;
    }
    let is_required = slot.ty.is_non_null() && !slot.has_default;
    let wanted = if action == Action::Create { slot.ty.clone() } else { slot.ty.nullable().clone() };
    if value.ty.value.nullable() != slot.ty.nullable() {
        let message = format!("`{name}` is of type `{}` here and `{}` in `{}`", value.ty.value, slot.ty, entity.name());
        report.push(
            Diagnostic::error(Code::DataType, value.ty.span, message)
                .related(slot.span, "what the entity stores")
                .help(format!("write `{name}: {wanted}`")),
        );
    } else if action == Action::Create && is_required && !value.ty.value.is_non_null() {
        let message = format!("`{}.{name}` is required, but may be absent or null here", entity.name());
        report.push(
            Diagnostic::error(Code::DataRequired, value.ty.span, message)
                .related(slot.span, "required here")
                .help(format!("write `{name}: {wanted}`")),
        );
    }
}

fn not_stored(entity: &Object<'_>, slots: &[Slot], value: &InputValue) -> Diagnostic {
    let name = &value.name.value;
    let id = format!("{name}Id");
    let help = match slots.iter().find(|slot| slot.name == id) {
        Some(slot) => format!("a reference is written by its id: `{id}: {}`", slot.ty),
        None => match nearest(name, slots.iter().map(|slot| slot.name.as_str())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "`{}` stores {}",
                entity.name(),
                slots.iter().map(|slot| format!("`{}: {}`", slot.name, slot.ty)).collect::<Vec<_>>().join(", ")
            ),
        },
    };
    Diagnostic::error(Code::DataField, value.name.span, format!("`{}` stores no `{name}`", entity.name()))
        .related(entity.definition.name.span, "the entity that is written")
        .help(help)
}
