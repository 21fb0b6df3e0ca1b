//! What apollo-compiler finds, as diagnostics.

use apollo_compiler::Schema;
use apollo_compiler::diagnostic::ToCliReport;
use apollo_compiler::validation::{DiagnosticData, DiagnosticList};

use super::Origin;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::suggest::nearest;

pub(super) fn findings(schema: &Schema, errors: &[DiagnosticList], origin: Origin) -> Vec<Diagnostic> {
    errors.iter().flat_map(DiagnosticList::iter).map(|found| finding(schema, found.error, origin)).collect()
}

fn finding(schema: &Schema, error: &DiagnosticData, origin: Origin) -> Diagnostic {
    let message = error.to_string();
    let code = code(error, &message);
    let diagnostic = Diagnostic::error(code, origin.span(error.location()), message.clone());
    match help(schema, code, &message) {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// The compiler names its errors in a hidden function only; a corpus of broken schemas pins what it answers.
fn code(error: &DiagnosticData, message: &str) -> Code {
    match error.unstable_error_name() {
        Some("UndefinedDefinition") => Code::UnknownType,
        Some("UndefinedDirective") => Code::UnknownDirective,
        Some("UndefinedArgument") => Code::UnknownArgument,
        Some("RequiredArgument") => Code::MissingArgument,
        Some("UnsupportedValueType" | "IntCoercionError" | "FloatCoercionError") => Code::WrongValue,
        Some("UnsupportedLocation") => Code::WrongPlace,
        Some("UniqueDirective" | "UniqueArgument" | "UniqueInputValue") => Code::DefinedTwice,
        Some("QueryRootOperationType") => Code::NoQuery,
        None if message.starts_with("syntax error") || message.contains("limit") => Code::Syntax,
        None if message.contains("multiple times") || message.contains("duplicate definitions") => Code::DefinedTwice,
        _ => Code::InvalidSchema,
    }
}

fn help(schema: &Schema, code: Code, message: &str) -> Option<String> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let name = quoted.next()?;
    match code {
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
            Some(format!("leave one out; grapple defines its own directives"))
        }
        Code::WrongPlace => Some(format!("see `docs/codegen.md` for where `@{}` goes", name.trim_start_matches('@'))),
        _ => None,
    }
}
