//! The one task that goes on with what writes could not finish.
//!
//! What is left of a write stands in the intent of its node, on the shard of the node. So nothing of it is held in
//! memory: it is enough to remember which shards have such intents, and to read those again and again,
//! page by page, until nothing is left. However long a shard is away and however much is written
//! meanwhile, this takes the same memory.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::error::{Error, Result};
use crate::id::NodeId;
use crate::limits::{INTENTS_PER_PAGE, WRITE_ANSWER_DEADLINE, WRITE_DEADLINE};
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

    /// Waits until the rows of every intent were applied once since the store was opened. What is to be done after them,
    /// such as nodes that go along with a deleted one, may still be left: it may wait for an edge to be filled in.
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
    /// Whether rows of an intent could not be applied.
    undelivered: bool,
}

impl Store {
    /// Has the intents of a shard looked at where the answer to a write was lost: it may be done all the same, and then
    /// nobody knows of what it left but the shard.
    pub(super) fn look_after<T>(&self, shard: ShardIdx, answer: &Result<T>) {
        if matches!(answer, Err(Error::Unavailable { .. } | Error::Engine { .. })) {
            self.leftovers.add(shard);
        }
    }

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
            if !pass.undelivered && pass.unread.is_empty() {
                self.leftovers.through.send_replace(true);
            }
            if self.leftovers.shards.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
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

    /// Applies every intent of a shard, and says whether none is left there. The rows of all of them come first: what
    /// is to be done after them can take long.
    pub(super) async fn finish_shard(self: &Arc<Self>, shard: ShardIdx, pass: &mut Pass) -> bool {
        match self.deliver_shard(shard, pass).await {
            Delivered::Everything => true,
            Delivered::ButNotDone => self.finish_deletions(shard).await,
            Delivered::NotAll => {
                self.finish_deletions(shard).await;
                false
            }
            Delivered::Unread => false,
        }
    }

    async fn deliver_shard(self: &Arc<Self>, shard: ShardIdx, pass: &mut Pass) -> Delivered {
        let mut after = None;
        let mut delivered = Delivered::Everything;
        loop {
            let page = match self.intents_of(shard, after).await {
                Ok(page) => page,
                Err(error) => {
                    pass.unread.push((shard, error));
                    return Delivered::Unread;
                }
            };
            for (source, _, error) in &page.unreadable {
                tracing::error!(%error, node = %source, "an intent does not decode; `repair` makes its rows anew");
            }
            let Some(last) = page.last else { return delivered };
            after = Some(last);
            delivered = delivered.max(self.deliver_page(page.intents, pass).await);
            if self.tasks.is_closed() {
                return Delivered::Unread;
            }
        }
    }

    pub(super) async fn intents_of(&self, shard: ShardIdx, after: Option<NodeId>) -> Result<IntentPage> {
        let reading = self.shard(shard).intents(after, INTENTS_PER_PAGE);
        let read = self.tasks.at_most(WRITE_DEADLINE, reading).await;
        read.unwrap_or_else(|_| Err(Error::unavailable("the shard did not answer in time")))
    }

    async fn deliver_page(self: &Arc<Self>, intents: Vec<Intent>, pass: &mut Pass) -> Delivered {
        let deadline = Instant::now() + WRITE_DEADLINE;
        let pending = self.deliver_beside(&intents, deadline, &mut pass.silent).await;
        let mut delivered = Delivered::Everything;
        let mut applied = Vec::new();
        for (intent, pending) in intents.into_iter().zip(pending) {
            if pending > 0 {
                pass.undelivered = true;
                delivered = delivered.max(Delivered::NotAll);
            } else if intent.unfinished.is_empty() {
                applied.push(intent);
            } else {
                delivered = delivered.max(Delivered::ButNotDone);
            }
        }
        if !applied.is_empty() && self.tasks.at_most(WRITE_DEADLINE, self.settle(&applied)).await.is_err() {
            delivered = delivered.max(Delivered::NotAll);
        }
        delivered
    }

    /// Goes on with deletions that are noted on a shard, each for as long as a write may take. What one of them comes to
    /// is noted again, so that a later pass goes on there.
    async fn finish_deletions(self: &Arc<Self>, shard: ShardIdx) -> bool {
        let mut after = None;
        let mut finished = true;
        loop {
            let Ok(page) = self.intents_of(shard, after).await else { return false };
            let Some(last) = page.last else { return finished };
            after = Some(last);
            for intent in page.intents.into_iter().filter(|intent| !intent.unfinished.is_empty()) {
                // Its rows may be new ones.
                let deadline = Instant::now() + WRITE_DEADLINE;
                let done = async {
                    self.deliver_once(std::slice::from_ref(&intent), deadline).await == [0]
                        && self.finish_deletion(intent, deadline).await.pending == 0
                };
                finished &= self.tasks.at_most(WRITE_ANSWER_DEADLINE, done).await.unwrap_or(false);
                if self.tasks.is_closed() {
                    return false;
                }
            }
        }
    }
}

/// How far the intents of a shard are, from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Delivered {
    /// All are applied, and gone.
    Everything,
    /// All are applied, and what is to be done after some is left.
    ButNotDone,
    /// Some are not applied.
    NotAll,
    /// Not all could be read.
    Unread,
}
