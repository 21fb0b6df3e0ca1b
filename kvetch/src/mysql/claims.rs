//! Claims of unique values.
//!
//! A row has two parts that come and go on their own: what is *held* (the version of the holder that
//! took the value; 0 for nothing) and what is *attempted* (a nonce, until the write that the
//! attempt was made for has committed or failed). A row with neither is removed.

use std::collections::{BTreeMap, BTreeSet};

use mysql_async::Row;

use crate::change::Change;
use crate::error::Result;
use crate::id::{IndexId, NodeId, Nonce, Timestamp};
use crate::index_key::IndexKey;
use crate::listing::ClaimRow;
use crate::shard::{Claim, Claimed};

use super::columns::Columns;
use super::failure::Attempt;
use super::pool::Session;
use super::query::{Parameter, query};
use super::transaction::Work;

const STANDING: &str = "SELECT value, holder, version, nonce, claimed FROM kvetch_claims \
     WHERE index_id = ? AND value = ? FOR UPDATE";

/// Where somebody else inserts the same value first this fails as a duplicate, and the transaction looks again.
const INSERT: &str =
    "INSERT INTO kvetch_claims (index_id, value, holder, version, nonce, claimed) VALUES (?, ?, ?, ?, ?, ?)";

const UPDATE: &str = "UPDATE kvetch_claims SET holder = ?, version = ?, nonce = ?, claimed = ? \
     WHERE index_id = ? AND value = ?";

const DELETE: &str = "DELETE FROM kvetch_claims WHERE index_id = ? AND value = ?";

/// One row is changed when it is new and none when it was there.
const BURN: &str = "INSERT INTO kvetch_fences (source, version, raised) VALUES (?, 0, ?) \
     ON DUPLICATE KEY UPDATE source = VALUES(source)";

const UNBURN: &str = "DELETE FROM kvetch_fences WHERE source = ? AND version = 0";

/// What stands in the row of a value, if there is one.
pub(super) type Standing = Option<ClaimRow>;

/// What stands in the row of a value, which is locked from now on.
pub(super) async fn standing(session: &mut Session, index: IndexId, value: &IndexKey) -> Attempt<Standing> {
    let rows = session.rows(query(STANDING, [index.0.value(), value.value()])).await?;
    Ok(read_standing(rows)?)
}

/// The same of many values, locked in their order.
pub(super) async fn standing_all(
    session: &mut Session,
    values: BTreeSet<(IndexId, IndexKey)>,
) -> Attempt<BTreeMap<(IndexId, IndexKey), Standing>> {
    let questions = values.iter().map(|(index, value)| query(STANDING, [index.0.value(), value.value()]));
    let said = session.all(questions.collect()).await?;
    let standing = values.into_iter().zip(said).map(|(value, said)| Ok((value, read_standing(said.rows)?)));
    Ok(standing.collect::<Result<_>>()?)
}

fn read_standing(rows: Vec<Row>) -> Result<Standing> {
    rows.into_iter().next().map(|row| claim_row(Columns::of(row))).transpose()
}

/// A row of `value, holder, version, nonce, claimed`.
pub(super) fn claim_row(mut columns: Columns) -> Result<ClaimRow> {
    Ok(ClaimRow {
        value: columns.value()?,
        holder: columns.id()?,
        version: columns.version()?,
        nonce: columns.sixteen_or_null()?.map(Nonce::from_bytes),
        claimed: columns.time()?,
    })
}

/// Makes an attempt, unless another node holds the value or another attempt is under way.
pub(super) struct Claiming(pub(super) Claim);

impl Work for Claiming {
    type Answer = Claimed;

    async fn run(&mut self, session: &mut Session, _in_doubt: bool) -> Attempt<Claimed> {
        let claim = &self.0;
        let there = standing(session, claim.index, &claim.value).await?;
        let version = match &there {
            None => 0,
            // This very attempt, whose answer was lost.
            Some(ClaimRow { nonce: Some(nonce), .. }) if *nonce == claim.nonce => return Ok(Claimed::Granted),
            Some(ClaimRow { holder, nonce: Some(nonce), claimed, .. }) => {
                let other = Claim { holder: *holder, nonce: *nonce, ..claim.clone() };
                return Ok(Claimed::Pending { other, since: *claimed });
            }
            Some(ClaimRow { holder, .. }) if *holder != claim.holder => return Ok(Claimed::Held { holder: *holder }),
            Some(ClaimRow { version, .. }) => *version,
        };
        let nonce = Some(claim.nonce);
        let value = claim.value.clone();
        let row = ClaimRow { value, holder: claim.holder, version, nonce, claimed: Timestamp::now() };
        put(session, claim.index, there.is_some(), &row);
        Ok(Claimed::Granted)
    }
}

