//! `cargo xtask bench`: hands over to the package `bench`, which is not built otherwise.

use crate::run::{cargo, show};

/// Runs a comparison.
///
/// # Errors
/// When it does not exist or fails.
pub(crate) fn run(name: &str, quick: bool, json: bool) -> Result<(), String> {
    let mut command = cargo(&["run", "--release", "--package", "bench", "--locked", "--", name]);
    if quick {
        command.arg("--quick");
    }
    if json {
        command.arg("--json");
    }
    show(&mut command)
}
