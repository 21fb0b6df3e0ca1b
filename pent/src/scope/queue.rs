//! All loaders of a scope: what leaves with the next round, and where its answers go.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use kvetch::{
    Answer, EdgePage, EdgeRead, EdgeType, EntryPage, IdPage, IndexRead, Node, NodeId, NodePage, NodeType, Read,
    ScanRead, Schema, Touched, Value, ValueRange,
};

use super::departure::{Boarding, Call, Departure, Sent};
use super::keys_per_call::KeysPerCall;
use super::loader::{Loader, Parcel, Place, RoundNumber};
use super::stats::{Outcome, ReadPlace, Stats};
use super::waiting::Waiting;
use crate::error::{Error, Result};

/// Nodes of one type, in id order.
#[derive(Debug, Clone)]
pub struct NodeListing {
    /// The nodes.
    pub nodes: Arc<[Arc<Node>]>,
    /// Where the next page starts, when more nodes follow.
    pub next_after: Option<NodeId>,
}

/// Everything that a scope knows and wants to know.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    pub(super) nodes: Loader<NodeId, Option<Arc<Node>>>,
    pub(super) edges: Family<EdgeRead, NodeId, Arc<EdgePage>>,
    pub(super) counts: Family<EdgeType, NodeId, u64>,
    pub(super) finds: Family<IndexRead, Value, Arc<IdPage>>,
    pub(super) scans: Family<ScanRead, ValueRange, Arc<EntryPage>>,
    pub(super) browses: Family<NodeType, BrowseKey, NodeListing>,
    pub(super) stats: Stats,
    pub(super) waiting: Waiting,
    pub(super) ended: bool,
    pub(super) keys_per_call: KeysPerCall,
}

/// What distinguishes the pages of one type: where they start and how long they are.
pub(crate) type BrowseKey = (Option<NodeId>, u32);

/// The loaders of one operation, one per value of its unary arguments, in the order of first use.
#[derive(Debug)]
pub(super) struct Family<U, K, V> {
    positions: HashMap<U, usize>,
    loaders: Vec<(U, Loader<K, V>)>,
}

impl<U, K, V> Default for Family<U, K, V> {
    fn default() -> Self {
        Self { positions: HashMap::new(), loaders: Vec::new() }
    }
}

impl<U: Clone + Eq + Hash, K: Clone + Eq + Hash, V: Clone> Family<U, K, V> {
    pub(super) fn loader(&mut self, unary: &U) -> &mut Loader<K, V> {
        let position = *self.positions.entry(unary.clone()).or_insert_with(|| {
            self.loaders.push((unary.clone(), Loader::default()));
            self.loaders.len() - 1
        });
        &mut self.loaders[position].1
    }

    /// How many keys were asked for since each kind's last round.
    fn asked(&self) -> u64 {
        self.loaders.iter().map(|(_, loader)| loader.asked()).sum()
    }
}

/// What came in with the answers of a round.
#[derive(Debug)]
pub(super) struct Arrived {
    /// Those who have waited for it.
    pub(super) wakers: Vec<Waker>,
    pub(super) statements: u64,
    /// What came of each kind of read, by its operation.
    pub(super) outcomes: Vec<(&'static str, Outcome)>,
}

impl Queue {
    /// Whether anything waits to be sent, wanted or not.
    pub(super) fn has_queued(&self) -> bool {
        self.nodes.has_queued()
            || self.edges.loaders.iter().any(|(_, loader)| loader.has_queued())
            || self.counts.loaders.iter().any(|(_, loader)| loader.has_queued())
            || self.finds.loaders.iter().any(|(_, loader)| loader.has_queued())
            || self.scans.loaders.iter().any(|(_, loader)| loader.has_queued())
            || self.browses.loaders.iter().any(|(_, loader)| loader.has_queued())
    }

    /// Takes everything that is queued and still wanted, as one round; `None` when there is nothing.
    pub(super) fn depart(&mut self, schema: Option<&Schema>) -> Option<Departure> {
        let round = self.waiting.next_round();
        let boarding = self.board(round, Boarding::new(schema));
        if boarding.is_empty() {
            return None;
        }
        self.waiting.depart();
        Some(boarding.depart(round, |reads| self.stats.note_round(reads)))
    }

