//! The kit, on MariaDB.

use kvetch::conformance::{Case, Failure, cases, check, check_these};
use kvetch::shards_at;
use tokio::sync::Mutex;

use crate::server::shared;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mysql_engine_conforms_on_one_database() {
    conforms(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mysql_engine_conforms_on_three_databases() {
    conforms(3).await;
}

/// One kit at a time: many of its cases run at once, and each waits only so long.
static TURN: Mutex<()> = Mutex::const_new(());

async fn conforms(shards: usize) {
    let _turn = TURN.lock().await;
    let make = || {
        let urls = shared().databases(shards);
        async move { shards_at(&urls).await }
    };
    let first = check(make).await;
    // Several cases share the server, and a machine that is short of time may let one miss its deadline. It gets one more
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
    assert!(failures.is_empty(), "with {shards} databases:\n{}\nbefore, beside others:\n{}", of(&failures), of(&first));
}
