//! From the text of a document to an operation in this crate's own terms.
//!
//! juniper parses, and says whether the shape of a document is right: its fields, fragments and names. Values and
//! variables are for [`crate::validation`]: juniper knows no literals of a schema's own scalars, and no type of an
//! argument beside the one it tells clients.

use std::cell::RefCell;
use std::collections::HashMap;

use juniper::parser::Spanning;
use juniper::validation::{ValidatorContext, visit_all_rules};
use juniper::{Definition, ParseError, RuleError};

use super::Juniper;
use super::lower::{self, Lower, location};
use super::neutral::neutralise;
use super::plain::is_plain;
use super::written::Written;
use crate::operation::{Document, Fragment, Operation};
use crate::response::{ErrorEntry, MAX_ERRORS};
use crate::types::Types;
use crate::validation::{Mistake, validate};

/// Parses, validates and picks the operation.
///
/// # Errors
/// The errors of the document with their places, as many as a response has.
pub(crate) fn read(
    juniper: &Juniper,
    types: &Types,
    text: &str,
    operation_name: Option<&str>,
) -> Result<Operation, Vec<ErrorEntry>> {
    let parsed = juniper::parser::parse_document_source(text, &juniper.syntax.schema);
    let mut document = parsed.map_err(|error| vec![syntax(&error)])?;
    let mistakes = RefCell::default();
    let written = Written::new(text);
    let lowered = lowered(&document, Lower { variables: None, text: Some(&written), mistakes: Some(&mistakes) });

    if !is_plain(types, &document) {
        neutralise(&mut document);
        let mut validator = ValidatorContext::new(&juniper.types.schema, &document);
        visit_all_rules(&mut validator, &document);
        let errors = validator.into_errors();
        if !errors.is_empty() {
            return Err(errors.iter().take(MAX_ERRORS).map(validation).collect());
        }
    }
    let mut mistakes = mistakes.into_inner();
    mistakes.extend(validate(types, &lowered));
    if !mistakes.is_empty() {
        return Err(mistakes.into_iter().take(MAX_ERRORS).map(mistake).collect());
    }
    picked(lowered, operation_name)
}

fn lowered(document: &[Definition<'_, juniper::DefaultScalarValue>], lower: Lower<'_>) -> Document {
    let mut fragments = HashMap::new();
    let mut operations = Vec::new();
    for definition in document {
        match definition {
            Definition::Operation(operation) => operations.push(lower::operation(lower, operation)),
            Definition::Fragment(fragment) => {
                let lowered = Fragment {
                    on: fragment.item.type_condition.item.to_owned(),
                    selections: lower.selections(&fragment.item.selection_set),
                };
                fragments.insert(fragment.item.name.item.to_owned(), lowered);
            }
        }
    }
    Document { operations, fragments }
}

/// The operation to run (GraphQL, September 2025, 6.1).
fn picked(document: Document, operation_name: Option<&str>) -> Result<Operation, Vec<ErrorEntry>> {
    let Document { mut operations, fragments } = document;
    let position = match (operation_name, operations.as_slice()) {
        (Some(name), operations) => {
            let named = operations.iter().position(|operation| operation.name.as_deref() == Some(name));
            named.ok_or_else(|| refused(format!("There is no operation \"{name}\".")))
        }
        (None, [_]) => Ok(0),
        (None, []) => Err(refused("The document has no operation.".to_owned())),
        (None, _) => Err(refused("The document has several operations: operationName says which to run.".to_owned())),
    }?;
    Ok(Operation { fragments, ..operations.swap_remove(position) })
}

fn syntax(error: &Spanning<ParseError>) -> ErrorEntry {
    let at = Some(location(error.span.start));
    match &error.item {
        // The parser's own limits, which no other stands before: the depth of fragments in one another.
        over @ (ParseError::DepthLimitExceeded(_)
        | ParseError::TokenLimitExceeded(_)
        | ParseError::FieldLimitExceeded(_)) => ErrorEntry::request("over_limit", format!("{over}."), at),
        wrong => ErrorEntry::request("syntax_error", format!("Syntax error: {wrong}."), at),
    }
}

fn validation(error: &RuleError) -> ErrorEntry {
    let mut entry = ErrorEntry::request("validation_failed", error.message().to_owned(), None);
    entry.locations = error.locations().iter().copied().map(location).collect();
    entry
}

fn mistake(mistake: Mistake) -> ErrorEntry {
    let mut entry = ErrorEntry::request("validation_failed", mistake.message, None);
    entry.locations = mistake.locations;
    entry
}

fn refused(message: String) -> Vec<ErrorEntry> {
    vec![ErrorEntry::request("operation_resolution_failed", message, None)]
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;
    use juniper::parser::{Lexer, Token};

    use crate::size::Size;

    const PIECES: [&str; 30] = [
        "\"\"\"", "\"", "\"\"", "\\", "\\\"", "\\\"\"\"", "\\\\", "\\u00e9", "a", "fragment", "é", "\u{feff}", "{",
        "}", "(", ":", "@", "$", "...", ".", "-", "0", "12", "1.5", "e", "E+", "#", "\n", "\r", " ",
    ];

    /// How many tokens the parser finds, in a text of nothing else.
    fn read(text: &str) -> Option<u64> {
        let tokens = Lexer::new(text).collect::<Result<Vec<_>, _>>().ok()?;
        Some(tokens.iter().filter(|token| token.item != Token::EndOfFile).count() as u64)
    }

    /// A block string that the parser closed sooner hid a document from all limits that are told from its text.
    #[test]
    fn a_document_has_as_many_tokens_as_the_parser_reads() {
        let mut rng = Rng::with_seed(1);
        let mut sound = 0;
        for _ in 0..200_000 {
            let text = (0..rng.usize(..16)).map(|_| PIECES[rng.usize(..PIECES.len())]).collect::<String>();
            if let Some(tokens) = read(&text) {
                assert_eq!(Size::of(&text).tokens, tokens, "{text:?}");
                sound += 1;
            }
        }
        assert!(sound > 10_000, "only {sound} texts were of tokens alone");
    }
}
