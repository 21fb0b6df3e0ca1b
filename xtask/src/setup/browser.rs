//! Chromium, which the explorer is tested in.

use std::process::Command;

use super::{apt, npm};

/// What is run as root, in the workspace.
const INSTALL: &str = "xtask/src/setup/install-chromium.sh";
const PACKAGES: &str = "chromium";
/// Where Debian's package puts it.
const CHROMIUM: &str = "/usr/bin/chromium";
/// The variable that names another.
const CHROMIUM_VARIABLE: &str = "GRAPHSCALE_CHROMIUM";
/// Where the script is that opens the explorer, with the lock file of its packages.
const FOLDER: &str = "tests/browser";

/// Makes sure that the explorer can be opened in a browser, and says in which.
///
/// # Errors
/// When something is missing and cannot be installed; the message says how to do it by hand.
pub(crate) fn browser() -> Result<String, String> {
    // A path that somebody set is theirs to put right.
    let chosen = std::env::var(CHROMIUM_VARIABLE).ok();
    let chromium = match (version(chosen.as_deref().unwrap_or(CHROMIUM)), chosen) {
        (Err(missing), None) => {
            apt::install(INSTALL, PACKAGES, &missing)?;
            version(CHROMIUM)
        }
        (found, _) => found,
    }?;
    npm::node()?;
    let playwright = npm::packages(FOLDER, "playwright-core")?;
    Ok(format!("{chromium} by playwright-core {playwright}"))
}

fn version(path: &str) -> Result<String, String> {
    let found = Command::new(path).arg("--version").output().ok().filter(|found| found.status.success());
    let found = found.ok_or_else(|| {
        format!("there is no Chromium at {path}, which the explorer is tested in ({CHROMIUM_VARIABLE} names another)")
    })?;
    let said = String::from_utf8_lossy(&found.stdout);
    Ok(said.split(" built").next().unwrap_or_default().trim().to_owned())
}
