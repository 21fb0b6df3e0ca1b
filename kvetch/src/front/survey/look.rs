//! A closer look at one row that looked wrong.
//!
//! The node is read, then its intent, then the row, then the node once more. If the node is the same both
//! times and nothing was pending in between, everything that followed from it had been applied
//! before the row was read: then the row differs or it does not, whoever writes meanwhile.

use crate::change::{Change, Row, Unfinished};
use crate::derive::derive;
use crate::error::{Error, Result};
use crate::id::{EdgeType, NodeId, Timestamp};
use crate::limits::{CLAIM_GRACE, ROUND_DEADLINE};
use crate::listing::ClaimRow;
use crate::node::Node;
use crate::read::{Edge, IndexRead};
use crate::report::{Differing, DriftClass};
use crate::shard::{Answering, Claim, Intent, route};
use crate::shard_map::ShardIdx;

use super::super::Store;
use super::mend::Fix;

/// Something that looked wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Suspect {
    /// A row that follows from a node.
    Row(Row),
    /// A stored edge, by its half that leads forward.
    Halves(Row),
    /// A count on a shard.
    Count(ShardIdx, EdgeType, NodeId),
    /// An old attempt on a shard to claim a value.
    Attempt(ShardIdx, Row),
    /// A row on a shard that it does not belong to.
    Misplaced(ShardIdx, Row),
}

impl Suspect {
    pub(super) fn differing(&self) -> Differing {
        match self {
            Self::Row(row) | Self::Halves(row) | Self::Attempt(_, row) | Self::Misplaced(_, row) => {
                Differing::Row(row.clone())
            }
            Self::Count(_, edge, from) => Differing::Count(*edge, *from),
        }
    }
}

/// What a closer look says.
#[derive(Debug)]
pub(super) enum Verdict {
    Fine,
    /// An intent that is not applied yet names it.
    Pending,
    /// Something of it could not be read.
    Unseen,
    /// It never held still.
    Undecided,
    Differs(Finding),
}

/// A row that differs, and what would mend it.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) suspect: Suspect,
    pub(super) class: DriftClass,
    pub(super) fix: Fix,
}

/// The node that a row follows from.
pub(super) fn source(row: &Row) -> NodeId {
    match row {
        Row::Edge(_, _, node) | Row::Entry(_, _, node) | Row::Claim(_, _, node) => *node,
    }
}

/// What stands in the place of a row.
enum There {
    Nothing,
    Edge(Edge),
    Entry,
    Claim(ClaimRow),
}

impl Store {
    /// Looks at a suspect, once. `None` says that it changed under the look.
    pub(super) async fn look_at(&self, suspect: &Suspect) -> Result<Option<Verdict>> {
        let found = match suspect {
            Suspect::Row(row) => return self.look_at_row(suspect, row).await,
            Suspect::Halves(row) => return self.look_at_halves(suspect, row).await,
            Suspect::Attempt(shard, row) => return self.look_at_attempt(suspect, *shard, row).await,
            Suspect::Count(shard, edge, from) => {
                let tallies = self.in_round(self.shard(*shard).tallies(*edge, &[*from])).await?;
                let tally = one(tallies)?;
                (tally.count != tally.edges)
                    .then_some((DriftClass::CountWrong, Fix::Recount { shard: *shard, edge: *edge, from: *from }))
            }
            Suspect::Misplaced(shard, row) => {
                let there = self.row_at(*shard, row).await?;
                let is_there = match (&there, row) {
                    (There::Claim(claim), Row::Claim(_, _, holder)) => claim.holder == *holder,
                    (There::Nothing, _) => false,
                    _ => true,
                };
                is_there.then(|| (DriftClass::Misplaced, Fix::Remove { shard: *shard, row: row.clone() }))
            }
        };
        Ok(Some(verdict(suspect, found)))
    }

