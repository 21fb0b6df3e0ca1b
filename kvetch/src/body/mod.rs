//! The body of a node: its props, encoded once and read in place.

mod encode;
mod keys;
mod check;
mod stored;
mod view;
mod walk;

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::value::Props;

pub use keys::Keys;
pub use view::{ListIter, ListRef, MapIter, MapRef, ValueRef};

/// Encoded props, shared and never changed.
///
/// The bytes are one CBOR map (RFC 8949) with its keys in ascending order of their UTF-8 bytes.
/// They are checked once, when a body is made, so that reading a key afterwards only walks.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Body(Arc<[u8]>);

impl Body {
    /// Encodes props. Nulls at the top are left out: an absent prop is the same.
    pub fn from_props(props: &Props) -> Result<Self> {
        encode::props(props).map(|bytes| Self(bytes.into()))
    }

    /// The body with these CBOR bytes, if they are one.
    pub fn from_cbor(bytes: impl Into<Arc<[u8]>>) -> Result<Self> {
        let bytes = bytes.into();
        check::body(&bytes)?;
        Ok(Self(bytes))
    }

    /// The CBOR bytes.
    pub fn as_cbor(&self) -> &[u8] {
        &self.0
    }

    /// The value of one key, without decoding the others.
    pub fn get(&self, key: &str) -> Result<Option<ValueRef<'_>>> {
        self.map().get(key)
    }

    /// The values of many keys in one walk, each at the position of its key; `out` is as long as there are keys.
    pub fn get_many<'a>(&'a self, keys: &Keys<'_>, out: &mut [Option<ValueRef<'a>>]) -> Result<()> {
        self.map().get_many(keys, out)
    }

    /// All values by name, borrowed.
    pub fn map(&self) -> MapRef<'_> {
        MapRef::new(&self.0)
    }

    /// All values by name, decoded.
    pub fn to_props(&self) -> Result<Props> {
        self.map().to_props()
    }

    /// The bytes as they are stored: a format byte, then the body, compressed where that helps.
    pub fn to_stored(&self) -> Vec<u8> {
        stored::write(&self.0)
    }

    /// The body in these stored bytes.
    pub fn from_stored(bytes: &[u8]) -> Result<Self> {
        Self::from_cbor(stored::read(bytes)?)
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
