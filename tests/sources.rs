//! The sources of this workspace, as the architecture tests see them.

use std::path::{Path, PathBuf};

/// A source file of a crate.
#[derive(Debug)]
pub struct Source {
    /// Its path below the crate's `src`, with `/` between folders.
    pub path: String,
    /// Its lines of code: comments and documentation left out.
    pub lines: Vec<String>,
}

/// The root of the workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the workspace").to_owned()
}

/// Reads a file of the workspace.
///
/// # Panics
/// When it is not there.
pub fn read(path: &str) -> String {
    let path = workspace().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All sources of a crate, sorted by path.
pub fn sources(crate_name: &str) -> Vec<Source> {
    let root = workspace().join(crate_name).join("src");
    let mut sources = Vec::new();
    collect(&root, &root, &mut sources);
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!sources.is_empty(), "{crate_name} has sources");
    sources
}

fn collect(root: &Path, folder: &Path, sources: &mut Vec<Source>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("a folder of the workspace can be listed").path();
        if path.is_dir() {
            collect(root, &path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source can be read");
            let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("//")).map(str::to_owned);
            let below = path.strip_prefix(root).expect("it was found below the root");
            let path = below.to_string_lossy().replace('\\', "/");
            sources.push(Source { path, lines: lines.collect() });
        }
    }
}
