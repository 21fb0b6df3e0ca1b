//! What writes still have to change on other shards.

use mysql_async::Row;

use crate::change::{intent_from_bytes, intent_to_bytes};
use crate::error::Result;
use crate::id::{NodeId, Timestamp};
use crate::shard::{Intent, IntentPage};

use super::columns::Columns;
use super::failure::Attempt;
use super::pool::{Pool, Session};
use super::query::{Parameter, Query, after, query};
use super::transaction::Work;

const PAGE: &str = "SELECT source, version, changes FROM kvetch_intents WHERE source > ? ORDER BY source LIMIT ?";

const PENDING: &str = "SELECT source, version, changes FROM kvetch_intents WHERE source = ? FOR UPDATE";

/// The time stays that of the oldest write whose rows it carries.
const PUT: &str = "INSERT INTO kvetch_intents (source, version, changes, written) VALUES (?, ?, ?, ?) \
     ON DUPLICATE KEY UPDATE version = VALUES(version), changes = VALUES(changes)";

const REMOVE: &str = "DELETE FROM kvetch_intents WHERE source = ?";

const SETTLE: &str = "DELETE FROM kvetch_intents WHERE source = ? AND version = ?";

/// A page of intents, in the order of their nodes.
pub(super) async fn page(pool: &Pool, from: Option<NodeId>, first: u32) -> Result<IntentPage> {
    let rows = pool.ask(|| query(PAGE, [after(from.as_ref()), first.value()])).await?;
    let mut page = IntentPage::default();
    for row in rows {
        let mut columns = Columns::of(row);
        let source = columns.id()?;
        page.last = Some(source);
        let version = columns.version()?;
        match intent_of(source, version, &columns.bytes()?) {
            Ok(intent) => page.intents.push(intent),
            Err(error) => page.unreadable.push((source, version, error)),
        }
    }
    Ok(page)
}

/// Asks for the intent of a node, which is locked from then on.
pub(super) fn locked(source: NodeId) -> Query {
    query(PENDING, [source.value()])
}

/// What the answer to that says.
pub(super) fn pending(rows: Vec<Row>) -> Result<Option<Intent>> {
    let Some(row) = rows.into_iter().next() else { return Ok(None) };
    let mut columns = Columns::of(row);
    intent_of(columns.id()?, columns.version()?, &columns.bytes()?).map(Some)
}

/// An intent whose changes are these bytes.
pub(super) fn intent_of(source: NodeId, version: u64, says: &[u8]) -> Result<Intent> {
    let (changes, unfinished) = intent_from_bytes(says)?;
    Ok(Intent { source, version, changes, unfinished })
}

/// Puts an intent in place of the one that a node has, if any.
pub(super) fn put(session: &mut Session, source: NodeId, was_pending: bool, intent: Option<&Intent>, now: Timestamp) {
    match intent {
        Some(intent) => {
            let says = intent_to_bytes(&intent.changes, &intent.unfinished).value();
            session.change_later(query(PUT, [source.value(), intent.version.value(), says, now.0.value()]));
        }
        None if was_pending => session.change_later(query(REMOVE, [source.value()])),
        None => {}
    }
}

/// Removes intents that are still at these versions.
pub(super) struct Settling(pub(super) Vec<(NodeId, u64)>);

impl Work for Settling {
    type Answer = ();

    async fn run(&mut self, session: &mut Session, _in_doubt: bool) -> Attempt<()> {
        self.0.sort_unstable();
        for (source, version) in &self.0 {
            session.change_later(query(SETTLE, [source.value(), version.value()]));
        }
        Ok(())
    }
}
