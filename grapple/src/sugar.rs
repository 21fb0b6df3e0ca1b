//! What `@pent(crud:)` stands for: the definitions that could be written out in its place.
//!
//! What the schema defines itself is not derived: a type, an input or a field of a root that is there already stays as
//! it is. All that is derived has the place of the directive.

mod derivation;
mod text;

use std::collections::BTreeSet;

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::{Document, Field, Kind, TypeDefinition};
use crate::source::{SchemaFiles, Spanned};
use derivation::Derivation;
pub(crate) use text::expanded;

/// Definitions to be added to a document.
#[derive(Debug, Default)]
pub(crate) struct Derived {
    pub(crate) types: Vec<TypeDefinition>,
    /// Fields of the query root.
    pub(crate) query: Vec<Field>,
    /// Fields of the mutation root.
    pub(crate) mutation: Vec<Field>,
    /// Whether there would be more, but for something that has been reported: a word of a `crud` that is none of its
    /// words, or a root that is none.
    is_incomplete: bool,
}

/// What the entities of a document ask for.
pub(crate) fn derive(document: &Document) -> (Derived, Vec<Diagnostic>) {
    let mut derived = Derived::default();
    let mut mistakes = Vec::new();
    let mut derivation = Derivation::new(document);
    for ty in &document.types {
        derivation.derive(ty, &mut derived, &mut mistakes);
    }
    for (name, root, fields) in
        [("Query", &document.query, &mut derived.query), ("Mutation", &document.mutation, &mut derived.mutation)]
    {
        let is_object = |ty: &TypeDefinition| matches!(ty.kind, Kind::Object(_));
        let is_none = |ty: &&TypeDefinition| ty.name.value == name && (document.has_definition || !is_object(ty));
        let other = document.types.iter().find(is_none);
        if let (None, Some(other), Some(first)) = (root, other, fields.first()) {
            mistakes.push(no_root(name, first, other));
            fields.clear();
            derived.is_incomplete = true;
        }
    }
    (derived, mistakes)
}

/// A type that has the name of a derived root, and that the schema says is none.
fn no_root(name: &str, field: &Field, other: &TypeDefinition) -> Diagnostic {
    let root = name.to_lowercase();
    let (why, label, help) = match other.kind {
        Kind::Object(_) => (
            "the schema does not name it",
            format!("no root without `{root}: {name}`"),
            format!("write `schema {{ {root}: {name} ... }}`, or rename the type"),
        ),
        _ => ("it is no object type", "no object type".to_owned(), "rename it".to_owned()),
    };
    let message = format!("`{}` needs a {root} root, and `{name}` is none: {why}", field.name.value);
    Diagnostic::error(Code::DefinedTwice, field.name.span, message).related(other.name.span, label).help(help)
}

impl Derived {
    /// The roots that are derived, and that the document extends without defining them.
    pub(crate) fn extended_roots(&self, document: &Document) -> Vec<&'static str> {
        let roots = [("Query", &document.query, &self.query), ("Mutation", &document.mutation, &self.mutation)];
        let is_extended = |name: &str| document.orphans.iter().any(|orphan| orphan == name);
        let extended =
            roots.into_iter().filter(|(name, root, fields)| root.is_none() && !fields.is_empty() && is_extended(name));
        extended.map(|(name, _, _)| name).collect()
    }

    /// The document with what is derived from it.
    pub(crate) fn added_to(&self, mut document: Document) -> Document {
        add_fields(&mut document.types, &mut document.query, "Query", &self.query);
        add_fields(&mut document.types, &mut document.mutation, "Mutation", &self.mutation);
        document.types.extend(self.types.iter().cloned());
        document
    }

    /// What is still wrong once the derived definitions are there: the parser does not know them.
    pub(crate) fn settle(&self, files: &SchemaFiles, findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let derived: BTreeSet<&str> = self.types.iter().map(|ty| ty.name.value.as_str()).collect();
        let stays = |finding: &Diagnostic| match finding.code {
            Code::NoQuery => self.query.is_empty() && !self.is_incomplete,
            Code::UnknownType => !derived.contains(files.text_at(finding.label.span)),
            _ => true,
        };
        findings.into_iter().filter(stays).collect()
    }
}

fn add_fields(types: &mut Vec<TypeDefinition>, root: &mut Option<Spanned<String>>, name: &str, fields: &[Field]) {
    let Some(first) = fields.first() else { return };
    let root = root.get_or_insert_with(|| Spanned { value: name.to_owned(), span: first.name.span });
    let known = types.iter_mut().find(|ty| ty.name.value == root.value);
    match known.map(|ty| &mut ty.kind) {
        Some(Kind::Object(known)) => known.extend(fields.iter().cloned()),
        // A root that is no object has been reported.
        Some(_) => {}
        None => types.push(TypeDefinition {
            name: root.clone(),
            description: None,
            directives: Vec::new(),
            implements: Vec::new(),
            kind: Kind::Object(fields.to_vec()),
        }),
    }
}