    async fn look_at_row(&self, suspect: &Suspect, row: &Row) -> Result<Option<Verdict>> {
        let source = source(row);
        let node = self.fresh(source).await?;
        let intent = self.pending_of(source).await?;
        if intent.is_some_and(|intent| names(&intent, row)) {
            return Ok(Some(Verdict::Pending));
        }
        let shard = route(&self.schema, &self.map, &Change::removal_of(row.clone()));
        let there = self.row_at(shard, row).await?;
        if !same(&node, &self.fresh(source).await?) {
            return Ok(None);
        }
        let said = derive(&self.schema, None, node.as_ref())?.into_iter().find(|change| change.row() == *row);
        let mend = || Fix::Mend { source, row: row.clone(), gone: false, expected_version: None, first: None };
        let found = match (said, there) {
            (None, There::Nothing) | (Some(Change::PutEntry { .. }), There::Entry) => None,
            (None, There::Edge(_)) => Some((DriftClass::EdgeDangling, mend())),
            (None, There::Entry) => Some((DriftClass::EntryDangling, mend())),
            (None, There::Claim(claim)) => {
                let stands = claim.holder == source && (claim.version > 0 || claim.nonce.is_none());
                stands.then(|| (DriftClass::ClaimStale, mend()))
            }
            (Some(Change::PutEdge { sort_key, .. }), There::Edge(edge)) => {
                (edge.sort_key != sort_key).then(|| (DriftClass::SortKeyWrong, mend()))
            }
            (Some(Change::PutEdge { .. }), _) => Some((DriftClass::EdgeMissing, mend())),
            (Some(Change::PutEntry { .. }), _) => Some((DriftClass::EntryMissing, mend())),
            (Some(Change::PutClaim { .. }), There::Claim(claim)) => {
                return self.look_at_claim(suspect, row, claim).await;
            }
            (Some(_), _) => Some((DriftClass::ClaimMissing, mend())),
        };
        Ok(Some(verdict(suspect, found)))
    }

    /// A claim that the node should have, and somebody has.
    async fn look_at_claim(&self, suspect: &Suspect, row: &Row, claim: ClaimRow) -> Result<Option<Verdict>> {
        let (source, Row::Claim(index, value, _)) = (source(row), row) else { return Ok(None) };
        let mend = |first| Fix::Mend { source, row: row.clone(), gone: false, expected_version: None, first };
        if claim.holder == source {
            let found = (claim.version == 0).then(|| (DriftClass::ClaimMissing, mend(None)));
            return Ok(Some(verdict(suspect, found)));
        }
        let in_the_way = Row::Claim(*index, value.clone(), claim.holder);
        let other = self.fresh(claim.holder).await?;
        let intent = self.pending_of(claim.holder).await?;
        if intent.is_some_and(|intent| names(&intent, &in_the_way)) {
            return Ok(Some(Verdict::Pending));
        }
        let value = value.to_value()?;
        let holds = other.as_ref().is_some_and(|other| self.schema.index_holds(*index, &value, other));
        let found = if holds {
            (DriftClass::ValueShared, Fix::None)
        } else {
            (DriftClass::ClaimMissing, mend(Some((claim.holder, in_the_way))))
        };
        Ok(Some(verdict(suspect, Some(found))))
    }

    /// An attempt that is older than any write takes. Its mark says whether the write won.
    async fn look_at_attempt(&self, suspect: &Suspect, shard: ShardIdx, row: &Row) -> Result<Option<Verdict>> {
        let Row::Claim(index, value, holder) = row else { return Ok(None) };
        if self.pending_of(*holder).await?.is_some_and(|intent| names(&intent, row)) {
            return Ok(Some(Verdict::Pending));
        }
        let There::Claim(claim) = self.row_at(shard, row).await? else { return Ok(Some(Verdict::Fine)) };
        let old = Timestamp::now().0.saturating_sub(claim.claimed.0) > CLAIM_GRACE.as_micros() as i64;
        let found = claim.nonce.filter(|_| old && claim.holder == *holder).map(|nonce| {
            let claim = Claim { index: *index, value: value.clone(), holder: *holder, nonce };
            (DriftClass::AttemptStale, Fix::Attempt { claim })
        });
        Ok(Some(verdict(suspect, found)))
    }

