//! From a schema to files, as data.

use std::io;
use std::sync::Arc;

use crate::diagnostic::{Diagnostics, stops};
use crate::directory::{self, Change, Directory, File};
use crate::lock::Accepted;
use crate::schema::Schema;
use crate::source::{SchemaFiles, Sources};
use crate::{emit, lower};

/// What a run makes: files to write, and notes about the hand-written one.
#[derive(Debug)]
pub struct Generated {
    files: Vec<File>,
    notes: Diagnostics,
    is_edited: bool,
    unneeded: Vec<Accepted>,
}

impl Generated {
    /// The files: `generated.rs`, `custom.rs`, `mod.rs`, and the lock where the directory has one.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// Writes the files that change; those that do not are left alone, down to their time stamps. All or nothing:
    /// none is touched unless every one of them could be laid on disk.
    ///
    /// # Errors
    /// When a file cannot be written, or was written to since the directory was read.
    pub fn write(&self) -> io::Result<()> {
        directory::write(&self.files)
    }

    /// The files that are not as the schema says.
    pub fn stale(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.change != Change::Kept)
    }

    /// Whether the generated file was edited by hand since it was written: its first line tells.
    pub fn is_edited(&self) -> bool {
        self.is_edited
    }

    /// What was accepted of the lock and is no change: a slip of the pen, most likely.
    pub fn unneeded(&self) -> &[Accepted] {
        &self.unneeded
    }

    /// What someone should know, though it stops nothing: a hand-written impl that lacks a method.
    pub fn notes(&self) -> &Diagnostics {
        &self.notes
    }
}

/// Understands a schema, of one file or many, and prints the module of a directory. Nothing is written:
/// [`Generated::write`] does.
///
/// The same schema and the same hand-written file give the same bytes, always, whatever the order that the files of
/// the schema were named in.
///
/// # Errors
/// All mistakes of the schema, what the lock speaks against, or the place where the hand-written file does not parse.
pub fn generate(schema: impl Into<SchemaFiles>, directory: &Directory) -> Result<Generated, Diagnostics> {
    let files = Arc::new(schema.into());
    let lock = directory.lock.as_ref();
    let sources = Sources {
        generated: directory.generated.clone(),
        custom: directory.custom.clone(),
        lock: lock.and_then(|lock| lock.source.clone()),
        ..Sources::of(&files)
    };
    let (schema, mut findings) = Schema::understand(&files);
    findings.extend(directory.in_the_way());
    // What is missing by hand is known of a right schema only; whether the file can be read, of any.
    let model = schema.as_ref().map(|schema| &schema.model);
    let handwritten = match emit::complete(model, sources.custom.as_ref()) {
        Ok(handwritten) => Some(handwritten),
        Err(unparsable) => {
            findings.push(*unparsable);
            None
        }
    };
    let lock = match schema.as_ref().zip(lock).map(|(schema, lock)| lock.adopt(schema)) {
        Some(Ok(adopted)) => Some(adopted),
        Some(Err(breaks)) => {
            findings.extend(breaks);
            None
        }
        None => None,
    };
    let (Some(schema), Some(handwritten)) = (schema, handwritten.filter(|_| !stops(&findings))) else {
        return Err(Diagnostics::new(sources, findings));
    };

    let Schema { document, model, .. } = schema;
    debug_assert!(lower::is_complete(&document, &model), "a field was neither understood nor reported");
    drop(document);
    let (lock, unneeded) = lock.map(|adopted| (adopted.text, adopted.unneeded)).unzip();
    let files = directory.files(emit::generated(&model), handwritten.contents, emit::MODULE, lock);
    let notes = Diagnostics::new(sources, handwritten.notes);
    Ok(Generated { files, notes, is_edited: directory.is_edited(), unneeded: unneeded.unwrap_or_default() })
}