    /// Adds all that leaves with a round.
    fn board<'s>(&mut self, round: RoundNumber, mut boarding: Boarding<'s>) -> Boarding<'s> {
        let limits = self.keys_per_call;
        if let Some(parcel) = self.nodes.send(round) {
            boarding.add(parcel, limits.nodes, |ids, places| (Read::Nodes { ids }, Sent::Nodes(places)));
        }
        for (read, parcel) in send(&mut self.edges, round) {
            boarding.add(parcel, limits.edges, |from, places| {
                (Read::Edges { read: read.clone(), from }, Sent::Edges(read.clone(), places))
            });
        }
        for (edge, parcel) in send(&mut self.counts, round) {
            boarding
                .add(parcel, limits.counts, |from, places| (Read::Counts { edge, from }, Sent::Counts(edge, places)));
        }
        for (read, parcel) in send(&mut self.finds, round) {
            boarding.add(parcel, limits.finds, |values, places| {
                (Read::Find { read: read.clone(), values }, Sent::Finds(read.clone(), places))
            });
        }
        for (read, parcel) in send(&mut self.scans, round) {
            boarding.add(parcel, limits.finds, |ranges, places| {
                (Read::Scan { read: read.clone(), ranges }, Sent::Scans(read.clone(), places))
            });
        }
        for (node_type, Parcel { keys, places, asked }) in send(&mut self.browses, round) {
            let others = keys.len() as u64 - 1;
            // A kind of read for each key. All that is asked for beside one of each is noted with the first.
            for (position, ((after, first), place)) in keys.into_iter().zip(places).enumerate() {
                let of_this = if position == 0 { asked.saturating_sub(others) } else { 1 };
                let read = Read::Browse { node_type, after, first };
                boarding.add_one(of_this, (read, Sent::Browse(node_type, place)));
            }
        }
        boarding
    }

    /// Takes in the answers of a round.
    ///
    /// An `Err` is the failure of the round as a whole; each of its keys gets it.
    pub(super) fn arrive(
        &mut self,
        round: RoundNumber,
        place: usize,
        calls: Vec<Call>,
        answered: Result<kvetch::Round>,
        time: Duration,
    ) -> Arrived {
        let mut statements = 0;
        let outcomes = match answered {
            Ok(answered) => {
                statements = answered.stats.statements;
                let answers = calls.into_iter().zip(answered.answers);
                by_kind(answers.map(|(Call { kind, sent }, answer)| {
                    let operation = sent.operation();
                    (kind, operation, self.deliver(sent, answer))
                }))
            }
            Err(error) => by_kind(calls.into_iter().map(|Call { kind, sent }| {
                let operation = sent.operation();
                (kind, operation, self.fail(sent, &error))
            })),
        };
        self.stats.rounds[place].statements = statements;
        for (position, (_, outcome)) in outcomes.iter().enumerate() {
            self.stats.note_answer(ReadPlace::InRound { round: place, position }, *outcome, time);
        }
        Arrived { wakers: self.waiting.arrive(round), statements, outcomes }
    }

    /// What has been read from the store, and of sources what the driver has noted.
    pub(super) fn stats(&self) -> Stats {
        let of_indexes = self.finds.asked() + self.scans.asked();
        let asked_since =
            self.nodes.asked() + self.edges.asked() + self.counts.asked() + of_indexes + self.browses.asked();
        Stats { asked_since, ..self.stats.clone() }
    }

    /// No more rounds will come: whoever waits is woken, to find the scope ended.
    pub(super) fn end(&mut self) -> Vec<Waker> {
        self.ended = true;
        self.waiting.end()
    }

    /// Forgets what a write has made stale.
    pub(super) fn forget(&mut self, touched: &[Touched]) {
        for touched in touched {
            match touched {
                Touched::Node(id) => self.nodes.forget(id),
                Touched::Edges(edge, from) => {
                    let stale = self.edges.loaders.iter_mut().filter(|(read, _)| read.edge == *edge);
                    stale.for_each(|(_, loader)| loader.forget(from));
                    self.counts.loader(edge).forget(from);
                }
                Touched::Index(index, value) => {
                    let stale = self.finds.loaders.iter_mut().filter(|(read, _)| read.index == *index);
                    stale.for_each(|(_, loader)| loader.forget(value));
                    // Which ranges the value lies in is for the store to say.
                    let stale = self.scans.loaders.iter_mut().filter(|(read, _)| read.index == *index);
                    stale.for_each(|(_, loader)| loader.forget_all());
                }
                Touched::Browse(node_type) => self.browses.loader(node_type).forget_all(),
            }
        }
    }

    /// Forgets everything: after a write whose outcome is not known.
    pub(super) fn forget_all(&mut self) {
        self.nodes.forget_all();
        self.edges.loaders.iter_mut().for_each(|(_, loader)| loader.forget_all());
        self.counts.loaders.iter_mut().for_each(|(_, loader)| loader.forget_all());
        self.finds.loaders.iter_mut().for_each(|(_, loader)| loader.forget_all());
        self.scans.loaders.iter_mut().for_each(|(_, loader)| loader.forget_all());
        self.browses.loaders.iter_mut().for_each(|(_, loader)| loader.forget_all());
    }

    fn deliver(&mut self, sent: Sent, answer: Answer) -> Outcome {
        match (sent, answer) {
            (Sent::Nodes(places), Answer::Nodes(answers)) => {
                deliver(&mut self.nodes, &places, answers.into_iter(), Option::is_none)
            }
            (Sent::Edges(read, places), Answer::Edges(answers)) => {
                deliver(self.edges.loader(&read), &places, answers.into_iter(), |_| false)
            }
            (Sent::Counts(edge, places), Answer::Counts(answers)) => {
                deliver(self.counts.loader(&edge), &places, answers.into_iter(), |_| false)
            }
            (Sent::Finds(read, places), Answer::Find(answers)) => {
                let answers = answers.into_iter().map(|answer| answer.map(Arc::new));
                deliver(self.finds.loader(&read), &places, answers, |page| page.ids.is_empty())
            }
            (Sent::Scans(read, places), Answer::Scan(answers)) => {
                let answers = answers.into_iter().map(|answer| answer.map(Arc::new));
                deliver(self.scans.loader(&read), &places, answers, |page| page.entries.is_empty())
            }
            (Sent::Browse(node_type, place), Answer::Browse(answer)) => {
                self.deliver_page(node_type, place, answer.map(listing))
            }
            (sent, answer) => {
                let error = Error::internal(format_args!("asked for {sent:?}, answered {answer:?}"));
                self.fail(sent, &error)
            }
        }
    }

    fn deliver_page(&mut self, node_type: NodeType, place: Place, page: kvetch::Result<NodeListing>) -> Outcome {
        let outcome = Outcome::of(&page, |_| false);
        let nodes = page.as_ref().map(|page| page.nodes.clone()).unwrap_or_default();
        // A page that a write has made stale meanwhile must not tell of its nodes either.
        if self.browses.loader(&node_type).deliver(place, page.map_err(|error| Box::new(error.into()))) {
            nodes.iter().for_each(|node| self.nodes.prime(node.id, Some(node.clone())));
        }
        outcome
    }

    fn fail(&mut self, sent: Sent, error: &Error) -> Outcome {
        match sent {
            Sent::Nodes(places) => fail(&mut self.nodes, &places, error),
            Sent::Edges(read, places) => fail(self.edges.loader(&read), &places, error),
            Sent::Counts(edge, places) => fail(self.counts.loader(&edge), &places, error),
            Sent::Finds(read, places) => fail(self.finds.loader(&read), &places, error),
            Sent::Scans(read, places) => fail(self.scans.loader(&read), &places, error),
            Sent::Browse(node_type, place) => fail(self.browses.loader(&node_type), &[place], error),
        }
    }
}