    /// The half that leads forward is written with the node it leads from, so that it says what the
    /// other has to be. An edge lives as long as both its ends.
    async fn look_at_halves(&self, suspect: &Suspect, row: &Row) -> Result<Option<Verdict>> {
        let Row::Edge(edge, from, to) = *row else { return Ok(None) };
        let inverse = self.schema.stored_edge(edge)?.inverse;
        let back = Row::Edge(inverse, to, from);
        let ends = (self.fresh(from).await?, self.fresh(to).await?);
        for end in [from, to] {
            let intent = self.pending_of(end).await?;
            let unfinished = |intent: &Intent| intent.unfinished.contains(&Unfinished::StoredEdges);
            if intent.is_some_and(|intent| names(&intent, row) || names(&intent, &back) || unfinished(&intent)) {
                return Ok(Some(Verdict::Pending));
            }
        }
        let halves = (self.row_at(self.home(from), row).await?, self.row_at(self.home(to), &back).await?);
        if !same(&ends.0, &self.fresh(from).await?) || !same(&ends.1, &self.fresh(to).await?) {
            return Ok(None);
        }
        let alive = ends.0.is_some() && ends.1.is_some();
        let class = match &halves {
            (There::Nothing, There::Nothing) => None,
            (There::Edge(_), _) | (_, There::Edge(_)) if !alive => Some(DriftClass::HalfDangling),
            (There::Edge(_), There::Nothing) => Some(DriftClass::HalfMissing),
            (There::Nothing, There::Edge(_)) => Some(DriftClass::HalfDangling),
            (There::Edge(forward), There::Edge(back)) => {
                let differ = (forward.sort_key, &forward.props) != (back.sort_key, &back.props);
                differ.then_some(DriftClass::HalvesDiffer)
            }
            _ => None,
        };
        let expected_version = ends.0.as_ref().map(|node| node.version);
        let fix = Fix::Mend { source: from, row: row.clone(), gone: !alive, expected_version, first: None };
        Ok(Some(verdict(suspect, class.map(|class| (class, fix)))))
    }

    /// A node as its shard has it now.
    async fn fresh(&self, id: NodeId) -> Result<Option<Node>> {
        one(self.in_round(self.shard(self.home(id)).nodes(&[id])).await?)
    }

    pub(super) async fn pending_of(&self, source: NodeId) -> Result<Option<Intent>> {
        let before = u128::from_be_bytes(*source.as_bytes()).checked_sub(1);
        let before = before.map(|number| NodeId::from_bytes(number.to_be_bytes()));
        let page = self.in_round(self.shard(self.home(source)).intents(before, 1)).await??;
        match page.unreadable.into_iter().find(|(unreadable, ..)| *unreadable == source) {
            Some((.., error)) => Err(error),
            None => Ok(page.intents.into_iter().find(|intent| intent.source == source)),
        }
    }

    async fn row_at(&self, shard: ShardIdx, row: &Row) -> Result<There> {
        let shard = self.shard(shard);
        Ok(match row {
            Row::Edge(edge, from, to) => {
                one(self.in_round(shard.edge(*edge, *from, &[*to])).await?)?.map_or(There::Nothing, There::Edge)
            }
            Row::Entry(index, value, target) => {
                let before = u128::from_be_bytes(*target.as_bytes()).checked_sub(1);
                let after = before.map(|number| NodeId::from_bytes(number.to_be_bytes()));
                let read = IndexRead { index: *index, first: 1, after };
                let page = one(self.in_round(shard.find(&read, std::slice::from_ref(value))).await?)?;
                if page.ids.contains(target) { There::Entry } else { There::Nothing }
            }
            Row::Claim(index, value, _) => {
                let claims = self.in_round(shard.claims_of(*index, std::slice::from_ref(value))).await?;
                one(claims)?.map_or(There::Nothing, There::Claim)
            }
        })
    }

    async fn in_round<T>(&self, answering: Answering<'_, T>) -> Result<T> {
        let late = |_| Error::unavailable("the shard did not answer in time");
        self.tasks.at_most(ROUND_DEADLINE, answering).await.map_err(late)
    }
}

fn verdict(suspect: &Suspect, found: Option<(DriftClass, Fix)>) -> Verdict {
    match found {
        None => Verdict::Fine,
        Some((class, fix)) => Verdict::Differs(Finding { suspect: suspect.clone(), class, fix }),
    }
}

fn names(intent: &Intent, row: &Row) -> bool {
    intent.changes.iter().any(|change| change.row() == *row)
}

fn same(before: &Option<Node>, after: &Option<Node>) -> bool {
    before.as_ref().map(|node| node.version) == after.as_ref().map(|node| node.version)
}

fn one<T>(answers: Vec<Result<T>>) -> Result<T> {
    let missing = || Error::Engine { reason: "the shard did not answer the key".into() };
    answers.into_iter().next().ok_or_else(missing)?
}
