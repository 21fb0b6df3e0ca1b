//! Writes to nodes, several in one transaction.
//!
//! All of a group are asked about together, decided one by one and carried out together: so a group takes as many ways
//! to the server as one write does, and one commit. Whatever may refuse a write is found out before anything of it is
//! changed, so that a write that is refused leaves nothing behind and the others stand.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::change::{Change, outcome_to_bytes};
use crate::decide::{Decision, Stored, decide};
use crate::error::{Error, Result};
use crate::id::IndexId;
use crate::index_key::IndexKey;
use crate::listing::ClaimRow;
use crate::shard::{NodeWrite, Outcome, Place, WriteOp};

use super::claims::{self, Standing};
use super::failure::Attempt;
use super::halves::Halves;
use super::nodes::{RowPut, RowWas, put_rows, record};
use super::pool::Session;
use super::seen::{self, Seen};
use super::{intents, rows};

/// What becomes of a write of a group.
#[derive(Debug, Clone)]
pub(super) enum Fate {
    /// It is done, if the transaction is.
    Done(Outcome),
    /// It is not, and nothing of it was changed.
    Refused(Error),
    /// It wants a unique value that another write of the group takes or gives up, and has to come after that.
    Later,
}

/// Does writes to different nodes, none of which is the other end of an edge that another puts.
pub(super) async fn write(session: &mut Session, place: &Place, writes: &[NodeWrite]) -> Attempt<Vec<Fate>> {
    let (seen, halves) = seen::look(session, place, writes).await?;
    let mut group = Group { place, fates: vec![Fate::Later; writes.len()], open: Vec::with_capacity(writes.len()) };
    for (position, (write, seen)) in writes.iter().zip(seen).enumerate() {
        group.decide(position, write, seen);
    }
    let standing = group.look_at_claims(session).await?;
    group.burn_nonces(session).await?;
    group.carry_out(session, &standing, &halves).await?;
    Ok(group.fates)
}

/// Writes under way.
struct Group<'a> {
    place: &'a Place,
    /// By the position of the write.
    fates: Vec<Fate>,
    /// Those that nothing has refused yet.
    open: Vec<Open<'a>>,
}

/// A write that is decided.
struct Open<'a> {
    position: usize,
    write: &'a NodeWrite,
    was: RowWas,
    was_pending: bool,
    decision: Decision,
}

impl Open<'_> {
    fn row_put(&self) -> RowPut<'_> {
        RowPut { id: self.write.id, was: self.was, row: &self.decision.row, now: self.write.now }
    }

    fn claim_changes(&self) -> impl Iterator<Item = &Change> {
        self.decision.local.iter().filter(|change| claimed(change).is_some())
    }
}

impl<'a> Group<'a> {
    fn decide(&mut self, position: usize, write: &'a NodeWrite, seen: Result<Seen>) {
        // A panic over one write is not the end of the others.
        let decided = catch_unwind(AssertUnwindSafe(|| decided(self.place, write, seen)));
        let panicked = || Err(Error::Engine { reason: "deciding the write panicked".into() });
        match decided.unwrap_or_else(|_| panicked()) {
            Ok(Decided::Before(outcome)) => self.fates[position] = Fate::Done(outcome),
            Ok(Decided::Now { was, was_pending, decision }) => {
                self.open.push(Open { position, write, was, was_pending, decision });
            }
            Err(error) => self.fates[position] = Fate::Refused(error),
        }
    }

