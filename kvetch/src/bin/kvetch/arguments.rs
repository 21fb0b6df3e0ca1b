//! The command line.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand};
use kvetch::{NodeId, Position, StoreUrl};

use crate::failure::Failure;
use crate::output::Output;

const EXIT_CODES: &str = "Exit codes:
  0  done, and nothing to complain of
  1  the answer is no: drift was found (verify) or left (repair), a node is
     not there (show), a value does not fit (check-data), something could not
     be read, imported or copied
  2  it could not be done: a wrong command line, an error, an interruption";

const EXAMPLES: &str = "Examples:
  kvetch init --store 'file:data?shards=4' --schema schema.json
  kvetch status --store file:data
  kvetch show 019aa1b2-4c00-8123-9000-000000000000 --store file:data
  kvetch export --store file:data --out backup.jsonl
  kvetch import backup.jsonl --store 'file:copy?shards=8'
  kvetch copy file:data 'mysql://user@db1/app,mysql://user@db2/app'

--store is repeated for a store at several addresses, always in the same order.
KVETCH_STORE, with commas between addresses, stands for it where it is left out.";

/// Looks into a store, proves and mends it, and carries it elsewhere
#[derive(Debug, Parser)]
#[command(name = "kvetch", version, max_term_width = 80, after_help = EXIT_CODES, after_long_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub(crate) struct Cli {
    /// Where the store lies: `file:DIR`, `file:DIR?shards=N`, or `mysql://...` for each shard [env: KVETCH_STORE]
    #[arg(long, value_name = "URL", global = true)]
    pub(crate) store: Vec<String>,
    /// Print one JSON document (`ls`: JSON lines), and errors as JSON on standard error
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(Init),
    /// Say what a store is: shards, nodes, what is pending, its schema
    ///
    /// Nodes are counted exactly and now, by reading the index over their types on every shard. Nothing is written, and what is pending stays so.
    #[command(after_help = "Example:\n  kvetch status --store file:data")]
    Status,
    Show(Show),
    Ls(Ls),
    Verify(Check),
    /// Finish what is pending and bring everything derived back in step with the nodes
    ///
    /// Does what `verify` does, and mends what differs under the same locks as any write. Where nothing differs,
    /// nothing is written. Exit code 1 says that something is left.
    #[command(after_help = "Example:\n  kvetch repair --store file:data")]
    Repair(Check),
    CheckData(CheckData),
    Export(Export),
    Import(Import),
    Copy(Copy),
}

/// Make a store
///
/// Refused where there is one. A server that opens a store adds its own schema, so that the file is needed only by
/// those who fill a store without one.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  kvetch init --store 'file:data?shards=4' --schema schema.json")]
pub(crate) struct Init {
    /// The schema as JSON, in the shape that `kvetch status --json` prints under `schema`
    #[arg(long, value_name = "FILE.json")]
    pub(crate) schema: Option<PathBuf>,
}

/// Show a node: its props with their types, its edges both ways, its index entries
///
/// Says where it lies and what of it is pending. A node that was deleted is told apart from one that never was; both
/// are exit code 1.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  kvetch show 019aa1b2-4c00-8123-9000-000000000000 --store file:data")]
pub(crate) struct Show {
    /// The id of the node
    #[arg(value_name = "ID")]
    pub(crate) id: NodeId,
    /// How many edges of each type to show; all are counted
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) edges: u32,
}

/// List the nodes of a type, in the order of their ids
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  kvetch ls User --first 100 --store file:data")]
pub(crate) struct Ls {
    /// The type, by name or number
    #[arg(value_name = "TYPE")]
    pub(crate) node_type: String,
    /// How many
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) first: u64,
    /// The id to start behind
    #[arg(long, value_name = "ID")]
    pub(crate) after: Option<NodeId>,
}

