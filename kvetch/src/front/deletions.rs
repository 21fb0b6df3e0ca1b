//! What a deletion does after its own transaction, in steps of bounded size: the nodes that go with
//! it, and stored edges beyond the first step.
//!
//! The intent of the deleted node says what is unfinished and is removed last, so that whoever opens
//! the store next goes on where this one was interrupted. Nodes that go along are deleted with
//! intents of their own, put in a queue: a chain of them must not become a stack.

use std::sync::Arc;

use tokio::time::Instant;

use crate::change::{Touched, Unfinished, touched};
use crate::error::{Error, Result};
use crate::id::{EdgeType, NodeId, NodeType, Timestamp};
use crate::limits::DELETION_STEP_ROWS;
use crate::read::{EdgeAfter, EdgeRead};
use crate::schema::OnDelete;
use crate::shard::{Intent, NodeWrite, Outcome, WriteOp};

use super::Store;
use super::deliveries::Followed;

/// What one step of a deletion led to: intents that are applied and may have more to do.
#[derive(Debug, Default)]
struct Step {
    next: Vec<Intent>,
    touched: Vec<Touched>,
}

impl Store {
    /// Finishes a deletion whose intent is applied, and those that follow from it, as far as the
    /// deadline allows. What is left goes on in the background.
    pub(super) async fn finish_deletion(self: &Arc<Self>, intent: Intent, deadline: Instant) -> Followed {
        let mut followed = Followed::default();
        let mut queue = vec![intent];
        while let Some(intent) = queue.pop() {
            if Instant::now() >= deadline {
                followed.pending += 1;
                self.leftovers.add(self.home(intent.source));
                continue;
            }
            let mut step = Step::default();
            let done = self.step(&intent, deadline, &mut step).await;
            followed.touched.extend(step.touched);
            for (next, pending) in self.applied(step.next, deadline).await {
                if pending == 0 {
                    queue.push(next);
                } else {
                    followed.pending += pending;
                    self.leftovers.add(self.home(next.source));
                }
            }
            match done {
                Ok(()) => self.settle(&[intent]).await,
                Err(error) => {
                    tracing::warn!(%error, node = %intent.source, "a deletion goes on later");
                    followed.pending += 1;
                    self.leftovers.add(self.home(intent.source));
                }
            }
        }
        followed
    }

    async fn applied(&self, intents: Vec<Intent>, deadline: Instant) -> Vec<(Intent, u32)> {
        let pending = self.deliver_once(&intents, deadline).await;
        intents.into_iter().zip(pending).collect()
    }

    /// Does what an intent says is unfinished. What it came to is in `step`, also where it fails.
    async fn step(&self, intent: &Intent, deadline: Instant, step: &mut Step) -> Result<()> {
        for unfinished in &intent.unfinished {
            if let Unfinished::Cascade(edge) = unfinished {
                self.cascade(intent.source, *edge, deadline, step).await?;
            }
        }
        if intent.unfinished.contains(&Unfinished::StoredEdges) {
            // It replaces the intent by one that says what is unfinished after it.
            let swept = self.sweep(intent.source, intent.version).await?;
            step.touched.extend(touched(&swept.node, &swept.changes));
            step.next.extend(swept.intent);
        }
        Ok(())
    }

    /// Deletes the nodes that store the id of a deleted one, page by page. A page whose rows have been
    /// removed meanwhile is not read again, so that this ends even while removals are pending.
    async fn cascade(&self, from: NodeId, edge: EdgeType, deadline: Instant, step: &mut Step) -> Result<()> {
        let Ok(def) = self.schema.edge(edge) else {
            // The schema has dropped it, and its rows say nothing any more.
            return Ok(());
        };
        let mut read = EdgeRead::new(edge, DELETION_STEP_ROWS);
        loop {
            if Instant::now() >= deadline {
                return Err(Error::unavailable("the deadline of the write has passed"));
            }
            let mut pages = self.shard(self.home(from)).edges(&read, &[from]).await;
            let page = pages.pop().ok_or_else(|| Error::Engine { reason: "a page was not answered".into() })??;
            let targets = page.edges.iter().map(|edge| edge.to).filter(|to| *to != from).collect();
            self.delete_along(from, edge, def.to, targets, step).await?;
            let Some(last) = page.edges.last().filter(|_| page.has_next) else { return Ok(()) };
            read.after = Some(EdgeAfter::Position { sort_key: last.sort_key, to: last.to });
        }
    }

