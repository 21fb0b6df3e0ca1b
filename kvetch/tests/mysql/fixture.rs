//! Stores on a server that the tests share.

use std::future::Future;

use kvetch::{Kvetch, StoreUrl};

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

/// Runs something on a new store, which is gone after it: a campaign makes thousands of them.
pub(crate) async fn on_a_new_store(shards: usize, run: impl AsyncFnOnce(&Kvetch)) {
    let databases: Vec<String> = (0..shards.min(DATABASES_MAX)).map(|_| shared().database()).collect();
    let urls: Vec<StoreUrl> = databases.iter().map(|database| shared().one_of_many(database)).collect();
    let store = Kvetch::open(&urls, schema()).await.expect("a store on new databases opens");
    run(&store).await;
    store.close().await.expect("a store closes");
    shared().drop_databases(&databases);
}

/// Runs a test on a fresh store of each size.
pub(crate) fn on_every_size<F: Future<Output = ()>>(test: impl Fn(Kvetch) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime starts");
    for shards in SHARD_COUNTS {
        runtime.block_on(on_a_new_store(shards, async |store| test(store.clone()).await));
    }
}
