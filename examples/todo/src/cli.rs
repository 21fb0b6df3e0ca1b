//! What can be written on the command line.

use clap::{Args, Parser, Subcommand};
use kvetch::StoreUrl;
use pent::cli::{Explain, Settings};

/// Where the data lies if nothing else is said.
const STORE: &str = "file:./data/todo";

/// Columns of the help on a wide terminal; on a narrow one it takes what there is.
const HELP_COLUMNS: usize = 100;

/// A GraphQL server for todo lists.
///
/// Without a command it serves http://127.0.0.1:8080/graphql over a store in ./data/todo, which it creates.
#[derive(Debug, Parser)]
#[command(version, max_term_width = HELP_COLUMNS)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// Where the data lies: file:DIR?shards=N, memory:?shards=N or mysql://USER:PASSWORD@HOST:PORT/DATABASE, one for
    /// each shard.
    // Every command has it, so its help stands apart from their own options.
    #[arg(long, global = true, value_name = "URL", default_value = STORE, help_heading = "Store")]
    pub(crate) store: Vec<StoreUrl>,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fills the store with example data; the same numbers and random seed write the same data.
    Seed(Seed),
    /// Says what a query does, without running it: its steps, what each runs over, and the rounds.
    Explain(Explain),
}

#[derive(Debug, Args)]
pub(crate) struct Seed {
    /// How many users.
    #[arg(long, default_value_t = 200)]
    pub(crate) users: usize,
    /// How many lists each user has.
    #[arg(long, default_value_t = 10)]
    pub(crate) lists: usize,
    /// How many items each list has.
    #[arg(long, default_value_t = 5)]
    pub(crate) items: usize,
    /// Another number writes other data.
    #[arg(long, default_value_t = 1)]
    pub(crate) random_seed: u64,
}

impl Cli {
    /// What was written, or the end of the process: with help, or with a complaint. That repeats what it is about, and
    /// an address may have a password in it.
    pub(crate) fn from_arguments() -> Self {
        let arguments = std::env::args().collect::<Vec<_>>();
        Self::try_parse_from(&arguments).unwrap_or_else(|error| {
            let plain = error.render().to_string();
            let told = without_secrets(&plain, &arguments);
            if told == plain {
                error.exit();
            }
            eprint!("{told}");
            std::process::exit(error.exit_code());
        })
    }

    /// The addresses of the store, for people.
    pub(crate) fn stores(&self) -> String {
        self.store.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    /// The first part of the store that is gone when the process ends.
    pub(crate) fn memory(&self) -> Option<&StoreUrl> {
        self.store.iter().find(|url| matches!(url, StoreUrl::Memory { .. }))
    }

    /// The command that serves this store.
    pub(crate) fn serve_command(&self) -> String {
        let mut command = "cargo run -p todo".to_owned();
        if self.stores() != STORE {
            command.push_str(" --");
            // Shells take a question mark for a pattern.
            self.store.iter().for_each(|url| command.push_str(&format!(" --store '{url}'")));
        }
        command
    }
}

fn without_secrets(complaint: &str, arguments: &[String]) -> String {
    let hidden = |complaint: String, argument: &String| {
        // `--store=URL` is repeated without its beginning.
        let value =
            argument.split_once('=').filter(|_| argument.starts_with("--")).map_or(&**argument, |(_, value)| value);
        complaint.replace(value, &StoreUrl::without_secrets(value))
    };
    arguments.iter().filter(|argument| argument.contains('@')).fold(complaint.to_owned(), hidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Cli, String> {
        Cli::try_parse_from(["todo"].iter().chain(arguments)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_store_that_is_no_address_is_refused_with_the_address_it_may_have_meant() {
        let refused = parse(&["--store", "./data"]).expect_err("it has no scheme");
        assert!(refused.contains("file:./data"), "{refused}");
    }

    /// The complaint about an address repeated it, with the password in it.
    #[test]
    fn a_complaint_tells_no_password() {
        for arguments in [
            ["todo", "--store", "mysql://root:hunter2@db:port/x"].as_slice(),
            ["todo", "--store=mysql://root:hunter2@db:port/x"].as_slice(),
        ] {
            let complaint = Cli::try_parse_from(arguments).expect_err("the port is no number").to_string();
            let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect::<Vec<_>>();
            let told = without_secrets(&complaint, &arguments);
            assert!(!told.contains("hunter2") && told.contains("db:port"), "{told}");
        }
    }

    /// The command that seeding printed served the default store, wherever the data had gone.
    #[test]
    fn the_command_to_serve_with_names_the_store() {
        let command = |arguments: &[&str]| parse(arguments).expect("the arguments are valid").serve_command();
        assert_eq!(command(&["seed"]), "cargo run -p todo");
        assert_eq!(command(&["seed", "--store", "file:x?shards=4"]), "cargo run -p todo -- --store 'file:x?shards=4'");
        assert_eq!(
            command(&["--store", "file:a", "--store", "file:b"]),
            "cargo run -p todo -- --store 'file:a' --store 'file:b'"
        );
    }
}
