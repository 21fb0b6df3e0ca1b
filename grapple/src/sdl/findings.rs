//! What apollo-compiler finds, as diagnostics.

use apollo_compiler::Schema;
use apollo_compiler::diagnostic::ToCliReport;
use apollo_compiler::validation::{DiagnosticData, DiagnosticList};

use super::Origin;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::rust_type::READY_SCALARS;
use crate::source::Span;
use crate::suggest::nearest;

pub(super) fn findings(errors: &[DiagnosticList], origin: &Origin<'_>) -> Vec<Diagnostic> {
    let found = errors.iter().flat_map(DiagnosticList::iter).map(|found| finding(found.error, origin));
    without_cascades(found.collect())
}

/// Leaves out what only follows from another slip: anything after a text that is not GraphQL, and the required
/// argument that a misspelt one was meant to be.
fn without_cascades(mut findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    if findings.iter().any(|finding| finding.code == Code::Syntax) {
        findings.retain(|finding| finding.code == Code::Syntax);
    }
    let misspelt: Vec<Span> = findings
        .iter()
        .filter(|finding| finding.code == Code::UnknownArgument)
        .map(|finding| finding.label.span)
        .collect();
    let holds = |span: Span| misspelt.iter().any(|inner| span.contains(inner));
    findings.retain(|finding| finding.code != Code::MissingArgument || !holds(finding.label.span));
    findings
}

fn finding(error: &DiagnosticData, origin: &Origin<'_>) -> Diagnostic {
    let message = error.to_string();
    let message = if is_of_the_text(&message) { plain_tokens(&message) } else { message };
    let code = code(error, &message);
    let diagnostic = Diagnostic::error(code, origin.span(error.location()), message.clone());
    match help(origin.schema, code, &message) {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// Whether it is the parser's, to which the text is no GraphQL.
fn is_of_the_text(message: &str) -> bool {
    message.starts_with("syntax error") || message == "parser recursion limit reached"
}

/// The parser calls punctuation by the names of its tokens.
fn plain_tokens(message: &str) -> String {
    let tokens = [
        ("L_PAREN", "`(`"),
        ("R_PAREN", "`)`"),
        ("L_CURLY", "`{`"),
        ("R_CURLY", "`}`"),
        ("L_BRACK", "`[`"),
        ("R_BRACK", "`]`"),
        ("COLON", "`:`"),
    ];
    let plain = |word: &str| {
        let bare = word.trim_end_matches(|letter: char| letter.is_ascii_punctuation() && letter != '_');
        let token = tokens.iter().find(|(token, _)| *token == bare);
        token.map_or_else(|| word.to_owned(), |(_, text)| format!("{text}{}", &word[bare.len()..]))
    };
    message.split(' ').map(plain).collect::<Vec<_>>().join(" ")
}

/// The compiler names its errors in a hidden function only; a corpus of broken schemas pins what it answers.
fn code(error: &DiagnosticData, message: &str) -> Code {
    match error.unstable_error_name() {
        Some("UndefinedDefinition") => Code::UnknownType,
        Some("UndefinedDirective") => Code::UnknownDirective,
        Some("UndefinedArgument") => Code::UnknownArgument,
        Some("RequiredArgument") => Code::MissingArgument,
        Some("UnsupportedValueType" | "UndefinedEnumValue" | "IntCoercionError" | "FloatCoercionError") => {
            Code::WrongValue
        }
        Some("UnsupportedLocation") => Code::WrongPlace,
        Some("UniqueDirective" | "UniqueArgument" | "UniqueInputValue") => Code::DefinedTwice,
        Some("QueryRootOperationType") => Code::NoQuery,
        None if is_of_the_text(message) => Code::Syntax,
        None if message.contains("multiple times") || message.contains("duplicate definitions") => Code::DefinedTwice,
        _ => Code::InvalidSchema,
    }
}

fn help(schema: &Schema, code: Code, message: &str) -> Option<String> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    match code {
        Code::NoQuery => return Some("write `type Query { ... }`".to_owned()),
        Code::WrongValue => return Some("write a value of that type".to_owned()),
        Code::WrongPlace => return places(schema, message),
        _ => {}
    }
    let name = quoted.next()?;
    match code {
        Code::UnknownType if READY_SCALARS.contains(&name) => Some(format!("declare it: `scalar {name}`")),
        Code::UnknownType => {
            let near =
                nearest(name, schema.types.keys().map(|name| name.as_str()).filter(|name| !name.starts_with("__")));
            Some(near.map_or_else(
                || format!("define it: `type {name} {{ ... }}`"),
                |near| format!("did you mean `{near}`?"),
            ))
        }
        Code::UnknownDirective => {
            let known = schema.directive_definitions.keys().map(|name| name.as_str());
            let near = nearest(name.trim_start_matches('@'), known)?;
            Some(format!("did you mean `@{near}`?"))
        }
        Code::UnknownArgument | Code::MissingArgument => {
            let coordinate = if code == Code::UnknownArgument { quoted.next()? } else { name };
            let directive = coordinate.trim_start_matches('@').split(['(', ' ']).next()?;
            let definition = schema.directive_definitions.get(directive)?;
            let arguments: Vec<String> =
                definition.arguments.iter().map(|argument| format!("{}: {}", argument.name, argument.ty)).collect();
            let list = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
            Some(format!("the directive is `@{directive}{list}`"))
        }
        Code::DefinedTwice if name == "UUID" => Some("leave it out: `UUID` is always there".to_owned()),
        Code::DefinedTwice if name.starts_with('@') => {
            Some("leave it out: grapple defines its own directives".to_owned())
        }
        Code::DefinedTwice => Some("leave one out, or rename it".to_owned()),
        _ => None,
    }
}

/// Where a directive goes. The message starts with its name.
fn places(schema: &Schema, message: &str) -> Option<String> {
    let name = message.split(' ').next()?;
    let locations = &schema.directive_definitions.get(name)?.locations;
    let locations: Vec<String> =
        locations.iter().map(|location| location.to_string().to_lowercase().replace('_', " ")).collect();
    Some(format!("`@{name}` goes on: {}", locations.join(", ")))
}
