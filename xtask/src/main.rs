//! The chores of this workspace, behind `cargo xtask`.

mod bench;
mod run;
mod progress;
mod setup;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The chores of this workspace.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Checks formatting, lints and documentation, and runs all tests. Installs what is missing, saying so.
    Test {
        /// Runs the campaigns whole: the same tests with many more cases.
        #[arg(long)]
        long: bool,
    },
    /// Runs one comparison of `bench/` and prints its figures.
    Bench {
        /// Which one; `cargo xtask bench list` names them.
        name: String,
        /// Fewer and shorter rounds: shows that it runs, proves nothing.
        #[arg(long)]
        quick: bool,
        /// Prints a list of `{name, value, unit, bound, holds}` on standard output.
        #[arg(long)]
        json: bool,
    },
}

fn main() -> ExitCode {
    let done = match Cli::parse().chore {
        Chore::Test { long } => test::run(long),
        Chore::Bench { name, quick, json } => bench::run(&name, quick, json),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
