//! juniper's syntax tree in this crate's own terms.

use std::collections::HashMap;

use juniper::parser::SourcePosition;
use juniper::{DefaultScalarValue, InputValue, OperationType, Variables};

use crate::operation::{
    Condition, FieldNode, Fragment, Literal, Location, Operation, OperationKind, Selection, VariableDef, VariableType,
};

/// Lowers selections and literals.
#[derive(Clone, Copy)]
pub(super) struct Lower<'v> {
    /// Values to put in the place of variables: inside another server's executor the declarations of an
    /// operation's variables are out of reach, and its values are all there is.
    pub(super) variables: Option<&'v Variables>,
}

/// The conditions among some directives. juniper's type of a directive has no public name, so this cannot be
/// a function.
macro_rules! conditions {
    ($lower:expr, $directives:expr) => {
        $directives
            .iter()
            .flatten()
            .filter_map(|directive| {
                let argument = directive.item.arguments.as_ref()?.item.get("if")?;
                $lower.condition(directive.item.name.item, &argument.item)
            })
            .collect()
    };
}

/// Lowers an operation that has passed validation; `fragments` are those of its document.
pub(super) fn operation(
    operation: &juniper::Operation<'_, DefaultScalarValue>,
    fragments: HashMap<String, Fragment>,
) -> Operation {
    let lower = Lower { variables: None };
    let definitions = operation.variables_definition.iter().flat_map(|definitions| definitions.item.iter());
    let variables = definitions.map(|(name, definition)| VariableDef {
        name: name.item.to_owned(),
        ty: variable_type(&definition.var_type.item.to_string()),
        default: definition.default_value.as_ref().and_then(|default| lower.literal(&default.item)),
        location: location(name.span.start),
    });
    Operation {
        kind: match operation.operation_type {
            OperationType::Mutation => OperationKind::Mutation,
            _ => OperationKind::Query,
        },
        variables: variables.collect(),
        selections: lower.selections(&operation.selection_set),
        fragments,
    }
}

impl Lower<'_> {
    pub(super) fn selections(self, selections: &[juniper::Selection<'_>]) -> Vec<Selection> {
        selections.iter().map(|selection| self.selection(selection)).collect()
    }

    fn selection(self, selection: &juniper::Selection<'_>) -> Selection {
        match selection {
            juniper::Selection::Field(field) => {
                let arguments = field.item.arguments.iter().flat_map(|arguments| arguments.item.iter());
                let arguments = arguments
                    .filter_map(|(name, value)| self.literal(&value.item).map(|value| (name.item.to_owned(), value)));
                Selection::Field(FieldNode {
                    key: field.item.alias.as_ref().unwrap_or(&field.item.name).item.to_owned(),
                    name: field.item.name.item.to_owned(),
                    arguments: arguments.collect(),
                    conditions: conditions!(self, field.item.directives),
                    selections: self.selections(field.item.selection_set.as_deref().unwrap_or_default()),
                    location: location(field.span.start),
                })
            }
            juniper::Selection::FragmentSpread(spread) => Selection::Spread {
                fragment: spread.item.name.item.to_owned(),
                conditions: conditions!(self, spread.item.directives),
            },
            juniper::Selection::InlineFragment(fragment) => Selection::Inline {
                on: fragment.item.type_condition.as_ref().map(|on| on.item.to_owned()),
                conditions: conditions!(self, fragment.item.directives),
                selections: self.selections(&fragment.item.selection_set),
            },
        }
    }

    /// A value; `None` for a variable that is known to be absent.
    pub(super) fn literal(self, value: &InputValue) -> Option<Literal> {
        Some(match value {
            InputValue::Null => Literal::Null,
            InputValue::Scalar(DefaultScalarValue::Int(value)) => Literal::Int(i64::from(*value)),
            InputValue::Scalar(DefaultScalarValue::Float(value)) => Literal::Float(*value),
            InputValue::Scalar(DefaultScalarValue::String(text)) => Literal::Text(text.clone()),
            InputValue::Scalar(DefaultScalarValue::Boolean(value)) => Literal::Bool(*value),
            InputValue::Enum(name) => Literal::Enum(name.clone()),
            InputValue::Variable(name) => match self.variables {
                None => Literal::Variable(name.clone()),
                Some(values) => return self.literal(values.get(name)?),
            },
            InputValue::List(items) => {
                Literal::List(items.iter().map(|item| self.literal(&item.item).unwrap_or(Literal::Null)).collect())
            }
            InputValue::Object(fields) => {
                let fields = fields
                    .iter()
                    .filter_map(|(name, value)| self.literal(&value.item).map(|value| (name.item.clone(), value)));
                Literal::Object(fields.collect())
            }
        })
    }

    fn condition(self, directive: &str, value: &InputValue) -> Option<Condition> {
        let expected = match directive {
            "include" => true,
            "skip" => false,
            _ => return None,
        };
        Some(Condition { value: self.literal(value).unwrap_or(Literal::Null), expected })
    }
}

/// A type as a document writes it.
fn variable_type(text: &str) -> VariableType {
    if let Some(inner) = text.strip_suffix('!') {
        return VariableType::NonNull(Box::new(variable_type(inner)));
    }
    if let Some(inner) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        return VariableType::List(Box::new(variable_type(inner)));
    }
    VariableType::Named(text.to_owned())
}

/// juniper counts from zero, GraphQL from one.
pub(super) fn location(position: SourcePosition) -> Location {
    Location { line: position.line() + 1, column: position.column() + 1 }
}
