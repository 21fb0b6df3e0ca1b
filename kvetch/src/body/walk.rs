//! Walking over the bytes of a body.
//!
//! Lists of nodes are bounded by reading a few keys of many bodies, so this reads heads of CBOR
//! items itself and looks at nothing it passes. Bodies were checked when they were made: `None` is
//! what cannot come of that, and costs less on the way than an error would.

use crate::id::{NodeId, Timestamp};

use super::encode::{ID_TAG, TIMESTAMP_TAG};
use super::keys::Key;
use super::view::{ListRef, MapRef, ValueRef};

/// A place in a body, and all that follows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk<'a>(&'a [u8]);

/// The first bytes of an item: its major type, the low bits of the first byte, and its argument.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) major: u8,
    pub(super) info: u8,
    pub(super) argument: u64,
}

impl<'a> Walk<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    /// How many bytes follow.
    pub(super) fn left(&self) -> usize {
        self.0.len()
    }

    /// Enters a list or a map and returns how many items or entries it has.
    pub(super) fn enter(&mut self) -> Option<u64> {
        let head = self.head()?;
        matches!(head.major, 4 | 5).then_some(head.argument)
    }

    /// Reads a key, as bytes: it is compared far more often than shown.
    pub(super) fn key(&mut self) -> Option<Key<'a>> {
        let head = self.head()?;
        if head.major == 3 { self.take(head.argument).map(Key::new) } else { None }
    }

    pub(super) fn value(&mut self) -> Option<ValueRef<'a>> {
        let start = self.0;
        let head = self.head()?;
        Some(match (head.major, head.info) {
            (0 | 1, _) => ValueRef::Int(whole(&head)?),
            (2, _) => ValueRef::Bytes(self.take(head.argument)?),
            (3, _) => ValueRef::Text(std::str::from_utf8(self.take(head.argument)?).ok()?),
            (4, _) => {
                self.pass(head.argument)?;
                ValueRef::List(ListRef::new(&start[..start.len() - self.0.len()]))
            }
            (5, _) => {
                self.pass(head.argument.saturating_mul(2))?;
                ValueRef::Map(MapRef::new(&start[..start.len() - self.0.len()]))
            }
            (6, _) => self.tagged(head.argument)?,
            (_, 20) => ValueRef::Bool(false),
            (_, 21) => ValueRef::Bool(true),
            (_, 22) => ValueRef::Null,
            (_, 27) => ValueRef::Float(f64::from_bits(head.argument)),
            _ => return None,
        })
    }

    /// Passes over some items with all that is in them.
    #[inline]
    pub(super) fn pass(&mut self, items: u64) -> Option<()> {
        let mut left = items;
        while left > 0 {
            let head = self.head()?;
            left -= 1;
            match head.major {
                2 | 3 => drop(self.take(head.argument)?),
                4 => left = left.saturating_add(head.argument),
                5 => left = left.saturating_add(head.argument.saturating_mul(2)),
                6 => left = left.saturating_add(1),
                _ => {}
            }
        }
        Some(())
    }

    fn tagged(&mut self, tag: u64) -> Option<ValueRef<'a>> {
        let head = self.head()?;
        if tag == ID_TAG.as_u64() && head.major == 2 {
            return self.take(head.argument)?.try_into().ok().map(|bytes| ValueRef::Id(NodeId::from_bytes(bytes)));
        }
        (tag == TIMESTAMP_TAG.as_u64()).then(|| whole(&head).map(|at| ValueRef::Timestamp(Timestamp(at))))?
    }

    #[inline]
    pub(super) fn head(&mut self) -> Option<Head> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        let (major, info) = (first >> 5, first & 31);
        // Most heads are one byte: short texts, small numbers, bools.
        if info < 24 {
            return Some(Head { major, info, argument: u64::from(info) });
        }
        let argument = match info {
            24 => u64::from(self.array::<1>()?[0]),
            25 => u64::from(u16::from_be_bytes(self.array()?)),
            26 => u64::from(u32::from_be_bytes(self.array()?)),
            27 => u64::from_be_bytes(self.array()?),
            _ => return None,
        };
        Some(Head { major, info, argument })
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    #[inline]
    pub(super) fn take(&mut self, length: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(taken)
    }
}

fn whole(head: &Head) -> Option<i64> {
    let number = i64::try_from(head.argument).ok()?;
    match head.major {
        0 => Some(number),
        1 => Some(-1 - number),
        _ => None,
    }
}
