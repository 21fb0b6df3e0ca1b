//! What a field answers, for both sides.

use std::sync::Arc;

use kvetch::{Node, NodeId};
use pent::{Cx, Error, OutputRef, Plain, Result, ToOutput};
use serde_json::{Value as Json, json};

/// A value that a field answers.
#[derive(Debug, Clone)]
pub(crate) enum Output {
    Null,
    Bool(bool),
    Int(i32),
    Float(f64),
    Text(String),
    Id(NodeId),
    /// An entity; its node is there once it has been loaded for a request.
    Entity(NodeId, Option<Arc<Node>>),
    /// A plain object, with the values of its fields in the order of their definitions.
    Object(&'static str, Vec<Output>),
    List(Vec<Output>),
    /// A value of another kind than the schema says: an error at its place.
    Wrong(Box<Output>),
    /// An Int beyond 32 bits.
    Huge(i64),
    /// The field fails. It stands for a whole answer, never inside one.
    Fails,
}

impl Output {
    /// The same for graphql-js.
    pub(crate) fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => json!(value),
            Self::Int(value) => json!(value),
            Self::Float(value) => json!(value),
            Self::Text(text) => json!(text),
            Self::Id(id) => json!(id.to_string()),
            Self::Entity(id, _) => json!({ "node": id.to_string() }),
            Self::Object(name, values) => {
                json!({ "type": name, "values": values.iter().map(Self::to_json).collect::<Vec<_>>() })
            }
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Wrong(_) | Self::Huge(_) => json!({ "wrong": "another kind of value" }),
            Self::Fails => json!({ "wrong": "it fails" }),
        }
    }

    /// The same with its entities loaded.
    pub(crate) async fn loaded(&self, cx: &Cx) -> Result<Self> {
        let mut ids = Vec::new();
        self.entities(&mut ids);
        if ids.is_empty() {
            return Ok(self.clone());
        }
        let mut nodes = cx.nodes(ids).await.into_iter();
        let mut loaded = self.clone();
        loaded.fill(&mut nodes)?;
        Ok(loaded)
    }

    fn entities(&self, ids: &mut Vec<NodeId>) {
        match self {
            Self::Entity(id, _) => ids.push(*id),
            Self::Object(_, items) | Self::List(items) => items.iter().for_each(|item| item.entities(ids)),
            Self::Wrong(inner) => inner.entities(ids),
            _ => {}
        }
    }

    fn fill(&mut self, nodes: &mut impl Iterator<Item = Result<Option<Arc<Node>>>>) -> Result<()> {
        match self {
            Self::Entity(_, node) => {
                let found = nodes.next().expect("one answer per id")?;
                *node = Some(found.ok_or_else(|| Error::internal("the world has the entities that it names"))?);
                Ok(())
            }
            Self::Object(_, items) | Self::List(items) => items.iter_mut().try_for_each(|item| item.fill(nodes)),
            Self::Wrong(inner) => inner.fill(nodes),
            _ => Ok(()),
        }
    }
}

impl ToOutput for Output {
    fn to_output(&self) -> OutputRef<'_> {
        match self {
            Self::Null | Self::Fails => OutputRef::Null,
            Self::Bool(value) => OutputRef::Bool(*value),
            Self::Int(value) => OutputRef::Int(i64::from(*value)),
            Self::Float(value) => OutputRef::Float(*value),
            Self::Text(text) => OutputRef::Text(text),
            Self::Id(id) => OutputRef::Id(*id),
            Self::Entity(_, node) => OutputRef::Node(node.as_ref().expect("entities are loaded before they are shown")),
            Self::Object(..) => OutputRef::Object(self),
            Self::List(items) => OutputRef::List(items),
            Self::Wrong(inner) => inner.to_output(),
            Self::Huge(value) => OutputRef::Int(*value),
        }
    }
}

impl Plain for Output {
    fn field(&self, index: usize) -> OutputRef<'_> {
        match self {
            Self::Object(_, values) => values[index].to_output(),
            other => unreachable!("{other:?} has no fields"),
        }
    }

    fn type_name(&self) -> Option<&'static str> {
        match self {
            Self::Object(name, _) => Some(name),
            _ => None,
        }
    }
}
