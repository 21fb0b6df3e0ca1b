//! Text to document. The only module that names apollo-compiler.

mod convert;
mod findings;

use apollo_compiler::Schema;
use apollo_compiler::parser::{FileId, Parser};

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::source::SourceFile;

/// Defines the directives and `UUID`: their use is then checked like any GraphQL.
const PRELUDE: &str = include_str!("prelude.graphql");

/// Deeper nesting of values or types than this is refused: it protects the stack.
const NESTING_LIMIT: usize = 200;

/// Reads a schema. What could be understood of a broken one comes along with the findings, so that the rules
/// that follow can report the rest in the same run; `None` when the text is no GraphQL at all.
pub(crate) fn parse(source: &SourceFile) -> (Option<Document>, Vec<Diagnostic>) {
    let mut builder = Schema::builder();
    let mut parser = Parser::new().recursion_limit(NESTING_LIMIT);
    parser.parse_into_schema_builder(PRELUDE, "prelude.graphql", &mut builder);
    parser.parse_into_schema_builder(source.text(), source.path(), &mut builder);
    let (schema, mut errors) = match builder.build() {
        Ok(schema) => (schema, Vec::new()),
        Err(broken) => (broken.partial, vec![broken.errors]),
    };
    let schema = match schema.validate() {
        Ok(valid) => valid.into_inner(),
        Err(invalid) => {
            errors.push(invalid.errors);
            invalid.partial
        }
    };
    let file = schema.sources.iter().find(|(_, file)| file.path() == source.path()).map(|(id, _)| *id);
    let origin = Origin { schema: &schema, file };
    let findings = findings::findings(&errors, origin);
    let syntax_error = findings.iter().any(|finding| finding.code == Code::Syntax);
    let document = (!syntax_error).then(|| convert::document(origin));
    (document, findings)
}

/// A parsed schema, and which file its own text is: everything else came from the prelude.
#[derive(Clone, Copy)]
struct Origin<'s> {
    schema: &'s Schema,
    file: Option<FileId>,
}
