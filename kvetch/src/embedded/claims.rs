//! Claims of unique values.
//!
//! A row has two parts that come and go on their own: what is *held* (the version of the holder that
//! took the value; 0 for nothing) and what is *attempted* (a nonce, until the write that the
//! attempt was made for has committed or failed). A row with neither is removed.

use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Result;
use crate::id::{IndexId, NodeId, Nonce, Timestamp};
use crate::index_key::IndexKey;
use crate::shard::{Claim, Claimed};

use super::failure::OrFailure;
use super::number::number;

/// What stands in the row of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Free,
    Held { holder: NodeId, version: i64, nonce: Option<Nonce>, claimed: Timestamp },
}

pub(super) fn standing(connection: &Connection, index: IndexId, value: &IndexKey) -> Result<Standing> {
    connection
        .prepare_cached("SELECT holder, version, nonce, claimed FROM kvetch_claims WHERE index_id = ?1 AND value = ?2")
        .and_then(|mut statement| {
            statement
                .query_row(params![index.0, value.as_bytes()], |row| {
                    Ok(Standing::Held {
                        holder: NodeId::from_bytes(row.get(0)?),
                        version: row.get(1)?,
                        nonce: row.get::<_, Option<[u8; 16]>>(2)?.map(Nonce::from_bytes),
                        claimed: Timestamp(row.get(3)?),
                    })
                })
                .optional()
        })
        .map(|standing| standing.unwrap_or(Standing::Free))
        .or_failure()
}

/// Makes an attempt, unless another node holds the value or another attempt is under way.
pub(super) fn claim(connection: &Connection, claim: &Claim) -> Result<Claimed> {
    let now = Timestamp::now();
    let version = match standing(connection, claim.index, &claim.value)? {
        Standing::Free => 0,
        Standing::Held { holder, nonce: Some(nonce), claimed, .. } => {
            let other = Claim { holder, nonce, ..claim.clone() };
            return Ok(Claimed::Pending { other, since: claimed });
        }
        Standing::Held { holder, .. } if holder != claim.holder => {
            return Ok(Claimed::Held { holder });
        }
        Standing::Held { version, .. } => version,
    };
    put(connection, claim.index, &claim.value, claim.holder, version, Some(claim.nonce), now)?;
    Ok(Claimed::Granted)
}

/// Takes an attempt back, if it still stands.
pub(super) fn release(connection: &Connection, claim: &Claim) -> Result<()> {
    match standing(connection, claim.index, &claim.value)? {
        Standing::Held { holder, version, nonce: Some(nonce), claimed } if nonce == claim.nonce => {
            put(connection, claim.index, &claim.value, holder, version, None, claimed)
        }
        _ => Ok(()),
    }
}

/// Makes the value the holder's, and ends the attempt that led to it.
pub(super) fn confirm(
    connection: &Connection,
    index: IndexId,
    value: &IndexKey,
    holder: NodeId,
    version: u64,
    nonce: Option<Nonce>,
) -> Result<()> {
    let (left, claimed) = match standing(connection, index, value)? {
        Standing::Free => (None, Timestamp::now()),
        Standing::Held { holder: same, nonce: left, claimed, .. } if same == holder => {
            (left.filter(|left| Some(*left) != nonce), claimed)
        }
        Standing::Held { holder: other, .. } => {
            // No write gets here without a claim. Repair decides between the two.
            tracing::error!(%index, %holder, %other, "a unique value was taken from under its claim");
            return Ok(());
        }
    };
    put(connection, index, value, holder, number(version), left, claimed)
}

/// Gives up what the holder took at an older version, and the attempt with this nonce. A newer
/// attempt of the holder stays.
pub(super) fn give_up(
    connection: &Connection,
    index: IndexId,
    value: &IndexKey,
    holder: NodeId,
    version: u64,
    nonce: Option<Nonce>,
) -> Result<()> {
    match standing(connection, index, value)? {
        Standing::Held { holder: same, version: held, nonce: left, claimed }
            if same == holder && held < number(version) =>
        {
            put(connection, index, value, holder, 0, left.filter(|left| Some(*left) != nonce), claimed)
        }
        _ => Ok(()),
    }
}

/// Writes a nonce into the fences of its node's shard, and says whether it was not there yet.
pub(super) fn burn(connection: &Connection, nonce: Nonce) -> Result<bool> {
    let written = connection
        .prepare_cached("INSERT OR IGNORE INTO kvetch_fences (source, version, raised) VALUES (?1, 0, ?2)")
        .and_then(|mut statement| statement.execute(params![nonce.as_bytes(), Timestamp::now().0]))
        .or_failure()?;
    Ok(written == 1)
}

fn put(
    connection: &Connection,
    index: IndexId,
    value: &IndexKey,
    holder: NodeId,
    version: i64,
    nonce: Option<Nonce>,
    claimed: Timestamp,
) -> Result<()> {
    if version == 0 && nonce.is_none() {
        let removal = connection.prepare_cached("DELETE FROM kvetch_claims WHERE index_id = ?1 AND value = ?2");
        return removal
            .and_then(|mut statement| statement.execute(params![index.0, value.as_bytes()]))
            .map(drop)
            .or_failure();
    }
    let nonce = nonce.as_ref().map(Nonce::as_bytes);
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO kvetch_claims (index_id, value, holder, version, nonce, claimed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )
        .and_then(|mut statement| {
            statement.execute(params![index.0, value.as_bytes(), holder.as_bytes(), version, nonce, claimed.0])
        })
        .map(drop)
        .or_failure()
}
