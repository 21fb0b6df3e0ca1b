//! Writes as rules and hooks of an entity see them.

use std::sync::Arc;

use kvetch::{Node, Props};

use crate::cx::{NodeChange, NodeDraft};
use crate::entity::Entity;
use crate::error::Result;

/// A write to an entity: as it was and as it is to be, or as it is now. One of the two is there, both in an update.
#[derive(Debug, Clone)]
pub struct Change<T> {
    /// The entity before the write; `None` when it is created.
    pub before: Option<T>,
    /// The entity after it; `None` when it is deleted. Before it has been made, the id of one that is created is not
    /// the one that it will have.
    pub after: Option<T>,
}

/// A write to an entity that is about to be made.
#[derive(Debug, Clone)]
pub struct Draft<T> {
    /// The entity as it is; `None` when it is to be created.
    pub before: Option<T>,
    /// What is to be set, by the names under which it is stored, to be changed at will; `None` when the entity is to be
    /// deleted. Null clears, what is absent stays.
    pub set: Option<Props>,
}

impl<T: Entity> Change<T> {
    /// Reads the entities of a change; used by generated code.
    ///
    /// # Errors
    /// When a stored value does not fit its type.
    pub fn of(change: &NodeChange) -> Result<Self> {
        Ok(Self { before: entity(change.before.as_ref())?, after: entity(change.after.as_ref())? })
    }

    /// The entity as it was, or, when it is created, as it is to be.
    ///
    /// # Panics
    /// When there is neither.
    pub fn entity(&self) -> &T {
        self.before.as_ref().or(self.after.as_ref()).expect("a change is of an entity")
    }
}

impl<T: Entity> Draft<T> {
    /// Reads the entity of a draft; used by generated code.
    ///
    /// # Errors
    /// When a stored value does not fit its type.
    pub fn of(draft: NodeDraft) -> Result<Self> {
        Ok(Self { before: entity(draft.before.as_ref())?, set: draft.set })
    }

    /// Whether it creates an entity.
    pub fn creates(&self) -> bool {
        self.before.is_none()
    }

    /// Whether it deletes the entity.
    pub fn deletes(&self) -> bool {
        self.set.is_none()
    }
}

fn entity<T: Entity>(node: Option<&Arc<Node>>) -> Result<Option<T>> {
    node.map(|node| T::from_node(node.clone())).transpose()
}
