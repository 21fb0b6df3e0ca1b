//! The loaders of others, made anew for each request as their documentation has it.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::dataloader;
use ultra_batch::{BatchFetcher, Cache, Fetcher};

use super::backend::Backend;
use super::view::Loads;

/// No bound on a batch: all are compared at the same batches.
const UNBOUNDED: usize = usize::MAX;

#[derive(Clone)]
pub(super) struct Nodes(Arc<Backend>);
#[derive(Clone)]
pub(super) struct Ends(Arc<Backend>);

/// The crate `dataloader`, with its cache.
pub(super) struct Yielding {
    nodes: ::dataloader::cached::Loader<u64, u64, Nodes>,
    ends: ::dataloader::cached::Loader<u64, Arc<[u64]>, Ends>,
}

impl Yielding {
    pub(super) fn over(backend: &Arc<Backend>) -> Self {
        Self {
            nodes: ::dataloader::cached::Loader::new(Nodes(backend.clone())).with_max_batch_size(UNBOUNDED),
            ends: ::dataloader::cached::Loader::new(Ends(backend.clone())).with_max_batch_size(UNBOUNDED),
        }
    }
}

impl ::dataloader::BatchFn<u64, u64> for Nodes {
    async fn load(&mut self, keys: &[u64]) -> HashMap<u64, u64> {
        self.0.nodes(keys).await.into_iter().collect()
    }
}

impl ::dataloader::BatchFn<u64, Arc<[u64]>> for Ends {
    async fn load(&mut self, keys: &[u64]) -> HashMap<u64, Arc<[u64]>> {
        self.0.ends(keys).await.into_iter().collect()
    }
}

impl Loads for Yielding {
    async fn node(&self, id: u64) -> u64 {
        self.nodes.load(id).await
    }

    async fn ends(&self, from: u64) -> Arc<[u64]> {
        self.ends.load(from).await
    }
}

/// async-graphql's `DataLoader`, with a cache and a delay of one's choice.
pub(super) struct Timed {
    nodes: dataloader::DataLoader<Nodes, dataloader::HashMapCache>,
    ends: dataloader::DataLoader<Ends, dataloader::HashMapCache>,
}

impl Timed {
    pub(super) fn over(backend: &Arc<Backend>, delay: Duration) -> Self {
        let cache = dataloader::HashMapCache::default;
        let nodes = dataloader::DataLoader::with_cache(Nodes(backend.clone()), tokio::spawn, cache());
        let ends = dataloader::DataLoader::with_cache(Ends(backend.clone()), tokio::spawn, cache());
        Self { nodes: nodes.delay(delay).max_batch_size(UNBOUNDED), ends: ends.delay(delay).max_batch_size(UNBOUNDED) }
    }
}

impl dataloader::Loader<u64> for Nodes {
    type Value = u64;
    type Error = Infallible;

    async fn load(&self, keys: &[u64]) -> Result<HashMap<u64, u64>, Infallible> {
        Ok(self.0.nodes(keys).await.into_iter().collect())
    }
}

impl dataloader::Loader<u64> for Ends {
    type Value = Arc<[u64]>;
    type Error = Infallible;

    async fn load(&self, keys: &[u64]) -> Result<HashMap<u64, Arc<[u64]>>, Infallible> {
        Ok(self.0.ends(keys).await.into_iter().collect())
    }
}

impl Loads for Timed {
    async fn node(&self, id: u64) -> u64 {
        let Ok(found) = self.nodes.load_one(id).await;
        found.expect("every node is there")
    }

    async fn ends(&self, from: u64) -> Arc<[u64]> {
        let Ok(found) = self.ends.load_one(from).await;
        found.expect("every node has edges")
    }
}

/// The crate `ultra-batch`, without its delay.
pub(super) struct Ultra {
    nodes: BatchFetcher<Nodes>,
    ends: BatchFetcher<Ends>,
}

impl Ultra {
    pub(super) fn over(backend: &Arc<Backend>) -> Self {
        let nodes = BatchFetcher::build(Nodes(backend.clone())).delay_duration(Duration::ZERO).eager_batch_size(None);
        let ends = BatchFetcher::build(Ends(backend.clone())).delay_duration(Duration::ZERO).eager_batch_size(None);
        Self { nodes: nodes.finish(), ends: ends.finish() }
    }
}

impl Fetcher for Nodes {
    type Key = u64;
    type Value = u64;
    type Error = Infallible;

    async fn fetch(&self, keys: &[u64], values: &mut Cache<'_, u64, u64>) -> Result<(), Infallible> {
        self.0.nodes(keys).await.into_iter().for_each(|(key, value)| values.insert(key, value));
        Ok(())
    }
}

impl Fetcher for Ends {
    type Key = u64;
    type Value = Arc<[u64]>;
    type Error = Infallible;

    async fn fetch(&self, keys: &[u64], values: &mut Cache<'_, u64, Arc<[u64]>>) -> Result<(), Infallible> {
        self.0.ends(keys).await.into_iter().for_each(|(key, value)| values.insert(key, value));
        Ok(())
    }
}

impl Loads for Ultra {
    async fn node(&self, id: u64) -> u64 {
        self.nodes.load(id).await.expect("every node is there")
    }

    async fn ends(&self, from: u64) -> Arc<[u64]> {
        self.ends.load(from).await.expect("every node has edges")
    }
}
