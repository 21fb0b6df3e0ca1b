//! Writes to nodes that are there. Rules and hooks see the very state that is written over: a write that finds another
//! one is begun anew.

use std::future::Future;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use kvetch::{Delete, Node, NodeId, NodeType, Touched, Update, Written};

use super::Cx;
use super::definition::{NodeChange, NodeDraft};
use super::draft::{Action, to_be_updated};
use crate::error::{Error, Result};

/// How often a write is begun anew because somebody else wrote the node after rules and hooks had seen it.
pub(super) const ATTEMPTS: u32 = 16;

impl Cx {
    /// Updates a node, and forgets what was known of what it changes.
    ///
    /// # Errors
    /// As [`kvetch::Kvetch::update`]; a node that the viewer may not see is not found, and
    /// [`Error::Forbidden`] and [`Error::Unseen`] say what rules do.
    pub async fn update(&self, update: Update) -> Result<Written> {
        let written = self.updated(update).await?;
        self.seen(written).await
    }

    /// Deletes a node, and forgets what was known of what it changes. The answer is the node as it was.
    ///
    /// Rules and hooks of nodes that go along (`CASCADE`) are not asked: that they go is what the schema says.
    ///
    /// # Errors
    /// As [`kvetch::Kvetch::delete`]; a node that the viewer may not see is not found, and [`Error::Forbidden`] says
    /// what rules do.
    pub async fn delete(&self, delete: Delete) -> Result<Written> {
        let Some(def) = self.guarded(delete.node_type) else {
            let kvetch = self.shared.kvetch()?.clone();
            return self.write(async move { kvetch.delete(delete).await }).await;
        };
        let mut attempt = 1;
        loop {
            let before = self.at_version(delete.node_type, delete.id, delete.expected_version).await?;
            let change = NodeChange { before: Some(before.clone()), after: None };
            self.drafted(def, NodeDraft { before: Some(before.clone()), set: None }).await?;
            self.permitted(delete.node_type, Action::Delete, std::slice::from_ref(&change)).await.remove(0)?;
            let kvetch = self.shared.kvetch()?.clone();
            let exact = Delete { expected_version: Some(before.version), ..delete.clone() };
            match self.write(async move { kvetch.delete(exact).await }).await {
                Err(error) if lost(&error) && delete.expected_version.is_none() && attempt < ATTEMPTS => attempt += 1,
                Err(error) => return Err(error),
                Ok(written) => {
                    self.followed_up(def, change).await?;
                    // The viewer might not see what went along.
                    let touched = vec![Touched::Node(written.node.id)];
                    return Ok(if self.judging().is_some() { Written { touched, ..written } } else { written });
                }
            }
        }
    }

    /// The same as [`Cx::update`], whether or not the viewer may see what comes of it.
    pub(crate) async fn updated(&self, update: Update) -> Result<Written> {
        self.updated_where(update, |_| true).await
    }

    /// The same, unless a node is not as it was found to be: then it is not found.
    pub(super) async fn updated_where(&self, update: Update, holds: impl Fn(&Node) -> bool) -> Result<Written> {
        let Some(def) = self.guarded(update.node_type) else {
            let kvetch = self.shared.kvetch()?.clone();
            return self.write(async move { kvetch.update(update).await }).await;
        };
        let mut attempt = 1;
        loop {
            let before = self.at_version(update.node_type, update.id, update.expected_version).await?;
            if !holds(&before) {
                return Err(kvetch::Error::NotFound { node: update.id }.into());
            }
            let draft = NodeDraft { before: Some(before.clone()), set: Some(update.set.clone()) };
            let set = self.drafted(def, draft).await?;
            let mut change = NodeChange { after: Some(to_be_updated(&before, &set)?), before: Some(before.clone()) };
            self.permitted(update.node_type, Action::Update, std::slice::from_ref(&change)).await.remove(0)?;
            let kvetch = self.shared.kvetch()?.clone();
            let exact = Update { set, expected_version: Some(before.version), ..update.clone() };
            match self.write(async move { kvetch.update(exact).await }).await {
                Err(error) if lost(&error) && update.expected_version.is_none() && attempt < ATTEMPTS => attempt += 1,
                Err(error) => return Err(error),
                Ok(written) => {
                    change.after = Some(Arc::new(written.node.clone()));
                    self.followed_up(def, change).await?;
                    return Ok(written);
                }
            }
        }
    }

