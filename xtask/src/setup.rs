//! What the tests need besides cargo, installed where it is missing.

mod apt;
mod browser;
mod mariadb;
mod node;
mod npm;
mod wrk;

pub(crate) use browser::browser;
pub(crate) use mariadb::mariadb;
pub(crate) use node::node;
pub(crate) use wrk::wrk;

use std::process::{Command, Stdio};

use crate::run::show;

/// Parts of the Rust toolchain that a minimal installation lacks.
const COMPONENTS: [(&str, &str); 2] = [("rustfmt", "fmt"), ("clippy", "clippy")];

/// Makes sure that the tools of the tests are there.
///
/// # Errors
/// When one is missing and cannot be installed; the message says how to do it by hand.
pub(crate) fn tools() -> Result<(), String> {
    for (component, subcommand) in COMPONENTS {
        if !answers(Command::new("cargo").args([subcommand, "--version"])) {
            eprintln!("{component} is missing: installing it with rustup");
            show(Command::new("rustup").args(["component", "add", component]))
                .map_err(|error| format!("{error}; install the toolchain's component {component} by hand"))?;
        }
    }
    Ok(())
}

fn answers(command: &mut Command) -> bool {
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}
