//! MariaDB, whose servers the tests start for themselves.

use testkit::programs;

use super::apt;

/// What is run as root, in the workspace.
const INSTALL: &str = "xtask/src/setup/install-mariadb.sh";
const PACKAGES: &str = "mariadb-server and galera-4 (no server is started for the machine)";

/// Makes sure that tests can start MariaDB servers and Galera groups, and says which.
///
/// # Errors
/// When something is missing and cannot be installed; the message says how to do it by hand.
pub(crate) fn mariadb() -> Result<String, String> {
    // A path that somebody set is theirs to put right.
    let chosen = [programs::MARIADBD, programs::GALERA].iter().any(|name| std::env::var_os(name).is_some());
    match found() {
        Err(missing) if !chosen => {
            apt::install(INSTALL, PACKAGES, &missing)?;
            found()
        }
        found => found,
    }
}

fn found() -> Result<String, String> {
    let server = programs::mariadbd()?;
    for companion in ["mariadb", "mariadb-install-db"] {
        programs::companion(companion)?;
    }
    let galera = programs::galera()?;
    let version = programs::version(&server)?;
    Ok(format!("MariaDB {version} ({}, {})", server.display(), galera.display()))
}
