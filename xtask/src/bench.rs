//! `cargo xtask bench`: hands over to the package `bench`, which is not built otherwise.

use crate::run::{cargo, show};
use crate::setup;

/// Those that start servers of their own.
const WITH_SERVERS: [&str; 3] = ["mysql", "linkbench", "degraded"];

/// The one that asks servers with wrk.
const WITH_WRK: &str = "http";

/// Runs a comparison.
///
/// # Errors
/// When it does not exist or fails, or what it takes besides is missing: MariaDB, or wrk.
pub(crate) fn run(name: &str, quick: bool, json: bool) -> Result<(), String> {
    if WITH_SERVERS.contains(&name) {
        let mariadb = setup::mariadb()?;
        eprintln!("it starts private servers of {mariadb}");
    }
    if name == WITH_WRK {
        let wrk = setup::wrk()?;
        eprintln!("servers are asked with {wrk}");
    }
    // With the programs that a comparison runs beside itself.
    show(&mut cargo(&["build", "--release", "--package", "bench", "--bins", "--locked"]))?;
    let mut command = cargo(&["run", "--release", "--package", "bench", "--locked", "--", name]);
    if quick {
        command.arg("--quick");
    }
    if json {
        command.arg("--json");
    }
    show(&mut command)
}
