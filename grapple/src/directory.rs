//! The directory of a generated module: what is in it, and writing to it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::lock::LockFile;
use crate::seal;
use crate::source::SourceFile;

/// What a directory holds before a run.
#[derive(Debug, Clone)]
pub struct Directory {
    path: PathBuf,
    pub(crate) custom: Option<SourceFile>,
    generated: Option<String>,
    module: Option<String>,
    pub(crate) lock: Option<LockFile>,
}

/// A file after a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where it is.
    pub path: PathBuf,
    /// All of it.
    pub contents: String,
    /// What the run changes.
    pub change: Change,
    /// What it held before, to see that nobody wrote to it since.
    before: Option<String>,
}

/// What a run changes about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Created,
    /// It was generated before, and differs.
    Replaced,
    /// It is written by hand, and something is added at its end.
    Appended,
    /// Nothing: its bytes are the same, or it is not ours to change.
    Kept,
}

impl Directory {
    /// A directory without the files of a module.
    pub fn empty(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), custom: None, generated: None, module: None, lock: None }
    }

    /// Reads the files of a module. The directory need not exist.
    ///
    /// # Errors
    /// When one of them is there and cannot be read.
    pub fn read(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let custom = path.join("custom.rs");
        Ok(Self {
            custom: present(&custom)?.map(|text| SourceFile::new(custom, text)),
            generated: present(&path.join("generated.rs"))?,
            module: present(&path.join("mod.rs"))?,
            lock: None,
            path,
        })
    }

    /// Whether the generated file was edited by hand since it was written.
    pub(crate) fn is_edited(&self) -> bool {
        self.generated.as_deref().is_some_and(seal::is_broken)
    }

    /// Holds the schema to a lock, which is written beside the files of the module.
    #[must_use]
    pub fn with_lock(mut self, lock: LockFile) -> Self {
        self.lock = Some(lock);
        self
    }

    /// The files of the module after a run, and the lock where there is one.
    pub(crate) fn files(&self, generated: String, custom: String, module: &str, lock: Option<String>) -> Vec<File> {
        let before = self.custom.as_ref().map(|custom| custom.text().to_owned());
        let lock = self.lock.as_ref().zip(lock).map(|(file, text)| {
            let before = file.source.as_ref().map(|source| source.text().to_owned());
            changed(file.path().to_owned(), before, text, Change::Replaced)
        });
        let files = [
            self.file("generated.rs", self.generated.clone(), generated, Change::Replaced),
            self.file("custom.rs", before, custom, Change::Appended),
            self.file(
                "mod.rs",
                self.module.clone(),
                self.module.clone().unwrap_or_else(|| module.to_owned()),
                Change::Kept,
            ),
        ];
        files.into_iter().chain(lock).collect()
    }

    fn file(&self, name: &str, before: Option<String>, contents: String, otherwise: Change) -> File {
        changed(self.path.join(name), before, contents, otherwise)
    }
}

fn changed(path: PathBuf, before: Option<String>, contents: String, otherwise: Change) -> File {
    let change = match &before {
        None => Change::Created,
        Some(before) if *before == contents => Change::Kept,
        Some(_) => otherwise,
    };
    File { path, contents, change, before }
}

/// Writes the files that change, all or none: new contents are laid beside the old first, and take their places
/// only when every one of them is on disk. Where one cannot take its place, those before it are put back.
pub(crate) fn write(files: &[File]) -> io::Result<()> {
    let changed: Vec<&File> = files.iter().filter(|file| file.change != Change::Kept).collect();
    let staged = changed.iter().try_for_each(|file| stage(file));
    let written = staged.and_then(|()| replace(&changed));
    if written.is_err() {
        changed.iter().for_each(|file| drop(fs::remove_file(beside(&file.path))));
    }
    written
}

fn replace(changed: &[&File]) -> io::Result<()> {
    for (done, file) in changed.iter().enumerate() {
        if let Err(error) = fs::rename(beside(&file.path), &file.path) {
            changed[..done].iter().for_each(|file| put_back(file));
            return Err(io::Error::new(error.kind(), format!("{}: {error}", file.path.display())));
        }
    }
    Ok(())
}

/// The first failure is what is reported; another one here would hide it.
fn put_back(file: &File) {
    match &file.before {
        Some(before) => drop(fs::write(&file.path, before)),
        None => drop(fs::remove_file(&file.path)),
    }
}

fn stage(file: &File) -> io::Result<()> {
    if present(&file.path)? != file.before {
        let message = format!("{} was written to meanwhile; run again", file.path.display());
        return Err(io::Error::other(message));
    }
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", file.path.display()));
    if let Some(directory) = file.path.parent() {
        fs::create_dir_all(directory).map_err(named)?;
    }
    fs::write(beside(&file.path), &file.contents).map_err(named)
}

/// The name that a file's new contents wait under.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().map_or_else(Default::default, |name| name.to_string_lossy().into_owned());
    path.with_file_name(format!(".{name}.grapple"))
}

fn present(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io::Error::new(error.kind(), format!("{}: {error}", path.display()))),
    }
}
