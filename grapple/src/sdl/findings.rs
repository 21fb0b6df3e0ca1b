//! What apollo-compiler finds, as diagnostics.

use std::collections::BTreeSet;

use apollo_compiler::Schema;
use apollo_compiler::diagnostic::ToCliReport;
use apollo_compiler::validation::DiagnosticList;

use super::Origin;
use super::phrases::Phrase;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::scalar;
use crate::source::Span;
use crate::suggest::nearest;

pub(super) fn findings(errors: &[DiagnosticList], origin: &Origin<'_>) -> Vec<Diagnostic> {
    let found = errors.iter().flat_map(DiagnosticList::iter);
    let found = found.map(|found| Finding { span: origin.span(found.error.location()), is: Phrase::of(found.error) });
    let found = without_cascades(found.collect(), origin);
    found.into_iter().map(|finding| diagnostic(finding, origin.schema)).collect()
}

/// Something that was found, and where.
struct Finding {
    span: Span,
    is: Phrase,
}

/// Leaves out what only follows from another slip: anything after a text that is not GraphQL, and the required
/// argument that a misspelt one was meant to be, or that is there and null.
fn without_cascades(mut findings: Vec<Finding>, origin: &Origin<'_>) -> Vec<Finding> {
    if findings.iter().any(|finding| finding.is.code == Code::Syntax) {
        findings.retain(|finding| finding.is.code == Code::Syntax);
    }
    let places = |code: Code| -> BTreeSet<Span> {
        findings.iter().filter(|finding| finding.is.code == code).map(|finding| finding.span).collect()
    };
    let (misspelt, wrong) = (places(Code::UnknownArgument), places(Code::WrongValue));
    let within = |places: &BTreeSet<Span>, outer: Span| -> Vec<Span> {
        let start = Span { end: outer.start, ..outer };
        places.range(start..).copied().take_while(|inner| outer.contains(inner)).collect()
    };
    findings.retain(|finding| {
        let Finding { span, is } = finding;
        let is_given = |wrong: &Span| is.name.as_ref().is_some_and(|name| origin.names(*span, name, *wrong));
        let is_cascade = || !within(&misspelt, *span).is_empty() || within(&wrong, *span).iter().any(is_given);
        is.code != Code::MissingArgument || !is_cascade()
    });
    findings
}

fn diagnostic(Finding { span, is }: Finding, schema: &Schema) -> Diagnostic {
    let help = help(schema, &is);
    let diagnostic = Diagnostic::error(is.code, span, is.message);
    match help {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

fn help(schema: &Schema, is: &Phrase) -> Option<String> {
    let (name, directive) = (is.name.as_deref(), is.directive.as_deref());
    match (is.code, name) {
        (Code::NoQuery, _) => Some("write `type Query { ... }`".to_owned()),
        (Code::WrongValue, _) => Some("write a value of that type".to_owned()),
        (Code::WrongPlace, _) => places(schema, directive?),
        (Code::UnknownType, Some(name)) => Some(type_near(schema, name)),
        (Code::UnknownDirective, Some(name)) => {
            let near = nearest(name, schema.directive_definitions.keys().map(|name| name.as_str()))?;
            Some(format!("did you mean `@{near}`?"))
        }
        (Code::UnknownArgument | Code::MissingArgument, _) => arguments(schema, directive?),
        (Code::DefinedTwice, Some("UUID")) => Some("leave it out: `UUID` is always there".to_owned()),
        (Code::DefinedTwice, Some(name)) if name.starts_with('@') => {
            Some("leave it out: grapple defines its own directives".to_owned())
        }
        (Code::DefinedTwice, Some(_)) => Some("leave one out, or rename it".to_owned()),
        _ => None,
    }
}

fn type_near(schema: &Schema, name: &str) -> String {
    if scalar::declarable(name).is_some() {
        return format!("declare it: `scalar {name}`");
    }
    let known = schema.types.keys().map(|name| name.as_str()).filter(|name| !name.starts_with("__"));
    match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("define it: `type {name} {{ ... }}`"),
    }
}

/// A directive with all that it takes.
fn arguments(schema: &Schema, directive: &str) -> Option<String> {
    let definition = schema.directive_definitions.get(directive)?;
    let arguments: Vec<String> =
        definition.arguments.iter().map(|argument| format!("{}: {}", argument.name, argument.ty)).collect();
    let list = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
    Some(format!("the directive is `@{directive}{list}`"))
}

/// Where a directive goes.
fn places(schema: &Schema, directive: &str) -> Option<String> {
    let locations = &schema.directive_definitions.get(directive)?.locations;
    let locations: Vec<String> =
        locations.iter().map(|location| location.to_string().to_lowercase().replace('_', " ")).collect();
    Some(format!("`@{directive}` goes on: {}", locations.join(", ")))
}