    /// The node that a write names, if the viewer may see it, at the version that the write expects.
    async fn at_version(&self, node_type: NodeType, id: NodeId, expected: Option<u64>) -> Result<Arc<Node>> {
        let known = self.present(node_type, id).await?;
        let Some(expected) = expected.filter(|expected| *expected != known.version) else { return Ok(known) };
        // What this scope knows may be old.
        self.shared.forget_node(id);
        let node = self.present(node_type, id).await?;
        if node.version != expected {
            return Err(kvetch::Error::Conflict { node: id, expected, found: node.version }.into());
        }
        Ok(node)
    }

    async fn present(&self, node_type: NodeType, id: NodeId) -> Result<Arc<Node>> {
        let node = self.nodes(vec![id]).await.pop().expect("one answer per key")?;
        let node = node.ok_or(kvetch::Error::NotFound { node: id })?;
        if node.node_type != node_type {
            let (expected, found) = (self.type_name(node_type), self.type_name(node.node_type));
            return Err(kvetch::Error::WrongType { node: id, expected, found }.into());
        }
        Ok(node)
    }

    /// What a write answers, if the viewer may see it.
    async fn seen(&self, written: Written) -> Result<Written> {
        self.seen_of(vec![Ok(written)]).await.remove(0)
    }

    /// The same for many.
    pub(super) async fn seen_of(&self, written: Vec<Result<Written>>) -> Vec<Result<Written>> {
        let rules =
            |written: &Result<Written>| written.as_ref().is_ok_and(|written| self.has_rules(written.node.node_type));
        if !written.iter().any(rules) {
            return written;
        }
        let node = |written: &Result<Written>| Ok(written.as_ref().ok().map(|written| Arc::new(written.node.clone())));
        let shown = self.shown(written.iter().map(node).collect()).await;
        let seen = written.into_iter().zip(shown).map(|(written, shown)| {
            let written = written?;
            match shown {
                Ok(Some(_)) => Ok(written),
                // Where a rule fails, too: that it has been written must not be lost.
                Ok(None) | Err(_) => {
                    Err(Error::Unseen { entity: self.type_name(written.node.node_type), id: written.node.id })
                }
            }
        });
        seen.collect()
    }

    /// Makes a write.
    pub(super) fn write(
        &self,
        write: impl Future<Output = kvetch::Result<Written>> + Send + 'static,
    ) -> impl Future<Output = Result<Written>> {
        // A write is a large future, and whoever awaits one would be larger by all of it.
        let writes = async move { vec![write.await] }.boxed();
        async move { self.write_each(writes).await?.remove(0) }
    }

    /// Makes writes in a task of the store's: a caller who goes away must not leave the scope with what it knew before.
    pub(super) async fn write_each(
        &self,
        writes: BoxFuture<'static, Vec<kvetch::Result<Written>>>,
    ) -> Result<Vec<Result<Written>>> {
        if self.is_read_only {
            return Err(Error::internal("a privacy rule may only read, and was about to write"));
        }
        let shared = self.shared.clone();
        let carried = self.shared.kvetch()?.carry_out(async move {
            let outcomes = writes.await;
            shared.wrote(&outcomes);
            outcomes
        });
        let outcomes = carried.await?;
        let mut answers = Vec::with_capacity(outcomes.len());
        for outcome in outcomes {
            answers.push(match outcome {
                Ok(written) => Ok(written),
                Err(error) => Err(self.masked(Arc::new(error)).await),
            });
        }
        Ok(answers)
    }
}

/// Whether somebody else wrote the node in between.
fn lost(error: &Error) -> bool {
    matches!(error, Error::Storage(error) if matches!(**error, kvetch::Error::Conflict { .. }))
}
