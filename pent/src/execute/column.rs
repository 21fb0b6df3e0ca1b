//! The results of steps: one column per field, as long as its batch of parents.

use std::ops::Range;

use crate::error::{Error, Result};
use crate::output::OutputColumn;
use crate::rows::NodeSlot;

/// The results of one field for all parents.
pub(crate) enum Column {
    /// Not selected, by `@skip` or `@include`.
    Skipped,
    /// Written straight from the parent: it has no results of its own.
    Parent,
    /// The same failure for every parent.
    Failed(Error),
    /// At most one entity per parent.
    One(Vec<Result<Option<usize>>>, Entities),
    /// A list of entities per parent.
    Many(Vec<Result<Range<usize>>>, Entities),
    /// What a function answered for each parent, and what was selected of the objects in it.
    Answered(Box<dyn OutputColumn>, Below),
    /// What was selected of the objects in a field of plain parents.
    Plain(Below),
    /// JSON that is ready to be written; of the root, so of one row.
    Json(Vec<u8>),
}

/// A batch of entities, with the columns of what was selected of them.
///
/// A row that is absent, or is not shown, keeps its place; nobody looks at its results.
pub(crate) struct Entities {
    pub(crate) nodes: Vec<NodeSlot>,
    pub(crate) fields: Vec<Column>,
}

/// The objects inside outputs, in the order in which they are written.
pub(crate) struct Below {
    /// Where the objects of each parent begin.
    pub(crate) starts: Vec<usize>,
    pub(crate) objects: Objects,
}

/// What the objects are.
pub(crate) enum Objects {
    /// There are none: the field is a leaf.
    None,
    Entities(Entities),
    /// Plain objects are found again by walking the output; only their columns are kept.
    Plain(Vec<Column>),
}
