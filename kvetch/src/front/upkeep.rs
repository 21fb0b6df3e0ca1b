//! What a store does on its own while it is open: removing records that have had their use, and repairs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::id::Timestamp;
use crate::limits::{
    BACKGROUND_ROWS_PER_SECOND, FENCE_RETENTION, PRUNE_AFTER_OPENING, PRUNE_EVERY, PRUNE_PAGE_ROWS,
    TOMBSTONE_RETENTION, WRITE_ANSWER_DEADLINE, WRITE_RETENTION,
};
use crate::report::{Position, Report, VerifyOptions};
use crate::shard::{Prunable, PrunePage};
use crate::shard_map::ShardIdx;
use crate::value::{Props, Value};

use super::open::remember;
use super::survey::parts;
use super::{Kvetch, Store};

/// How far the repair in the background has come, so that short lives of a process add up to a whole pass.
const REPAIR: &str = "repair";

/// Repairs in the background.
#[derive(Debug, Clone)]
pub struct BackgroundRepair {
    /// How long to wait after the store was opened, and after each repair.
    pub every: Duration,
    /// How many rows to read in a second, at most.
    pub rows_per_second: u64,
}

/// How a repair in the background ended.
#[derive(Debug, Clone)]
pub struct EndedRepair {
    /// When.
    pub at: Timestamp,
    /// What it found and mended, or why it came to no end.
    pub report: Result<Report>,
}

/// The last repair in the background, if one has ended.
#[derive(Debug, Default)]
pub(super) struct LastRepair(Mutex<Option<EndedRepair>>);

impl BackgroundRepair {
    /// Repairs this often, at a pace that leaves the shards to others.
    pub fn every(every: Duration) -> Self {
        Self { every, rows_per_second: BACKGROUND_ROWS_PER_SECOND }
    }
}

impl Kvetch {
    /// How the last repair in the background ended, since the store was opened.
    pub fn last_repair(&self) -> Option<EndedRepair> {
        self.store().last_repair.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Removes records that have had their use: fences, outcomes of writes, what deleted nodes leave behind. A store
    /// does it on its own, every [`PRUNE_EVERY`]. Answers how many were removed.
    ///
    /// # Errors
    /// When a shard could not be pruned; the others were.
    pub async fn prune(&self) -> Result<u64> {
        self.store().prune(Timestamp::now()).await
    }
}

impl Store {
    pub(super) async fn prune_now_and_then(self: Arc<Self>) {
        // Soon after opening, for a process that never lives for long.
        let mut wait = PRUNE_AFTER_OPENING;
        while self.tasks.pause(wait).await {
            wait = PRUNE_EVERY;
            match self.prune(Timestamp::now()).await {
                Ok(removed) => tracing::debug!(removed, "records that have had their use were removed"),
                Err(error) => tracing::warn!(%error, "removing records that have had their use goes on later"),
            }
        }
    }

    async fn prune(&self, now: Timestamp) -> Result<u64> {
        let kinds = [
            (Prunable::Fences, FENCE_RETENTION),
            (Prunable::Writes, WRITE_RETENTION),
            (Prunable::Tombstones, TOMBSTONE_RETENTION),
        ];
        let (mut removed, mut failed) = (0, None);
        for shard in self.all_shards() {
            for (what, retention) in kinds {
                let before = Timestamp(now.0.saturating_sub(retention.as_micros() as i64));
                match self.prune_kind(shard, what, before).await {
                    Ok(some) => removed += some,
                    // The others need not wait for it.
                    Err(error) => drop(failed.insert(error)),
                }
            }
        }
        failed.map_or(Ok(removed), Err)
    }

    async fn prune_kind(&self, shard: ShardIdx, what: Prunable, before: Timestamp) -> Result<u64> {
        let (mut removed, mut after) = (0, None);
        loop {
            let page = PrunePage { after, first: PRUNE_PAGE_ROWS };
            let pruning = self.shard(shard).prune(what, before, page);
            let pruned = self.tasks.at_most(WRITE_ANSWER_DEADLINE, pruning).await;
            let pruned = pruned.unwrap_or_else(|_| Err(Error::unavailable("the shard did not answer in time")))?;
            removed += pruned.removed;
            let Some(last) = pruned.last else { return Ok(removed) };
            after = Some(last);
            // Others go first.
            if !self.tasks.pause(Duration::from_millis(1)).await {
                return Err(Error::unavailable("the store is closed"));
            }
        }
    }

    /// Compares and mends everything, again and again, each time from where the last was interrupted.
    pub(super) async fn repair_now_and_then(self: Arc<Self>, options: BackgroundRepair) {
        while self.tasks.pause(options.every).await {
            let report = self.clone().repair_in_background(options.rows_per_second).await;
            match &report {
                Ok(report) if report.is_clean() => {
                    tracing::info!(rows = report.rows, "derived rows were compared, and all are in step");
                }
                Ok(report) => tracing::warn!(
                    mended = ?report.mended, left = report.left, unseen = ?report.unseen, undecided = report.undecided,
                    "derived rows were not in step"
                ),
                Err(error) => tracing::warn!(%error, "a repair came to no end"),
            }
            let ended = EndedRepair { at: Timestamp::now(), report };
            *self.last_repair.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(ended);
        }
    }

    async fn repair_in_background(self: Arc<Self>, rows_per_second: u64) -> Result<Report> {
        let from = self.shards[0].meta().await?.get(REPAIR).and_then(|noted| match noted.get("position") {
            Some(Value::Text(position)) => position.parse::<Position>().ok(),
            _ => None,
        });
        // Under another schema there may be fewer parts.
        let from = from.filter(|position| position.parts() < parts(&self.schema));
        let options = VerifyOptions { rows_per_second: Some(rows_per_second), from };
        let (noting, mut noted) = (self.clone(), from);
        let progress = move |report: &Report| {
            if report.position != noted {
                noted = report.position;
                noting.tasks.spawn(noting.clone().note_repair(noted));
            }
        };
        self.repaired(options, progress).await
    }

    async fn note_repair(self: Arc<Self>, position: Option<Position>) {
        let noted = position.map(|position| Props::from([("position", position.to_string())])).unwrap_or_default();
        if let Err(error) = remember(&self.shards[..1], [(REPAIR, noted)]).await {
            tracing::warn!(%error, "how far the repair has come was not noted");
        }
    }
}
