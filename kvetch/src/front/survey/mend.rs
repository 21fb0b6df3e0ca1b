//! Bringing rows back in step with their nodes.
//!
//! A row is mended by a write to the node it follows from, which changes nothing but its version:
//! under the lock of the node it is derived anew, and rows of other shards go through an intent at
//! that new version. So it is in order with all other writes of the node, and what was pending of it goes along.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::time::Instant;

use crate::change::{Change, Row};
use crate::error::{Error, Result};
use crate::id::{EdgeType, NodeId, NodeType, Timestamp};
use crate::limits::WRITE_DEADLINE;
use crate::shard::{Claim, Delivery, Intent, NodeWrite, WriteOp};
use crate::shard_map::ShardIdx;

use super::super::Store;
use super::super::leftovers::Pass;

/// By how many bits the step of a version grows with each attempt to mend.
const MENDING_LEAP_BITS: u32 = 10;

/// What brings a row back in step.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fix {
    /// Nothing that could be known here.
    None,
    /// The row is made what its source says.
    Mend {
        source: NodeId,
        row: Row,
        /// A stored edge with an end that is not there.
        gone: bool,
        expected_version: Option<u64>,
        /// A claim of another node that stands in the way, and goes first.
        first: Option<(NodeId, Row)>,
    },
    /// The count is counted again, by its shard.
    Recount { shard: ShardIdx, edge: EdgeType, from: NodeId },
    /// The attempt is decided, and taken back.
    Attempt { claim: Claim },
    /// The row is removed where it lies.
    Remove { shard: ShardIdx, row: Row },
}

/// The rows of one node that are mended by one write.
#[derive(Debug, Default)]
struct Mending {
    rows: Vec<Row>,
    gone: Vec<Row>,
    expected_version: Option<u64>,
}

type Mendings = BTreeMap<NodeId, Mending>;

impl Store {
    /// Applies these fixes as far as that can be done. Whoever asked looks again afterwards, and where that did not help
    /// has the versions of the nodes rise further: the fences of a shard may stand far above those of nodes that were put
    /// back from an older state.
    pub(super) async fn mend(self: Arc<Self>, fixes: Vec<Fix>, attempt: u32) {
        let step = 1 << (attempt * MENDING_LEAP_BITS);
        let (mut first, mut mendings) = (Mendings::new(), Mendings::new());
        let (mut counts, mut attempts) = (BTreeMap::<ShardIdx, Vec<_>>::new(), Vec::new());
        for fix in fixes {
            match fix {
                Fix::None => {}
                Fix::Mend { source, row, gone, expected_version, first: in_the_way } => {
                    if let Some((holder, row)) = in_the_way {
                        first.entry(holder).or_default().rows.push(row);
                    }
                    let mending = mendings.entry(source).or_default();
                    mending.expected_version = expected_version.or(mending.expected_version);
                    if gone {
                        mending.gone.push(row.clone());
                    }
                    mending.rows.push(row);
                }
                Fix::Recount { shard, edge, from } => counts.entry(shard).or_default().push((edge, from)),
                Fix::Attempt { claim } => attempts.push(claim),
                Fix::Remove { shard, row } => self.remove(shard, row).await,
            }
        }
        self.write_mendings(first, step).await;
        self.write_mendings(mendings, step).await;
        for claim in attempts {
            self.end_attempt(claim, step).await;
        }
        for (shard, counts) in counts {
            if let Err(error) = self.shard(shard).recount(counts).await {
                tracing::warn!(%error, shard = shard.0, "counts were not mended");
            }
        }
    }

    async fn write_mendings(self: &Arc<Self>, mendings: Mendings, step: u64) {
        let writes = mendings.into_iter().map(|(id, Mending { mut rows, mut gone, expected_version })| {
            for rows in [&mut rows, &mut gone] {
                rows.sort();
                rows.dedup();
            }
            let op = WriteOp::Mend { rows, gone, expected_version, step };
            // Of no account here: the row keeps the type.
            let node_type = NodeType(0);
            NodeWrite { id, node_type, op, now: Timestamp::now(), write_id: None, claims: Vec::new() }
        });
        let writes: Vec<NodeWrite> = writes.collect();
        let deadline = Instant::now() + WRITE_DEADLINE;
        let mut intents = Vec::new();
        for (write, outcome) in writes.iter().zip(self.commit(&writes).await) {
            match outcome {
                Ok(outcome) => intents.extend(outcome.intent),
                Err(Error::Backlogged { .. }) => self.deliver_pending(write.id, deadline).await,
                // Somebody got ahead; it is looked at again.
                Err(Error::Conflict { .. }) => {}
                Err(error) => tracing::warn!(%error, node = %write.id, "rows of a node were not mended"),
            }
        }
        self.deliver_and_settle(intents, deadline).await;
    }

