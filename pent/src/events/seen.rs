//! What a viewer has seen in a list.

use std::collections::{HashSet, VecDeque};

use kvetch::NodeId;

/// How many are known of one list: a list has no end, and what is known of it is kept for each subscriber.
const SEEN_MAX: usize = 10_000;

/// The entities that were shown last.
#[derive(Debug, Default)]
pub(super) struct Seen {
    ids: HashSet<NodeId>,
    /// In the order in which they were shown; also those that have left the list.
    shown: VecDeque<NodeId>,
}

impl Seen {
    pub(super) fn add(&mut self, id: NodeId) {
        if !self.ids.insert(id) {
            return;
        }
        self.shown.push_back(id);
        if self.shown.len() > SEEN_MAX
            && let Some(first) = self.shown.pop_front()
        {
            self.ids.remove(&first);
        }
    }

    /// Whether it was known.
    pub(super) fn remove(&mut self, id: NodeId) -> bool {
        self.ids.remove(&id)
    }

    /// Whether something is known here that is not known there.
    pub(super) fn has_more_than(&self, other: &Self) -> bool {
        self.ids.iter().any(|id| !other.ids.contains(id))
    }
}

impl FromIterator<NodeId> for Seen {
    fn from_iter<I: IntoIterator<Item = NodeId>>(ids: I) -> Self {
        let mut seen = Self::default();
        ids.into_iter().for_each(|id| seen.add(id));
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u16) -> NodeId {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&number.to_be_bytes());
        NodeId::from_bytes(bytes)
    }

    /// It grew with the list.
    #[test]
    fn no_more_are_known_than_may_be() {
        let mut seen = Seen::default();
        for number in 0..20_000 {
            seen.add(id(number));
            seen.remove(id(number / 2));
        }
        assert!(seen.ids.len() <= SEEN_MAX && seen.shown.len() <= SEEN_MAX, "{}", seen.shown.len());
        assert!(seen.remove(id(19_999)) && !seen.remove(id(9_000)));
    }
}
