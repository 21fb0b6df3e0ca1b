//! What the table says of nodes of one type: their number, who may see and change them, what happens around writes.

use std::sync::Arc;

use futures::future::BoxFuture;
use kvetch::{Create, Node, NodeId, NodeType, Props, Value};

use super::Cx;
use crate::error::Result;

/// The nodes of an entity.
#[derive(Debug)]
pub struct NodeTypeDef {
    /// The number of their type; never reused.
    pub id: u32,
    /// Who may see and change them; everybody, where there are no rules.
    pub privacy: Option<PrivacyDef>,
    /// What happens around their writes.
    pub hooks: Option<HooksDef>,
    /// What is added to those that are created.
    pub creation: Option<CreationDef>,
}

/// What is added to entities that are created by their types, or by a mutation.
#[derive(Debug, Clone, Copy)]
pub struct CreationDef {
    /// The values of what is left out or null, by the names they are stored under.
    pub defaults: fn() -> Props,
    /// The name under which the id is stored of the entity that a new one lies beside, on one shard.
    pub near: Option<&'static str>,
}

/// The privacy rules of an entity, as generated code puts them into the table.
#[derive(Debug)]
pub struct PrivacyDef {
    /// Who may see a node.
    pub read: NodeRules,
    /// Who may create one.
    pub create: WriteRules,
    /// Who may change one.
    pub update: WriteRules,
    /// Who may delete one.
    pub delete: WriteRules,
    /// Who may follow an edge from a node that they may see, by the number of the edge. What is not listed, everybody.
    pub edges: &'static [(u32, NodeRules)],
}

/// The hooks of an entity, as generated code puts them into the table.
#[derive(Debug)]
pub struct HooksDef {
    /// What to write in place of what was asked for.
    pub before: BeforeHook,
    /// What follows from a write.
    pub after: AfterHook,
}

/// The rules of an entity for nodes: for each, whether the viewer may.
pub type NodeRules = for<'a> fn(Asked<'a, Arc<Node>>) -> Answers<'a>;
/// The same for writes.
pub type WriteRules = for<'a> fn(Asked<'a, NodeChange>) -> Answers<'a>;
/// A hook that runs before a write is sent: what to set, or why not to write.
pub type BeforeHook = for<'a> fn(&'a Cx, NodeDraft) -> BoxFuture<'a, Result<Props>>;
/// A hook that runs after a write.
pub type AfterHook = for<'a> fn(&'a Cx, NodeChange) -> BoxFuture<'a, Result<()>>;

/// What rules are asked about: a batch of subjects, and a context that sees everything.
#[derive(Debug)]
pub struct Asked<'a, S> {
    pub(crate) cx: &'a Cx,
    pub(crate) subjects: &'a [S],
}

/// One answer for each subject: whether the viewer may, or why that could not be said, which comes to the same.
pub type Answers<'a> = BoxFuture<'a, Vec<Result<bool>>>;

/// A write, as it changes a node. One of the two is there, both in an update.
#[derive(Debug, Clone)]
pub struct NodeChange {
    /// The node as it was; `None` when it is created.
    pub before: Option<Arc<Node>>,
    /// The node as it is to be, or as it is now; `None` when it is deleted.
    pub after: Option<Arc<Node>>,
}

/// A write that is about to be made.
#[derive(Debug, Clone)]
pub struct NodeDraft {
    /// The node as it is; `None` when it is to be created.
    pub before: Option<Arc<Node>>,
    /// What is to be set; `None` when it is to be deleted.
    pub set: Option<Props>,
}

impl<S> Clone for Asked<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Asked<'_, S> {}

impl CreationDef {
    /// A node to be created, with what is added to it.
    pub(crate) fn create(self, node_type: NodeType, props: Props) -> Create {
        let props = self.completed(props);
        Create { near: self.near(&props), ..Create::new(node_type, props) }
    }

    /// All values, those among them that are left out or null.
    pub(crate) fn completed(self, mut props: Props) -> Props {
        for (key, value) in (self.defaults)() {
            if matches!(props.get(&key), None | Some(Value::Null)) {
                props.insert(key, value);
            }
        }
        props
    }

    /// The node that one with these values lies beside.
    pub(crate) fn near(self, props: &Props) -> Option<NodeId> {
        match props.get(self.near?) {
            Some(Value::Id(id)) => Some(*id),
            _ => None,
        }
    }
}

impl NodeTypeDef {
    /// A type of nodes that everybody may see and change.
    pub const fn open(id: u32) -> Self {
        Self { id, privacy: None, hooks: None, creation: None }
    }

    /// Whether anything stands between its nodes and who asks for them.
    pub(crate) fn is_guarded(&self) -> bool {
        self.privacy.is_some() || self.hooks.is_some()
    }
}
