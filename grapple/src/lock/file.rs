//! The file of a lock.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Accepted, Break, Lock};
use crate::diagnostic::Diagnostic;
use crate::schema::Schema;
use crate::source::SourceFile;

/// A lock on disk, and what of the changes against it is accepted.
#[derive(Debug, Clone)]
pub struct LockFile {
    path: PathBuf,
    pub(crate) source: Option<SourceFile>,
    accepted: Vec<Accepted>,
}

impl LockFile {
    /// What it is called where nobody says otherwise.
    pub const NAME: &'static str = "graphscale.lock";

    /// Reads a lock. It need not exist.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn read(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let source = match fs::read_to_string(&path) {
            Ok(text) => Some(SourceFile::new(&path, text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(io::Error::new(error.kind(), format!("{}: {error}", path.display()))),
        };
        Ok(Self { path, source, accepted: Vec::new() })
    }

    /// Lets these changes through.
    #[must_use]
    pub fn accepting(mut self, accepted: impl IntoIterator<Item = Accepted>) -> Self {
        self.accepted.extend(accepted);
        self
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The lock once this schema is in force, or what speaks against it.
    pub(crate) fn adopt(&self, schema: &Schema) -> Result<Adopted, Vec<Diagnostic>> {
        let new = Lock::of(schema);
        let Some(source) = &self.source else {
            return Ok(Adopted { text: new.text(), unneeded: self.accepted.clone() });
        };
        let old = Lock::read(source.text())?;
        let breaks = new.breaks_since(&old, &schema.document);
        let unneeded = |accepted: &&Accepted| !breaks.iter().any(|found| accepted.covers(found));
        let unneeded = self.accepted.iter().filter(unneeded).cloned().collect();
        let is_open = |found: &Break| !self.accepted.iter().any(|accepted| accepted.covers(found));
        let open: Vec<Diagnostic> = breaks.into_iter().filter(is_open).map(|found| found.diagnostic).collect();
        if open.is_empty() { Ok(Adopted { text: new.remembering(&old).text(), unneeded }) } else { Err(open) }
    }
}

/// A lock that a schema fits.
#[derive(Debug)]
pub(crate) struct Adopted {
    pub(crate) text: String,
    /// What was accepted and is no change.
    pub(crate) unneeded: Vec<Accepted>,
}
