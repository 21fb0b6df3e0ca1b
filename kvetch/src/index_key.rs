//! The canonical encoding of an index value.

use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

use crate::body::ValueRef;
use crate::error::{Error, Result, within};
use crate::id::{NodeId, Timestamp, VirtualShard};
use crate::limits::INDEX_VALUE_BYTES_MAX;
use crate::value::Value;

const BOOL: u8 = 1;
const INT: u8 = 2;
const FLOAT: u8 = 3;
const TIMESTAMP: u8 = 4;
const ID: u8 = 5;
const TEXT: u8 = 6;
const BYTES: u8 = 7;

const SIGN: u64 = 1 << 63;

/// An index value as bytes whose order is the order of the values of one type.
///
/// A type byte, then: a byte for a bool; eight big-endian bytes with the sign flipped for a whole number or
/// a moment; the bits of a float made to sort, with both zeros the same; the bytes of an id, a
/// text (UTF-8) or bytes. Each value has one encoding, and it decodes back.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexKey(Arc<[u8]>);

impl IndexKey {
    /// The key of a value. Null, NaN, lists and maps have none, and long values are refused.
    pub fn new(value: &Value) -> Result<Self> {
        let bytes = match value {
            Value::Bool(value) => vec![BOOL, u8::from(*value)],
            Value::Int(value) => word(INT, *value as u64 ^ SIGN),
            Value::Float(value) if !value.is_nan() => word(FLOAT, sortable(*value)),
            Value::Timestamp(at) => word(TIMESTAMP, at.0 as u64 ^ SIGN),
            Value::Id(id) => tagged(ID, id.as_bytes()),
            Value::Text(text) => tagged(TEXT, text.as_bytes()),
            Value::Bytes(bytes) => tagged(BYTES, bytes),
            Value::Null | Value::Float(_) | Value::List(_) | Value::Map(_) => {
                return Err(Error::invalid(format!("{value:?} cannot be an index value")));
            }
        };
        within("an index value in bytes", bytes.len(), INDEX_VALUE_BYTES_MAX)?;
        Ok(Self(bytes.into()))
    }

    /// The key of a value in a body.
    pub(crate) fn of(value: ValueRef<'_>) -> Result<Self> {
        Self::new(&value.to_value()?)
    }

    /// The key with these bytes, as they were stored.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The value it encodes.
    pub fn to_value(&self) -> Result<Value> {
        self.decode().ok_or_else(|| Error::corrupt_record("index value", format!("{self:?}")))
    }

    /// The bucket that claims and equality entries of this value lie in.
    pub fn virtual_shard(&self) -> VirtualShard {
        VirtualShard::of_bytes(&self.0)
    }

    /// The smallest bytes above this key.
    fn successor(&self) -> Self {
        let mut bytes = self.0.to_vec();
        bytes.push(0);
        Self(bytes.into())
    }

    fn decode(&self) -> Option<Value> {
        let (tag, bytes) = self.0.split_first()?;
        let word = || bytes.try_into().ok().map(u64::from_be_bytes);
        Some(match *tag {
            BOOL => Value::Bool(*bytes.first()? != 0),
            INT => Value::Int((word()? ^ SIGN) as i64),
            FLOAT => Value::Float(unsorted(word()?)),
            TIMESTAMP => Value::Timestamp(Timestamp((word()? ^ SIGN) as i64)),
            ID => Value::Id(NodeId::from_bytes(bytes.try_into().ok()?)),
            TEXT => Value::Text(std::str::from_utf8(bytes).ok()?.to_owned()),
            BYTES => Value::Bytes(bytes.to_vec()),
            _ => return None,
        })
    }
}

/// Keys from one up to, and without, another. Both may be keys of no value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyRange {
    /// The smallest key that may belong to it.
    pub from: IndexKey,
    /// The smallest key beyond it.
    pub until: IndexKey,
}

impl KeyRange {
    /// The keys of the values between two bounds of one type. A side that is open ends with the
    /// values of the type of the other.
    pub(crate) fn between(lower: &Bound<Value>, upper: &Bound<Value>) -> Result<Self> {
        let key = |bound: &Bound<Value>| match bound {
            Bound::Included(value) | Bound::Excluded(value) => IndexKey::new(value).map(Some),
            Bound::Unbounded => Ok(None),
        };
        let (low, high) = (key(lower)?, key(upper)?);
        let tags = [&low, &high].map(|key| key.as_ref().and_then(|key| key.as_bytes().first().copied()));
        if let [Some(low), Some(high)] = tags
            && low != high
        {
            return Err(Error::invalid(format!("a range goes from {lower:?} to {upper:?}, which are of two types")));
        }
        let tag = tags[0].or(tags[1]);
        let from = match (low, lower) {
            (Some(low), Bound::Excluded(_)) => low.successor(),
            (Some(low), _) => low,
            (None, _) => IndexKey::from_bytes(&[tag.unwrap_or(0)]),
        };
        let until = match (high, upper) {
            (Some(high), Bound::Included(_)) => high.successor(),
            (Some(high), _) => high,
            (None, _) => IndexKey::from_bytes(&[tag.map_or(u8::MAX, |tag| tag + 1)]),
        };
        Ok(Self { from, until })
    }

    /// The keys of texts or bytes that begin with this one.
    pub(crate) fn prefix(prefix: &Value) -> Result<Self> {
        if !matches!(prefix, Value::Text(_) | Value::Bytes(_)) {
            return Err(Error::invalid(format!("{prefix:?} is no prefix; texts and bytes have prefixes")));
        }
        let from = IndexKey::new(prefix)?;
        let mut until = from.as_bytes().to_vec();
        // The type byte is below 255, so that there is always a byte to raise.
        while let Some(&u8::MAX) = until.last() {
            until.pop();
        }
        *until.last_mut().expect("a key has a type byte") += 1;
        Ok(Self { from, until: IndexKey::from_bytes(&until) })
    }
}

impl fmt::Debug for IndexKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.decode() {
            Some(value) => value.fmt(f),
            None => f.debug_list().entries(self.0.iter()).finish(),
        }
    }
}

/// Bits that sort as the floats do: the sign is flipped, of negative ones all else too. Also the
/// order of a derived edge by an attribute rests on it.
pub(crate) fn sortable(value: f64) -> u64 {
    let bits = if value == 0.0 { 0 } else { value.to_bits() };
    if bits & SIGN == 0 { bits ^ SIGN } else { !bits }
}

fn unsorted(bits: u64) -> f64 {
    f64::from_bits(if bits & SIGN == 0 { !bits } else { bits ^ SIGN })
}

fn word(tag: u8, word: u64) -> Vec<u8> {
    tagged(tag, &word.to_be_bytes())
}

fn tagged(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + bytes.len());
    key.push(tag);
    key.extend_from_slice(bytes);
    key
}