    /// Applies intents and removes those that are applied.
    async fn deliver_and_settle(self: &Arc<Self>, intents: Vec<Intent>, deadline: Instant) {
        let pending = self.deliver_once(&intents, deadline).await;
        let mut applied = Vec::new();
        for (intent, pending) in intents.into_iter().zip(pending) {
            if pending > 0 {
                self.leftovers.add(self.home(intent.source));
            } else if intent.unfinished.is_empty() {
                applied.push(intent);
            } else {
                self.finish_deletion(intent, deadline).await;
            }
        }
        if !applied.is_empty() {
            self.settle(&applied).await;
        }
    }

    /// Whoever writes the mark first has decided the attempt. Once it stands there, no write can
    /// win by it any more; if one has won before, the node says whether the value is its own.
    async fn end_attempt(self: &Arc<Self>, claim: Claim, step: u64) {
        if let Err(error) = self.shard(self.home(claim.holder)).void(vec![claim.nonce]).await {
            tracing::warn!(%error, holder = %claim.holder, "an attempt was not decided");
            return;
        }
        let row = Row::Claim(claim.index, claim.value.clone(), claim.holder);
        let mending = Mending { rows: vec![row.clone()], ..Mending::default() };
        self.write_mendings(Mendings::from([(claim.holder, mending)]), step).await;
        // A claim that is still to be confirmed keeps its attempt, which keeps others off.
        let pending = self.pending_of(claim.holder).await;
        let names_it = |intent: &Intent| intent.changes.iter().any(|change| change.row() == row);
        if pending.is_ok_and(|intent| !intent.as_ref().is_some_and(names_it)) {
            self.release_at(claim).await;
        }
    }

    async fn release_at(&self, claim: Claim) {
        let shard = self.map.shard_of(claim.value.virtual_shard());
        if let Err(error) = self.shard(shard).release(vec![claim]).await {
            tracing::warn!(%error, "an attempt was not taken back");
        }
    }

    /// Removes a row from a shard that it does not belong to. No write has anything to do with it there, so that
    /// it needs no node, and nobody's fence.
    async fn remove(&self, shard: ShardIdx, row: Row) {
        let delivery = Delivery { source: NodeId::generate(), version: 0, changes: vec![Change::removal_of(row)] };
        for error in self.shard(shard).apply(vec![delivery]).await.into_iter().filter_map(Result::err) {
            tracing::warn!(%error, shard = shard.0, "a row on the wrong shard was not removed");
        }
    }

    /// Applies everything that is pending, once, and names the shards whose intents cannot be read. An intent that does
    /// not decode is removed: what it said follows from its node, whose rows are compared next.
    pub(super) async fn finish_intents(self: Arc<Self>) -> Vec<(ShardIdx, Error)> {
        let mut pass = Pass::default();
        for shard in self.all_shards() {
            self.finish_shard(shard, &mut pass).await;
            if let Err(error) = self.remove_unreadable_intents(shard).await {
                tracing::warn!(%error, shard = shard.0, "intents that do not decode were not removed");
            }
        }
        pass.unread
    }

    async fn remove_unreadable_intents(&self, shard: ShardIdx) -> Result<()> {
        let mut after = None;
        loop {
            let page = self.intents_of(shard, after).await?;
            let unreadable: Vec<_> = page.unreadable.iter().map(|(source, version, _)| (*source, *version)).collect();
            if !unreadable.is_empty() {
                self.shard(shard).settle(unreadable).await?;
            }
            let Some(last) = page.last else { return Ok(()) };
            after = Some(last);
        }
    }
}
