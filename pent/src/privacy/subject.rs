//! From nodes to what the rules of a type are about.

use std::sync::Arc;

use futures::FutureExt;
use kvetch::Node;

use super::rule::Rules;
use crate::change::Change;
use crate::cx::{Answers, Asked, NodeChange};
use crate::entity::Entity;
use crate::error::Result;

/// What rules are about, and what it is read from: an entity from a node, a change from two.
pub trait Subject<S>: Sized + Send + Sync + 'static {
    /// Reads it.
    ///
    /// # Errors
    /// When a stored value does not fit its type.
    fn read(source: &S) -> Result<Self>;
}

impl<T: Entity> Subject<Arc<Node>> for T {
    fn read(node: &Arc<Node>) -> Result<Self> {
        T::from_node(node.clone())
    }
}

impl<T: Entity> Subject<NodeChange> for Change<T> {
    fn read(change: &NodeChange) -> Result<Self> {
        Self::of(change)
    }
}

/// Asks the rules of a type; used by generated code.
pub fn judged<'a, S: Sync, T: Subject<S>>(asked: Asked<'a, S>, rules: fn() -> Rules<T>) -> Answers<'a> {
    async move {
        let rules = rules();
        if rules.let_everybody() {
            // Nothing has to be read of them.
            return asked.subjects.iter().map(|_| Ok(true)).collect();
        }
        let mut answers = Vec::with_capacity(asked.subjects.len());
        let mut subjects = Vec::with_capacity(asked.subjects.len());
        for source in asked.subjects {
            match T::read(source) {
                Ok(subject) => {
                    subjects.push(subject);
                    answers.push(Ok(false));
                }
                Err(error) => answers.push(Err(error)),
            }
        }
        let mut judged = rules.judge(asked.cx, subjects).await.into_iter();
        for answer in answers.iter_mut().filter(|answer| answer.is_ok()) {
            *answer = judged.next().expect("one answer for each subject");
        }
        answers
    }
    .boxed()
}
