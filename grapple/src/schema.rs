//! A schema read and checked.

use std::sync::Arc;

use crate::client::Client;
use crate::diagnostic::{Diagnostic, Diagnostics, stops};
use crate::document::Document;
use crate::model::Model;
use crate::source::{SchemaFiles, Sources};
use crate::stored::{self, StoredType};
use crate::sugar::Derived;
use crate::{lower, print, sdl, sugar};

/// A schema in which no rule is broken.
#[derive(Debug)]
pub struct Schema {
    files: Arc<SchemaFiles>,
    pub(crate) document: Document,
    pub(crate) model: Model,
}

impl Schema {
    /// Reads and checks a schema, of one file or many.
    ///
    /// # Errors
    /// All mistakes in it.
    pub fn check(files: impl Into<SchemaFiles>) -> Result<Self, Diagnostics> {
        let files = Arc::new(files.into());
        let (schema, findings) = Self::understand(&files);
        schema.ok_or_else(|| Diagnostics::new(Sources::of(&files), findings))
    }

    /// The schema where nothing in it is wrong, and all that was found.
    pub(crate) fn understand(files: &Arc<SchemaFiles>) -> (Option<Self>, Vec<Diagnostic>) {
        let (read, findings) = sugared(files);
        let Some((document, derived, not_derived)) = read else { return (None, findings) };
        let mut findings = derived.settle(files, findings);
        findings.extend(not_derived);
        let document = derived.added_to(document);
        let (model, mistakes) = lower::lower(&document, files.name().to_owned());
        findings.extend(mistakes);
        let schema = Self { files: Arc::clone(files), document, model };
        (Some(schema).filter(|_| !stops(&findings)), findings)
    }

    /// The schema that clients see, sorted, without grapple's own directives: for programs that generate types from
    /// it. It is what the served schema says of itself.
    pub fn print(&self) -> String {
        print::print(&Client::of(&self.document))
    }

    /// What each entity stores, sorted by number.
    pub fn stored(&self) -> Vec<StoredType> {
        stored::stored(&self.model)
    }

    /// What it was read from.
    pub fn files(&self) -> &SchemaFiles {
        &self.files
    }
}

/// A schema as it is written, what is derived from it, and what cannot be.
type Sugared = (Document, Derived, Vec<Diagnostic>);

/// Reads a schema, with what its directives stand for. A root that is derived may be extended by the schema.
fn sugared(files: &SchemaFiles) -> (Option<Sugared>, Vec<Diagnostic>) {
    let (document, findings) = sdl::parse(files, &[]);
    let Some(document) = document else { return (None, findings) };
    let (derived, mistakes) = sugar::derive(&document);
    let adopted = derived.extended_roots(&document);
    if adopted.is_empty() {
        return (Some((document, derived, mistakes)), findings);
    }
    let (document, findings) = sdl::parse(files, &adopted);
    let with = |document: Document| {
        let (derived, mistakes) = sugar::derive(&document);
        (document, derived, mistakes)
    };
    (document.map(with), findings)
}

/// The text of a schema in which what `@pent(crud:)` stands for is written out: a schema that generates the same.
/// Everything else in it stays as it is, comments included; files follow each other.
///
/// # Errors
/// All mistakes of the schema.
pub fn expand(files: impl Into<SchemaFiles>) -> Result<String, Diagnostics> {
    let files = Arc::new(files.into());
    let (schema, findings) = Schema::understand(&files);
    match (schema, sugared(&files).0) {
        (Some(_), Some((written, derived, _))) => Ok(sugar::expanded(&files, &written, &derived)),
        _ => Err(Diagnostics::new(Sources::of(&files), findings)),
    }
}