/// Compare everything derived with the nodes
///
/// Reads every node and row once and writes nothing. What an unfinished write still has to change elsewhere is told
/// apart from drift. Exit code 1 says that drift was found.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  kvetch verify --rows-per-second 50000 --store file:data")]
pub(crate) struct Check {
    /// How many rows to read in a second, at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) rows_per_second: Option<u64>,
    /// Where an interrupted run stopped, as it said
    #[arg(long, value_name = "POSITION")]
    pub(crate) from: Option<Position>,
}

/// Compare what nodes hold with the types of a schema
///
/// Reads every node of the schema's types once and writes nothing. What does not fit would be an error where it is
/// read: look before a value becomes required or an enum loses one. Exit code 1 says that something does not fit.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  grapple print schema.graphql --stored > stored.json\n  \
    kvetch check-data stored.json --store file:data")]
pub(crate) struct CheckData {
    /// What the schema stores, as `grapple print --stored` prints it
    #[arg(value_name = "FILE.json")]
    pub(crate) file: PathBuf,
}

/// Write all nodes and stored edges as JSON lines
///
/// Each node is written as it was at one moment between the beginning and the end, and each edge likewise, but not
/// all at the same moment. What is derived from nodes is left out: an import derives it again. Deleted nodes leave
/// nothing. An embedded store belongs to one process, so that its server is stopped for the time.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  kvetch export --store file:data --out backup.jsonl\n  \
    kvetch export --store file:data | zstd > backup.jsonl.zst")]
pub(crate) struct Export {
    /// The file to write, instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Go on after the last whole line of FILE
    #[arg(long, requires = "out")]
    pub(crate) resume: bool,
}

/// Put the nodes and stored edges of an export into a store
///
/// Ids, versions, times and places stay what they were. What is there already, just so, is left: after an
/// interruption the same command goes on. What is there in another state is named and left, exit code 1. The store
/// is made if there is none.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  kvetch import backup.jsonl --store 'file:copy?shards=8'\n  \
    zstdcat backup.jsonl.zst | kvetch import - --store file:copy")]
pub(crate) struct Import {
    /// The export; `-` for standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// Copy a store to other addresses: another engine, another number of shards
///
/// FROM and TO are an address each, or several with commas between, in the order of the shards; `env:NAME` stands for
/// the value of a variable, which keeps passwords off the list of processes. TO is made if it is not there; else it has to be empty, or a copy of FROM that was interrupted: the same command goes on with it. Ids,
/// versions, times and places stay what they were; deleted nodes leave nothing. At the end both stores are read and
/// compared, and what is derived in the copy is verified. Nobody may write to FROM meanwhile.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  kvetch copy file:data 'file:wide?shards=16'\n  \
    kvetch copy file:data 'mysql://user@db1/app,mysql://user@db2/app'")]
pub(crate) struct Copy {
    /// The store that is there
    #[arg(value_name = "FROM")]
    pub(crate) from: String,
    /// Where it is to be
    #[arg(value_name = "TO")]
    pub(crate) to: String,
}

/// The command line, or how to end because of it.
pub(crate) fn read() -> Result<Cli, ExitCode> {
    Cli::try_parse().map_err(|error| {
        let asks_for_help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
        let wants_json = std::env::args_os().any(|argument| argument == "--json");
        if wants_json && !asks_for_help {
            let text = without_secrets(error.render().to_string());
            return Output::new(true).failed(&Failure::usage(text.trim_start_matches("error: ").trim_end()));
        }
        // When nobody reads it there is nobody to tell.
        let plain = error.render().to_string();
        match without_secrets(plain.clone()) {
            text if text != plain => drop(std::io::stderr().write_all(text.as_bytes())),
            _ => drop(error.print()),
        }
        if asks_for_help { ExitCode::SUCCESS } else { ExitCode::from(2) }
    })
}

/// A complaint repeats the arguments, and an address among them may carry a password.
fn without_secrets(complaint: String) -> String {
    std::env::args_os().fold(complaint, |complaint, argument| {
        let argument = argument.to_string_lossy();
        complaint.replace(&*argument, &StoreUrl::without_secrets(&argument))
    })
}
