//! A directory of its own for one test.

use std::fs;
use std::path::PathBuf;

use grapple::{Diagnostics, Directory, Generated, SourceFile};

/// A directory that is empty when the test starts.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(test: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
        drop(fs::remove_dir_all(&path));
        Self(path)
    }

    pub(crate) fn path(&self) -> &PathBuf {
        &self.0
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).expect("the file is there")
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = self.0.join(file);
        fs::create_dir_all(path.parent().unwrap_or(&self.0)).expect("the folder can be made");
        fs::write(path, text).expect("the file can be written");
    }

    /// The names of its files, hidden ones too, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(&self.0) else { return Vec::new() };
        let name =
            |entry: std::io::Result<fs::DirEntry>| entry.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = entries.filter_map(|entry| name(entry).ok()).collect();
        names.sort();
        names
    }

    /// Generates into it without writing.
    pub(crate) fn generate(&self, schema: &str) -> Result<Generated, Diagnostics> {
        let directory = Directory::read(&self.0).expect("the folder can be read");
        grapple::generate(SourceFile::new("schema.graphql", schema), &directory)
    }

    /// Generates into it.
    pub(crate) fn write_generated(&self, schema: &str) -> Generated {
        let generated = self.generate(schema).expect("the schema is right");
        generated.write().expect("the folder can be written");
        generated
    }
}
