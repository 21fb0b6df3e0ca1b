//! Stores of several sizes, in memory and with faults.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kvetch::conformance::{Instrumented, Layered};
use kvetch::{Kvetch, Options, Shard, StoreUrl, shards_at};

pub(crate) use kvetch::conformance::fixture::*;

pub(crate) const SHARD_COUNTS: [usize; 3] = [1, 3, 16];

/// Too few for all that a test reads: some of it has to go.
const CACHE_BYTES: u64 = 64 << 10;

/// How many sequences of writers at once the long run does.
pub(crate) const SEQUENCES: u64 = 10_000;

/// Whether whole campaigns are asked for, by `GRAPHSCALE_LONG=1`.
pub(crate) fn is_long() -> bool {
    std::env::var("GRAPHSCALE_LONG").is_ok_and(|long| long == "1")
}

pub(crate) async fn memory(shards: usize) -> Kvetch {
    memory_with(shards, Options::default()).await
}

async fn memory_with(shards: usize, options: Options) -> Kvetch {
    let url = format!("memory:?shards={shards}").parse().expect("the address is valid");
    Kvetch::open_with(&[url], schema(), options).await.expect("a store in memory opens")
}

/// A store whose shards do as they are told, by one layer for each.
pub(crate) async fn instrumented(url: &StoreUrl) -> (Kvetch, Vec<Arc<Instrumented>>) {
    let (shards, layers) = instrumented_shards(url).await;
    (Kvetch::open_shards(shards, schema()).await.expect("the store opens"), layers)
}

pub(crate) async fn instrumented_shards(url: &StoreUrl) -> (Vec<Arc<dyn Shard>>, Vec<Arc<Instrumented>>) {
    let shards = shards_at(std::slice::from_ref(url)).await.expect("the shards open");
    let layers: Vec<Arc<Instrumented>> = shards.iter().map(|_| Arc::default()).collect();
    let around = |(shard, layer): (Arc<dyn Shard>, &Arc<Instrumented>)| Layered::around(shard, layer.clone());
    (shards.into_iter().zip(&layers).map(around).collect(), layers)
}

/// Runs something on a new store, which is gone after it. Every other store keeps some of its nodes and pages in memory:
/// nobody can tell.
pub(crate) async fn on_a_new_store(shards: usize, run: impl AsyncFnOnce(&Kvetch)) {
    static STORES: AtomicUsize = AtomicUsize::new(0);
    let mut options = Options::default();
    options.cache_bytes = STORES.fetch_add(1, Ordering::Relaxed).is_multiple_of(2).then_some(CACHE_BYTES);
    let store = memory_with(shards, options).await;
    run(&store).await;
    store.close().await.expect("a store closes");
}

/// Runs a test on a fresh store of each size.
pub(crate) fn on_every_size<F: Future<Output = ()>>(test: impl Fn(Kvetch) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime starts");
    for shards in SHARD_COUNTS {
        runtime.block_on(on_a_new_store(shards, async |store| test(store.clone()).await));
    }
}
