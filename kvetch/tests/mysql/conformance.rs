//! The kit, on MariaDB.

use kvetch::conformance::{Failure, check};
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
    let failures = check(make).await;
    let failures: Vec<String> = failures.iter().map(|Failure { case, reason }| format!("{case}: {reason}")).collect();
    assert!(failures.is_empty(), "with {shards} databases:\n{}", failures.join("\n"));
}
