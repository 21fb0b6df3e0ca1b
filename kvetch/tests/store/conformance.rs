//! The kit, on the embedded engine.

use kvetch::conformance::{Failure, check};
use kvetch::shards_at;

use crate::directory::TempDirectory;
use crate::fixture::SHARD_COUNTS;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_embedded_engine_conforms_in_memory() {
    for shards in SHARD_COUNTS {
        let url = [format!("memory:?shards={shards}").parse().unwrap()];
        passed(shards, &check(|| shards_at(&url)).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_embedded_engine_conforms_on_disk() {
    for shards in SHARD_COUNTS {
        let directories = std::sync::Mutex::new(Vec::new());
        let make = || {
            let directory = TempDirectory::new();
            let url = [directory.url(shards)];
            directories.lock().unwrap().push(directory);
            async move { shards_at(&url).await }
        };
        passed(shards, &check(make).await);
    }
}

fn passed(shards: usize, failures: &[Failure]) {
    let failures: Vec<String> = failures.iter().map(|Failure { case, reason }| format!("{case}: {reason}")).collect();
    assert!(failures.is_empty(), "with {shards} shards:\n{}", failures.join("\n"));
}
