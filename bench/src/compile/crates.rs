//! Crates on disk, in a workspace of their own, that are built with cargo as a user's crate is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;

/// What every crate depends on. Those of the scaffold, and serde for the plain ones: each links the same.
const MANIFEST: &str = r#"[package]
name = "NAME"
version = "0.1.0"
edition = "2024"

[dependencies]
kvetch = { path = "GRAPHSCALE/kvetch" }
pent = { path = "GRAPHSCALE/pent", features = ["axum"] }
serde = { version = "1", features = ["derive"] }
serde_json = "1"
tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "signal"] }
"#;

/// A workspace of crates. Dependencies are built once, into a folder that later runs share. The crates lie beside what is
/// built of them, always at one path: under another, cargo would keep all that was built of them for every run.
#[derive(Debug)]
pub(crate) struct Crates {
    root: PathBuf,
    target: PathBuf,
}

/// A file of a crate, by its path below the crate.
pub(crate) type SourceText = (&'static str, String);

/// What one build took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Build {
    pub(crate) seconds: f64,
    /// How often the crate's library was compiled.
    pub(crate) compiled: usize,
}

impl Crates {
    /// Lays crates on disk.
    pub(crate) fn new(crates: &[(&str, Vec<SourceText>)]) -> Self {
        let graphscale = graphscale();
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| graphscale.join("target"), PathBuf::from);
        let target = target.join("bench-compile");
        let made = Self { root: target.join("crates"), target };
        // What an earlier run has left; there may be nothing.
        drop(fs::remove_dir_all(&made.root));
        let members: Vec<_> = crates.iter().map(|(name, _)| format!("{name:?}")).collect();
        let members = members.join(", ");
        made.write(Path::new("Cargo.toml"), &format!("[workspace]\nresolver = \"3\"\nmembers = [{members}]\n"));
        // The versions that Graphscale is tested with.
        fs::copy(graphscale.join("Cargo.lock"), made.root.join("Cargo.lock")).expect("the lock can be copied");
        for (name, files) in crates {
            let manifest = MANIFEST.replace("GRAPHSCALE", &graphscale.display().to_string()).replace("NAME", name);
            made.write(&Path::new(name).join("Cargo.toml"), &manifest);
            for (path, text) in files {
                made.write(&Path::new(name).join(path), text);
            }
        }
        made
    }

    /// Replaces a file of a crate.
    pub(crate) fn write(&self, path: &Path, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().expect("it is below the root")).expect("a folder can be made");
        fs::write(&path, text).expect("a file can be written");
    }

    /// Builds a crate of which nothing was built, and whose dependencies are there.
    pub(crate) fn build_anew(&self, name: &str) -> Build {
        let cleaned = self.cargo("clean", name).stderr(Stdio::null()).status().expect("cargo runs");
        assert!(cleaned.success(), "{name} could not be cleaned: {cleaned}");
        self.build(name)
    }

    /// Builds what has changed of a crate.
    pub(crate) fn build(&self, name: &str) -> Build {
        let mut command = self.cargo("build", name);
        let start = Instant::now();
        let built = command.arg("--message-format=json").output().expect("cargo runs");
        let seconds = start.elapsed().as_secs_f64();
        let text = String::from_utf8(built.stdout).expect("cargo writes UTF-8");
        // What the compiler says is among the messages, what cargo says is not.
        assert!(built.status.success(), "{name}: {}{text}", String::from_utf8_lossy(&built.stderr));
        let messages = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let compiled = messages.filter(|message| is_library_compiled(message, name)).count();
        Build { seconds, compiled }
    }

    /// A cargo command about one crate.
    fn cargo(&self, what: &str, name: &str) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args([what, "--offline", "--quiet", "--package", name]);
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        command
    }
}

impl Drop for Crates {
    fn drop(&mut self) {
        // Left behind it harms nobody.
        drop(fs::remove_dir_all(&self.root));
    }
}

fn graphscale() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("bench lies in the workspace").to_owned()
}

/// Whether a message of cargo says that the library of a crate was compiled.
fn is_library_compiled(message: &Value, name: &str) -> bool {
    let is_library = message["target"]["kind"][0] == "lib" && message["target"]["name"] == name;
    message["reason"] == "compiler-artifact" && is_library && message["fresh"] == false
}
