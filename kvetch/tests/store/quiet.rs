//! Waiting until nothing of a write is under way any more.

use std::time::{Duration, Instant};

use futures::future::join_all;
use kvetch::Kvetch;

/// How long intents may take to be applied and removed, on the busiest machine.
const QUIET_AFTER: Duration = Duration::from_secs(60);

/// Waits until no intent is left. Those of answered writes are removed after the answer, and those of a shard that was
/// away are applied after it is back.
pub(crate) async fn quiet(store: &Kvetch) {
    let begun = Instant::now();
    while intents_are_left(store).await {
        assert!(begun.elapsed() < QUIET_AFTER, "intents are left after {QUIET_AFTER:?}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn intents_are_left(store: &Kvetch) -> bool {
    let pages = join_all(store.shards().iter().map(|shard| shard.intents(None, 1))).await;
    pages.iter().any(|page| !page.as_ref().is_ok_and(|page| page.last.is_none()))
}
