//! Values borrowed from the bytes of a body.

use std::fmt;

use crate::error::{Error, Result};
use crate::id::{NodeId, Timestamp};
use crate::value::{Props, Value};

use super::corrupt;
use super::walk::Walk;

/// A value inside a body.
#[derive(Clone, Copy, PartialEq)]
pub enum ValueRef<'a> {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// The id of a node.
    Id(NodeId),
    /// A moment.
    Timestamp(Timestamp),
    /// Values in order.
    List(ListRef<'a>),
    /// Values by name.
    Map(MapRef<'a>),
}

impl ValueRef<'_> {
    /// The value, decoded.
    pub fn to_value(&self) -> Result<Value> {
        Ok(match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Float(value) => Value::Float(*value),
            Self::Text(value) => Value::Text((*value).to_owned()),
            Self::Bytes(value) => Value::Bytes(value.to_vec()),
            Self::Id(id) => Value::Id(*id),
            Self::Timestamp(at) => Value::Timestamp(*at),
            Self::List(list) => Value::List(list.iter().map(|value| value?.to_value()).collect::<Result<_>>()?),
            Self::Map(map) => Value::Map(map.to_props()?),
        })
    }
}

impl fmt::Debug for ValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_value() {
            Ok(value) => value.fmt(f),
            Err(error) => write!(f, "<{error}>"),
        }
    }
}

/// A list inside a body. Its values are read while it is walked.
#[derive(Clone, Copy, PartialEq)]
pub struct ListRef<'a>(&'a [u8]);

impl<'a> ListRef<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The values in order.
    pub fn iter(&self) -> ListIter<'a> {
        let mut walk = Walk::new(self.0);
        let left = walk.enter().unwrap_or(0);
        ListIter { walk, left }
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.iter().left as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for ListRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().flatten()).finish()
    }
}

/// The values of a [`ListRef`], in order.
#[derive(Debug, Clone)]
pub struct ListIter<'a> {
    walk: Walk<'a>,
    left: u64,
}

impl<'a> Iterator for ListIter<'a> {
    type Item = Result<ValueRef<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        Some(self.walk.value().ok_or_else(broken))
    }
}

/// A map inside a body, or the body itself. Its values are read while it is walked.
#[derive(Clone, Copy, PartialEq)]
pub struct MapRef<'a>(&'a [u8]);

impl<'a> MapRef<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Keys and values in the order of the keys.
    pub fn iter(&self) -> MapIter<'a> {
        let mut walk = Walk::new(self.0);
        let left = walk.enter().unwrap_or(0);
        MapIter { walk, left }
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.iter().left as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of one key, without decoding the others.
    pub fn get(&self, key: &str) -> Result<Option<ValueRef<'a>>> {
        self.find(key).ok_or_else(broken)
    }

    fn find(&self, key: &str) -> Option<Option<ValueRef<'a>>> {
        let mut walk = Walk::new(self.0);
        for _ in 0..walk.enter()? {
            if walk.key()?.name == key.as_bytes() {
                return walk.value().map(Some);
            }
            walk.pass(1)?;
        }
        Some(None)
    }

    /// All values by name, decoded.
    pub fn to_props(&self) -> Result<Props> {
        self.iter().map(|entry| entry.and_then(|(key, value)| Ok((key, value.to_value()?)))).collect()
    }
}

impl fmt::Debug for MapRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().flatten()).finish()
    }
}

/// The entries of a [`MapRef`], in the order of their keys.
#[derive(Debug, Clone)]
pub struct MapIter<'a> {
    walk: Walk<'a>,
    left: u64,
}

impl<'a> Iterator for MapIter<'a> {
    type Item = Result<(&'a str, ValueRef<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let key = self.walk.key().and_then(|key| std::str::from_utf8(key.name).ok());
        Some(key.and_then(|key| Some((key, self.walk.value()?))).ok_or_else(broken))
    }
}

/// Bodies are checked when they are made.
pub(super) fn broken() -> Error {
    corrupt("it was checked and does not decode all the same")
}
