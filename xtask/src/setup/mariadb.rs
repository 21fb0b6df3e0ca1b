//! MariaDB, whose servers the tests start for themselves.

use std::process::Command;

use testkit::programs;

use super::answers;
use crate::run::{show, workspace};

/// What is run as root, in the workspace.
const INSTALL: &str = "xtask/src/setup/install-mariadb.sh";

/// Makes sure that tests can start MariaDB servers and Galera groups, and says which.
///
/// # Errors
/// When something is missing and cannot be installed; the message says how to do it by hand.
pub(crate) fn mariadb() -> Result<String, String> {
    // A path that somebody set is theirs to put right.
    let chosen = [programs::MARIADBD, programs::GALERA].iter().any(|name| std::env::var_os(name).is_some());
    match found() {
        Err(missing) if !chosen => {
            install(&missing)?;
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

fn install(missing: &str) -> Result<(), String> {
    if !answers(Command::new("apt-get").arg("--version")) {
        return Err(missing.to_owned());
    }
    eprintln!("{missing}");
    eprintln!("installing the packages mariadb-server and galera-4; no server is started for the machine");
    let by_hand = |error| format!("{error}; install mariadb-server and galera-4 by hand: {missing}");
    show(as_root(&["sh", INSTALL]).current_dir(workspace())).map_err(by_hand)
}

/// A command that runs as root: by sudo, which may ask, when we are not.
fn as_root(words: &[&str]) -> Command {
    let user = Command::new("id").arg("-u").output();
    let root = user.is_ok_and(|user| user.stdout.trim_ascii() == b"0");
    let mut command = Command::new(if root { words[0] } else { "sudo" });
    command.args(if root { &words[1..] } else { words });
    command
}
