//! The course of a write: claim, commit on the node's shard, deliver to the others.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::{join, join_all};
use tokio::time::Instant;

use crate::change::touched;
use crate::error::{Error, Result};
use crate::id::WriteId;
use crate::limits::WRITE_DEADLINE;
use crate::shard::{NodeWrite, Outcome, WriteOp};
use crate::shard_map::ShardIdx;
use crate::write::Written;

use super::claims::{Claiming, unused};
use super::{Store, backoff};

/// Writes of one shard, with their places in the batch.
type ByShard<'a> = BTreeMap<ShardIdx, Vec<(usize, &'a NodeWrite)>>;

impl Store {
    /// Does a batch of writes, each for itself.
    ///
    /// A unique value that another write is claiming right now is tried again until the
    /// deadline: that other write may fail.
    pub(super) async fn write_all(self: Arc<Self>, writes: Vec<NodeWrite>) -> Vec<Result<Written>> {
        let deadline = Instant::now() + WRITE_DEADLINE;
        let mut written: Vec<Option<Result<Written>>> = vec![None; writes.len()];
        let mut open: Vec<usize> = (0..writes.len()).collect();
        let mut claiming = Claiming::OtherShards;
        for attempt in 0.. {
            let batch = open.iter().map(|position| writes[*position].clone()).collect();
            let results = self.attempt(batch, claiming, deadline).await;
            let late = Instant::now() >= deadline;
            let mut again = Vec::new();
            for (position, result) in open.into_iter().zip(results) {
                match result {
                    Err(Error::ClaimPending { .. }) if !late => again.push(position),
                    result => written[position] = Some(result),
                }
            }
            open = again;
            if open.is_empty() {
                break;
            }
            tokio::time::sleep(backoff(attempt)).await;
            claiming = Claiming::Everywhere;
        }
        written.into_iter().map(|written| written.expect("a write is open until it has a result")).collect()
    }

