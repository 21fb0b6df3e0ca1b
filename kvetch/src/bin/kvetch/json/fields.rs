//! Reading objects whose keys are known.

use kvetch::NodeId;
use serde_json::{Map, Value as Json};

/// An object of which every key has to be asked for.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    map: &'a Map<String, Json>,
    known: &'static [&'static str],
}

impl<'a> Fields<'a> {
    /// The object with these keys and no others: a key that is not known is more likely a mistake than a gift.
    pub(crate) fn of(json: &'a Json, known: &'static [&'static str]) -> Result<Self, String> {
        let map = json.as_object().ok_or("it is no object")?;
        match map.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => Err(format!("the key `{key}` is unknown; the keys are {}", known.join(", "))),
            None => Ok(Self { map, known }),
        }
    }

    pub(crate) fn json(&self, key: &str) -> Result<&'a Json, String> {
        debug_assert!(self.known.contains(&key));
        self.map.get(key).ok_or_else(|| format!("`{key}` is missing"))
    }

    /// What is there; null is nothing.
    pub(crate) fn optional(&self, key: &str) -> Option<&'a Json> {
        self.map.get(key).filter(|json| !json.is_null())
    }

    pub(crate) fn text(&self, key: &str) -> Result<&'a str, String> {
        self.json(key)?.as_str().ok_or_else(|| format!("`{key}` is no text"))
    }

    pub(crate) fn number(&self, key: &str) -> Result<u32, String> {
        let number = self.json(key)?.as_u64().and_then(|number| u32::try_from(number).ok());
        number.ok_or_else(|| format!("`{key}` is no number of 32 bits"))
    }

    pub(crate) fn count(&self, key: &str) -> Result<u64, String> {
        self.json(key)?.as_u64().ok_or_else(|| format!("`{key}` is no number"))
    }

    pub(crate) fn signed(&self, key: &str) -> Result<i64, String> {
        self.json(key)?.as_i64().ok_or_else(|| format!("`{key}` is no whole number"))
    }

    pub(crate) fn id(&self, key: &str) -> Result<NodeId, String> {
        self.text(key)?.parse().map_err(|error: kvetch::Error| format!("`{key}`: {error}"))
    }

    pub(crate) fn list(&self, key: &str) -> Result<&'a [Json], String> {
        match self.map.get(key) {
            None => Ok(&[]),
            Some(json) => json.as_array().map(Vec::as_slice).ok_or_else(|| format!("`{key}` is no list")),
        }
    }
}