    /// Keeps the writes open that meet no other fate.
    fn sift(&mut self, mut fate: impl FnMut(&Open<'a>) -> Option<Fate>) {
        let Self { fates, open, .. } = self;
        open.retain(|one| match fate(one) {
            Some(fate) => {
                fates[one.position] = fate;
                false
            }
            None => true,
        });
    }

    /// Looks at the unique values of this shard that the writes take or give up, and locks them. A value that another
    /// node holds refuses the write.
    async fn look_at_claims(&mut self, session: &mut Session) -> Attempt<Claims> {
        let mut wanted = BTreeSet::new();
        self.sift(|one| {
            let keys = one.claim_changes().filter_map(claimed).collect::<Vec<_>>();
            let is_wanted = keys.iter().any(|key| wanted.contains(key));
            wanted.extend(keys.into_iter().filter(|_| !is_wanted));
            is_wanted.then_some(Fate::Later)
        });
        let standing = claims::standing_all(session, wanted).await?;
        let place = self.place;
        self.sift(|one| {
            let refusal = one.claim_changes().find_map(|change| match change {
                Change::PutClaim { index, holder, .. } => match &standing[&claimed(change)?] {
                    Some(there) if there.holder != *holder => Some(taken(place, *index, there)),
                    _ => None,
                },
                _ => None,
            });
            refusal.map(Fate::Refused)
        });
        Ok(standing)
    }

    /// Writes the nonces of claims on other shards into the fences. One that is there already was undone.
    async fn burn_nonces(&mut self, session: &mut Session) -> Attempt<()> {
        let nonces = self.open.iter().flat_map(|one| one.decision.claims.iter().map(|claim| claim.nonce));
        let mut is_new = claims::burn_all(session, nonces.collect()).await?.into_iter();
        let place = self.place;
        self.sift(|one| {
            let burnt = one.decision.claims.iter().zip(&mut is_new).collect::<Vec<_>>();
            let (claim, _) = burnt.iter().find(|(_, is_new)| !is_new)?;
            burnt.iter().filter(|(_, is_new)| *is_new).for_each(|(claim, _)| claims::unburn(session, claim.nonce));
            Some(Fate::Refused(place.claim_pending(claim.index, claim.holder)))
        });
        Ok(())
    }

    /// Changes what follows from the writes that are left.
    async fn carry_out(&mut self, session: &mut Session, standing: &Claims, halves: &Halves) -> Attempt<()> {
        let puts = self.open.iter().map(Open::row_put).collect::<Vec<_>>();
        let versions = puts.iter().map(RowPut::version).collect::<Vec<_>>();
        put_rows(session, puts);
        for (Open { decision, .. }, version) in self.open.iter().zip(versions) {
            for change in &decision.local {
                let there = claimed(change).and_then(|key| standing[&key].clone());
                claims::change(session, version, change, there);
            }
        }
        let mut changes = self.open.iter().flat_map(|one| &one.decision.local).collect::<Vec<_>>();
        changes.sort_by_cached_key(|change| change.row());
        rows::change(session, changes, halves).await?;
        for Open { position, write, was_pending, decision, .. } in self.open.drain(..) {
            let outcome = decision.outcome;
            intents::put(session, write.id, was_pending, outcome.intent.as_ref(), write.now);
            if let Some(write_id) = write.write_id {
                let says = outcome_to_bytes(&outcome.node, &outcome.changes);
                record(session, write_id, write.now, &outcome.node, &says);
            }
            self.fates[position] = Fate::Done(outcome);
        }
        Ok(())
    }
}

/// What a write comes to.
enum Decided {
    /// It was done before.
    Before(Outcome),
    Now {
        was: RowWas,
        was_pending: bool,
        decision: Decision,
    },
}

fn decided(place: &Place, write: &NodeWrite, seen: Result<Seen>) -> Result<Decided> {
    let Seen { before, recorded } = seen?;
    if let Some(outcome) = recorded {
        return Ok(Decided::Before(outcome));
    }
    let was_pending = before.pending.is_some();
    let was = match (&before.row, &write.op) {
        (Stored::Nothing, _) => RowWas::Nothing,
        (Stored::Node(_), WriteOp::PutEdge { .. } | WriteOp::DeleteEdge { .. }) => RowWas::SameBody,
        _ => RowWas::Another,
    };
    let decision = decide(place, write, before)?;
    Ok(Decided::Now { was, was_pending, decision })
}

/// What stands in the claims of unique values.
type Claims = BTreeMap<(IndexId, IndexKey), Standing>;

/// The unique value that a change takes or gives up.
fn claimed(change: &Change) -> Option<(IndexId, IndexKey)> {
    match change {
        Change::PutClaim { index, value, .. } | Change::RemoveClaim { index, value, .. } => {
            Some((*index, value.clone()))
        }
        _ => None,
    }
}

/// Why a value that another node has cannot be taken.
fn taken(place: &Place, index: IndexId, there: &ClaimRow) -> Error {
    match there.version {
        0 => place.claim_pending(index, there.holder),
        _ => place.duplicate(index, there.holder),
    }
}
