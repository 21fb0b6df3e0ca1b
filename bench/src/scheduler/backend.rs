//! What loads are answered from: functions of their keys, free or after a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Lists of the user, and items of each list.
const LISTS: u64 = 10;
const ITEMS: u64 = 5;
/// The user; its lists and their items are numbered on from there.
pub(super) const USER: u64 = 1;

/// Answers batches and counts them.
#[derive(Debug)]
pub(super) struct Backend {
    /// How long a batch takes; nothing for one that is free.
    latency: Option<Duration>,
    lists: u64,
    batches: AtomicU64,
    keys: AtomicU64,
}

impl Backend {
    pub(super) fn free() -> Arc<Self> {
        Self::with(None, LISTS)
    }

    pub(super) fn slow(latency: Duration) -> Arc<Self> {
        Self::with(Some(latency), LISTS)
    }

    pub(super) fn wide(lists: u64) -> Arc<Self> {
        Self::with(None, lists)
    }

    fn with(latency: Option<Duration>, lists: u64) -> Arc<Self> {
        Arc::new(Self { latency, lists, batches: AtomicU64::new(0), keys: AtomicU64::new(0) })
    }

    /// The batches and keys since the last time.
    pub(super) fn taken(&self) -> (u64, u64) {
        (self.batches.swap(0, Ordering::Relaxed), self.keys.swap(0, Ordering::Relaxed))
    }

    /// Nodes: a number for each.
    pub(super) async fn nodes(&self, keys: &[u64]) -> Vec<(u64, u64)> {
        self.asked(keys).await;
        keys.iter().map(|key| (*key, Self::node(*key))).collect()
    }

    /// Edges: from the user to lists, from lists to items.
    pub(super) async fn ends(&self, keys: &[u64]) -> Vec<(u64, Arc<[u64]>)> {
        self.asked(keys).await;
        keys.iter().map(|key| (*key, self.ends_of(*key))).collect()
    }

    pub(super) fn node(key: u64) -> u64 {
        key * 31
    }

    pub(super) fn ends_of(&self, key: u64) -> Arc<[u64]> {
        if key == USER {
            (1..=self.lists).map(|list| list << 8).collect()
        } else {
            (1..=ITEMS).map(|item| key + item).collect()
        }
    }

    pub(super) async fn wait(&self) {
        if let Some(latency) = self.latency {
            tokio::time::sleep(latency).await;
        }
    }

    async fn asked(&self, keys: &[u64]) {
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.keys.fetch_add(keys.len() as u64, Ordering::Relaxed);
        self.wait().await;
    }
}
