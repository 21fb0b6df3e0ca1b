//! Node, graphql-js, which planned execution is compared with, and graphql-http, whose audits the server passes.

use std::process::Command;

use super::{answers, apt};
use crate::run::{show, workspace};

/// What is run as root, in the workspace.
const INSTALL: &str = "xtask/src/setup/install-node.sh";
const PACKAGES: &str = "nodejs and npm";
/// Folders with a script and the lock file of its packages, and the package that it is about.
const PACKAGES_OF: [(&str, &str); 2] = [("tests/differential/node", "graphql"), ("tests/http/node", "graphql-http")];
/// The oldest Node that graphql-js and the script run on.
const NODE_MIN: u32 = 18;

/// Makes sure that planned execution can be compared with graphql-js and the server audited, and says with what.
///
/// # Errors
/// When something is missing and cannot be installed; the message says how to do it by hand.
pub(crate) fn node() -> Result<String, String> {
    let node = version().or_else(|missing| {
        apt::install(INSTALL, PACKAGES, &missing)?;
        version()
    })?;
    let installed = PACKAGES_OF.map(|(folder, package)| packages(folder, package).map(|at| format!("{package} {at}")));
    let installed = installed.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(format!("{} on Node {node}", installed.join(" and ")))
}

/// The version of Node.
fn version() -> Result<String, String> {
    let needed = format!("the tests compare with graphql-js and need Node {NODE_MIN} or later with npm");
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

/// Installs the packages that the lock file of a folder names, unless they are there already; the version of the one
/// that matters.
fn packages(folder: &str, package: &str) -> Result<String, String> {
    let path = workspace().join(folder);
    let read = |file: &str| std::fs::read_to_string(path.join(file)).unwrap_or_default();
    let wanted = version_in(&read("package-lock.json"), &format!("\"node_modules/{package}\""));
    let wanted = wanted.ok_or_else(|| format!("{folder}/package-lock.json does not name {package}"))?;
    let installed = || version_in(&read(&format!("node_modules/{package}/package.json")), "{");
    if installed().as_ref() != Some(&wanted) {
        eprintln!("{package} {wanted} is missing: installing it with npm into {folder}/node_modules");
        if !answers(Command::new("npm").arg("--version")) {
            apt::install(INSTALL, PACKAGES, "there is no npm on the path, which the packages are installed with")?;
        }
        show(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&path))
            .map_err(|error| format!("{error}; install the packages by hand: npm ci in {folder}"))?;
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
