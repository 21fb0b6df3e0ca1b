//! The todo server: `cargo run -p todo`.

mod cli;
mod metrics;
mod signals;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use kvetch::{BackgroundRepair, Kvetch, Options};
use pent::cli::{Explain, LogFormat, Settings};
use pent::{Error, Result, Schema, http};
use todo::graph::generated::TABLE;
use todo::progress::Progress;
use todo::seed::{Amount, Seeded, seed};

use cli::{Cli, Command, Seed};
use metrics::Metrics;
use signals::Signals;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::from_arguments();
    let settings = match cli.settings.clone().with_file() {
        Ok(settings) => settings,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    log(settings.log());
    let done = match &cli.command {
        None => serve(&cli, &settings).await,
        Some(Command::Seed(arguments)) => fill(&cli, arguments).await,
        Some(Command::Explain(query)) => explain(query),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// How often a server compares what is derived with the nodes, and mends what differs.
const REPAIR_EVERY: Duration = Duration::from_secs(6 * 3600);

/// Writes the log to standard error.
fn log(format: LogFormat) {
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => log.json().init(),
    }
}

async fn serve(cli: &Cli, settings: &Settings) -> Result<()> {
    let schema = settings.schema(&TABLE)?;
    let mut options = Options::default();
    options.repair = Some(BackgroundRepair::every(REPAIR_EVERY));
    options.cache_bytes = settings.cache_bytes(&cli.store);
    let kvetch = pent::open_with(&cli.store, &TABLE, options).await?;
    let listener = tokio::net::TcpListener::bind(settings.listen()).await.map_err(|error| {
        Error::internal(format_args!(
            "could not listen on {}: {error}; --listen takes another address",
            settings.listen()
        ))
    })?;
    let address = listener.local_addr().map_err(Error::internal)?;
    let signals = Signals::listen().map_err(Error::internal)?;
    eprintln!("serving http://{address}/graphql over {} (ctrl-c stops)", cli.stores());
    let metrics = Metrics::record()?;
    let mut service = http::Service::new(schema, kvetch.clone())
        .probes()
        .compressed()
        .metrics(move || metrics.text())
        .origins(settings.origins())?;
    if !settings.is_production() {
        service = service.explain().explorer(true);
        eprintln!("a page to ask it with: http://{address}/");
    }
    if let Some(slow) = settings.slow() {
        service = service.log_slower_than(slow);
    }
    http::serve(listener, service.router(), signals.stop()).await.map_err(Error::internal)?;
    eprintln!("stopped");
    Ok(kvetch.close().await?)
}

#[expect(clippy::print_stdout, reason = "the explanation is the command's output")]
fn explain(query: &Explain) -> Result<()> {
    print!("{}", query.run(&Schema::new(&TABLE))?);
    Ok(())
}

async fn fill(cli: &Cli, arguments: &Seed) -> Result<()> {
    let Seed { users, lists, items, random_seed } = *arguments;
    let amount = Amount { users, lists, items };
    // What cannot be done is refused before a store is made for it.
    let nodes = amount.nodes()?;
    if let Some(memory) = cli.memory() {
        return Err(Error::internal(format_args!(
            "`{memory}` holds nothing once this command has ended; write --store file:DIR to keep the data"
        )));
    }
    let kvetch = pent::open(&cli.store, &TABLE).await?;
    let progress = Progress::new(nodes);
    let seeded = seed(&kvetch, amount, random_seed, |written| progress.advance(written)).await;
    progress.finish();
    let seeded = match seeded {
        Ok(seeded) => seeded,
        Err(error) if error.is_conflict() => {
            return Err(Error::internal(format_args!(
                "{error}: the store holds this data already; --random-seed {} adds other data",
                random_seed.wrapping_add(1)
            )));
        }
        Err(error) => return Err(error),
    };
    report(cli, amount, &seeded);
    Ok(Kvetch::close(kvetch).await?)
}

#[expect(clippy::print_stdout, reason = "the summary is the command's output")]
fn report(cli: &Cli, amount: Amount, seeded: &Seeded) {
    let Amount { users, lists, items } = amount;
    println!("wrote {users} users, {} lists and {} items to {}", users * lists, users * lists * items, cli.stores());
    let examples = [("user", &seeded.users), ("list", &seeded.first_lists), ("item", &seeded.first_items)];
    for (what, ids) in examples {
        ids.iter().take(3).for_each(|id| println!("  {what} {id}"));
    }
    if let Some(user) = seeded.users.first() {
        println!("serve it:");
        println!("  {}", cli.serve_command());
        println!("and try, beside it:");
        println!("  curl http://{}/graphql -H 'content-type: application/json' \\", pent::cli::LISTEN);
        println!("    -d '{{\"query\":\"{{ todoUser(id: \\\"{user}\\\") {{ name todoLists {{ name }} }} }}\"}}'");
    }
}
