//! When files were last written. Polled: it works on every file system, and a project has few files.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::arguments::Module;

/// What is looked at beside the schema.
const SOURCES: [&str; 3] = ["src", "Cargo.toml", "build.rs"];

/// When the files of a project were last written, and how long they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamps(BTreeMap<PathBuf, Stamp>);

type Stamp = (Option<SystemTime>, u64);

impl Stamps {
    /// How things are now.
    pub(super) fn of(module: &Module) -> io::Result<Self> {
        let mut stamps = Self(BTreeMap::new());
        for path in module.schema.iter().map(PathBuf::as_path).chain(SOURCES.iter().map(Path::new)) {
            stamps.look(path)?;
        }
        Ok(stamps)
    }

    /// Takes a file as it is now for seen.
    pub(super) fn renew(&mut self, path: &Path) {
        let found = self.0.keys().find(|known| same(known, path)).cloned();
        if let Some(known) = found
            && let Ok(data) = fs::metadata(&known)
        {
            self.0.insert(known, (data.modified().ok(), data.len()));
        } else if let Ok(data) = fs::metadata(path) {
            self.0.insert(path.to_owned(), (data.modified().ok(), data.len()));
        }
    }

    /// What is not there, or went meanwhile, has no stamp.
    fn look(&mut self, path: &Path) -> io::Result<()> {
        let Ok(data) = fs::metadata(path) else { return Ok(()) };
        if !data.is_dir() {
            self.0.insert(path.to_owned(), (data.modified().ok(), data.len()));
            return Ok(());
        }
        let Ok(entries) = fs::read_dir(path) else { return Ok(()) };
        for entry in entries {
            let entry = entry?.path();
            let is_hidden = entry.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            // A link may lead back up: its directory would never end.
            let is_left_out = is_hidden || (entry.is_dir() && entry.is_symlink());
            if !is_left_out {
                self.look(&entry)?;
            }
        }
        Ok(())
    }
}

fn same(left: &Path, right: &Path) -> bool {
    left == right || left.canonicalize().ok().zip(right.canonicalize().ok()).is_some_and(|(left, right)| left == right)
}
