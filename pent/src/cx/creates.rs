//! Writes that make nodes, one or many at once.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::join_all;
use kvetch::{Create, NodeType, Written};

use super::Cx;
use super::definition::{NodeChange, NodeDraft};
use super::draft::{Action, to_be_created};
use crate::error::{Error, Result};

impl Cx {
    /// Creates a node, and forgets what was known of what it changes.
    ///
    /// Like all writes it is carried out whether or not its caller waits for it.
    ///
    /// # Errors
    /// As [`kvetch::Kvetch::create`]; [`Error::Forbidden`] and [`Error::Unseen`] say what rules do.
    pub async fn create(&self, create: Create) -> Result<Written> {
        self.create_many(vec![create]).await.remove(0)
    }

    /// Creates many nodes, each as [`Cx::create`] would, with the commits shared and the rules asked once for all of a
    /// type. One that fails harms no other.
    pub async fn create_many(&self, creates: Vec<Create>) -> Vec<Result<Written>> {
        let created = self.created_many(creates).await;
        self.seen_of(created).await
    }

    /// The same as [`Cx::create`], whether or not the viewer may see what comes of it.
    pub(crate) async fn created(&self, create: Create) -> Result<Written> {
        self.created_many(vec![create]).await.remove(0)
    }

    async fn created_many(&self, creates: Vec<Create>) -> Vec<Result<Written>> {
        let drafts = join_all(creates.into_iter().map(|create| self.prepared(create))).await;
        let drafts = self.permitted_of(drafts).await;
        let refused = drafts.iter().map(|draft| draft.as_ref().err().cloned()).collect::<Vec<_>>();
        let creates = drafts.into_iter().flatten().map(|draft| draft.create).collect::<Vec<_>>();
        let node_types = creates.iter().map(|create| create.node_type).collect::<Vec<_>>();

        let sent = self.sent(creates).await;
        let followed = sent.into_iter().zip(node_types).map(|(written, node_type)| self.told(node_type, written));
        let mut written = join_all(followed).await.into_iter();
        let answer = |refused: Option<Error>| match refused {
            Some(error) => Err(error),
            None => written.next().expect("one answer for each that was sent"),
        };
        refused.into_iter().map(answer).collect()
    }

    async fn sent(&self, creates: Vec<Create>) -> Vec<Result<Written>> {
        let count = creates.len();
        if count == 0 {
            return Vec::new();
        }
        let sent = match self.shared.kvetch().cloned() {
            Ok(kvetch) => self.write_each(async move { kvetch.create_many(creates).await }.boxed()).await,
            Err(error) => Err(error),
        };
        sent.unwrap_or_else(|error| vec![Err(error); count])
    }

    /// A node to be created, as the hook of its type wants it.
    async fn prepared(&self, create: Create) -> Result<Draft> {
        let Some(def) = self.guarded(create.node_type) else { return Ok(Draft { create, change: None }) };
        let set = self.drafted(def, NodeDraft { before: None, set: Some(create.props.clone()) }).await?;
        let create = Create { props: set, ..create };
        let change = NodeChange { before: None, after: Some(to_be_created(&create)?) };
        Ok(Draft { create, change: Some(change) })
    }

    /// Refuses what the rules forbid; they are asked once for each type.
    async fn permitted_of(&self, mut drafts: Vec<Result<Draft>>) -> Vec<Result<Draft>> {
        let mut types: Vec<(NodeType, Vec<usize>, Vec<NodeChange>)> = Vec::new();
        for (position, draft) in drafts.iter().enumerate() {
            let Ok(Draft { create, change: Some(change) }) = draft else { continue };
            match types.iter_mut().find(|(known, ..)| *known == create.node_type) {
                Some((_, positions, changes)) => {
                    positions.push(position);
                    changes.push(change.clone());
                }
                None => types.push((create.node_type, vec![position], vec![change.clone()])),
            }
        }
        for (node_type, positions, changes) in types {
            let permissions = self.permitted(node_type, Action::Create, &changes).await;
            for (position, permission) in positions.into_iter().zip(permissions) {
                if let Err(error) = permission {
                    drafts[position] = Err(error);
                }
            }
        }
        drafts
    }

    /// Tells the hook of a type what has been created.
    async fn told(&self, node_type: NodeType, written: Result<Written>) -> Result<Written> {
        let written = written?;
        if let Some(def) = self.guarded(node_type) {
            let change = NodeChange { before: None, after: Some(Arc::new(written.node.clone())) };
            self.followed_up(def, change).await?;
        }
        Ok(written)
    }
}

/// A node to be created, and how rules see that.
struct Draft {
    create: Create,
    /// `None` for a type without rules and hooks.
    change: Option<NodeChange>,
}
