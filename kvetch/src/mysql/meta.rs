//! The meta table: named entries, each stored like a body.

use std::collections::BTreeMap;

use crate::body::Body;
use crate::error::{Error, Result};
use crate::value::Props;

use super::columns::Columns;
use super::failure::Attempt;
use super::pool::{Pool, Session};
use super::query::{Parameter, query};
use super::transaction::Work;

const READ: &str = "SELECT `key`, value FROM kvetch_meta";

const PUT: &str = "INSERT INTO kvetch_meta (`key`, value) VALUES (?, ?) ON DUPLICATE KEY UPDATE value = VALUES(value)";

pub(super) async fn read(pool: &Pool) -> Result<BTreeMap<String, Props>> {
    let entry = |row| {
        let mut columns = Columns::of(row);
        let (key, value) = (columns.text()?, columns.bytes()?);
        let props = Body::from_stored(&value).and_then(|body| body.to_props());
        let props = props.map_err(|error| Error::corrupt_record(&format!("meta entry {key}"), error.to_string()))?;
        Ok((key, props))
    };
    pool.ask(|| query(READ, [])).await?.into_iter().map(entry).collect()
}

/// Puts entries into the table.
pub(super) struct Putting(pub(super) BTreeMap<String, Props>);

impl Work for Putting {
    type Answer = ();

    async fn run(&mut self, session: &mut Session, _in_doubt: bool) -> Attempt<()> {
        for (key, props) in &self.0 {
            let value = Body::from_props(props)?.to_stored();
            session.change_later(query(PUT, [key.as_bytes().value(), value.value()]));
        }
        Ok(())
    }
}
