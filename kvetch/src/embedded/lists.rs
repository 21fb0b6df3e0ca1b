//! How often lists of edges have changed, for caches.
//!
//! A *list* is the edges of one type that leave one node. Nobody but the writer of a shard changes its lists, so that
//! counting its commits tells which pages are still what they were. The rule is that of a sequence lock, striped over
//! the lists: the writer moves the stripes of what a transaction touches from even to odd before its commit, and on to
//! the next even number after it. Whoever finds the same even number before a read and later has read what is still
//! there: a commit between the two would have moved it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::id::{EdgeType, NodeId};
use crate::limits::CACHE_STRIPES;

/// The versions of the lists of a shard. Two lists that share a stripe only cost a read.
#[derive(Debug, Clone)]
pub(super) struct Lists {
    stripes: Arc<[AtomicU64]>,
}

/// Lists that a transaction has changed.
#[derive(Debug, Default)]
pub(super) struct Touched(BTreeSet<usize>);

/// A commit of changes, which lasts until this is dropped.
#[derive(Debug)]
pub(super) struct Commit<'a> {
    lists: &'a Lists,
    touched: Touched,
}

impl Default for Lists {
    fn default() -> Self {
        Self { stripes: (0..CACHE_STRIPES).map(|_| AtomicU64::new(0)).collect() }
    }
}

impl Lists {
    /// The version of a list; `None` while it is being changed.
    pub(super) fn version(&self, edge: EdgeType, from: NodeId) -> Option<u64> {
        let version = self.stripes[stripe(edge, from)].load(Ordering::SeqCst);
        version.is_multiple_of(2).then_some(version)
    }

    /// Begins the commit of what was touched.
    pub(super) fn commit(&self, touched: Touched) -> Commit<'_> {
        let commit = Commit { lists: self, touched };
        commit.move_on();
        commit
    }

    /// Has no list a version any more. Nothing may be committed after it.
    pub(super) fn close(&self) {
        for stripe in self.stripes.iter() {
            stripe.fetch_or(1, Ordering::SeqCst);
        }
    }
}

impl Touched {
    /// Notes that edges of a type that leave a node change.
    pub(super) fn note(&mut self, edge: EdgeType, from: NodeId) {
        self.0.insert(stripe(edge, from));
    }
}

impl Commit<'_> {
    fn move_on(&self) {
        for stripe in &self.touched.0 {
            self.lists.stripes[*stripe].fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl Drop for Commit<'_> {
    fn drop(&mut self) {
        self.move_on();
    }
}

fn stripe(edge: EdgeType, from: NodeId) -> usize {
    let random = u64::from_be_bytes(from.as_bytes()[8..].try_into().expect("an id has sixteen bytes"));
    // The lists of one node have stripes of their own: most writes move one of them.
    let place = random.wrapping_add(u64::from(edge.0)) % CACHE_STRIPES as u64;
    usize::try_from(place).expect("there are few stripes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_no_version_while_it_changes_and_another_one_after_it() {
        let (lists, from, other) = (Lists::default(), NodeId::from_bytes([1; 16]), NodeId::from_bytes([2; 16]));
        let before = lists.version(EdgeType(1), from);
        let mut touched = Touched::default();
        // One stripe is moved once, however often its lists are touched.
        touched.note(EdgeType(1), from);
        touched.note(EdgeType(1), from);
        let commit = lists.commit(touched);
        assert_eq!(lists.version(EdgeType(1), from), None);
        assert_eq!(lists.version(EdgeType(2), from), Some(0));
        assert_eq!(lists.version(EdgeType(1), other), Some(0));
        drop(commit);
        assert!(before == Some(0) && lists.version(EdgeType(1), from) == Some(2));
        lists.close();
        assert_eq!(lists.version(EdgeType(1), from), None);
    }
}
