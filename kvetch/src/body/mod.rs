//! The body of a node: its props, encoded once and read in place.

mod encode;
mod keys;
mod check;
mod stored;
mod view;
mod walk;
mod entries;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::value::Props;

use entries::{Entries, with_entries};
use keys::Key;
use view::broken;

pub use keys::Keys;
pub use view::{ListIter, ListRef, MapIter, MapRef, ValueRef};

/// Encoded props, shared and never changed.
///
/// The bytes are one CBOR map (RFC 8949) with its keys in ascending order of their UTF-8 bytes.
/// They are checked once, when a body is made, so that reading a key afterwards only goes where its value stands.
#[derive(Clone)]
pub struct Body {
    /// The map, and behind it where its values stand.
    bytes: Arc<[u8]>,
    /// How many bytes the map has.
    cbor: usize,
}

impl Body {
    /// Encodes props. Nulls at the top are left out: an absent prop is the same.
    pub fn from_props(props: &Props) -> Result<Self> {
        Self::of_checked(&encode::props(props)?)
    }

    /// The body with these CBOR bytes, if they are one.
    pub fn from_cbor(bytes: &[u8]) -> Result<Self> {
        check::body(bytes)?;
        Self::of_checked(bytes)
    }

    fn of_checked(cbor: &[u8]) -> Result<Self> {
        let bytes = with_entries(cbor).ok_or_else(broken)?;
        Ok(Self { bytes: bytes.into(), cbor: cbor.len() })
    }

    /// The CBOR bytes.
    pub fn as_cbor(&self) -> &[u8] {
        &self.bytes[..self.cbor]
    }

    /// How many bytes of memory it takes, with all that it keeps beside the CBOR bytes.
    pub(crate) fn memory(&self) -> usize {
        self.bytes.len()
    }

    /// The value of one key, without decoding the others.
    pub fn get(&self, key: &str) -> Result<Option<ValueRef<'_>>> {
        let mut value = [None];
        self.entries().find(&[Key::new(key.as_bytes())], &mut value).ok_or_else(broken)?;
        Ok(value[0])
    }

    /// The values of many keys, each at the position of its key; `out` is as long as there are keys.
    pub fn get_many<'a>(&'a self, keys: &Keys<'_>, out: &mut [Option<ValueRef<'a>>]) -> Result<()> {
        self.entries().find(keys.as_slice(), out).ok_or_else(broken)
    }

    /// All values by name, borrowed.
    pub fn map(&self) -> MapRef<'_> {
        MapRef::new(self.as_cbor())
    }

    /// All values by name, decoded.
    pub fn to_props(&self) -> Result<Props> {
        self.map().to_props()
    }

    /// The bytes as they are stored: a format byte, then the body, compressed where that helps.
    pub fn to_stored(&self) -> Vec<u8> {
        stored::write(self.as_cbor())
    }

    /// The body in these stored bytes.
    pub fn from_stored(bytes: &[u8]) -> Result<Self> {
        Self::from_cbor(&stored::read(bytes)?)
    }

    fn entries(&self) -> Entries<'_> {
        Entries::new(&self.bytes, self.cbor)
    }
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        self.as_cbor() == other.as_cbor()
    }
}

impl Eq for Body {}

impl Hash for Body {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_cbor().hash(state);
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.map().fmt(f)
    }
}

fn corrupt(reason: impl Into<Arc<str>>) -> Error {
    Error::CorruptBody { reason: reason.into() }
}
