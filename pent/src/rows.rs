//! The batch side of a step: the parents it runs over.

use std::sync::Arc;

use kvetch::Node;

use crate::error::{Error, Result};
use crate::output::Plain;

/// One entity of a batch: its node, `None` when it is absent, or why it could not be read. In a box, since there is one
/// of these for each entity and hardly ever an error.
pub(crate) type NodeSlot = Result<Option<Arc<Node>>, Box<Error>>;

/// The parents of a step, borrowed for one run.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rows<'a> {
    /// The root: a batch of one.
    Root,
    /// Entities.
    Nodes(&'a [NodeSlot]),
    /// Plain output objects.
    Plain(&'a [&'a dyn Plain]),
}

impl Rows<'_> {
    pub(crate) fn len(self) -> usize {
        match self {
            Self::Root => 1,
            Self::Nodes(nodes) => nodes.len(),
            Self::Plain(objects) => objects.len(),
        }
    }
}
