//! Writes to nodes, several in one transaction.
//!
//! All of a group are asked about together, decided one by one and carried out together: so a group takes as many ways
//! to the server as one write does, and one commit. Whatever may refuse a write is found out before anything of it is
//! changed, so that a write that is refused leaves nothing behind and the others stand.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::change::{Change, outcome_to_bytes};
use crate::decide::{Before, Decision, Look, OtherEnd, Stored, decide, looks, other_end};
use crate::error::{Error, Result};
use crate::id::{IndexId, NodeId, NodeType};
use crate::index_key::IndexKey;
use crate::listing::ClaimRow;
use crate::shard::{Intent, NodeWrite, Outcome, Place, WriteOp};

use super::claims::{self, Standing};
use super::columns::Columns;
use super::failure::Attempt;
use super::nodes::{RowWas, found, look_at, put_row, read_outcome, record, recorded, stored};
use super::pool::{Said, Session};
use super::query::{Parameter, Query};
use super::{intents, rows};

/// The rows of nodes with their pending intents, locked from now on in the order of their ids. Where nothing stands
/// there is nothing to lock. Without the hint a small table would be read as a whole, and locked.
const LOCKED: &str = "SELECT n.id, n.type, n.version, n.created, n.updated, n.body, i.source, i.version, i.changes \
     FROM kvetch_nodes n FORCE INDEX (PRIMARY) LEFT JOIN kvetch_intents i FORCE INDEX (PRIMARY) \
     ON i.source = n.id WHERE n.id IN ";

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
    let seen = seen(session, place, writes).await?;
    let mut group = Group { place, fates: vec![Fate::Later; writes.len()], open: Vec::with_capacity(writes.len()) };
    for (position, (write, seen)) in writes.iter().zip(seen).enumerate() {
        group.decide(position, write, seen);
    }
    let standing = group.look_at_claims(session).await?;
    group.burn_nonces(session).await?;
    group.carry_out(session, &standing).await?;
    Ok(group.fates)
}

/// What a write has to know.
struct Seen {
    before: Before,
    /// The outcome of a write with its id that was done before.
    recorded: Option<Outcome>,
}

/// What stands in a row of a node, and the node's intent.
type Row = Result<(Stored, Option<Intent>)>;

/// What the writes have to know, asked for at once. What is found of it is locked from now on, but for edges.
async fn seen(session: &mut Session, place: &Place, writes: &[NodeWrite]) -> Attempt<Vec<Result<Seen>>> {
    let looks = writes.iter().map(|write| looks(&place.schema, write)).collect::<Vec<_>>();
    let ends = writes.iter().filter_map(|write| other_end(place, write));
    let mut questions = vec![locked(&writes.iter().map(|write| write.id).chain(ends).collect())];
    for (write, looks) in writes.iter().zip(&looks) {
        questions.extend(looks.iter().map(|look| look_at(write.id, *look)));
        questions.extend(write.write_id.map(recorded));
    }
    let mut answers = session.all(questions).await?.into_iter();
    let mut rows = rows_by_id(answers.next().expect("each question has an answer"))?;
    let lost = |write: &&NodeWrite| !rows.contains_key(&write.id) && !matches!(write.op, WriteOp::Create { .. });
    let mut left = lost_intents(session, writes.iter().filter(lost).map(|write| write.id).collect()).await?;
    let seen = writes.iter().zip(looks).map(|(write, looks)| {
        let type_of = |end| rows.get(&end).and_then(|(node_type, _)| *node_type);
        let end = other_end(place, write);
        let end = end.map_or(OtherEnd::Elsewhere, |end| type_of(end).map_or(OtherEnd::Lost, OtherEnd::Here));
        let looks = looks.into_iter().map(|look| (look, answers.next().expect("each question has an answer")));
        let looks = looks.collect::<Vec<_>>();
        let recorded = write.write_id.map(|_| answers.next().expect("each question has an answer"));
        let row = rows.remove(&write.id).map(|(_, row)| row);
        let pending = left.remove(&write.id).unwrap_or(Ok(None));
        let row = row.unwrap_or_else(|| pending.map(|pending| (Stored::Nothing, pending)));
        seen_of(row, end, looks, recorded)
    });
    Ok(seen.collect())
}

fn seen_of(row: Row, end: OtherEnd, looks: Vec<(Look, Said)>, recorded: Option<Said>) -> Result<Seen> {
    let (row, pending) = row?;
    let recorded = recorded.and_then(|said| said.rows.into_iter().next());
    let recorded = recorded.map(|row| read_outcome(&mut Columns::of(row))).transpose()?;
    let edges = looks.into_iter().map(|(look, said)| found(look, said.rows)).collect::<Result<_>>()?;
    Ok(Seen { before: Before { row, end, pending, edges }, recorded })
}

fn locked(ids: &BTreeSet<NodeId>) -> Query {
    let marks = vec!["?"; ids.len()].join(",");
    Query { sql: format!("{LOCKED}({marks}) FOR UPDATE").into(), parameters: ids.iter().map(NodeId::value).collect() }
}

/// The rows, with the types of those that are no tombstones.
fn rows_by_id(said: Said) -> Result<HashMap<NodeId, (Option<NodeType>, Row)>> {
    let rows = said.rows.into_iter().map(|row| {
        let mut columns = Columns::of(row);
        let id = columns.id()?;
        let node_type = u32::try_from(columns.peek()?).ok().map(NodeType);
        Ok((id, (node_type, stored(id, columns))))
    });
    rows.collect()
}

/// A node that was lost may have left its intent behind.
async fn lost_intents(session: &mut Session, nodes: Vec<NodeId>) -> Attempt<HashMap<NodeId, Result<Option<Intent>>>> {
    let said = session.all(nodes.iter().map(|node| intents::locked(*node)).collect()).await?;
    Ok(nodes.into_iter().zip(said.into_iter().map(|said| intents::pending(said.rows))).collect())
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
    async fn carry_out(&mut self, session: &mut Session, standing: &Claims) -> Attempt<()> {
        for Open { write, was, decision, .. } in &self.open {
            let version = put_row(session, write.id, *was, &decision.row, write.now);
            for change in &decision.local {
                let there = claimed(change).and_then(|key| standing[&key].clone());
                claims::change(session, version, change, there);
            }
        }
        let mut changes = self.open.iter().flat_map(|one| &one.decision.local).collect::<Vec<_>>();
        changes.sort_by_cached_key(|change| change.row());
        rows::change(session, changes).await?;
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