fn listing(page: NodePage) -> NodeListing {
    // One node that cannot be read must not hide all others: it is left out, and loading it by its id is the error.
    for error in &page.unreadable {
        tracing::error!(%error, "a node was left out of a page");
    }
    NodeListing {
        nodes: page.nodes.into_iter().map(Arc::new).collect(),
        next_after: page.last.filter(|_| page.has_next),
    }
}

/// What came of each kind of a round, by its operation, from what came of its calls. Calls are told of where a kind took
/// several: what counts for the store are statements.
fn by_kind(calls: impl Iterator<Item = (usize, &'static str, Outcome)>) -> Vec<(&'static str, Outcome)> {
    let mut kinds: Vec<(&'static str, Outcome)> = Vec::with_capacity(calls.size_hint().0);
    for (kind, operation, outcome) in calls {
        match kinds.get_mut(kind) {
            Some((_, of_kind)) => {
                let calls = of_kind.calls.max(1) + 1;
                *of_kind += outcome;
                of_kind.calls = calls;
            }
            None => kinds.push((operation, outcome)),
        }
    }
    kinds
}

/// What each loader has to send.
fn send<U: Clone, K: Clone + Eq + Hash, V: Clone>(
    family: &mut Family<U, K, V>,
    round: RoundNumber,
) -> impl Iterator<Item = (U, Parcel<K>)> {
    family.loaders.iter_mut().filter_map(move |(unary, loader)| Some((unary.clone(), loader.send(round)?)))
}

fn deliver<K: Clone + Eq + Hash, V: Clone>(
    loader: &mut Loader<K, V>,
    places: &[Place],
    answers: impl Iterator<Item = kvetch::Result<V>>,
    is_absent: impl Fn(&V) -> bool,
) -> Outcome {
    let mut outcome = Outcome::default();
    for (place, answer) in places.iter().zip(answers) {
        outcome += Outcome::of(&answer, &is_absent);
        loader.deliver(*place, answer.map_err(|error| Box::new(error.into())));
    }
    outcome
}

fn fail<K: Clone + Eq + Hash, V: Clone>(loader: &mut Loader<K, V>, places: &[Place], error: &Error) -> Outcome {
    for place in places {
        loader.deliver(*place, Err(Box::new(error.clone())));
    }
    Outcome { failed: places.len() as u64, ..Outcome::default() }
}
