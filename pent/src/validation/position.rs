//! Whether a variable may stand where it is used (GraphQL, September 2025, 5.8.5).

use super::usage::Usage;
use super::{Mistake, is_value};
use crate::operation::{VariableDef, VariableType};
use crate::table::Type;

/// What is wrong with a variable at a place.
pub(super) fn mistake(variable: &VariableDef, usage: &Usage<'_>) -> Option<Mistake> {
    let expected = usage.expected?;
    let locations = vec![variable.location, usage.location];
    if let Some(member) = usage.member
        && !matches!(variable.ty, VariableType::NonNull(_))
    {
        let message = format!(
            "Variable \"${}\" of type \"{}\" must not be null to be the one field \"{member}\" of its input object.",
            variable.name, variable.ty
        );
        return Some(Mistake { message, locations });
    }
    if is_allowed(variable, usage, expected) {
        return None;
    }
    let message = format!(
        "Variable \"${}\" of type \"{}\" used in position expecting type \"{expected}\".",
        variable.name, variable.ty
    );
    Some(Mistake { message, locations })
}

fn is_allowed(variable: &VariableDef, usage: &Usage<'_>, expected: Type) -> bool {
    match (&variable.ty, expected) {
        (VariableType::NonNull(_), _) => fits(&variable.ty, expected),
        // A default, of the variable or of the place, stands in for a variable that is absent.
        (nullable, Type::NonNull(inner)) => {
            (is_value(variable.default.as_ref()) || usage.has_default) && fits(nullable, *inner)
        }
        (nullable, expected) => fits(nullable, expected),
    }
}

fn fits(variable: &VariableType, expected: Type) -> bool {
    match (variable, expected) {
        (VariableType::NonNull(variable), Type::NonNull(expected)) => fits(variable, *expected),
        (_, Type::NonNull(_)) => false,
        (VariableType::NonNull(variable), expected) => fits(variable, expected),
        (VariableType::List(variable), Type::List(expected)) => fits(variable, *expected),
        (VariableType::Named(variable), Type::Named(expected)) => variable == expected,
        _ => false,
    }
}