    /// Deletes those of the nodes that still store the id, at the version in which they were seen to.
    async fn delete_along(
        &self,
        from: NodeId,
        edge: EdgeType,
        node_type: NodeType,
        mut targets: Vec<NodeId>,
        step: &mut Step,
    ) -> Result<()> {
        self.check_deletable(node_type)?;
        // One that changed in between is looked at again; every time somebody else got ahead.
        while !targets.is_empty() {
            let (nodes, _) = self.nodes(std::mem::take(&mut targets)).await;
            let mut failed = None;
            let nodes = nodes.into_iter().filter_map(|node| match node {
                Ok(node) => node,
                Err(error @ Error::Corrupt { .. }) => {
                    tracing::warn!(%error, "a node stays though the one it belongs to was deleted");
                    None
                }
                Err(error) => {
                    failed.get_or_insert(error);
                    None
                }
            });
            let nodes = nodes.collect::<Vec<_>>().into_iter();
            let writes = nodes.filter(|node| self.schema.edge_holds(edge, from, node)).map(|node| {
                let op = WriteOp::Delete { expected_version: Some(node.version) };
                NodeWrite { id: node.id, node_type, op, now: Timestamp::now(), write_id: None, claims: Vec::new() }
            });
            let writes: Vec<NodeWrite> = writes.collect();
            for (write, outcome) in writes.iter().zip(self.commit(&writes).await) {
                match outcome {
                    Ok(outcome) => {
                        step.touched.extend(touched(&outcome.node, &outcome.changes));
                        step.next.extend(outcome.intent);
                    }
                    Err(Error::Conflict { node, .. }) => targets.push(node),
                    Err(Error::NotFound { .. }) => {}
                    Err(error @ (Error::Restricted { .. } | Error::Corrupt { .. })) => {
                        tracing::warn!(%error, "a node stays though the one it belongs to was deleted");
                    }
                    // All outcomes are looked at before the step fails: those that were deleted are not found again,
                    // and what follows from them is known here alone.
                    Err(Error::Backlogged { .. }) => {
                        failed.get_or_insert(Error::unavailable(format!("node {} waits", write.id)));
                    }
                    Err(error) => {
                        failed.get_or_insert(error);
                    }
                }
            }
            if let Some(error) = failed {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Refuses to delete nodes of a type while an edge that has a say in it is being filled in: its rows do not yet
    /// tell who stores their ids.
    pub(super) fn check_deletable(&self, node_type: NodeType) -> Result<()> {
        let mut asked = self.schema.edges().filter(|def| def.from == node_type && def.on_delete != OnDelete::Keep);
        let building = asked.find(|def| !self.with_catalog(|catalog| catalog.edge_ready(def.id)));
        building.map_or(Ok(()), |def| Err(Error::NotReady { what: format!("edge {}", def.name).into() }))
    }

    /// Removes the next stored edges of a deleted node, whose intent of this version is applied.
    async fn sweep(&self, id: NodeId, applied: u64) -> Result<Outcome> {
        let write = NodeWrite {
            id,
            // Of no account here: the tombstone keeps the type.
            node_type: NodeType(0),
            op: WriteOp::Sweep { applied },
            now: Timestamp::now(),
            write_id: None,
            claims: Vec::new(),
        };
        self.commit(&[write]).await.pop().expect("there is an outcome for every write")
    }
}
