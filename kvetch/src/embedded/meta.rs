//! The meta table: named entries, each stored like a body.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use crate::body::Body;
use crate::error::{Error, Result};
use crate::value::Props;

use super::failure::OrFailure;

pub(super) fn read(connection: &Connection) -> Result<BTreeMap<String, Props>> {
    let mut statement = connection.prepare("SELECT key, value FROM kvetch_meta").or_failure()?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?))).or_failure()?;
    rows.map(|row| {
        let (key, value) = row.or_failure()?;
        let props = Body::from_stored(&value).and_then(|body| body.to_props());
        let props = props.map_err(|error| Error::corrupt_record(&format!("meta entry {key}"), error.to_string()))?;
        Ok((key, props))
    })
    .collect()
}

pub(super) fn put(connection: &Connection, entries: &BTreeMap<String, Props>) -> Result<()> {
    for (key, props) in entries {
        let value = Body::from_props(props)?.to_stored();
        connection
            .execute("INSERT OR REPLACE INTO kvetch_meta (key, value) VALUES (?1, ?2)", params![key, value])
            .or_failure()?;
    }
    Ok(())
}
