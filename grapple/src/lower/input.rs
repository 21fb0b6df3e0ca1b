//! Input objects.

use super::Report;
use super::catalog::Catalog;
use super::entity::{Slot, slots};
use super::field::argument;
use super::mutation::{Action, Mutations};
use crate::case;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::{InputValue, TypeDefinition, directive};
use crate::model::{Argument, Input};
use crate::rust_type::RustType;

/// Whether exactly one field of an input is given.
pub(super) fn is_one_of(definition: &TypeDefinition) -> bool {
    directive(&definition.directives, "oneOf").is_some()
}

/// Each field of a `@oneOf` input may be the one that is not given.
pub(super) fn check(catalog: &Catalog<'_>, report: &mut Report) {
    for (definition, fields) in catalog.inputs().filter(|(definition, _)| is_one_of(definition)) {
        for field in fields {
            let (name, ty) = (&field.name.value, &field.ty.value);
            let help = format!("write `{name}: {}`", ty.nullable());
            let owner = &definition.name.value;
            if ty.is_non_null() {
                let message = format!("`{owner}.{name}` is required, but exactly one field of `{owner}` is given");
                report.push(Diagnostic::error(Code::OneOf, field.ty.span, message).help(&help));
            }
            if let Some(default) = &field.default {
                let message = format!("`{owner}.{name}` has a default, but exactly one field of `{owner}` is given");
                report.push(Diagnostic::error(Code::OneOf, default.span, message).help(&help));
            }
        }
    }
}

pub(super) fn inputs(catalog: &Catalog<'_>, mutations: &Mutations<'_>) -> Vec<Input> {
    catalog.inputs().map(|(definition, fields)| input(catalog, mutations, definition, fields)).collect()
}

fn input(
    catalog: &Catalog<'_>,
    mutations: &Mutations<'_>,
    definition: &TypeDefinition,
    fields: &[InputValue],
) -> Input {
    let mutation = mutations.of_data(&definition.name.value);
    let action = mutation.map(|mutation| mutation.action);
    let written = mutation.and_then(|mutation| catalog.entity(mutation.entity));
    let slots = written.map_or_else(Vec::new, |entity| slots(catalog, &entity));
    let is_one_of = is_one_of(definition);
    let lower = |field| if is_one_of { choice(catalog, field) } else { value(catalog, field, action, &slots) };
    let fields: Vec<Argument> = fields.iter().map(lower).collect();
    Input {
        name: definition.name.value.clone(),
        rust: case::type_name(&definition.name.value),
        description: definition.description.clone(),
        is_one_of,
        writes: action.is_some(),
        has_default: action == Some(Action::Update)
            && fields.iter().all(|field| matches!(field.rust_type, RustType::Patch(_))),
        fields,
    }
}

/// One of the fields of which exactly one is given: a variant, never null.
fn choice(catalog: &Catalog<'_>, field: &InputValue) -> Argument {
    let choice = argument(catalog, field);
    Argument { rust: case::type_name(&choice.name), rust_type: choice.rust_type.some().clone(), ..choice }
}

/// In an update a value has three states: absent keeps, null clears, a value sets.
fn value(catalog: &Catalog<'_>, field: &InputValue, action: Option<Action>, slots: &[Slot]) -> Argument {
    let mut value = argument(catalog, field);
    value.rust = case::value_name(&value.name);
    value.stored = slots.iter().find(|slot| slot.name == value.name).map(|slot| slot.key.clone());
    if action == Some(Action::Update)
        && let RustType::Option(inner) = value.rust_type
    {
        value.rust_type = RustType::Patch(inner);
    }
    value
}
