//! juniper's syntax tree in this crate's own terms.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use juniper::parser::{SourcePosition, Spanning};
use juniper::{DefaultScalarValue, InputValue, OperationType, Span, Variables};

use super::written::Written;
use crate::operation::{
    Condition, FieldNode, Literal, Location, Operation, OperationKind, Selection, VariableDef, VariableType,
};
use crate::validation::Mistake;

/// Lowers selections and literals.
#[derive(Clone, Copy)]
pub(super) struct Lower<'v> {
    /// Values to put in the place of variables: inside another server's executor the declarations of an
    /// operation's variables are out of reach, and its values are all there is.
    pub(super) variables: Option<&'v Variables>,
    /// The text of the document, where it is known. Numbers are read from it: juniper's own have 32 bits, or are
    /// floats.
    pub(super) text: Option<&'v Written<'v>>,
    /// What is wrong with the document and shows only here.
    pub(super) mistakes: Option<&'v RefCell<Vec<Mistake>>>,
}

/// The conditions among some directives. juniper's type of a directive has no public name, so this cannot be
/// a function.
macro_rules! conditions {
    ($lower:expr, $directives:expr) => {{
        let directives = || $directives.iter().flatten();
        let names = directives().map(|directive| (directive.item.name.item, location(directive.span.start)));
        $lower.refuse_repeated(names);
        let conditions = directives().filter_map(|directive| {
            let argument = directive.item.arguments.as_ref()?.item.get("if")?;
            $lower.condition(directive.item.name.item, argument)
        });
        conditions.collect()
    }};
}

/// Lowers an operation; the fragments of its document are to be added.
pub(super) fn operation(
    lower: Lower<'_>,
    operation: &Spanning<juniper::Operation<'_, DefaultScalarValue>>,
) -> Operation {
    let start = location(operation.span.start);
    let operation = &operation.item;
    let definitions = operation.variables_definition.iter().flat_map(|definitions| definitions.item.iter());
    let variables = definitions.map(|(name, definition)| {
        let location = location(name.span.start);
        for directive in definition.directives.iter().flatten() {
            lower
                .mistake(format!("Directive \"@{}\" may not stand on a variable.", directive.item.name.item), location);
        }
        VariableDef {
            name: name.item.to_owned(),
            ty: variable_type(&definition.var_type.item.to_string()),
            default: definition.default_value.as_ref().and_then(|default| lower.literal(default)),
            location,
        }
    });
    let names = operation.directives.iter().flatten();
    lower.refuse_repeated(names.map(|directive| (directive.item.name.item, location(directive.span.start))));
    Operation {
        kind: match operation.operation_type {
            OperationType::Query => OperationKind::Query,
            OperationType::Mutation => OperationKind::Mutation,
            OperationType::Subscription => OperationKind::Subscription,
        },
        name: operation.name.as_ref().map(|name| name.item.to_owned()),
        location: start,
        variables: variables.collect(),
        selections: lower.selections(&operation.selection_set),
        fragments: HashMap::new(),
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
                    .filter_map(|(name, value)| self.literal(value).map(|value| (name.item.to_owned(), value)));
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
                location: location(spread.span.start),
            },
            juniper::Selection::InlineFragment(fragment) => Selection::Inline {
                on: fragment.item.type_condition.as_ref().map(|on| on.item.to_owned()),
                conditions: conditions!(self, fragment.item.directives),
                selections: self.selections(&fragment.item.selection_set),
                location: location(fragment.span.start),
            },
        }
    }

    /// A value; `None` for a variable that is known to be absent.
    pub(super) fn literal(self, value: &Spanning<InputValue>) -> Option<Literal> {
        let is_number =
            matches!(value.item, InputValue::Scalar(DefaultScalarValue::Int(_) | DefaultScalarValue::Float(_)));
        if is_number && let Some(number) = self.number(value.span) {
            return Some(number);
        }
        Some(match &value.item {
            InputValue::Null => Literal::Null,
            InputValue::Scalar(DefaultScalarValue::Int(value)) => Literal::Int(i64::from(*value)),
            InputValue::Scalar(DefaultScalarValue::Float(value)) => Literal::Float(*value),
            InputValue::Scalar(DefaultScalarValue::String(text)) => Literal::Text(text.clone()),
            InputValue::Scalar(DefaultScalarValue::Boolean(value)) => Literal::Bool(*value),
            InputValue::Enum(name) => Literal::Enum(name.clone()),
            InputValue::Variable(name) => match self.variables {
                None => Literal::Variable(name.clone()),
                // What stands in a variable stands nowhere in the document.
                Some(values) => return Lower { text: None, ..self }.given(values.get(name)?),
            },
            InputValue::List(items) => {
                Literal::List(items.iter().map(|item| self.literal(item).unwrap_or(Literal::Null)).collect())
            }
            InputValue::Object(fields) => {
                let mut known = HashSet::new();
                for (name, _) in fields {
                    if !known.insert(&name.item) {
                        let message =
                            format!("There can be only one field named \"{}\" in an input object.", name.item);
                        self.mistake(message, location(name.span.start));
                    }
                }
                let fields = fields
                    .iter()
                    .filter_map(|(name, value)| self.literal(value).map(|value| (name.item.clone(), value)));
                Literal::Object(fields.collect())
            }
        })
    }

    /// A value that stands by itself.
    pub(super) fn given(self, value: &InputValue) -> Option<Literal> {
        self.literal(&Spanning::unlocated(value.clone()))
    }

    /// A number as it is written in the document.
    fn number(self, span: Span) -> Option<Literal> {
        let written = self.text?.at(span)?;
        if written.strip_prefix('-').unwrap_or(written).bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(written.parse().map_or_else(|_| Literal::Digits(written.to_owned()), Literal::Int));
        }
        written.parse().ok().map(Literal::Float)
    }

    /// Refuses a directive that stands twice in one place: none of those that there are may.
    fn refuse_repeated<'n>(self, names: impl Iterator<Item = (&'n str, Location)>) {
        let mut known = HashSet::new();
        for (name, location) in names {
            if !known.insert(name) {
                self.mistake(format!("Directive \"@{name}\" may stand only once in one place."), location);
            }
        }
    }

    fn mistake(self, message: String, location: Location) {
        if let Some(mistakes) = self.mistakes {
            mistakes.borrow_mut().push(Mistake { message, locations: vec![location] });
        }
    }

    fn condition(self, directive: &str, value: &Spanning<InputValue>) -> Option<Condition> {
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
