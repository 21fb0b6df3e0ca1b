//! wrk, which asks servers as fast as they answer.

use std::process::Command;

use super::apt;

/// What is run as root, in the workspace.
const INSTALL: &str = "xtask/src/setup/install-wrk.sh";
const PACKAGES: &str = "wrk";

/// The version of wrk, which is installed where it is missing.
///
/// # Errors
/// When it cannot be installed; the message says how to do it by hand.
pub(crate) fn wrk() -> Result<String, String> {
    version().or_else(|missing| {
        apt::install(INSTALL, PACKAGES, &missing)?;
        version()
    })
}

fn version() -> Result<String, String> {
    // It says which it is beside how it is called, and fails.
    let said = Command::new("wrk").arg("-v").output();
    let said = said.map_err(|_| "there is no wrk on the path, which servers are asked with".to_owned())?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    Ok(said.lines().next().unwrap_or_default().split(" [").next().unwrap_or_default().to_owned())
}
