//! Ids from text. Apart from the ids themselves, because errors name ids.

use std::str::FromStr;

use uuid::Uuid;

use crate::error::{Error, Result};
use crate::id::NodeId;

impl FromStr for NodeId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Uuid::try_parse(text)
            .map(|uuid| Self::from_bytes(uuid.into_bytes()))
            .map_err(|_| Error::invalid(format!("`{}` is not a UUID", text.escape_debug())))
    }
}
