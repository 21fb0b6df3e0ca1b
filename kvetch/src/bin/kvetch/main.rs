//! The command `kvetch`: looks into a store, proves and mends it, and carries it elsewhere.
//!
//! Everything goes through the public interface of the library.

mod failure;
mod arguments;
mod json;
mod output;
mod progress;
mod interrupt;
mod place;
mod names;
mod init;
mod status;
mod show;
mod list;
mod check;
mod transfer;
mod merged;
mod check_data;
mod sections;
mod resume;
mod tally;
mod restoring;
mod target;
mod export;
mod import;
mod copy;

use std::process::ExitCode;

use arguments::{Cli, Command};
use failure::{Answer, Failure};
use output::Output;

fn main() -> ExitCode {
    let cli = match arguments::read() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let output = Output::new(cli.json);
    output.log();
    let done = runtime().and_then(|runtime| runtime.block_on(run(&cli, &output)));
    match done {
        Ok(answer) => answer.into(),
        Err(failure) => output.failed(&failure),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::from)
}

async fn run(cli: &Cli, output: &Output) -> Result<Answer, Failure> {
    if let Command::Copy(arguments) = &cli.command {
        place::refuse_named(&cli.store)?;
        return copy::run(arguments, output).await;
    }
    let urls = place::addresses(&cli.store)?;
    match &cli.command {
        Command::Init(arguments) => init::run(&urls, arguments, output).await,
        Command::Status => status::run(&urls, output).await,
        Command::Show(arguments) => show::run(&urls, arguments, output).await,
        Command::Ls(arguments) => list::run(&urls, arguments, output).await,
        Command::Verify(arguments) => check::verify(&urls, arguments, output).await,
        Command::Repair(arguments) => check::repair(&urls, arguments, output).await,
        Command::CheckData(arguments) => check_data::run(&urls, arguments, output).await,
        Command::Export(arguments) => export::run(&urls, arguments, output).await,
        Command::Import(arguments) => import::run(&urls, arguments, output).await,
        Command::Copy(_) => unreachable!("it has two stores, and went its way above"),
    }
}
