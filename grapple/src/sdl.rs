//! Text to document. The only module that names apollo-compiler.

mod convert;
mod phrases;
mod origin;
mod findings;

use apollo_compiler::Schema;
use apollo_compiler::parser::Parser;

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::source::SchemaFiles;
use origin::Origin;

/// Defines the directives and `UUID`: their use is then checked like any GraphQL.
const PRELUDE: &str = include_str!("prelude.graphql");

/// Deeper nesting of values or types than this is refused: it protects the stack.
const NESTING_LIMIT: usize = 200;

/// Whether a type of this name is there for the directives alone: schemas use `UUID`, and no other of them.
pub(crate) fn keeps(ty: &str) -> bool {
    let name = |line: &'static str| line.strip_prefix("scalar ").or_else(|| line.strip_prefix("enum "));
    ty != "UUID" && PRELUDE.lines().filter_map(name).any(|name| name.trim_end_matches(" {") == ty)
}

/// Reads a schema. What could be understood of a broken one comes along with the findings, so that the rules
/// that follow can report the rest in the same run; `None` when the text is no GraphQL at all.
///
/// Types of the names in `adopted` are there without a definition: only what extends them is written.
pub(crate) fn parse(files: &SchemaFiles, adopted: &[&str]) -> (Option<Document>, Vec<Diagnostic>) {
    let mut builder = Schema::builder();
    let mut parser = Parser::new().recursion_limit(NESTING_LIMIT);
    parser.parse_into_schema_builder(PRELUDE, "prelude.graphql", &mut builder);
    for (at, file) in files.files().iter().enumerate() {
        parser.parse_into_schema_builder(file.text(), origin::name(at), &mut builder);
    }
    for name in adopted {
        parser.parse_into_schema_builder(format!("type {name}"), "adopted.graphql", &mut builder);
    }
    let orphans = builder.iter_orphan_extension_types().map(ToString::to_string).collect();
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
    let origin = Origin::new(&schema);
    let findings = findings::findings(&errors, &origin);
    let syntax_error = findings.iter().any(|finding| finding.code == Code::Syntax);
    let document = (!syntax_error).then(|| convert::document(&origin, adopted, orphans));
    (document, findings)
}
