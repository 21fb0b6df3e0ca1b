//! From the text of a document to an operation in this crate's own terms: juniper parses and validates.

use std::collections::HashMap;

use juniper::parser::{SourcePosition, Spanning};
use juniper::validation::{ValidatorContext, visit_all_rules};
use juniper::{DefaultScalarValue, Definition, InputValue, OperationType, ParseError, RuleError};

use super::RootNode;
use super::lower::{self, Lower};
use crate::operation::{Fragment, Location, Operation, Selection};
use crate::response::ErrorEntry;

/// A document that was read.
pub(crate) enum Document {
    /// An operation for the planner.
    Operation(Operation),
    /// An operation that asks for the schema: juniper's own executor answers it.
    Introspection,
}

/// Parses, validates and picks the operation.
///
/// # Errors
/// All errors of the document, with their places.
pub(crate) fn read(root: &RootNode, text: &str, operation_name: Option<&str>) -> Result<Document, Vec<ErrorEntry>> {
    let document = juniper::parser::parse_document_source(text, &root.schema).map_err(|error| vec![syntax(&error)])?;
    let mut validator = ValidatorContext::new(&root.schema, &document);
    visit_all_rules(&mut validator, &document);
    let errors = validator.into_errors();
    if !errors.is_empty() {
        return Err(errors.iter().map(validation).collect());
    }

    let mut fragments = HashMap::new();
    let mut operations = Vec::new();
    for definition in &document {
        match definition {
            Definition::Operation(operation) => operations.push(operation),
            Definition::Fragment(fragment) => {
                let lowered = Fragment {
                    on: fragment.item.type_condition.item.to_owned(),
                    selections: Lower { variables: None }.selections(&fragment.item.selection_set),
                };
                fragments.insert(fragment.item.name.item.to_owned(), lowered);
            }
        }
    }
    let named = |name: &str| {
        operations.iter().find(|operation| operation.item.name.as_ref().is_some_and(|known| known.item == name))
    };
    let operation = match (operation_name, operations.as_slice()) {
        (Some(name), _) => named(name).ok_or_else(|| refused(format!("There is no operation \"{name}\"."))),
        (None, [operation]) => Ok(operation),
        (None, []) => Err(refused("The document has no operation.".to_owned())),
        (None, _) => Err(refused("The document has several operations: operationName says which to run.".to_owned())),
    }?;
    if operation.item.operation_type == OperationType::Subscription {
        return Err(refused("Subscriptions are not served here.".to_owned()));
    }
    let operation = lower::operation(&operation.item, fragments);
    if asks_for_schema(&operation, &operation.selections, 0) {
        return Ok(Document::Introspection);
    }
    Ok(Document::Operation(operation))
}

/// Whether the root selects `__schema` or `__type`.
fn asks_for_schema(operation: &Operation, selections: &[Selection], depth: usize) -> bool {
    // Validation has refused cycles; the depth keeps this true by itself.
    const MAX_DEPTH: usize = 64;
    depth < MAX_DEPTH
        && selections.iter().any(|selection| match selection {
            Selection::Field(field) => matches!(field.name.as_str(), "__schema" | "__type"),
            Selection::Spread { fragment, .. } => {
                asks_for_schema(operation, &operation.fragments[fragment].selections, depth + 1)
            }
            Selection::Inline { selections, .. } => asks_for_schema(operation, selections, depth + 1),
        })
}

fn syntax(error: &Spanning<ParseError>) -> ErrorEntry {
    ErrorEntry::request("syntax_error", format!("Syntax error: {}.", error.item), Some(location(error.span.start)))
}

fn validation(error: &RuleError) -> ErrorEntry {
    let mut entry = ErrorEntry::request("validation_failed", error.message().to_owned(), None);
    entry.locations = error.locations().iter().copied().map(location).collect();
    entry
}

fn refused(message: String) -> Vec<ErrorEntry> {
    vec![ErrorEntry::request("operation_resolution_failed", message, None)]
}

/// juniper counts from zero, GraphQL from one.
pub(super) fn location(position: SourcePosition) -> Location {
    Location { line: position.line() + 1, column: position.column() + 1 }
}

/// The value of a variable, for juniper's executor.
pub(super) fn to_juniper(value: &serde_json::Value) -> InputValue {
    match value {
        serde_json::Value::Null => InputValue::Null,
        serde_json::Value::Bool(value) => InputValue::scalar(*value),
        serde_json::Value::Number(number) => {
            let int = number.as_i64().and_then(|value| i32::try_from(value).ok());
            int.map_or_else(
                || InputValue::Scalar(DefaultScalarValue::Float(number.as_f64().unwrap_or(f64::NAN))),
                InputValue::scalar,
            )
        }
        serde_json::Value::String(text) => InputValue::scalar(text.clone()),
        serde_json::Value::Array(items) => InputValue::list(items.iter().map(to_juniper).collect()),
        serde_json::Value::Object(fields) => InputValue::parsed_object(
            fields
                .iter()
                .map(|(name, value)| (Spanning::unlocated(name.clone()), Spanning::unlocated(to_juniper(value))))
                .collect(),
        ),
    }
}
