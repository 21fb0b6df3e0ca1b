//! `cargo xtask test`: everything that has to hold before a change lands.

use crate::progress::show_with_progress;
use crate::run::{cargo, show};
use crate::setup;

/// The variable that asks the tests for whole campaigns.
const LONG: &str = "GRAPHSCALE_LONG";

/// Runs all checks and tests; with `long`, the campaigns whole.
///
/// # Errors
/// The first check that fails.
pub(crate) fn run(long: bool) -> Result<(), String> {
    setup::tools()?;
    let mariadb = setup::mariadb()?;
    eprintln!("tests start private servers of {mariadb}");
    let node = setup::node()?;
    eprintln!("planned execution and the server are checked with {node}");
    let browser = setup::browser()?;
    eprintln!("the explorer is opened in {browser}");
    show(&mut cargo(&["fmt", "--all", "--", "--check"]))?;
    show(&mut cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--locked",
        "--",
        "-D",
        "warnings",
    ]))?;
    show(cargo(&["doc", "--no-deps", "--all-features", "--locked"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    let mut tests = cargo(&["test", "--all-features", "--locked"]);
    if long {
        // Whole campaigns print what they came to; else nobody would see it of tests that pass.
        show_with_progress(tests.env(LONG, "1").args(["--", "--show-output"]))?;
    } else {
        show(&mut tests)?;
    }
    eprintln!("\npent once more without its features: scopes need no runtime, and pent not tokio");
    let bare = ["--package", "pent", "--no-default-features", "--locked"];
    show(cargo(&["clippy", "--all-targets"]).args(bare).args(["--", "-D", "warnings"]))?;
    // The campaigns are the same, and have run.
    show(cargo(&["test"]).args(bare))?;
    let campaigns = if long { "whole" } else { "with small counts (--long runs them whole)" };
    eprintln!("\nall checks passed, with {mariadb}, {node} and {browser}; campaigns ran {campaigns}");
    Ok(())
}
