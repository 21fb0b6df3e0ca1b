//! What a query does, without a store.

use std::io::Read;

use clap::Args;

use crate::error::{Error, Result};
use crate::schema::{Request, Schema};

/// Says what a query does, without running it: its steps, what each runs over, and the rounds.
///
/// A subcommand of the server's own:
///
/// ```
/// #[derive(clap::Subcommand)]
/// enum Command {
///     Explain(pent::cli::Explain),
/// }
/// ```
#[derive(Debug, Clone, Args)]
pub struct Explain {
    /// The document; `@FILE` reads it from a file, `-` from standard input.
    #[arg(value_name = "QUERY")]
    document: String,
    /// Which operation of the document, when it has several.
    #[arg(long, value_name = "NAME")]
    operation: Option<String>,
    /// Counts the statements over so many shards.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=4096))]
    shards: u32,
    /// Answers JSON.
    #[arg(long)]
    json: bool,
}

impl Explain {
    /// The answer to the command, for standard output.
    ///
    /// # Errors
    /// When the document cannot be read, or has no plan: all that is wrong with it, with lines and columns.
    pub fn run(&self, schema: &Schema) -> Result<String> {
        let request = Request { query: self.text()?, operation_name: self.operation.clone(), ..Request::default() };
        let explanation = schema.explain(&request);
        let explanation =
            explanation.map_err(|refused| Error::user("no_plan", format!("the query has no plan:\n{refused}")))?;
        Ok(match self.json {
            true => format!("{:#}\n", explanation.to_json(self.shards)),
            false => format!("{explanation}\n\n{}", explanation.rounds_over(self.shards)),
        })
    }

    fn text(&self) -> Result<String> {
        let unreadable = |what: &str, error| Error::user("unreadable", format!("{what} cannot be read: {error}"));
        match self.document.strip_prefix('@') {
            Some(file) => std::fs::read_to_string(file).map_err(|error| unreadable(file, error)),
            None if self.document == "-" => {
                let mut text = String::new();
                let read = std::io::stdin().read_to_string(&mut text);
                read.map_err(|error| unreadable("standard input", error))?;
                Ok(text)
            }
            None => Ok(self.document.clone()),
        }
    }
}
