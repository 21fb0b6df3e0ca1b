//! What one kind of read has been asked for, key by key.
//!
//! A key is looked up once, when it is asked for; from then on everybody knows its slot by its place. A slot is never
//! given to another key, so that whoever holds a place finds there what became of what was asked.

use std::collections::HashMap;
use std::hash::Hash;
use std::num::NonZeroU32;

use foldhash::fast::RandomState;

use crate::error::{Error, Result};

/// Keys that there is room for once there is one: growing to so many step by step would cost more than the room.
const FIRST_KEYS: usize = 56;

/// The number of a round of its scope, counted from one: there is no end to the loads that hold one.
pub(super) type RoundNumber = u32;

/// What is kept for a key, or found for it: errors are rare and large, and there is one of these for each key.
pub(crate) type Kept<V> = Result<V, Box<Error>>;

/// The place of a slot in its loader, counted from one, so that it costs no more not to have one yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place(NonZeroU32);

impl Place {
    /// That of the last of so many.
    fn last_of(slots: usize) -> Self {
        let number = u32::try_from(slots).ok().and_then(NonZeroU32::new);
        Self(number.expect("the memory of a scope ends before four thousand million keys"))
    }

    fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// The keys of one kind of read (an operation with its unary arguments).
#[derive(Debug)]
pub(crate) struct Loader<K, V> {
    /// The slots of keys that somebody has asked for and that no write has made stale since. Keys come from clients, so
    /// that the hasher is seeded at random.
    places: HashMap<K, Place, RandomState>,
    slots: Vec<Slot<K, V>>,
    /// What to send, in the order in which it was first asked for.
    queue: Vec<Place>,
    /// How many keys were asked for since the last round that carried any.
    asked: u64,
}

#[derive(Debug)]
struct Slot<K, V> {
    key: K,
    state: State<V>,
}

#[derive(Debug)]
enum State<V> {
    /// Waits for the next round; dropped there when nobody wants it any more.
    Queued {
        wanted: usize,
    },
    Sent(RoundNumber),
    Ready(Kept<V>),
    /// A write has made it stale, or nobody wanted it: the key has no slot, or another one by now.
    Forgotten,
}

/// What asking for a key came to.
pub(super) enum Asked {
    Ready,
    /// It is on its way.
    Sent(RoundNumber),
    /// It leaves with the next round.
    Queued,
}

/// Keys that leave with a round.
#[derive(Debug)]
pub(super) struct Parcel<K> {
    pub(super) keys: Vec<K>,
    /// Their places, to deliver the answers at.
    pub(super) places: Vec<Place>,
    /// How many were asked for since the last time.
    pub(super) asked: u64,
}

impl<K, V> Default for Loader<K, V> {
    fn default() -> Self {
        Self { places: HashMap::default(), slots: Vec::new(), queue: Vec::new(), asked: 0 }
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Loader<K, V> {
    /// Makes room for so many more keys: a long list would else be moved each time that its room is used up.
    pub(super) fn reserve(&mut self, keys: usize) {
        if keys > FIRST_KEYS {
            self.places.reserve(keys);
            self.slots.reserve(keys);
            self.queue.reserve(keys);
        }
    }

    /// Asks for a key; each `Queued` answer is to be matched by one [`Loader::abandon`] or by the round.
    pub(super) fn ask(&mut self, key: &K) -> (Place, Asked) {
        let Self { places, slots, queue, .. } = self;
        if slots.capacity() == 0 {
            places.reserve(FIRST_KEYS);
            slots.reserve(FIRST_KEYS);
            queue.reserve(FIRST_KEYS);
        }
        let place = *places.entry(key.clone()).or_insert_with(|| {
            slots.push(Slot { key: key.clone(), state: State::Queued { wanted: 0 } });
            let place = Place::last_of(slots.len());
            queue.push(place);
            place
        });
        let asked = match &mut slots[place.index()].state {
            State::Ready(_) => Asked::Ready,
            State::Sent(round) => Asked::Sent(*round),
            State::Queued { wanted } => {
                *wanted += 1;
                Asked::Queued
            }
            State::Forgotten => unreachable!("what is forgotten is not found by its key"),
        };
        (place, asked)
    }

    /// Takes back one `ask`, unless what was asked for has left.
    pub(super) fn abandon(&mut self, place: Place) {
        if let State::Queued { wanted } = &mut self.slots[place.index()].state {
            *wanted = wanted.saturating_sub(1);
        }
    }

    /// The answer at a place, if it is there.
    pub(super) fn answer(&self, place: Place) -> Option<&Kept<V>> {
        match &self.slots[place.index()].state {
            State::Ready(answer) => Some(answer),
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

    /// Marks what is queued as sent with a round and hands it out, without the keys that nobody wants any more. `None`
    /// when there is nothing to send.
    pub(super) fn send(&mut self, round: RoundNumber) -> Option<Parcel<K>> {
        let mut places = std::mem::take(&mut self.queue);
        places.retain(|place| {
            let slot = &mut self.slots[place.index()];
            let is_wanted = matches!(slot.state, State::Queued { wanted: 1.. });
            slot.state = if is_wanted { State::Sent(round) } else { State::Forgotten };
            if !is_wanted {
                self.places.remove(&slot.key);
            }
            is_wanted
        });
        if places.is_empty() {
            return None;
        }
        let keys = places.iter().map(|place| self.slots[place.index()].key.clone()).collect();
        Some(Parcel { keys, places, asked: std::mem::take(&mut self.asked) })
    }

    /// Takes in the answer of a round. False for one that a write has made stale since: it is dropped.
    pub(super) fn deliver(&mut self, place: Place, answer: Kept<V>) -> bool {
        let state = &mut self.slots[place.index()].state;
        let is_awaited = matches!(state, State::Sent(_));
        if is_awaited {
            *state = State::Ready(answer);
        }
        is_awaited
    }

    /// Puts in an answer that came with another one. A key that is known, under way or queued stays as it is:
    /// whoever waits for its round has to see that round.
    pub(super) fn prime(&mut self, key: K, value: V) {
        let Self { places, slots, .. } = self;
        places.entry(key.clone()).or_insert_with(|| {
            slots.push(Slot { key, state: State::Ready(Ok(value)) });
            Place::last_of(slots.len())
        });
    }

    /// Forgets what is known or under way; what is queued will be read anew anyway.
    pub(super) fn forget(&mut self, key: &K) {
        let Some(place) = self.places.get(key) else { return };
        let state = &mut self.slots[place.index()].state;
        if !matches!(state, State::Queued { .. }) {
            *state = State::Forgotten;
            self.places.remove(key);
        }
    }

    /// The same for all keys.
    pub(super) fn forget_all(&mut self) {
        let Self { places, slots, .. } = self;
        places.retain(|_, place| {
            let state = &mut slots[place.index()].state;
            let is_queued = matches!(state, State::Queued { .. });
            if !is_queued {
                *state = State::Forgotten;
            }
            is_queued
        });
    }

    pub(super) fn has_queued(&self) -> bool {
        !self.queue.is_empty()
    }
}
