//! Names of props, made ready for being found in bodies.

use std::cmp::Ordering;

/// Names of props to be found in many bodies: in ascending order, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys<'k>(Box<[Key<'k>]>);

impl<'k> Keys<'k> {
    /// These names, in whatever order and however often.
    pub fn new(names: impl IntoIterator<Item = &'k str>) -> Self {
        let mut keys = names.into_iter().map(|name| Key::new(name.as_bytes())).collect::<Vec<_>>();
        keys.sort_unstable();
        keys.dedup();
        Self(keys.into())
    }

    /// The place of a name among them.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.0.binary_search(&Key::new(name.as_bytes())).ok()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn as_slice(&self) -> &[Key<'k>] {
        &self.0
    }
}

/// A name, beside its first bytes as a number: names hardly ever have those in common, so that nearly all are compared
/// as numbers. Ordered as the bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key<'k> {
    start: u64,
    pub(super) name: &'k [u8],
}

/// How many bytes of a name are in its number.
const START: usize = size_of::<u64>();

impl<'k> Key<'k> {
    pub(super) fn new(name: &'k [u8]) -> Self {
        let mut start = [0; START];
        let length = name.len().min(START);
        start[..length].copy_from_slice(&name[..length]);
        Self { start: u64::from_be_bytes(start), name }
    }

    /// A name of which the first bytes are known as a number.
    #[inline]
    pub(super) fn starting(start: u64, name: &'k [u8]) -> Self {
        Self { start, name }
    }

    pub(super) fn start(&self) -> u64 {
        self.start
    }
}

impl Ord for Key<'_> {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        let starts = self.start.cmp(&other.start);
        starts.then_with(|| match (self.name.len(), other.name.len()) {
            (own @ ..=START, others @ ..=START) => own.cmp(&others),
            _ => self.name.cmp(other.name),
        })
    }
}

impl PartialOrd for Key<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_are_ordered_as_their_bytes_are(one in "[\0ab]{0,12}", other in "[\0ab]{0,12}") {
            let bytes = one.as_bytes().cmp(other.as_bytes());
            prop_assert_eq!(Key::new(one.as_bytes()).cmp(&Key::new(other.as_bytes())), bytes);
        }

        #[test]
        fn a_name_is_found_at_its_place(names in prop::collection::vec("[a-c]{0,10}", 0..8), other in "[a-c]{0,10}") {
            let keys = Keys::new(names.iter().map(String::as_str));
            let mut sorted = names.clone();
            sorted.sort();
            sorted.dedup();
            prop_assert_eq!(keys.len(), sorted.len());
            for name in names.iter().chain([&other]) {
                prop_assert_eq!(keys.position(name), sorted.iter().position(|known| known == name));
            }
        }
    }
}
