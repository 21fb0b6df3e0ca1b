//! Claiming unique values before a write, and what happens to claims whose write did not commit.

use std::collections::{BTreeMap, HashSet};

use futures::future::join_all;

use crate::change::Change;
use crate::error::{Error, Result};
use crate::id::{Nonce, Timestamp};
use crate::index_key::IndexKey;
use crate::limits::{CLAIM_GRACE, FENCE_RETENTION};
use crate::schema::Building;
use crate::shard::{Claim, Claimed, NodeWrite, WriteOp};
use crate::shard_map::ShardIdx;
use crate::value::Value;

use super::Store;

/// Which values are claimed before the write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claiming {
    /// Those of other shards; the write itself claims what lies on its own.
    OtherShards,
    /// All. Claiming a value says who stands in the way, so that abandoned claims are cleared.
    Everywhere,
}

impl Store {
    /// Claims what the writes need, and notes in each write the claims that were granted. Answers
    /// for each write why it did not get all: that is its error if it comes to need the rest.
    pub(super) async fn claim(&self, writes: &mut [NodeWrite], claiming: Claiming) -> Vec<Option<Error>> {
        let mut by_shard: BTreeMap<ShardIdx, Vec<(usize, Claim)>> = BTreeMap::new();
        let mut wanted = HashSet::new();
        for (position, write) in writes.iter().enumerate() {
            for claim in self.wanted(write, claiming) {
                // A second write to the same node rests on the claim of the first.
                if !wanted.insert((claim.index, claim.value.clone(), claim.holder)) {
                    continue;
                }
                by_shard.entry(self.shard_of_value(&claim)).or_default().push((position, claim));
            }
        }
        let asked = by_shard.into_iter().map(|(shard, wanted)| async move {
            let claims = wanted.iter().map(|(_, claim)| claim.clone()).collect();
            let claimed = self.shard(shard).claim(claims).await;
            join_all(wanted.into_iter().zip(claimed).map(|((position, claim), claimed)| async move {
                let refused = self.granted(&claim, claimed).await.err();
                (position, claim, refused)
            }))
            .await
        });
        let mut refusals: Vec<Option<Error>> = vec![None; writes.len()];
        let mut doubtful = Vec::new();
        for (position, claim, refused) in join_all(asked).await.into_iter().flatten() {
            let Some(refused) = refused else {
                writes[position].claims.push(claim);
                continue;
            };
            if !refused.is_conflict() {
                doubtful.push(claim);
            }
            // A value that somebody holds is the last word; one that is being claimed is not.
            let last_word = matches!(refused, Error::Duplicate { .. });
            if refusals[position].is_none() || last_word {
                refusals[position] = Some(refused);
            }
        }
        self.release(doubtful).await;
        refusals
    }

    /// Takes back claims that no write rests on.
    pub(super) async fn release(&self, claims: Vec<Claim>) {
        let mut by_shard: BTreeMap<ShardIdx, Vec<Claim>> = BTreeMap::new();
        for claim in claims {
            by_shard.entry(self.shard_of_value(&claim)).or_default().push(claim);
        }
        let released = by_shard.into_iter().map(|(shard, claims)| self.shard(shard).release(claims));
        for error in join_all(released).await.into_iter().filter_map(Result::err) {
            // The next who wants the value clears it, once the claim is old enough.
            tracing::warn!(%error, "a claim was not released");
        }
    }

    /// Decides claims whose write may or may not have committed: whoever writes the nonce on the
    /// node's shard first has won. A write that won confirms its claims by its intent.
    pub(super) async fn decide_claims(&self, claims: Vec<Claim>) {
        let decided = join_all(claims.into_iter().map(|claim| async move {
            let voided = self.shard(self.home(claim.holder)).void(vec![claim.nonce]).await;
            matches!(voided.as_deref(), Ok([true])).then_some(claim)
        }));
        let lost = decided.await.into_iter().flatten().collect();
        self.release(lost).await;
    }

    /// The attempts that a write needs. Values that cannot be indexed are left to the write to refuse.
    pub(super) fn wanted(&self, write: &NodeWrite, claiming: Claiming) -> Vec<Claim> {
        let attempt = |index, value| Claim { index, value, holder: write.id, nonce: Nonce::generate() };
        let attempts: Vec<Claim> = match &write.op {
            WriteOp::Create { props: set, .. } | WriteOp::Update { set, .. } => {
                let unique = self.schema.indexes_over(write.node_type).filter(|index| index.unique);
                let values = unique.filter_map(|index| {
                    let value = set.get(&index.key).filter(|value| **value != Value::Null)?;
                    Some(attempt(index.id, IndexKey::new(value).ok()?))
                });
                values.collect()
            }
            WriteOp::Rederive { what: Building::Index(index), unique: Some(value), .. } => {
                vec![attempt(*index, value.clone())]
            }
            _ => return Vec::new(),
        };
        let home = self.home(write.id);
        attempts
            .into_iter()
            .filter(|claim| claiming == Claiming::Everywhere || self.shard_of_value(claim) != home)
            .collect()
    }

    async fn granted(&self, claim: &Claim, claimed: Result<Claimed>) -> Result<()> {
        let index = self.schema.index_name(claim.index);
        match claimed? {
            Claimed::Granted => Ok(()),
            Claimed::Held { holder } => Err(Error::Duplicate { index, holder }),
            Claimed::Pending { other, since } => {
                let holder = other.holder;
                let age = u64::try_from(Timestamp::now().0.saturating_sub(since.0)).unwrap_or(0);
                if u128::from(age) > FENCE_RETENTION.as_micros() && self.has_value(&other).await? {
                    // Its mark may have been removed since, so that the fences no longer tell who won. A repair confirms it.
                    return Err(Error::Duplicate { index, holder });
                }
                if u128::from(age) > CLAIM_GRACE.as_micros() {
                    self.decide_claims(vec![other]).await;
                }
                Err(Error::ClaimPending { index, holder })
            }
        }
    }

    /// Whether the node of an attempt has the value, as its shard has it now.
    async fn has_value(&self, attempt: &Claim) -> Result<bool> {
        let nodes = self.shard(self.home(attempt.holder)).nodes(&[attempt.holder]).await;
        let node = nodes.into_iter().next().transpose()?.flatten();
        let value = attempt.value.to_value()?;
        Ok(node.is_some_and(|node| self.schema.index_holds(attempt.index, &value, &node)))
    }

    fn shard_of_value(&self, claim: &Claim) -> ShardIdx {
        self.map.shard_of(claim.value.virtual_shard())
    }
}

/// The claims that a committed write did not need: the node had those values before.
pub(super) fn unused(claims: Vec<Claim>, changes: &[Change]) -> Vec<Claim> {
    let used = |claim: &Claim| {
        let rests_on_it =
            |change: &Change| matches!(change, Change::PutClaim { nonce: Some(nonce), .. } if *nonce == claim.nonce);
        changes.iter().any(rests_on_it)
    };
    claims.into_iter().filter(|claim| !used(claim)).collect()
}
