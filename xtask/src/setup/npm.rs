//! Packages of npm, in the versions that a lock file names.

use std::process::Command;

use super::{answers, apt};
use crate::run::{show, workspace};

/// What is run as root, in the workspace.
const INSTALL: &str = "xtask/src/setup/install-node.sh";
const PACKAGES: &str = "nodejs and npm";
/// The oldest Node that the scripts and their packages run on.
const NODE_MIN: u32 = 18;

/// The version of Node, which is installed where it is missing.
///
/// # Errors
/// When it cannot be installed, or is too old.
pub(super) fn node() -> Result<String, String> {
    version().or_else(|missing| {
        apt::install(INSTALL, PACKAGES, &missing)?;
        version()
    })
}

fn version() -> Result<String, String> {
    let needed = format!("tests need Node {NODE_MIN} or later with npm");
    let found = Command::new("node").arg("--version").output();
    let found = found.ok().filter(|found| found.status.success());
    let found = found.ok_or_else(|| format!("there is no node on the path: {needed}"))?;
    let version = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < NODE_MIN) {
        return Err(format!("node is {version}: {needed}"));
    }
    Ok(version)
}

/// Installs the packages that the lock file of a folder names, unless they are there already, and answers the version of
/// `package`.
///
/// # Errors
/// When they cannot be installed; the message says how to do it by hand.
pub(super) fn packages(folder_name: &str, package: &str) -> Result<String, String> {
    let folder = workspace().join(folder_name);
    let read = |path: &str| std::fs::read_to_string(folder.join(path)).unwrap_or_default();
    let wanted = version_in(&read("package-lock.json"), &format!("\"node_modules/{package}\""));
    let wanted = wanted.ok_or_else(|| format!("{folder_name}/package-lock.json does not name {package}"))?;
    let installed = || version_in(&read(&format!("node_modules/{package}/package.json")), "{");
    if installed().as_ref() != Some(&wanted) {
        eprintln!("{package} {wanted} is missing: installing it with npm into {folder_name}/node_modules");
        if !answers(Command::new("npm").arg("--version")) {
            apt::install(
                INSTALL,
                PACKAGES,
                &format!("there is no npm on the path, which {package} is installed with"),
            )?;
        }
        show(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder))
            .map_err(|error| format!("{error}; install the packages by hand: npm ci in {folder_name}"))?;
    }
    match installed() {
        Some(version) if version == wanted => Ok(version),
        found => Err(format!("npm ci installed {package} {found:?} in place of {wanted}")),
    }
}

/// The first version that JSON names behind a text.
fn version_in(json: &str, behind: &str) -> Option<String> {
    let (_, rest) = json.split_once(behind)?;
    let (_, rest) = rest.split_once("\"version\":")?;
    rest.split('"').nth(1).map(str::to_owned)
}
