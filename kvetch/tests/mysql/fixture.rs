//! Stores on a server that the tests share.

use std::future::Future;

use kvetch::Kvetch;

use crate::server::shared;

pub(crate) use kvetch::conformance::fixture::*;

/// How many shards are more than a few: databases cost a server more than they tell.
const DATABASES_MAX: usize = 4;

/// How many sequences of writers at once the long run does. Each makes its databases, which takes most of its time.
pub(crate) const SEQUENCES: u64 = 1_000;

/// Sizes of stores in the campaigns.
pub(crate) const SHARD_COUNTS: [usize; 2] = [1, 3];

/// Whether whole campaigns are asked for, by `GRAPHSCALE_LONG=1`.
pub(crate) fn is_long() -> bool {
    std::env::var("GRAPHSCALE_LONG").is_ok_and(|long| long == "1")
}

/// A new store. The campaigns that run here call it by the name that it has where they come from.
pub(crate) async fn memory(shards: usize) -> Kvetch {
    let urls = shared().databases(shards.min(DATABASES_MAX));
    Kvetch::open(&urls, schema()).await.expect("a store on new databases opens")
}

/// Runs a test on a fresh store of each size.
pub(crate) fn on_every_size<F: Future<Output = ()>>(test: impl Fn(Kvetch) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime starts");
    for shards in SHARD_COUNTS {
        runtime.block_on(async {
            let store = memory(shards).await;
            test(store.clone()).await;
            store.close().await.expect("a store closes");
        });
    }
}
