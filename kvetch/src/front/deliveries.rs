//! Taking intents to the shards they name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;
use tokio::time::Instant;

use crate::change::{Change, Touched};
use crate::error::Error;
use crate::id::NodeId;
use crate::shard::{Delivery, Intent, route};
use crate::shard_map::ShardIdx;

use super::Store;

/// How far what follows from a write has come.
#[derive(Debug, Clone, Default)]
pub(super) struct Followed {
    /// Shards, and further steps of a deletion, that are still to come.
    pub(super) pending: u32,
    /// What steps of a deletion touched beyond the write itself.
    pub(super) touched: Vec<Touched>,
}

impl Store {
    /// Applies intents until the deadline and says for each how far it came. What is left is tried
    /// again in the background.
    pub(super) async fn deliver(self: &Arc<Self>, intents: Vec<Intent>, deadline: Instant) -> Vec<Followed> {
        let pending = self.deliver_once(&intents, deadline).await;
        let mut applied = Vec::new();
        let mut followed = Vec::with_capacity(intents.len());
        for (intent, pending) in intents.into_iter().zip(pending) {
            followed.push(if pending > 0 {
                self.leftovers.add(self.home(intent.source));
                Followed { pending, touched: Vec::new() }
            } else if intent.unfinished.is_empty() {
                applied.push(intent);
                Followed::default()
            } else {
                self.finish_deletion(intent, deadline).await
            });
        }
        // Nobody waits for an intent to be removed: done twice, it changes nothing.
        if !applied.is_empty() {
            let store = self.clone();
            self.tasks.spawn(async move { store.settle(&applied).await });
        }
        followed
    }

    /// Applies what is pending of one node, and nothing if nothing is.
    pub(super) async fn deliver_pending(self: &Arc<Self>, source: NodeId, deadline: Instant) {
        let before = u128::from_be_bytes(*source.as_bytes()).checked_sub(1);
        let before = before.map(|number| NodeId::from_bytes(number.to_be_bytes()));
        let Ok(page) = self.shard(self.home(source)).intents(before, 1).await else { return };
        let intents: Vec<Intent> = page.intents.into_iter().filter(|intent| intent.source == source).collect();
        if self.deliver_once(&intents, deadline).await == [0] && intents[0].unfinished.is_empty() {
            self.settle(&intents).await;
        }
    }

    /// Applies intents once and says for each on how many shards that failed.
    pub(super) async fn deliver_once(&self, intents: &[Intent], deadline: Instant) -> Vec<u32> {
        self.deliver_beside(intents, deadline, &mut BTreeSet::new()).await
    }

    /// The same, but does not ask shards that are known to be silent, and notes those that prove to be.
    pub(super) async fn deliver_beside(
        &self,
        intents: &[Intent],
        deadline: Instant,
        silent: &mut BTreeSet<ShardIdx>,
    ) -> Vec<u32> {
        let mut by_shard: BTreeMap<ShardIdx, Vec<(usize, Delivery)>> = BTreeMap::new();
        for (position, intent) in intents.iter().enumerate() {
            for (shard, delivery) in self.deliveries(intent) {
                by_shard.entry(shard).or_default().push((position, delivery));
            }
        }
        let is_silent: Vec<bool> = by_shard.keys().map(|shard| silent.contains(shard)).collect();
        let apply = |((shard, deliveries), is_silent): ((ShardIdx, Vec<(usize, Delivery)>), bool)| async move {
            let (positions, deliveries): (Vec<usize>, Vec<Delivery>) = deliveries.into_iter().unzip();
            if is_silent {
                return (shard, true, positions);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let applied = self.tasks.at_most(left, self.shard(shard).apply(deliveries)).await.unwrap_or_default();
            let answered = applied.iter().any(|applied| !matches!(applied, Err(Error::Unavailable { .. })));
            let mut applied = applied.into_iter();
            let failed = positions.into_iter().filter(|_| !matches!(applied.next(), Some(Ok(())))).collect();
            (shard, !answered, failed)
        };
        let mut pending = vec![0; intents.len()];
        for (shard, is_silent, failed) in join_all(by_shard.into_iter().zip(is_silent).map(apply)).await {
            if is_silent {
                silent.insert(shard);
            }
            for position in failed {
                pending[position] += 1;
            }
        }
        pending
    }

    /// The part of an intent for each shard it names.
    fn deliveries(&self, intent: &Intent) -> impl Iterator<Item = (ShardIdx, Delivery)> + use<> {
        let mut by_shard: BTreeMap<ShardIdx, Vec<Change>> = BTreeMap::new();
        for change in &intent.changes {
            by_shard.entry(route(&self.schema, &self.map, change)).or_default().push(change.clone());
        }
        let Intent { source, version, .. } = *intent;
        by_shard.into_iter().map(move |(shard, changes)| (shard, Delivery { source, version, changes }))
    }

    /// Removes intents that are applied everywhere, unless a newer write has replaced them.
    pub(super) async fn settle(&self, applied: &[Intent]) {
        let mut by_shard: BTreeMap<ShardIdx, Vec<(NodeId, u64)>> = BTreeMap::new();
        for intent in applied {
            by_shard.entry(self.home(intent.source)).or_default().push((intent.source, intent.version));
        }
        let settle = |(shard, applied)| async move {
            if let Err(error) = self.shard(shard).settle(applied).await {
                // It stays, and is applied and removed once more.
                tracing::warn!(%error, "an applied intent was not removed");
                self.leftovers.add(shard);
            }
        };
        join_all(by_shard.into_iter().map(settle)).await;
    }
}
