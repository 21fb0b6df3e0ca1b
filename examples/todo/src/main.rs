//! The todo server: `cargo run -p todo`.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use kvetch::{Kvetch, StoreUrl};
use pent::{Result, Schema, http};
use todo::graph::generated::TABLE;
use todo::progress::Progress;
use todo::seed::{Amount, seed};

/// A GraphQL server for todo lists.
///
/// Without a command it serves http://127.0.0.1:8080/graphql over a store in ./data/todo, which it creates.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Where the data lies: file:DIR?shards=N or memory:?shards=N.
    #[arg(long, global = true, value_name = "URL", default_value = "file:./data/todo")]
    store: Vec<StoreUrl>,
    /// The address to serve on.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Fills the store with example data; the same numbers and random seed write the same data.
    Seed(Seed),
}

#[derive(Debug, Args)]
struct Seed {
    /// How many users.
    #[arg(long, default_value_t = 200)]
    users: usize,
    /// How many lists each user has.
    #[arg(long, default_value_t = 10)]
    lists: usize,
    /// How many items each list has.
    #[arg(long, default_value_t = 5)]
    items: usize,
    /// Another number writes other data.
    #[arg(long, default_value_t = 1)]
    random_seed: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal()).init();
    let cli = Cli::parse();
    let done = match &cli.command {
        None => serve(&cli).await,
        Some(Command::Seed(arguments)) => fill(&cli, arguments).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(cli: &Cli) -> Result<()> {
    let kvetch = pent::open(&cli.store, &TABLE).await?;
    let listener = tokio::net::TcpListener::bind(cli.listen).await.map_err(|error| {
        pent::Error::internal(format_args!(
            "could not listen on {}: {error}; --listen takes another address",
            cli.listen
        ))
    })?;
    let address = listener.local_addr().map_err(pent::Error::internal)?;
    eprintln!("serving http://{address}/graphql over {} (ctrl-c stops)", stores(cli));
    let router = http::router(Schema::new(&TABLE), kvetch.clone());
    http::serve(listener, router, stop()).await.map_err(pent::Error::internal)?;
    eprintln!("stopped");
    Ok(kvetch.close().await?)
}

/// Ready when the process is asked to end.
async fn stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).expect("a runtime with signals");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

async fn fill(cli: &Cli, arguments: &Seed) -> Result<()> {
    let Seed { users, lists, items, random_seed } = *arguments;
    let amount = Amount { users, lists, items };
    let kvetch = pent::open(&cli.store, &TABLE).await?;
    let progress = Progress::new(amount.nodes());
    let seeded = seed(&kvetch, amount, random_seed, |written| progress.advance(written)).await;
    progress.finish();
    let seeded = match seeded {
        Ok(seeded) => seeded,
        Err(error) if error.is_conflict() => {
            return Err(pent::Error::internal(format_args!(
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
fn report(cli: &Cli, amount: Amount, seeded: &todo::seed::Seeded) {
    let Amount { users, lists, items } = amount;
    println!("wrote {users} users, {} lists and {} items to {}", users * lists, users * lists * items, stores(cli));
    let examples = [("user", &seeded.users), ("list", &seeded.first_lists), ("item", &seeded.first_items)];
    for (what, ids) in examples {
        ids.iter().take(3).for_each(|id| println!("  {what} {id}"));
    }
    if let Some(user) = seeded.users.first() {
        println!("try, beside a running server:");
        println!("  curl http://127.0.0.1:8080/graphql -H 'content-type: application/json' \\");
        println!("    -d '{{\"query\":\"{{ todoUser(id: \\\"{user}\\\") {{ name todoLists {{ name }} }} }}\"}}'");
    }
}

fn stores(cli: &Cli) -> String {
    cli.store.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
