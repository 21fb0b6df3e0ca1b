//! Where a store lies, as text.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::limits::SHARDS_MAX;

/// The address of some shards of a store.
///
/// `file:DIR?shards=N` is a directory of the embedded engine, made when it is absent or empty;
/// without `?shards=` a new one gets one shard and an old one keeps its number.
/// `memory:?shards=N` is the same engine in memory, gone when it is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// A directory.
    File {
        /// The directory.
        directory: PathBuf,
        /// The number of shards, if it was said.
        shards: Option<usize>,
    },
    /// Memory.
    Memory {
        /// The number of shards, if it was said.
        shards: Option<usize>,
    },
}

impl FromStr for StoreUrl {
    type Err = Error;

    fn from_str(url: &str) -> Result<Self> {
        let invalid = |reason: &str| {
            Error::invalid(format!("`{url}` is not a store: {reason}; write `file:DIR?shards=N` or `memory:?shards=N`"))
        };
        let (scheme, rest) = url.split_once(':').ok_or_else(|| match url {
            "" => invalid("it is empty"),
            path => invalid(&format!("it has no scheme; a directory is `file:{path}`")),
        })?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let shards = match query.split_once('=') {
            None if query.is_empty() => None,
            Some(("shards", number)) => Some(number.parse().map_err(|_| invalid("the number of shards is no number"))?),
            _ => return Err(invalid("the only parameter is `shards`")),
        };
        match shards {
            Some(0) => return Err(invalid("a store has at least one shard")),
            Some(many) if many > SHARDS_MAX => {
                return Err(invalid(&format!("a store has at most {SHARDS_MAX} shards")));
            }
            _ => {}
        }
        match scheme {
            "file" if place.is_empty() => Err(invalid("it names no directory")),
            "file" => Ok(Self::File { directory: place.into(), shards }),
            "memory" if place.is_empty() => Ok(Self::Memory { shards }),
            "memory" => Err(invalid("memory has no place")),
            _ => Err(invalid("the scheme is unknown")),
        }
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shards = match self {
            Self::File { directory, shards } => {
                write!(f, "file:{}", directory.display())?;
                shards
            }
            Self::Memory { shards } => {
                f.write_str("memory:")?;
                shards
            }
        };
        shards.map_or(Ok(()), |shards| write!(f, "?shards={shards}"))
    }
}
