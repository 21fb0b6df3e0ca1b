//! Walking over the bytes of a body.
//!
//! Lists of nodes are bounded by reading a few keys of many bodies, so this reads heads of CBOR
//! items itself and looks at nothing it passes. Bodies were checked when they were made; what fails here all the
//! same is an error, never a panic.

use crate::error::Result;
use crate::id::{NodeId, Timestamp};

use super::corrupt;
use super::encode::{ID_TAG, TIMESTAMP_TAG};
use super::view::{ListRef, MapRef, ValueRef};

/// A place in a body, and all that follows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk<'a>(&'a [u8]);

/// The first bytes of an item: its major type, the low bits of the first byte, and its argument.
struct Head {
    major: u8,
    info: u8,
    argument: u64,
}

impl<'a> Walk<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Enters a list or a map and returns how many items or entries it has.
    pub(super) fn enter(&mut self) -> Result<u64> {
        let head = self.head()?;
        if matches!(head.major, 4 | 5) { Ok(head.argument) } else { Err(corrupt("no list or map")) }
    }

    /// Reads a key, as bytes: it is compared far more often than shown.
    pub(super) fn key(&mut self) -> Result<&'a [u8]> {
        let head = self.head()?;
        if head.major == 3 { self.take(head.argument) } else { Err(corrupt("a key is no text")) }
    }

    pub(super) fn value(&mut self) -> Result<ValueRef<'a>> {
        let start = self.0;
        let head = self.head()?;
        Ok(match (head.major, head.info) {
            (0 | 1, _) => ValueRef::Int(whole(&head)?),
            (2, _) => ValueRef::Bytes(self.take(head.argument)?),
            (3, _) => ValueRef::Text(text(self.take(head.argument)?)?),
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
            _ => return Err(corrupt("an unknown simple value")),
        })
    }

    /// Passes over some items with all that is in them.
    pub(super) fn pass(&mut self, items: u64) -> Result<()> {
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
        Ok(())
    }

    fn tagged(&mut self, tag: u64) -> Result<ValueRef<'a>> {
        let head = self.head()?;
        if tag == ID_TAG.as_u64() && head.major == 2 {
            let bytes = self.take(head.argument)?.try_into().map_err(|_| corrupt("an id has not 16 bytes"))?;
            return Ok(ValueRef::Id(NodeId::from_bytes(bytes)));
        }
        if tag == TIMESTAMP_TAG.as_u64() {
            return Ok(ValueRef::Timestamp(Timestamp(whole(&head)?)));
        }
        Err(corrupt(format!("unknown tag {tag}")))
    }

    fn head(&mut self) -> Result<Head> {
        let (first, rest) = self.0.split_first().ok_or_else(ends)?;
        self.0 = rest;
        let (major, info) = (first >> 5, first & 31);
        let argument = match info {
            0..24 => u64::from(info),
            24..28 => self.take(1 << (info - 24))?.iter().fold(0, |argument, byte| argument << 8 | u64::from(*byte)),
            _ => return Err(corrupt("an indefinite length")),
        };
        Ok(Head { major, info, argument })
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8]> {
        let length = usize::try_from(length).map_err(|_| ends())?;
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(ends)?;
        self.0 = rest;
        Ok(taken)
    }
}

pub(super) fn text(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|_| corrupt("text is not UTF-8"))
}

fn whole(head: &Head) -> Result<i64> {
    let number = i64::try_from(head.argument).map_err(|_| corrupt("a number is out of range"))?;
    match head.major {
        0 => Ok(number),
        1 => Ok(-1 - number),
        _ => Err(corrupt("no whole number")),
    }
}

fn ends() -> crate::error::Error {
    corrupt("it ends too soon")
}
