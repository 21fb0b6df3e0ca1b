//! Input objects.

use super::catalog::Catalog;
use super::field::argument;
use super::mutation::{Action, Mutations};
use crate::case;
use crate::document::{InputValue, TypeDefinition};
use crate::model::{Argument, Input};
use crate::rust_type::RustType;

pub(super) fn inputs(catalog: &Catalog<'_>, mutations: &Mutations<'_>) -> Vec<Input> {
    catalog.inputs().map(|(definition, fields)| input(catalog, mutations, definition, fields)).collect()
}

fn input(
    catalog: &Catalog<'_>,
    mutations: &Mutations<'_>,
    definition: &TypeDefinition,
    fields: &[InputValue],
) -> Input {
    let action = mutations.of_data(&definition.name.value).map(|mutation| mutation.action);
    let fields: Vec<Argument> = fields.iter().map(|field| value(catalog, field, action)).collect();
    Input {
        name: definition.name.value.clone(),
        rust: case::type_name(&definition.name.value),
        description: definition.description.clone(),
        writes: action.is_some(),
        has_default: action == Some(Action::Update)
            && fields.iter().all(|field| matches!(field.rust_type, RustType::Patch(_))),
        fields,
    }
}

/// In an update a value has three states: absent keeps, null clears, a value sets.
fn value(catalog: &Catalog<'_>, field: &InputValue, action: Option<Action>) -> Argument {
    let mut value = argument(catalog, field);
    value.rust = case::value_name(&value.name);
    value.stored = action.map(|_| value.name.clone());
    if action == Some(Action::Update)
        && let RustType::Option(inner) = value.rust_type
    {
        value.rust_type = RustType::Patch(inner);
    }
    value
}
