//! How many keys the store is asked for in one call.

use kvetch::limits::PAGE_ROWS_MAX;

/// How many keys one call of the store takes at most, kind by kind, as [`Source::keys_per_call`](crate::Source) says it
/// of sources. What a round has more of leaves in several calls at the same time, whose sizes differ by one at most, and
/// is answered together.
///
/// A call bounds what the store puts in order at a time; how many keys a statement takes, its engines know best, and
/// cut by themselves. 0 is taken as 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeysPerCall {
    /// Nodes by id.
    pub nodes: usize,
    /// Pages of edges, by the nodes that they start from.
    pub edges: usize,
    /// Numbers of edges, by the nodes that they start from.
    pub counts: usize,
    /// Pages of ids, by values or by ranges of an index.
    pub finds: usize,
}

impl Default for KeysPerCall {
    /// As many as the largest page has rows ([`PAGE_ROWS_MAX`]): what follows from one page is one call, and the
    /// statements of a larger round are full all the same.
    fn default() -> Self {
        let page = PAGE_ROWS_MAX as usize;
        Self { nodes: page, edges: page, counts: page, finds: page }
    }
}
