//! Marks that tell whether a transaction was committed whose answer was lost.
//!
//! A mark is a row among the recorded writes with a number. A transaction that nobody gave a name writes the next
//! number into one as its last statement. Whoever has a mark has it alone, until it is certain what became of the
//! transaction; then the next takes it over. So there are as many as transactions at once, where a row for each
//! write would grow a table by all writes of a day, at random places.

use std::sync::{Mutex, PoisonError};

use crate::id::{NodeId, Timestamp, WriteId};

use super::columns::Columns;
use super::failure::Attempt;
use super::pool::Session;
use super::query::{Parameter, query};

const MAKE: &str = "INSERT INTO kvetch_writes (write_id, source, version, outcome, written) VALUES (?, ?, ?, '', ?) \
     ON DUPLICATE KEY UPDATE source = VALUES(source), version = VALUES(version), written = VALUES(written)";

/// Waits for a transaction that made the mark and is still under way.
const MADE: &str = "SELECT version FROM kvetch_writes WHERE write_id = ? FOR UPDATE";

/// The marks of one shard that nobody has at the moment.
#[derive(Debug, Default)]
pub(super) struct Marks(Mutex<Vec<Mark>>);

/// The next number of a mark.
#[derive(Debug)]
pub(super) struct Mark {
    row: WriteId,
    number: u64,
}

impl Marks {
    pub(super) fn take(&self) -> Mark {
        let free = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        free.unwrap_or_else(|| Mark { row: WriteId::generate(), number: 1 })
    }

    /// Gives a mark back with its next number.
    pub(super) fn put_back(&self, Mark { row, number }: Mark) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Mark { row, number: number + 1 });
    }
}

impl Mark {
    /// Writes the number down, in the transaction that it stands for.
    pub(super) fn make(&self, session: &mut Session, source: NodeId, now: Timestamp) {
        session.change_later(query(MAKE, [self.row.value(), source.value(), self.number.value(), now.0.value()]));
    }

    /// Whether the transaction was committed.
    pub(super) async fn is_made(&self, session: &mut Session) -> Attempt<bool> {
        let row = session.rows(query(MADE, [self.row.value()])).await?.into_iter().next();
        Ok(row.map(|row| Columns::of(row).version()).transpose()? == Some(self.number))
    }
}
