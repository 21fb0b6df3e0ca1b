//! The directory of a generated module: what is in it, and writing to it.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::lock::LockFile;
use crate::seal;
use crate::source::{SourceFile, SourceId, Span};

/// What a directory holds before a run.
#[derive(Debug, Clone)]
pub struct Directory {
    path: PathBuf,
    pub(crate) custom: Option<SourceFile>,
    pub(crate) generated: Option<SourceFile>,
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
        let (custom, generated) = (path.join("custom.rs"), path.join("generated.rs"));
        Ok(Self {
            custom: present(&custom)?.map(|text| SourceFile::new(custom, text)),
            generated: present(&generated)?.map(|text| SourceFile::new(generated, text)),
            module: present(&path.join("mod.rs"))?,
            lock: None,
            path,
        })
    }

    /// Whether the generated file was edited by hand since it was written.
    pub(crate) fn is_edited(&self) -> bool {
        self.generated.as_ref().is_some_and(|file| seal::is_broken(file.text()))
    }

    /// What speaks against writing: a file of somebody else's where the generated one goes.
    pub(crate) fn in_the_way(&self) -> Option<Diagnostic> {
        let file = self.generated.as_ref().filter(|file| !seal::is_ours(file.text()))?;
        let start = Span { source: SourceId::Generated, start: 0, end: 0 };
        let message = format!("{} was not written by grapple, and would be lost", file.path().display());
        let help = "move it away, or name another directory: `--out`";
        Some(Diagnostic::error(Code::NotGenerated, start, message).help(help))
    }

    /// Holds the schema to a lock, which is written beside the files of the module.
    #[must_use]
    pub fn with_lock(mut self, lock: LockFile) -> Self {
        self.lock = Some(lock);
        self
    }

    /// The files of the module after a run, and the lock where there is one.
    pub(crate) fn files(&self, generated: String, custom: String, module: &str, lock: Option<String>) -> Vec<File> {
        let text = |file: Option<&SourceFile>| file.map(|file| file.text().to_owned());
        let lock = self.lock.as_ref().zip(lock).map(|(file, contents)| {
            changed(file.path().to_owned(), text(file.source.as_ref()), contents, Change::Replaced)
        });
        let files = [
            self.file("generated.rs", text(self.generated.as_ref()), generated, Change::Replaced),
            self.file("custom.rs", text(self.custom.as_ref()), custom, Change::Appended),
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
        // Version control may end lines as the machine does.
        Some(before) if before.replace("\r\n", "\n") == contents.replace("\r\n", "\n") => Change::Kept,
        Some(_) => otherwise,
    };
    File { path, contents, change, before }
}

/// Writes the files that change, all or none: new contents are laid beside the old first, and take their places
/// only when every one of them is on disk. Where one cannot take its place, those before it are put back.
pub(crate) fn write(files: &[File]) -> io::Result<()> {
    let mut changed = files.iter().filter(|file| file.change != Change::Kept);
    let mut staged: Vec<Staged<'_>> = Vec::new();
    let written = changed.try_for_each(|file| stage(file).map(|one| staged.push(one))).and_then(|()| replace(&staged));
    if written.is_err() {
        staged.iter().for_each(|one| drop(fs::remove_file(&one.waiting)));
    }
    written
}

/// A file whose new contents are on disk, beside the old ones.
struct Staged<'f> {
    file: &'f File,
    /// What is replaced: where the path is a link, what it leads to.
    target: PathBuf,
    waiting: PathBuf,
}

fn replace(staged: &[Staged<'_>]) -> io::Result<()> {
    for (done, one) in staged.iter().enumerate() {
        if let Err(error) = take_place(one) {
            staged[..done].iter().for_each(put_back);
            return Err(error);
        }
    }
    Ok(())
}

/// Looks once more: laying files on disk takes a while, in which somebody may save theirs.
fn take_place(one: &Staged<'_>) -> io::Result<()> {
    unchanged(one.file)?;
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", one.file.path.display()));
    fs::rename(&one.waiting, &one.target).map_err(named)
}

/// That nobody wrote to a file since it was read.
fn unchanged(file: &File) -> io::Result<()> {
    if present(&file.path)? == file.before {
        return Ok(());
    }
    Err(io::Error::other(format!("{} was written to meanwhile; run again", file.path.display())))
}

/// The first failure is what is reported; another one here would hide it.
fn put_back(one: &Staged<'_>) {
    match &one.file.before {
        Some(before) => drop(fs::write(&one.target, before)),
        None => drop(fs::remove_file(&one.target)),
    }
}

fn stage(file: &File) -> io::Result<Staged<'_>> {
    unchanged(file)?;
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", file.path.display()));
    if let Some(directory) = file.path.parent() {
        fs::create_dir_all(directory).map_err(named)?;
    }
    let target = file.path.canonicalize().unwrap_or_else(|_| file.path.clone());
    let staged = Staged { file, waiting: beside(&target), target };
    let laid = lay(&staged);
    if laid.is_err() {
        drop(fs::remove_file(&staged.waiting));
    }
    laid.map(|()| staged).map_err(named)
}

