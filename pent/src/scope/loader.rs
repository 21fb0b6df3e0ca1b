//! What one kind of read has been asked for, key by key.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

use crate::error::Result;

/// The number of a round of its scope, counted from one.
pub(super) type RoundNumber = u64;

/// The keys of one kind of read (an operation with its unary arguments).
#[derive(Debug)]
pub(crate) struct Loader<K, V> {
    slots: HashMap<K, Slot<V>>,
    /// Keys to send, in the order in which they were first asked for.
    queue: Vec<K>,
    /// How many keys were asked for since the last round that carried any.
    asked: u64,
}

/// One key's state. A missing slot is a key that nobody has asked for, or that a write made stale.
#[derive(Debug)]
enum Slot<V> {
    /// Waits for the next round; dropped there when nobody wants it any more.
    Queued {
        wanted: usize,
    },
    Sent(RoundNumber),
    Ready(Result<V>),
}

impl<V> Slot<V> {
    fn is_sent_with(&self, round: RoundNumber) -> bool {
        matches!(self, Self::Sent(sent) if *sent == round)
    }
}

/// What asking for a key came to.
pub(super) enum Asked {
    Ready,
    /// It is on its way.
    Sent(RoundNumber),
    /// It leaves with the next round.
    Queued,
}

impl<K, V> Default for Loader<K, V> {
    fn default() -> Self {
        Self { slots: HashMap::new(), queue: Vec::new(), asked: 0 }
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Loader<K, V> {
    /// Asks for a key; each `Queued` answer is to be matched by one [`Loader::abandon`] or by the round.
    pub(super) fn ask(&mut self, key: &K) -> Asked {
        match self.slots.entry(key.clone()) {
            Entry::Occupied(mut slot) => match slot.get_mut() {
                Slot::Ready(_) => Asked::Ready,
                Slot::Sent(round) => Asked::Sent(*round),
                Slot::Queued { wanted } => {
                    *wanted += 1;
                    Asked::Queued
                }
            },
            Entry::Vacant(slot) => {
                slot.insert(Slot::Queued { wanted: 1 });
                self.queue.push(key.clone());
                Asked::Queued
            }
        }
    }

    /// Takes back one `ask` of a key that has not left yet.
    pub(super) fn abandon(&mut self, key: &K) {
        if let Some(Slot::Queued { wanted }) = self.slots.get_mut(key) {
            *wanted = wanted.saturating_sub(1);
        }
    }

    /// The key's answer, if it is there.
    pub(super) fn answer(&self, key: &K) -> Option<&Result<V>> {
        match self.slots.get(key) {
            Some(Slot::Ready(answer)) => Some(answer),
            _ => None,
        }
    }

    /// Counts keys that were asked for: for the statistics, a load at a time.
    pub(super) fn note_asked(&mut self, keys: usize) {
        self.asked += keys as u64;
    }

    pub(super) fn asked(&self) -> u64 {
        self.asked
    }

    /// Marks the queued keys as sent with a round and hands them out, without those nobody wants any more; with them,
    /// how many were asked for since the last time. `None` when there is nothing to send.
    pub(super) fn send(&mut self, round: RoundNumber) -> Option<(Vec<K>, u64)> {
        let mut keys = std::mem::take(&mut self.queue);
        keys.retain(|key| match self.slots.get_mut(key) {
            Some(Slot::Queued { wanted: 0 }) => {
                self.slots.remove(key);
                false
            }
            Some(slot @ Slot::Queued { .. }) => {
                *slot = Slot::Sent(round);
                true
            }
            _ => false,
        });
        if keys.is_empty() {
            return None;
        }
        Some((keys, std::mem::take(&mut self.asked)))
    }

    /// Takes in the answer of a round. False for one that a write has made stale since: it is dropped.
    pub(super) fn deliver(&mut self, round: RoundNumber, key: &K, answer: Result<V>) -> bool {
        match self.slots.get_mut(key) {
            Some(slot @ Slot::Sent(_)) if slot.is_sent_with(round) => {
                *slot = Slot::Ready(answer);
                true
            }
            _ => false,
        }
    }

    /// Puts in an answer that came with another one. A key that is known, under way or queued stays as it is:
    /// whoever waits for its round has to see that round.
    pub(super) fn prime(&mut self, key: K, value: V) {
        self.slots.entry(key).or_insert(Slot::Ready(Ok(value)));
    }

    /// Forgets what is known or under way; what is queued will be read anew anyway.
    pub(super) fn forget(&mut self, key: &K) {
        if matches!(self.slots.get(key), Some(Slot::Ready(_) | Slot::Sent(_))) {
            self.slots.remove(key);
        }
    }

    /// The same for all keys.
    pub(super) fn forget_all(&mut self) {
        self.slots.retain(|_, slot| matches!(slot, Slot::Queued { .. }));
    }

    pub(super) fn has_queued(&self) -> bool {
        !self.queue.is_empty()
    }
}
