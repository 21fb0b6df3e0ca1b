//! Debian's packages, by a script that runs as root.

use std::process::Command;

use super::answers;
use crate::run::{show, workspace};

/// Runs a script of this folder that installs `packages`, for what is said to be missing.
///
/// # Errors
/// Where there is no `apt-get`, or the script fails: what to do by hand.
pub(super) fn install(script: &str, packages: &str, missing: &str) -> Result<(), String> {
    if !answers(Command::new("apt-get").arg("--version")) {
        return Err(missing.to_owned());
    }
    eprintln!("{missing}");
    eprintln!("installing the packages {packages}");
    let by_hand = |error| format!("{error}; install {packages} by hand: {missing}");
    show(as_root(&["sh", script]).current_dir(workspace())).map_err(by_hand)
}

/// A command that runs as root: by sudo, which may ask, when we are not.
fn as_root(words: &[&str]) -> Command {
    let user = Command::new("id").arg("-u").output();
    let root = user.is_ok_and(|user| user.stdout.trim_ascii() == b"0");
    let mut command = Command::new(if root { words[0] } else { "sudo" });
    command.args(if root { &words[1..] } else { words });
    command
}