/// Lays the new contents on disk, with the permissions of the old.
fn lay(staged: &Staged<'_>) -> io::Result<()> {
    let mut waiting = fs::File::create(&staged.waiting)?;
    waiting.write_all(staged.file.contents.as_bytes())?;
    if let Ok(old) = fs::metadata(&staged.target) {
        fs::set_permissions(&staged.waiting, old.permissions())?;
    }
    waiting.sync_all()
}

/// The name that a file's new contents wait under: of this process alone, since two may run at once.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().map_or_else(Default::default, |name| name.to_string_lossy().into_owned());
    path.with_file_name(format!(".{name}.{}.grapple", std::process::id()))
}

fn present(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io::Error::new(error.kind(), format!("{}: {error}", path.display()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn staged<'f>(folder: &Path, file: &'f File, contents: Option<&str>) -> Staged<'f> {
        let staged = Staged { file, target: file.path.clone(), waiting: beside(&file.path) };
        fs::create_dir_all(folder).expect("the folder can be made");
        if let Some(text) = contents {
            fs::write(&staged.waiting, text).expect("it can be written");
        }
        staged
    }

    #[test]
    fn what_took_its_place_before_another_could_not_is_put_back() {
        let folder = std::env::temp_dir().join(format!("grapple-put-back-{}", std::process::id()));
        let file = |name: &str, before: Option<&str>| {
            changed(folder.join(name), before.map(str::to_owned), "new\n".to_owned(), Change::Replaced)
        };
        let files = [file("old.rs", Some("old\n")), file("created.rs", None), file("lacks.rs", Some("kept\n"))];
        let contents = [Some("new\n"), Some("new\n"), None];
        let staged: Vec<_> =
            files.iter().zip(contents).map(|(file, contents)| staged(&folder, file, contents)).collect();
        fs::write(folder.join("old.rs"), "old\n").expect("it can be written");
        fs::write(folder.join("lacks.rs"), "kept\n").expect("it can be written");
        let error = replace(&staged).expect_err("nothing waits for the third");
        assert!(error.to_string().contains("lacks.rs"), "{error}");
        assert_eq!(fs::read_to_string(folder.join("old.rs")).ok().as_deref(), Some("old\n"));
        assert!(!folder.join("created.rs").exists());
        fs::remove_dir_all(&folder).expect("the folder can be removed");
    }

    /// What an editor saved while the files were laid on disk was lost.
    #[test]
    fn what_is_saved_while_files_are_laid_on_disk_is_not_overwritten() {
        let folder = std::env::temp_dir().join(format!("grapple-saved-{}", std::process::id()));
        let file =
            |name: &str| changed(folder.join(name), Some("old\n".to_owned()), "new\n".to_owned(), Change::Replaced);
        let files = [file("generated.rs"), file("custom.rs")];
        let staged: Vec<_> = files.iter().map(|file| staged(&folder, file, Some("new\n"))).collect();
        fs::write(folder.join("generated.rs"), "old\n").expect("it can be written");
        fs::write(folder.join("custom.rs"), "saved\n").expect("it can be written");
        let error = replace(&staged).expect_err("it was saved meanwhile");
        assert!(error.to_string().contains("custom.rs was written to meanwhile"), "{error}");
        let text = |name: &str| fs::read_to_string(folder.join(name)).expect("it is there");
        assert_eq!([text("generated.rs"), text("custom.rs")], ["old\n", "saved\n"]);
        fs::remove_dir_all(&folder).expect("the folder can be removed");
    }
}
