//! The one task that goes on with what writes could not finish.
//!
//! What is left of a write stands in the intent of its node, on the shard of the node. So nothing of it is held in
//! memory: it is enough to remember which shards have such intents, and to read those again and again,
//! page by page, until nothing is left. However long a shard is away and however much is written
//! meanwhile, this costs the same.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::error::{Error, Result};
use crate::id::NodeId;
use crate::limits::{INTENTS_PER_PAGE, WRITE_DEADLINE};
use crate::shard::{Intent, IntentPage};
use crate::shard_map::ShardIdx;

use super::{Store, backoff};

/// The shards whose intents are to be read again.
#[derive(Debug, Default)]
pub(super) struct Leftovers {
    shards: Mutex<BTreeSet<ShardIdx>>,
    added: Notify,
    through: watch::Sender<bool>,
}

impl Leftovers {
    /// Says that a shard has intents that are not finished.
    pub(super) fn add(&self, shard: ShardIdx) {
        self.shards.lock().unwrap_or_else(PoisonError::into_inner).insert(shard);
        self.added.notify_one();
    }

    fn take(&self) -> BTreeSet<ShardIdx> {
        std::mem::take(&mut *self.shards.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until nothing was left once since the store was opened: everything from before is applied then.
    pub(super) async fn once_through(&self) {
        let mut through = self.through.subscribe();
        // The sender lives as long as `self`.
        let _ = through.wait_for(|through| *through).await;
    }
}

/// What a pass over the intents of some shards came to.
#[derive(Debug, Default)]
pub(super) struct Pass {
    /// Shards that did not answer a delivery. They are not asked again in this pass.
    silent: BTreeSet<ShardIdx>,
    /// Shards whose own intents could not be read.
    pub(super) unread: Vec<(ShardIdx, Error)>,
}

impl Store {
    /// Finishes what earlier runs of the store left, and from then on what its own writes leave, until it closes.
    pub(super) async fn finish_leftovers(self: Arc<Self>) {
        for shard in self.all_shards() {
            self.leftovers.add(shard);
        }
        let mut attempt = 0;
        loop {
            let mut pass = Pass::default();
            for shard in self.leftovers.take() {
                if !self.finish_shard(shard, &mut pass).await {
                    self.leftovers.add(shard);
                }
            }
            for (shard, error) in &pass.unread {
                tracing::warn!(%error, shard = shard.0, "the intents of a shard cannot be read now");
            }
            if self.leftovers.shards.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
                self.leftovers.through.send_replace(true);
                attempt = 0;
                if !self.tasks.unless_closed(self.leftovers.added.notified()).await {
                    return;
                }
            }
            if !self.tasks.pause(backoff(attempt)).await {
                return;
            }
            attempt += 1;
        }
    }

    /// Applies every intent of a shard, and says whether none is left there.
    pub(super) async fn finish_shard(self: &Arc<Self>, shard: ShardIdx, pass: &mut Pass) -> bool {
        let mut after = None;
        let mut finished = true;
        loop {
            let page = match self.intents_of(shard, after).await {
                Ok(page) => page,
                Err(error) => {
                    pass.unread.push((shard, error));
                    return false;
                }
            };
            for (source, _, error) in &page.unreadable {
                tracing::error!(%error, node = %source, "an intent does not decode; `repair` makes its rows anew");
            }
            let Some(last) = page.last else { return finished };
            after = Some(last);
            finished &= self.finish_page(page.intents, pass).await;
            if self.tasks.is_closed() {
                return false;
            }
        }
    }

    pub(super) async fn intents_of(&self, shard: ShardIdx, after: Option<NodeId>) -> Result<IntentPage> {
        let reading = self.shard(shard).intents(after, INTENTS_PER_PAGE);
        let read = self.tasks.at_most(WRITE_DEADLINE, reading).await;
        read.unwrap_or_else(|_| Err(Error::unavailable("the shard did not answer in time")))
    }

    async fn finish_page(self: &Arc<Self>, intents: Vec<Intent>, pass: &mut Pass) -> bool {
        let deadline = Instant::now() + WRITE_DEADLINE;
        let pending = self.deliver_beside(&intents, deadline, &mut pass.silent).await;
        let mut finished = true;
        let mut applied = Vec::new();
        for (intent, pending) in intents.into_iter().zip(pending) {
            if pending > 0 {
                finished = false;
            } else if intent.unfinished.is_empty() {
                applied.push(intent);
            } else {
                let deadline = Instant::now() + WRITE_DEADLINE;
                finished &= self.finish_deletion(intent, deadline).await.pending == 0;
            }
        }
        if !applied.is_empty() {
            self.settle(&applied).await;
        }
        finished
    }
}
