//! The server: `cargo run`.

mod log;
// otel: mod otel;
mod viewer;

use std::process::ExitCode;

use CRATE::graph::generated::TABLE;
use clap::Parser;
use kvetch::{Options, StoreUrl};
use pent::cli::Settings;
use pent::{Error, Result, http};

use viewer::Tokens;

/// Serves GraphQL over a store.
#[derive(Debug, Parser)]
struct Cli {
    /// Where the data lies: file:DIR?shards=N, memory:?shards=N, or mysql://USER:PASSWORD@HOST:PORT/DATABASE for each
    /// shard.
    #[arg(long, value_name = "URL", default_value = "file:./data")]
    store: Vec<String>,
    /// A token and whose it is, such as s3cret=ada; several apart by commas.
    #[arg(long, env = "TOKENS", hide_env_values = true, value_name = "TOKEN=NAME", value_delimiter = ',')]
    token: Vec<String>,
    #[command(flatten)]
    settings: Settings,
}

#[tokio::main]
async fn main() -> ExitCode {
    match serve(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(cli: Cli) -> Result<()> {
    let settings = cli.settings.with_file()?;
    log::start(settings.log())?;
    // Read here, since complaints of the command line repeat what they are about, passwords and all.
    let urls = cli.store.iter().map(|url| url.parse()).collect::<kvetch::Result<Vec<StoreUrl>>>()?;
    let mut options = Options::default();
    options.cache_bytes = settings.cache_bytes(&urls);
    let kvetch = pent::open_with(&urls, &TABLE, options).await?;
    let listener = tokio::net::TcpListener::bind(settings.listen())
        .await
        .map_err(|error| Error::internal(format_args!("could not listen on {}: {error}", settings.listen())))?;
    eprintln!("serving http://{}/graphql (ctrl-c stops)", listener.local_addr().map_err(Error::internal)?);
    let tokens = Tokens::read(&cli.token)?;
    let mut service = http::Service::new(settings.schema(&TABLE)?, kvetch.clone())
        .scopes(move |head, scope| viewer::of(head, scope, tokens.clone()))
        .probes()
        .origins(settings.origins())?;
    if !settings.is_production() {
        service = service.explain().explorer(true);
    }
    if let Some(slow) = settings.slow() {
        service = service.log_slower_than(slow);
    }
    http::serve(listener, service.router(), stop()).await.map_err(Error::internal)?;
    kvetch.close().await?;
    // otel: otel::end();
    Ok(())
}

/// Ready when the process is asked to end, by ctrl-c or by whoever runs it.
async fn stop() {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate()).expect("the process may listen for signals");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
