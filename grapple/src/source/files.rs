//! The files of one schema.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{SourceFile, SourceId, Span};

/// What a file of a schema is called.
const EXTENSIONS: [&str; 3] = ["graphql", "graphqls", "gql"];

/// Names of files or directories that are told one by one; more are counted.
const NAMES_TOLD: usize = 3;

/// A schema: one file or many, which are one text to every rule. A type is defined in one of them and may be extended
/// in any (`extend type`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaFiles {
    /// In the order of their paths.
    files: Vec<SourceFile>,
    name: String,
    home: PathBuf,
}

impl SchemaFiles {
    /// Texts that are already in memory, in any order.
    ///
    /// # Panics
    /// When there are none.
    pub fn new(files: impl IntoIterator<Item = SourceFile>) -> Self {
        let files: Vec<SourceFile> = files.into_iter().collect();
        let paths: Vec<PathBuf> = files.iter().map(|file| file.path.clone()).collect();
        Self::named(files, &paths)
    }

    /// Reads files, and all files of directories that are called `*.graphql`, `*.graphqls` or `*.gql`, however deep.
    /// What is hidden (`.name`) is left out, and so are links to directories. A file that is named twice is read once.
    ///
    /// # Errors
    /// When one cannot be read or is not UTF-8, or a directory holds none. The message names it.
    pub fn read<P: AsRef<Path>>(paths: &[P]) -> io::Result<Self> {
        let mut found = BTreeSet::new();
        for path in paths.iter().map(AsRef::as_ref) {
            let mut named = BTreeSet::new();
            collect(path, &mut named)?;
            if named.is_empty() {
                let message = format!("{}: no *.graphql file is in it", path.display());
                return Err(io::Error::new(io::ErrorKind::NotFound, message));
            }
            found.append(&mut named);
        }
        let mut seen = BTreeSet::new();
        found.retain(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
        let files = found.iter().map(|path| SourceFile::read(path).map_err(|error| of(path, &error)));
        let paths: Vec<PathBuf> = paths.iter().map(|path| path.as_ref().to_owned()).collect();
        Ok(Self::named(files.collect::<io::Result<_>>()?, &paths))
    }

    /// The files, in the order of their paths.
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// The directory that holds all of it: its lock file lies there.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The text at a place; none at one of another source.
    pub(crate) fn text_at(&self, span: Span) -> &str {
        let file = match span.source {
            SourceId::Schema(at) => self.files.get(at as usize),
            SourceId::Generated | SourceId::Custom | SourceId::Lock => None,
        };
        file.and_then(|file| file.text.get(span.start..span.end)).unwrap_or_default()
    }

    /// What it is called in the generated code: by its files or directories, without what leads to them.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    fn named(mut files: Vec<SourceFile>, paths: &[PathBuf]) -> Self {
        assert!(!files.is_empty(), "a schema has a file");
        files.sort_by(|left, right| left.path.cmp(&right.path));
        let homes = paths.iter().map(|path| if path.is_dir() { path } else { path.parent().unwrap_or(path) });
        let home = homes.map(Path::to_owned).reduce(|left, right| common(&left, &right)).unwrap_or_default();
        Self { files, name: told(paths), home }
    }
}

impl From<SourceFile> for SchemaFiles {
    fn from(file: SourceFile) -> Self {
        Self::new([file])
    }
}

/// The files that a path of the command line means.
fn collect(path: &Path, found: &mut BTreeSet<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        found.insert(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(|error| of(path, &error))? {
        let entry = entry.map_err(|error| of(path, &error))?.path();
        let is_hidden = entry.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let is_schema = || entry.extension().is_some_and(|found| EXTENSIONS.iter().any(|known| found == *known));
        // A link may lead back up: its directory would never end.
        let is_followed = if entry.is_dir() { !entry.is_symlink() } else { is_schema() };
        if !is_hidden && is_followed {
            collect(&entry, found)?;
        }
    }
    Ok(())
}

/// The deepest directory that holds both.
fn common(left: &Path, right: &Path) -> PathBuf {
    left.components().zip(right.components()).take_while(|(left, right)| left == right).map(|(part, _)| part).collect()
}

fn told(paths: &[PathBuf]) -> String {
    let own = |path: &PathBuf| {
        // `.` and `..` have no name of their own.
        let named = if path.file_name().is_some() { path.clone() } else { path.canonicalize().unwrap_or_default() };
        named.file_name().map_or_else(|| "schema.graphql".into(), |name| name.to_string_lossy().into_owned())
    };
    let names: BTreeSet<String> = paths.iter().map(own).collect();
    let more = names.len().saturating_sub(NAMES_TOLD);
    let told = names.into_iter().take(NAMES_TOLD).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{told} and {more} more") } else { told }
}

fn of(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
