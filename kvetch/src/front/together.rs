//! Writes that are done together, in one transaction of the shard they all lie on.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use futures::future::join;
use tokio::time::Instant;

use crate::decide::{Stored, existing};
use crate::error::{Error, Result};
use crate::id::NodeId;
use crate::limits::WRITE_DEADLINE;
use crate::shard::{NodeWrite, Outcome, WriteOp};
use crate::write::Written;

use super::claims::Claiming;
use super::writes::{Ends, same_write, unanswered};
use super::{Store, backoff};

impl Store {
    /// Does writes to nodes of one virtual shard together: all of them or none.
    pub(super) async fn write_together(self: Arc<Self>, writes: Vec<NodeWrite>) -> Result<Vec<Written>> {
        let deadline = Instant::now() + WRITE_DEADLINE;
        for attempt in 0.. {
            let result = self.attempt_together(writes.clone(), deadline).await;
            let late = Instant::now() >= deadline;
            match result {
                Err(Error::ClaimPending { .. }) if !late => {}
                Err(Error::Backlogged { node, .. }) if !late => self.deliver_pending(node, deadline).await,
                result => return result,
            }
            tokio::time::sleep(backoff(attempt)).await;
        }
        unreachable!("attempts end at the deadline")
    }

    async fn attempt_together(self: &Arc<Self>, mut writes: Vec<NodeWrite>, deadline: Instant) -> Result<Vec<Written>> {
        let outcomes = match self.done_before(&writes).await? {
            Some(outcomes) => Ok(outcomes),
            None => self.commit_together(&mut writes).await,
        };
        let each: Vec<Result<Outcome>> = match &outcomes {
            Ok(outcomes) if outcomes.len() != writes.len() => vec![Err(unanswered()); writes.len()],
            Ok(outcomes) => {
                outcomes.iter().cloned().zip(&writes).map(|(outcome, write)| same_write(outcome, write)).collect()
            }
            Err(error) => vec![Err(error.clone()); writes.len()],
        };
        let (_, followed) = join(self.let_go(writes, &each), self.deliver_all(&each, deadline)).await;
        each.into_iter().zip(followed).map(|(outcome, followed)| Ok(self.written(outcome?, followed))).collect()
    }

    /// The outcomes of these writes, if they were done before. They were done together or not at all, so that
    /// their write id names other writes where it is known of some only.
    async fn done_before(&self, writes: &[NodeWrite]) -> Result<Option<Vec<Outcome>>> {
        let done = self.repeated(writes).await;
        let known = done.iter().flatten().cloned().collect::<Result<Vec<_>>>()?;
        match known.len() {
            0 => Ok(None),
            some if some == writes.len() => Ok(Some(known)),
            some => {
                let reason = format!("the write id was used for {some} writes together and not for {}", writes.len());
                Err(Error::invalid(reason))
            }
        }
    }

    /// Values are claimed first, wherever they lie, so that which of them is refused does not
    /// depend on the shard.
    async fn commit_together(self: &Arc<Self>, writes: &mut [NodeWrite]) -> Result<Vec<Outcome>> {
        let Some(home) = writes.first().map(|write| self.home(write.id)) else { return Ok(Vec::new()) };
        let mut ends = vec![None; writes.len()];
        self.refuse_lost_ends(writes, &mut ends, Ends::Wherever).await;
        let mut refused = ends.into_iter().flatten().find_map(Result::err).or_else(|| self.shared_value(writes));
        if refused.is_none() {
            refused = self.claim(writes, Claiming::Everywhere).await.into_iter().flatten().next();
        }
        if let Some(refused) = refused {
            return Err(self.refused_outright(writes).await.unwrap_or(refused));
        }
        let _change = self.change(writes);
        let committed = self.shard(home).write_together(&self.places[home.get()], writes.to_vec()).await;
        self.look_after(home, &committed);
        committed
    }

    /// Two of the writes that want one unique value: the second would wait for the first in vain.
    fn shared_value(&self, writes: &[NodeWrite]) -> Option<Error> {
        let mut holders = BTreeMap::new();
        let wanted = writes.iter().flat_map(|write| self.wanted(write, Claiming::Everywhere));
        for claim in wanted {
            let holder = *holders.entry((claim.index, claim.value)).or_insert(claim.holder);
            if holder != claim.holder {
                return Some(Error::Duplicate { index: self.schema.index_name(claim.index), holder });
            }
        }
        None
    }

    /// What is wrong with the nodes themselves, which comes before what is wrong with values and ends of edges. Of
    /// several writes to one node only the first can be told from here.
    async fn refused_outright(&self, writes: &[NodeWrite]) -> Option<Error> {
        let mut first: HashMap<NodeId, &NodeWrite> = HashMap::new();
        let ids: Vec<NodeId> = writes.iter().map(|write| write.id).collect();
        for write in writes {
            first.entry(write.id).or_insert(write);
        }
        let (nodes, _) = self.nodes(ids).await;
        nodes.into_iter().zip(writes).find_map(|(node, write)| {
            if !std::ptr::eq(first[&write.id], write) {
                return None;
            }
            match (node, &write.op) {
                (Err(error), _) => Some(error),
                (Ok(None), WriteOp::Create { .. }) => None,
                (Ok(node), _) => {
                    let stored = node.map_or(Stored::Nothing, |node| Stored::Node(Arc::unwrap_or_clone(node)));
                    existing(&self.places[self.home(write.id).get()], write, &stored).err()
                }
            }
        })
    }
}
