//! The course of a write: claim, commit on the node's shard, deliver to the others.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use futures::future::{join, join_all};
use tokio::time::Instant;

use crate::cache::Change;
use crate::change::touched;
use crate::error::{Error, Result};
use crate::id::{EdgeType, NodeId, NodeType, WriteId};
use crate::limits::WRITE_DEADLINE;
use crate::shard::{NodeWrite, Outcome, WriteOp};
use crate::shard_map::ShardIdx;
use crate::write::Written;

use super::claims::{Claiming, unused};
use super::deliveries::Followed;
use super::{Store, backoff};

/// Other ends of edges that are looked at before a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// All of them.
    Wherever,
    /// Those that the shard of the write cannot see.
    OfOtherShards,
}

impl Ends {
    fn has(self, is_here: bool) -> bool {
        self == Self::Wherever || !is_here
    }
}

/// Writes of one shard, with their places in the batch.
type ByShard<'a> = BTreeMap<ShardIdx, Vec<(usize, &'a NodeWrite)>>;

impl Store {
    /// Does a batch of writes, each for itself.
    ///
    /// A unique value that another write is claiming right now is tried again until the
    /// deadline: that other write may fail. So is a node with too much pending: that is applied first.
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
                    Err(Error::Backlogged { node, .. }) if !late => {
                        self.deliver_pending(node, deadline).await;
                        again.push(position);
                    }
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
        self.refuse_lost_ends(&writes, &mut outcomes, Ends::OfOtherShards).await;
        let refusals = self.claim_open(&mut writes, &outcomes, claiming).await;
        self.commit_open(&writes, refusals, &mut outcomes).await;
        let outcomes = outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(|| Err(unanswered())));
        let outcomes: Vec<Result<Outcome>> =
            outcomes.zip(&writes).map(|(outcome, write)| same_write(outcome?, write)).collect();
        let (_, followed) = join(self.let_go(writes, &outcomes), self.deliver_all(&outcomes, deadline)).await;
        outcomes.into_iter().zip(followed).map(|(outcome, followed)| Ok(self.written(outcome?, followed))).collect()
    }

    /// Refuses edges to nodes that are not there or of another type. The other node may be deleted right
    /// after: then its half of the edge is not put, and readers find no node at the end of this half.
    pub(super) async fn refuse_lost_ends(
        &self,
        writes: &[NodeWrite],
        outcomes: &mut [Option<Result<Outcome>>],
        which: Ends,
    ) {
        let mut ends = Vec::new();
        // What is created together with the edge is not there yet.
        let mut made = HashMap::new();
        for (position, write) in writes.iter().enumerate() {
            match &write.op {
                WriteOp::PutEdge { to, .. } if !which.has(self.home(write.id) == self.home(*to)) => {}
                WriteOp::Create { .. } => drop(made.insert(write.id, write.node_type)),
                WriteOp::PutEdge { edge, to, .. } if outcomes[position].is_none() => match made.get(to) {
                    Some(found) => outcomes[position] = self.end_refused(*edge, *to, Ok(Some(*found))).map(Err),
                    None => ends.push((position, *edge, *to)),
                },
                _ => {}
            }
        }
        if ends.is_empty() {
            return;
        }
        let (nodes, _) = self.nodes(ends.iter().map(|(_, _, to)| *to).collect()).await;
        for ((position, edge, to), node) in ends.into_iter().zip(nodes) {
            let found = node.map(|node| node.map(|node| node.node_type));
            outcomes[position] = self.end_refused(edge, to, found).map(Err);
        }
    }

    /// Why an edge cannot lead to a node that was found to be of this type, or not found.
    fn end_refused(&self, edge: EdgeType, to: NodeId, found: Result<Option<NodeType>>) -> Option<Error> {
        let expected = self.schema.stored_target(edge).expect("the edge was checked when it was written down");
        match found {
            Ok(Some(found)) if found == expected => None,
            Ok(Some(found)) => {
                let (expected, found) = (self.schema.type_name(expected), self.schema.type_name(found));
                Some(Error::WrongType { node: to, expected, found })
            }
            Ok(None) => Some(Error::NotFound { node: to }),
            Err(error) => Some(error),
        }
    }

    /// Commits writes that need no claims, each on the shard of its node.
    pub(super) async fn commit(&self, writes: &[NodeWrite]) -> Vec<Result<Outcome>> {
        let mut outcomes = vec![None; writes.len()];
        self.commit_open(writes, vec![None; writes.len()], &mut outcomes).await;
        outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(|| Err(unanswered()))).collect()
    }

    /// The outcomes of writes that were done before under the same write id. They come first,
    /// because a repetition would run into the unique values of its own first time.
    pub(super) async fn repeated(&self, writes: &[NodeWrite]) -> Vec<Option<Result<Outcome>>> {
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
            let batch = of_shard.iter().map(|(_, write)| (*write).clone()).collect::<Vec<_>>();
            let _change = self.change(&batch);
            let committed = self.shard(shard).write(&self.places[shard.get()], batch).await;
            committed.iter().for_each(|answer| self.look_after(shard, answer));
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

    /// Tells the cache of writes that begin, and of their end when the answer is dropped.
    pub(super) fn change(&self, writes: &[NodeWrite]) -> Option<Change<'_>> {
        self.caches.as_ref().map(|caches| caches.nodes.change(writes.iter().map(|write| write.id).collect()))
    }

    /// Lets go of the claims that no committed write rests on.
    pub(super) async fn let_go(&self, writes: Vec<NodeWrite>, outcomes: &[Result<Outcome>]) {
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

    /// Delivers the intents of committed writes and says for each write how far that came.
    pub(super) async fn deliver_all(
        self: &Arc<Self>,
        outcomes: &[Result<Outcome>],
        deadline: Instant,
    ) -> Vec<Followed> {
        let intent = |(position, outcome): (usize, &Result<Outcome>)| {
            let intent = outcome.as_ref().ok()?.intent.clone()?;
            Some((position, intent))
        };
        let (positions, intents): (Vec<usize>, Vec<_>) = outcomes.iter().enumerate().filter_map(intent).unzip();
        let mut followed = vec![Followed::default(); outcomes.len()];
        for (position, left) in positions.into_iter().zip(self.deliver(intents, deadline).await) {
            followed[position] = left;
        }
        followed
    }

    /// What a write came to, for its caller and for those who listen.
    pub(super) fn written(&self, outcome: Outcome, followed: Followed) -> Written {
        let mut touched = touched(&outcome.node, &outcome.changes);
        touched.extend(followed.touched);
        let written = Written { node: outcome.node, pending: followed.pending, touched };
        self.teller.tell(&written);
        written
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
pub(super) fn unanswered() -> Error {
    Error::Engine { reason: "the shard did not answer every write".into() }
}

/// Refuses an outcome that was recorded under the write's id and is another write's. A create
/// without an id gets a new one each time, so only its type tells.
pub(super) fn same_write(outcome: Outcome, write: &NodeWrite) -> Result<Outcome> {
    let node = &outcome.node;
    let create = matches!(write.op, WriteOp::Create { .. });
    if node.node_type != write.node_type || (!create && node.id != write.id) {
        return Err(Error::invalid(format!("the write id was used for another write, to node {}", node.id)));
    }
    Ok(outcome)
}
