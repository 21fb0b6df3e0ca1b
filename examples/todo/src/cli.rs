//! What can be written on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use kvetch::StoreUrl;
use pent::cli::Explain;

/// Where the server listens if nothing else is said.
pub(crate) const LISTEN: &str = "127.0.0.1:8080";

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
    /// The address to serve on: a host name or an IP address, and a port.
    #[arg(long, value_name = "HOST:PORT", default_value = LISTEN, value_parser = address)]
    pub(crate) listen: String,
    /// A manifest of operations that clients may name by their ids, as Apollo's tools or Relay's compiler write it.
    #[arg(long, value_name = "FILE")]
    pub(crate) operations: Option<PathBuf>,
    /// Answers no other operations.
    #[arg(long, requires = "operations")]
    pub(crate) only_persisted: bool,
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

/// Checks that an address has a port. Names are looked up when the server listens.
fn address(text: &str) -> Result<String, String> {
    let port = text.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port.parse::<u16>());
    match port {
        Some(Ok(_)) => Ok(text.to_owned()),
        _ => Err(format!("a host and a port are needed, such as {LISTEN} or localhost:8080")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Cli, String> {
        Cli::try_parse_from(["todo"].iter().chain(arguments)).map_err(|error| error.to_string())
    }

    /// Host names were refused as "invalid socket address syntax".
    #[test]
    fn an_address_to_listen_on_is_a_host_and_a_port() {
        for right in ["localhost:8080", "127.0.0.1:0", "[::1]:8080", "0.0.0.0:80"] {
            assert_eq!(parse(&["--listen", right]).map(|cli| cli.listen), Ok(right.to_owned()));
        }
        for wrong in ["localhost", "8080", ":8080", "localhost:", "localhost:http", "localhost:99999"] {
            let refused = parse(&["--listen", wrong]).expect_err("it lacks a host or a port");
            assert!(refused.contains("such as 127.0.0.1:8080 or localhost:8080"), "{refused}");
        }
    }

    #[test]
    fn a_store_that_is_no_address_is_refused_with_the_address_it_may_have_meant() {
        let refused = parse(&["--store", "./data"]).expect_err("it has no scheme");
        assert!(refused.contains("file:./data"), "{refused}");
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
