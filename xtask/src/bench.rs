//! `cargo xtask bench`: hands over to the package `bench`, which is not built otherwise.

use crate::run::{cargo, show};
use crate::setup;

/// Those that start servers of their own.
const WITH_SERVERS: [&str; 3] = ["mysql", "linkbench", "degraded"];

/// Runs a comparison.
///
/// # Errors
/// When it does not exist or fails, or MariaDB is missing where it takes a server.
pub(crate) fn run(name: &str, quick: bool, json: bool) -> Result<(), String> {
    if WITH_SERVERS.contains(&name) {
        let mariadb = setup::mariadb()?;
        eprintln!("it starts private servers of {mariadb}");
    }
    let mut command = cargo(&["run", "--release", "--package", "bench", "--locked", "--", name]);
    if quick {
        command.arg("--quick");
    }
    if json {
        command.arg("--json");
    }
    show(&mut command)
}