    async fn attempt(
        self: &Arc<Self>,
        mut writes: Vec<NodeWrite>,
        claiming: Claiming,
        deadline: Instant,
    ) -> Vec<Result<Written>> {
        let mut outcomes = self.repeated(&writes).await;
        let refusals = self.claim_open(&mut writes, &outcomes, claiming).await;
        self.commit_open(&writes, refusals, &mut outcomes).await;
        let outcomes = outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(|| Err(unanswered())));
        let outcomes: Vec<Result<Outcome>> =
            outcomes.zip(&writes).map(|(outcome, write)| same_write(outcome?, write)).collect();
        let (_, pending) = join(self.let_go(writes, &outcomes), self.deliver_all(&outcomes, deadline)).await;
        let answer = |(outcome, pending): (Result<Outcome>, u32)| {
            outcome.map(|Outcome { node, changes, .. }| {
                let touched = touched(&node, &changes);
                Written { node, pending, touched }
            })
        };
        outcomes.into_iter().zip(pending).map(answer).collect()
    }

    /// The outcomes of writes that were done before under the same write id. They come first,
    /// because a repetition would run into the unique values of its own first time.
    async fn repeated(&self, writes: &[NodeWrite]) -> Vec<Option<Result<Outcome>>> {
        let mut outcomes = vec![None; writes.len()];
        let named = writes.iter().enumerate().filter(|(_, write)| write.write_id.is_some());
        let asked = self.by_home(named).into_iter().map(|(shard, of_shard)| async move {
            let ids: Vec<WriteId> = of_shard.iter().filter_map(|(_, write)| write.write_id).collect();
            let recorded = self.shard(shard).recorded(&ids).await;
            of_shard.into_iter().map(|(position, _)| position).zip(recorded).collect::<Vec<_>>()
        });
        let recorded = join_all(asked).await;
        for (position, recorded) in recorded.into_iter().flatten() {
            outcomes[position] = recorded.transpose();
        }
        outcomes
    }

    /// Claims the unique values of the writes that have no outcome yet.
    async fn claim_open(
        &self,
        writes: &mut [NodeWrite],
        outcomes: &[Option<Result<Outcome>>],
        claiming: Claiming,
    ) -> Vec<Option<Error>> {
        let open: Vec<usize> = (0..writes.len()).filter(|position| outcomes[*position].is_none()).collect();
        let mut claimants: Vec<NodeWrite> = open.iter().map(|position| writes[*position].clone()).collect();
        let refused = self.claim(&mut claimants, claiming).await;
        let mut refusals = vec![None; writes.len()];
        for ((position, claimant), refused) in open.into_iter().zip(claimants).zip(refused) {
            writes[position] = claimant;
            refusals[position] = refused;
        }
        refusals
    }

    /// Commits what has no outcome yet, on the shards of the nodes.
    ///
    /// A write goes there even if a value was refused it: whatever else is wrong with it comes
    /// first, so that errors do not depend on which shard a value lies on.
    async fn commit_open(
        &self,
        writes: &[NodeWrite],
        refusals: Vec<Option<Error>>,
        outcomes: &mut [Option<Result<Outcome>>],
    ) {
        let open = writes.iter().enumerate().filter(|(position, _)| outcomes[*position].is_none());
        let asked = self.by_home(open).into_iter().map(|(shard, of_shard)| async move {
            let batch = of_shard.iter().map(|(_, write)| (*write).clone()).collect();
            let committed = self.shard(shard).write(&self.places[shard.get()], batch).await;
            of_shard.into_iter().map(|(position, _)| position).zip(committed).collect::<Vec<_>>()
        });
        let committed: Vec<_> = join_all(asked).await;
        for (position, outcome) in committed.into_iter().flatten() {
            outcomes[position] = Some(outcome);
        }
        for (outcome, refusal) in outcomes.iter_mut().zip(refusals) {
            if let (Some(Err(Error::ClaimPending { .. })), Some(refusal)) = (&outcome, refusal) {
                *outcome = Some(Err(refusal));
            }
        }
    }

    /// Lets go of the claims that no committed write rests on.
    async fn let_go(&self, writes: Vec<NodeWrite>, outcomes: &[Result<Outcome>]) {
        let (mut free, mut doubtful) = (Vec::new(), Vec::new());
        for (write, outcome) in writes.into_iter().zip(outcomes) {
            match outcome {
                Ok(outcome) => free.extend(unused(write.claims, &outcome.changes)),
                // It may have been committed all the same, with its answer lost.
                Err(Error::Unavailable { .. } | Error::Engine { .. }) => {
                    doubtful.extend(write.claims);
                }
                Err(_) => free.extend(write.claims),
            }
        }
        join(self.release(free), self.decide_claims(doubtful)).await;
    }

    /// Delivers the intents of committed writes and says for each write how many shards are left.
    async fn deliver_all(self: &Arc<Self>, outcomes: &[Result<Outcome>], deadline: Instant) -> Vec<u32> {
        let intent = |(position, outcome): (usize, &Result<Outcome>)| {
            let intent = outcome.as_ref().ok()?.intent.clone()?;
            Some((position, intent))
        };
        let (positions, intents): (Vec<usize>, Vec<_>) = outcomes.iter().enumerate().filter_map(intent).unzip();
        let mut pending = vec![0; outcomes.len()];
        for (position, left) in positions.into_iter().zip(self.deliver(intents, deadline).await) {
            pending[position] = left;
        }
        pending
    }

    fn by_home<'a>(&self, writes: impl Iterator<Item = (usize, &'a NodeWrite)>) -> ByShard<'a> {
        let mut by_home = ByShard::new();
        for (position, write) in writes {
            by_home.entry(self.home(write.id)).or_default().push((position, write));
        }
        by_home
    }
}

/// An engine that owes an outcome is broken; the write may have been done.
fn unanswered() -> Error {
    Error::Engine { reason: "the shard did not answer every write".into() }
}

/// Refuses an outcome that was recorded under the write's id and is another write's. A create
/// without an id gets a new one each time, so only its type tells.
fn same_write(outcome: Outcome, write: &NodeWrite) -> Result<Outcome> {
    let node = &outcome.node;
    let create = matches!(write.op, WriteOp::Create { .. });
    if node.node_type != write.node_type || (!create && node.id != write.id) {
        return Err(Error::invalid(format!("the write id was used for another write, to node {}", node.id)));
    }
    Ok(outcome)
}
