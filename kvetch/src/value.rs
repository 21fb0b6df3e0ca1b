//! Values as a program makes them.

use std::collections::{BTreeMap, btree_map};
use std::hash::{Hash, Hasher};

use crate::id::{NodeId, Timestamp};

/// A value of a node's props.
///
/// Floats compare and hash by their bits, so that a value can be a key.
#[derive(Debug, Clone)]
pub enum Value {
    /// No value. As a prop of a node it is the same as an absent one; in an update it clears.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// The id of a node.
    Id(NodeId),
    /// A moment.
    Timestamp(Timestamp),
    /// Values in order.
    List(Vec<Value>),
    /// Values by name.
    Map(Props),
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::Id(a), Self::Id(b)) => a == b,
            (Self::Timestamp(a), Self::Timestamp(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Map(a), Self::Map(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::Null => {}
            Self::Bool(value) => value.hash(state),
            Self::Int(value) => value.hash(state),
            Self::Float(value) => value.to_bits().hash(state),
            Self::Text(value) => value.hash(state),
            Self::Bytes(value) => value.hash(state),
            Self::Id(value) => value.hash(state),
            Self::Timestamp(value) => value.hash(state),
            Self::List(values) => values.hash(state),
            Self::Map(props) => props.hash(state),
        }
    }
}

macro_rules! value_from {
    ($($from:ty => $variant:ident),* $(,)?) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}
value_from! {
    bool => Bool, i64 => Int, i32 => Int, f64 => Float, String => Text, &str => Text,
    Vec<u8> => Bytes, NodeId => Id, Timestamp => Timestamp, Vec<Value> => List, Props => Map,
}

/// Named values, in the order of their names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Props(BTreeMap<String, Value>);

impl Props {
    /// No values.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a value under a name and returns the one that was there.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        self.0.insert(key.into(), value.into())
    }

    /// The value under this name.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// Names and values in the order of the names.
    pub fn iter(&self) -> btree_map::Iter<'_, String, Value> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What an update makes of these props: a null clears, a value sets, what is absent stays.
    pub(crate) fn merge(&mut self, set: &Props) {
        for (key, value) in &set.0 {
            match value {
                Value::Null => self.0.remove(key),
                value => self.0.insert(key.clone(), value.clone()),
            };
        }
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Props {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

impl<K: Into<String>, V: Into<Value>, const N: usize> From<[(K, V); N]> for Props {
    fn from(pairs: [(K, V); N]) -> Self {
        pairs.into_iter().collect()
    }
}

impl<'a> IntoIterator for &'a Props {
    type Item = (&'a String, &'a Value);
    type IntoIter = btree_map::Iter<'a, String, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Props {
    type Item = (String, Value);
    type IntoIter = btree_map::IntoIter<String, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
