//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use grapple::Accepted;

use crate::exit;

const EXAMPLES: &str = "Examples:
  grapple generate schema.graphql --out src/graph
  grapple check schema/ --out src/graph
  grapple print schema.graphql > client.graphql
  grapple new shop --path ../graphscale";

const GENERATE: &str = "Examples:
  grapple generate schema.graphql --out src/graph
  grapple generate schema/ more.graphql --out src/graph
  grapple generate schema/ --out src/graph --accept G804:TodoItem.dueAt

Exit codes:
  0  done
  1  mistakes in the schema, in custom.rs or in the lock; nothing was written
  2  a wrong command line, or a file that cannot be read or written
  3  the lock speaks against a change; nothing was written";

const CHECK: &str = "Examples:
  grapple check schema.graphql --out src/graph
  grapple check schema/ --out src/graph --format json

Exit codes:
  0  all of it is as the schema says
  1  a file is stale: `grapple generate` would write
  2  generated.rs was edited by hand
  3  the lock speaks against a change that clients or stored data would not
     survive
  4  mistakes in the schema, in custom.rs or in the lock
  5  a wrong command line, or a file that cannot be read";

const PRINT: &str = "Examples:
  grapple print schema.graphql > client.graphql
  grapple print schema/ --stored > stored.json";

const EXPAND: &str = "\
Example:
  grapple expand schema.graphql > explicit.graphql

Exit codes: 0 printed, 1 mistakes in the schema, 2 a wrong command line or an
unreadable file";

const NEW: &str = "Example:
  grapple new shop --path ../graphscale";

const DEV: &str = "Examples:
  grapple dev schema.graphql --out src/graph
  grapple dev schema/ --out src/graph -- --store memory:";

const COMPLETIONS: &str = "Example:
  grapple completions bash > /etc/bash_completion.d/grapple";

/// Annotated GraphQL schema in, Rust out
#[derive(Debug, Parser)]
#[command(name = "grapple", version, max_term_width = 80, after_help = EXAMPLES)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Generate(Generate),
    Check(Check),
    Print(Print),
    Expand(Expand),
    New(New),
    Dev(Dev),
    Completions(Completions),
}

impl Command {
    /// Whether programs read what it says.
    pub(crate) fn speaks_json(&self) -> bool {
        let format = match self {
            Self::Generate(arguments) => arguments.format,
            Self::Check(arguments) => arguments.format,
            Self::Print(arguments) => arguments.format,
            Self::Expand(arguments) => arguments.format,
            Self::New(_) | Self::Dev(_) | Self::Completions(_) => Format::Text,
        };
        format == Format::Json
    }
}

/// Generate the Rust module of a schema
///
/// Writes `generated.rs` whole, and creates `mod.rs` and `custom.rs` when they are absent. `custom.rs` is yours: impls
/// that it lacks are appended, nothing else is touched. The lock remembers what clients and stored data rely on. On
/// any mistake, and on a change that either would not survive, nothing is written.
#[derive(Debug, Args)]
#[command(after_help = GENERATE)]
pub(crate) struct Generate {
    #[command(flatten)]
    pub(crate) module: Module,
    /// Let a change through that the lock speaks against, by the name that it was reported with; `api` for all that
    /// breaks clients alone
    #[arg(long, value_name = "CHANGE", conflicts_with = "no_lock")]
    pub(crate) accept: Vec<Accepted>,
    /// How to speak
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// Say whether the files are as the schema says, and whether clients and stored data survive it
///
/// Writes nothing.
#[derive(Debug, Args)]
#[command(after_help = CHECK)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) module: Module,
    /// How to speak
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// A schema, and where its module lies.
#[derive(Debug, Args)]
pub(crate) struct Module {
    /// The schema: files, and directories with all `*.graphql`, `*.graphqls` and `*.gql` files below them
    #[arg(value_name = "SCHEMA", required = true)]
    pub(crate) schema: Vec<PathBuf>,
    /// The directory of the module; created when absent
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// The lock, instead of `graphscale.lock` beside the schema
    #[arg(long, value_name = "FILE", conflicts_with = "no_lock")]
    pub(crate) lock: Option<PathBuf>,
    /// Neither read nor write a lock
    #[arg(long)]
    pub(crate) no_lock: bool,
}

/// How to speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// To people
    Text,
    /// One JSON document on standard output
    Json,
}

/// Print the schema that clients see, sorted, without grapple's own directives
///
/// It is what the served schema says of itself: for programs that generate the types of clients.
#[derive(Debug, Args)]
#[command(after_help = PRINT)]
pub(crate) struct Print {
    /// The schema: files and directories
    #[arg(value_name = "SCHEMA", required = true)]
    pub(crate) schema: Vec<PathBuf>,
    /// Print what the entities store instead, as JSON, for `kvetch check-data`
    #[arg(long)]
    pub(crate) stored: bool,
    /// How to report mistakes
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// Print the schema with what its directives stand for written out
///
/// What `@pent(crud:)` derives is added below the text of the schema, which stays as it is.
#[derive(Debug, Args)]
#[command(after_help = EXPAND)]
pub(crate) struct Expand {
    /// The schema: files and directories
    #[arg(value_name = "SCHEMA", required = true)]
    pub(crate) schema: Vec<PathBuf>,
    /// How to report mistakes
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// Make a project that runs: a schema, a server for it, a test
///
/// The crates of Graphscale are not published yet, so that the project takes them from a checkout.
#[derive(Debug, Args)]
#[command(after_help = NEW)]
pub(crate) struct New {
    /// The directory to make; its name is that of the package
    #[arg(value_name = "NAME")]
    pub(crate) directory: PathBuf,
    /// A checkout of Graphscale
    #[arg(long, value_name = "DIR")]
    pub(crate) path: PathBuf,
}

/// Generate, build and run the project again whenever something changes
///
/// Looks at the schema, `src` and `Cargo.toml` of the current directory. Where the schema or the program has a mistake,
/// the server that runs goes on. What follows `--` are arguments of the server.
#[derive(Debug, Args)]
#[command(after_help = DEV)]
pub(crate) struct Dev {
    #[command(flatten)]
    pub(crate) module: Module,
    /// Have cargo keep off the network
    #[arg(long)]
    pub(crate) offline: bool,
    /// Arguments of the server
    #[arg(last = true, value_name = "ARGUMENTS")]
    pub(crate) arguments: Vec<String>,
}

/// Print a script that completes this command in a shell
#[derive(Debug, Args)]
#[command(after_help = COMPLETIONS)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: Shell,
}

/// The command, or how to end because of the command line.
pub(crate) fn read() -> Result<Command, ExitCode> {
    CommandLine::try_parse().map(|line| line.command).map_err(|error| {
        // When nobody reads it there is nobody to tell.
        drop(error.print());
        let asks_for_help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
        let is_check = std::env::args_os().nth(1).is_some_and(|command| command == "check");
        match (asks_for_help, is_check) {
            (true, _) => ExitCode::SUCCESS,
            (false, true) => ExitCode::from(exit::CHECK_UNUSABLE),
            (false, false) => ExitCode::from(exit::UNUSABLE),
        }
    })
}

/// The command line as data.
pub(crate) fn command() -> clap::Command {
    CommandLine::command()
}
