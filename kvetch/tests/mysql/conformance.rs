//! The kit, on MariaDB.

use kvetch::conformance::{Case, Failure, cases, check, check_these};
use kvetch::{StoreUrl, shards_at};
use tokio::sync::Mutex;

use crate::server::{Server, shared};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mysql_engine_conforms_on_one_server() {
    conforms(&[shared()]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mysql_engine_conforms_on_three_servers() {
    let others = [Server::start(), Server::start()];
    conforms(&[shared(), &others[0], &others[1]]).await;
}

/// One kit at a time: many of its cases run at once, and each waits only so long.
static TURN: Mutex<()> = Mutex::const_new(());

/// A store has one shard on each of the servers.
async fn conforms(servers: &[&Server]) {
    let _turn = TURN.lock().await;
    let make = || {
        let urls: Vec<StoreUrl> = servers.iter().flat_map(|server| server.databases(1)).collect();
        async move { shards_at(&urls).await }
    };
    let first = check(make).await;
    // Several cases share the servers, and a machine that is short of time may let one miss its deadline. It gets one more
    // turn, alone.
    let again: Vec<Case> =
        cases().into_iter().filter(|case| first.iter().any(|failure| failure.case == case.name)).collect();
    let mut failures = Vec::new();
    for case in again {
        eprintln!("{} failed beside others and is run alone", case.name);
        failures.extend(check_these(&[case], make).await);
    }
    let of = |failures: &[Failure]| {
        let lines = failures.iter().map(|Failure { case, reason }| format!("{case}: {reason}"));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert!(
        failures.is_empty(),
        "on {} servers:\n{}\nbefore, beside others:\n{}",
        servers.len(),
        of(&failures),
        of(&first)
    );
}
