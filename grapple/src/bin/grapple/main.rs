//! The command `grapple`.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use grapple::{Change, Directory, File, SchemaFiles};

/// Annotated GraphQL schema in, Rust out.
#[derive(Debug, Parser)]
#[command(version, after_help = "Example:\n  grapple generate schema.graphql --out src/graph")]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Generate(Generate),
}

/// Generate the Rust module of a schema
///
/// Writes `generated.rs` whole, and creates `mod.rs` and `custom.rs` when they are absent. `custom.rs` is yours:
/// impls that it lacks are appended, nothing else is touched. On any mistake in the schema nothing is written.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  grapple generate schema.graphql --out src/graph\n  \
    grapple generate schema/ --out src/graph\n\n\
    Exit codes: 0 done, 1 mistakes in the schema or in custom.rs, 2 a wrong command line or an unreadable file")]
struct Generate {
    /// The schema: files, and directories with all `*.graphql`, `*.graphqls` and `*.gql` files below them
    #[arg(value_name = "SCHEMA", required = true)]
    schema: Vec<PathBuf>,
    /// The directory of the module; created when absent
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// A command line or a file that cannot be worked with.
const UNUSABLE: u8 = 2;

fn main() -> ExitCode {
    let Command::Generate(arguments) = CommandLine::parse().command;
    match generate(&arguments) {
        Ok(code) => code,
        Err(error) => {
            complain(&format!("error: {error}\n"));
            ExitCode::from(UNUSABLE)
        }
    }
}

fn generate(arguments: &Generate) -> io::Result<ExitCode> {
    let schema = SchemaFiles::read(&arguments.schema)?;
    let directory = Directory::read(&arguments.out)?;
    let generated = match grapple::generate(schema, &directory) {
        Ok(generated) => generated,
        Err(mistakes) => {
            let count = mistakes.len();
            let plural = if count == 1 { "" } else { "s" };
            complain(&format!("{mistakes}{count} mistake{plural} found; nothing was written\n"));
            return Ok(ExitCode::FAILURE);
        }
    };
    generated.write()?;
    complain(&generated.notes().to_string());
    let mut out = io::stdout().lock();
    generated.files().iter().try_for_each(|file| writeln!(out, "{}", outcome(file)))?;
    if generated.files().iter().all(|file| file.change == Change::Kept) {
        writeln!(out, "nothing was written: all of it is as the schema says")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn outcome(file: &File) -> String {
    let did = match file.change {
        Change::Created => "created",
        Change::Replaced => "wrote",
        Change::Appended => "appended to",
        Change::Kept => "left",
    };
    format!("{did} {}", file.path.display())
}

/// Writes to standard error; when that is closed there is nobody to tell.
fn complain(text: &str) {
    drop(io::stderr().write_all(text.as_bytes()));
}