/// Takes attempts back, if they still stand.
pub(super) struct Releasing(pub(super) Vec<Claim>);

impl Work for Releasing {
    type Answer = ();

    async fn run(&mut self, session: &mut Session, _in_doubt: bool) -> Attempt<()> {
        self.0.sort_by(|one, other| (one.index, &one.value).cmp(&(other.index, &other.value)));
        for claim in &self.0 {
            if let Some(there) = standing(session, claim.index, &claim.value).await?
                && there.nonce == Some(claim.nonce)
            {
                put(session, claim.index, true, &ClaimRow { nonce: None, ..there });
            }
        }
        Ok(())
    }
}

/// Writes nonces into the fences of their nodes' shard. Who finds its own after a lost answer says that it came too
/// late: that leaves the attempt to a repair, and never lets two nodes have one value.
pub(super) struct Voiding(pub(super) Vec<Nonce>);

impl Work for Voiding {
    type Answer = Vec<bool>;

    async fn run(&mut self, session: &mut Session, _in_doubt: bool) -> Attempt<Vec<bool>> {
        let mut order: Vec<usize> = (0..self.0.len()).collect();
        order.sort_by_key(|place| self.0[*place]);
        let mut burnt = vec![false; order.len()];
        for place in order {
            burnt[place] = burn(session, self.0[place]).await?;
        }
        Ok(burnt)
    }
}

/// Makes a change to the claim of a value, given what stands there. Other changes are none of this module's.
pub(super) fn change(session: &mut Session, version: u64, change: &Change, there: Standing) {
    match change {
        Change::PutClaim { index, value, holder, nonce } => {
            let claimed = Timestamp::now();
            let wanted = ClaimRow { value: value.clone(), holder: *holder, version, nonce: *nonce, claimed };
            confirm(session, *index, there, wanted);
        }
        Change::RemoveClaim { index, holder, nonce, .. } => {
            give_up(session, *index, there, *holder, version, *nonce);
        }
        _ => {}
    }
}

/// Makes the value the holder's, and ends the attempt that led to it.
fn confirm(session: &mut Session, index: IndexId, there: Standing, wanted: ClaimRow) {
    match there {
        None => put(session, index, false, &ClaimRow { nonce: None, claimed: Timestamp::now(), ..wanted }),
        Some(there) if there.holder == wanted.holder => {
            let nonce = there.nonce.filter(|left| Some(*left) != wanted.nonce);
            put(session, index, true, &ClaimRow { nonce, claimed: there.claimed, ..wanted });
        }
        Some(ClaimRow { holder: other, .. }) => {
            // No write gets here without a claim. Repair decides between the two.
            tracing::error!(%index, holder = %wanted.holder, %other, "a unique value was taken from under its claim");
        }
    }
}

/// Gives up what the holder took at an older version, and the attempt with this nonce. A newer
/// attempt of the holder stays.
fn give_up(session: &mut Session, index: IndexId, there: Standing, holder: NodeId, version: u64, nonce: Option<Nonce>) {
    if let Some(there) = there.filter(|there| there.holder == holder && there.version < version) {
        let nonce = there.nonce.filter(|left| Some(*left) != nonce);
        put(session, index, true, &ClaimRow { version: 0, nonce, ..there });
    }
}

/// Writes a nonce into the fences of its node's shard, and says whether it was not there yet.
async fn burn(session: &mut Session, nonce: Nonce) -> Attempt<bool> {
    Ok(burn_all(session, vec![nonce]).await? == [true])
}

/// The same of many nonces.
pub(super) async fn burn_all(session: &mut Session, nonces: Vec<Nonce>) -> Attempt<Vec<bool>> {
    let burnt = Timestamp::now().0;
    let burns = nonces.into_iter().map(|nonce| query(BURN, [nonce.value(), burnt.value()]));
    Ok(session.all(burns.collect()).await?.into_iter().map(|said| said.changed == 1).collect())
}

/// Takes back a nonce that this transaction wrote.
pub(super) fn unburn(session: &mut Session, nonce: Nonce) {
    session.change_later(query(UNBURN, [nonce.value()]));
}

fn put(session: &mut Session, index: IndexId, is_there: bool, row: &ClaimRow) {
    let key = [index.0.value(), row.value.value()];
    if row.version == 0 && row.nonce.is_none() {
        session.change_later(query(DELETE, key));
        return;
    }
    let ([index, value], claimed) = (key, row.claimed.0.value());
    let (holder, version, nonce) = (row.holder.value(), row.version.value(), row.nonce.value());
    let change = if is_there {
        query(UPDATE, [holder, version, nonce, claimed, index, value])
    } else {
        query(INSERT, [index, value, holder, version, nonce, claimed])
    };
    session.change_later(change);
}
