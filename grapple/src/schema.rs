//! A schema read and checked.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Diagnostics, stops};
use crate::document::Document;
use crate::model::Model;
use crate::source::{SchemaFiles, Sources};
use crate::{lower, sdl};

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
        let (document, mut findings) = sdl::parse(files);
        let Some(document) = document else { return (None, findings) };
        let (model, mistakes) = lower::lower(&document, files.name().to_owned());
        findings.extend(mistakes);
        let schema = Self { files: Arc::clone(files), document, model };
        (Some(schema).filter(|_| !stops(&findings)), findings)
    }

    /// What it was read from.
    pub fn files(&self) -> &SchemaFiles {
        &self.files
    }
}
