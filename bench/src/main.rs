//! Comparisons with peers, side by side in one run: `cargo xtask bench NAME`.

mod compile;
mod contest;
mod database;
mod degraded;
mod executor;
mod figure;
mod http;
mod linkbench;
mod memory;
mod mysql;
mod scheduler;
mod storage;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::contest::Effort;

/// Runs one comparison and prints its figures.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask bench")]
struct Cli {
    /// Which one; `list` names them and says what they are.
    name: String,
    /// Fewer and shorter rounds: shows that it runs, proves nothing.
    #[arg(long)]
    quick: bool,
    /// Prints a list of `{name, value, unit, bound, holds}` on standard output.
    #[arg(long)]
    json: bool,
    /// Of the process that a comparison starts for a part of itself.
    #[arg(hide = true)]
    directory: Option<PathBuf>,
}

#[expect(clippy::print_stdout, reason = "figures are the output of a benchmark")]
fn main() -> ExitCode {
    let cli = Cli::parse();
    if let (storage::MEMORY_OF_VERIFY, Some(directory)) = (cli.name.as_str(), &cli.directory) {
        println!("{}", storage::memory_of_verify(directory));
        return ExitCode::SUCCESS;
    }
    if let (http::STAGES, Some(directory)) = (cli.name.as_str(), &cli.directory) {
        println!("{}", http::in_process(directory));
        return ExitCode::SUCCESS;
    }
    if let (http::SERVED, Some(directory)) = (cli.name.as_str(), &cli.directory) {
        http::serve(directory, |addresses| println!("{addresses}"));
        return ExitCode::SUCCESS;
    }
    let effort = if cli.quick { Effort::QUICK } else { Effort::FULL };
    if cli.name == compile::MEMORY_OF_COMPILE {
        println!("{}", compile::own_memory(effort));
        return ExitCode::SUCCESS;
    }
    let figures = match cli.name.as_str() {
        "compile" => compile::run(effort),
        "executor" => executor::run(effort),
        "http" => http::run(effort),
        "linkbench" => linkbench::run(effort),
        "mysql" => mysql::run(effort),
        "scheduler" => scheduler::run(effort),
        "storage" => storage::run(effort),
        "degraded" => degraded::run(effort),
        "list" => {
            println!("compile   grapple over a schema as large as the largest public ones; building what it generates");
            println!("executor  planned execution against juniper, async-graphql and serde_json");
            println!("scheduler batching against dataloader, async-graphql's loader and ultra-batch");
            println!("http      the todo view over HTTP against juniper_axum and async-graphql-axum, and overload");
            println!("linkbench LinkBench's mix over Kvetch against bare prepared statements, 8 and 20 requesters");
            println!("mysql     the engine over MySQL servers against the best statements by hand, and bulk writes");
            println!("storage   the embedded engine against its own statements, and group commit");
            println!("degraded  requests to healthy MySQL shards while another one is away");
            return ExitCode::SUCCESS;
        }
        other => {
            eprintln!("error: there is no comparison {other:?}; `cargo xtask bench list` names them");
            return ExitCode::FAILURE;
        }
    };
    if cli.json {
        println!("{}", figure::to_json(&figures));
    } else {
        print!("{}", figure::to_text(&figures));
    }
    ExitCode::SUCCESS
}
