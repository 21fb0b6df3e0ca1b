//! A write before it is sent: hooks may change it, rules may forbid it.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use kvetch::{Body, Create, Node, NodeId, NodeType, Props, Timestamp, Value};

use super::Cx;
use super::definition::{Asked, NodeChange, NodeDraft, NodeTypeDef, PrivacyDef, WriteRules};
use super::guard::rule_failed;
use crate::error::{Error, Result};

/// What is done to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Create,
    Update,
    Delete,
}

impl Action {
    fn rules(self, privacy: &PrivacyDef) -> WriteRules {
        match self {
            Self::Create => privacy.create,
            Self::Update => privacy.update,
            Self::Delete => privacy.delete,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

impl Cx {
    /// What is to be set, after the hook of the type has had its say.
    pub(super) async fn drafted(&self, def: &NodeTypeDef, draft: NodeDraft) -> Result<Props> {
        match &def.hooks {
            None => Ok(draft.set.unwrap_or_default()),
            Some(hooks) => caught("a hook", (hooks.before)(self, draft)).await?,
        }
    }

    /// Tells the hook of a type what has been written.
    pub(super) async fn followed_up(&self, def: &NodeTypeDef, change: NodeChange) -> Result<()> {
        match &def.hooks {
            None => Ok(()),
            Some(hooks) => caught("a hook", (hooks.after)(self, change)).await?,
        }
    }

    /// Whether the viewer may make these changes, all of one type: an error for each that is forbidden.
    pub(super) async fn permitted(
        &self,
        node_type: NodeType,
        action: Action,
        changes: &[NodeChange],
    ) -> Vec<Result<()>> {
        let Some(privacy) = self.rules(node_type) else { return changes.iter().map(|_| Ok(())).collect() };
        let cx = self.for_rules();
        let rules = action.rules(privacy);
        let answers = match caught("a privacy rule", rules(Asked { cx: &cx, subjects: changes })).await {
            Ok(answers) => answers,
            Err(panicked) => changes.iter().map(|_| Err(panicked.clone())).collect(),
        };
        let entity = self.type_name(node_type);
        let mut answers = answers.into_iter();
        let permission = |change: &NodeChange| match answers.next() {
            Some(Ok(true)) => Ok(()),
            Some(Err(error)) => Err(rule_failed(&error)),
            Some(Ok(false)) | None => {
                let id = change.before.as_ref().map(|node| node.id);
                Err(Error::Forbidden { action: action.name(), entity: entity.clone(), id })
            }
        };
        changes.iter().map(permission).collect()
    }
}

/// The node that a write would create. Its id is not the one that it will have, unless the write names one.
pub(super) fn to_be_created(create: &Create) -> Result<Arc<Node>> {
    let id = create.id.unwrap_or_else(NodeId::generate);
    let now = Timestamp::now();
    let created = create.created.unwrap_or(now);
    let node_type = create.node_type;
    let body = body_of(Props::new(), &create.props)?;
    Ok(Arc::new(Node { id, node_type, version: 1, created, updated: now, body }))
}

/// A node as it would be after an update.
pub(super) fn to_be_updated(before: &Node, set: &Props) -> Result<Arc<Node>> {
    let body = body_of(before.body.to_props()?, set)?;
    let (version, updated) = (before.version + 1, Timestamp::now());
    Ok(Arc::new(Node { version, updated, body, ..before.clone() }))
}

/// What a node stores once these values are set: null clears, what is absent stays.
fn body_of(stored: Props, set: &Props) -> Result<Body> {
    let kept = stored.into_iter().filter(|(key, _)| set.get(key).is_none());
    let put = set.iter().filter(|(_, value)| **value != Value::Null);
    let props = kept.chain(put.map(|(key, value)| (key.clone(), value.clone()))).collect::<Props>();
    Ok(Body::from_props(&props)?)
}

/// Turns a panic of the user's code into an error.
async fn caught<T>(what: &'static str, future: impl Future<Output = T>) -> Result<T> {
    let outcome = AssertUnwindSafe(future).catch_unwind().await;
    outcome.map_err(|_| Error::internal(format_args!("{what} panicked")))
}
