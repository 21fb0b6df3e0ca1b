//! Running other programs, visibly.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};

/// The root of the workspace.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").to_owned()
}

/// A cargo command in the root of the workspace.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(workspace());
    command
}

/// Runs a command to its end, showing what it is on standard error.
///
/// # Errors
/// When it cannot be started or does not succeed.
pub(crate) fn show(command: &mut Command) -> Result<(), String> {
    let (line, mut child) = started(command)?;
    ended(&line, child.wait())
}

/// Starts a command, showing what it is: its line.
pub(crate) fn started(command: &mut Command) -> Result<(String, Child), String> {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let line = words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
    eprintln!("\n$ {line}");
    let child = command.spawn().map_err(|error| format!("could not start `{line}`: {error}"))?;
    Ok((line, child))
}

/// What the end of a command comes to.
pub(crate) fn ended(line: &str, status: std::io::Result<ExitStatus>) -> Result<(), String> {
    let status = status.map_err(|error| format!("could not wait for `{line}`: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{line}` ended with {status}")) }
}
