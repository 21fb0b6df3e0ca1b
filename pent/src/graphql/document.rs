//! From the text of a document to an operation in this crate's own terms: juniper parses and validates.

use std::collections::HashMap;

use juniper::parser::Spanning;
use juniper::validation::{ValidatorContext, visit_all_rules};
use juniper::{Definition, OperationType, ParseError, RuleError};

use super::RootNode;
use super::lower::{self, Lower, location};
use crate::operation::{Fragment, Operation};
use crate::response::ErrorEntry;

/// Parses, validates and picks the operation.
///
/// # Errors
/// All errors of the document, with their places.
pub(crate) fn read(root: &RootNode, text: &str, operation_name: Option<&str>) -> Result<Operation, Vec<ErrorEntry>> {
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
    Ok(lower::operation(&operation.item, fragments))
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
