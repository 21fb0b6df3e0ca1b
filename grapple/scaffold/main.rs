//! The server: `cargo run`.

use std::process::ExitCode;

use CRATE::graph::generated::TABLE;
use clap::Parser;
use kvetch::StoreUrl;
use pent::{Error, Result, Schema, http};

/// Serves GraphQL over a store.
#[derive(Debug, Parser)]
struct Cli {
    /// Where the data lies: file:DIR?shards=N, memory:?shards=N, or mysql://USER:PASSWORD@HOST:PORT/DATABASE for each
    /// shard.
    #[arg(long, value_name = "URL", default_value = "file:./data")]
    store: Vec<StoreUrl>,
    /// The address to serve on.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8080")]
    listen: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    match serve(&Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(cli: &Cli) -> Result<()> {
    let kvetch = pent::open(&cli.store, &TABLE).await?;
    let listener = tokio::net::TcpListener::bind(&cli.listen)
        .await
        .map_err(|error| Error::internal(format_args!("could not listen on {}: {error}", cli.listen)))?;
    eprintln!("serving http://{}/graphql (ctrl-c stops)", listener.local_addr().map_err(Error::internal)?);
    let router = http::Service::new(Schema::new(&TABLE), kvetch.clone()).router();
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    http::serve(listener, router, stop).await.map_err(Error::internal)?;
    Ok(kvetch.close().await?)
}
