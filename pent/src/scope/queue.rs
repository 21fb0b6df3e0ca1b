//! All loaders of a scope: what leaves with the next round, and where its answers go.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use kvetch::{
    Answer, EdgePage, EdgeRead, EdgeType, IdPage, IndexRead, Node, NodeId, NodePage, NodeType, Read, Schema, Touched,
    Value,
};

use super::flight::StoreArrival;
use super::loader::{Loader, RoundNumber};
use super::stats::{Outcome, ReadPlace, ReadStats, Stats};
use super::waiting::Waiting;
use crate::error::Error;

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
    pub(super) browses: Family<NodeType, BrowseKey, NodeListing>,
    pub(super) stats: Stats,
    pub(super) waiting: Waiting,
    pub(super) ended: bool,
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

/// One round on its way: what is asked, and to whom the answers belong.
#[derive(Debug)]
pub(super) struct Departure {
    pub(super) round: RoundNumber,
    /// Its place in the statistics, where rounds of sources alone are counted too.
    pub(super) place: usize,
    pub(super) reads: Vec<Read>,
    pub(super) sent: Vec<Sent>,
}

/// The keys of one kind of read that left with a round.
#[derive(Debug)]
pub(super) enum Sent {
    Nodes(Vec<NodeId>),
    Edges(EdgeRead, Vec<NodeId>),
    Counts(EdgeType, Vec<NodeId>),
    Finds(IndexRead, Vec<Value>),
    Browse(NodeType, BrowseKey),
}

impl Queue {
    /// Whether anything waits to be sent, wanted or not.
    pub(super) fn has_queued(&self) -> bool {
        self.nodes.has_queued()
            || self.edges.loaders.iter().any(|(_, loader)| loader.has_queued())
            || self.counts.loaders.iter().any(|(_, loader)| loader.has_queued())
            || self.finds.loaders.iter().any(|(_, loader)| loader.has_queued())
            || self.browses.loaders.iter().any(|(_, loader)| loader.has_queued())
    }

    /// Takes everything that is queued and still wanted, as one round; `None` when there is nothing.
    pub(super) fn depart(&mut self, schema: Option<&Schema>) -> Option<Departure> {
        let round = self.waiting.next_round();
        let mut sent = Vec::new();
        sent.extend(self.nodes.send(round).map(|(ids, asked)| (Sent::Nodes(ids), asked)));
        sent.extend(send(&mut self.edges, round).map(|(read, from, asked)| (Sent::Edges(read, from), asked)));
        sent.extend(send(&mut self.counts, round).map(|(edge, from, asked)| (Sent::Counts(edge, from), asked)));
        sent.extend(send(&mut self.finds, round).map(|(read, values, asked)| (Sent::Finds(read, values), asked)));
        for (node_type, keys, asked) in send(&mut self.browses, round) {
            let others = keys.len() as u64 - 1;
            // A read for each key. All that is asked for beside one of each is noted with the first.
            for (position, key) in keys.iter().enumerate() {
                let of_this = if position == 0 { asked.saturating_sub(others) } else { 1 };
                sent.push((Sent::Browse(node_type, *key), of_this));
            }
        }
        if sent.is_empty() {
            return None;
        }
        self.waiting.depart();
        let place = self.stats.begin_round();
        for (sent, asked) in &sent {
            self.stats.note_read(sent.stats(*asked, schema));
        }
        let sent: Vec<_> = sent.into_iter().map(|(sent, _)| sent).collect();
        Some(Departure { round, place, reads: sent.iter().map(Sent::read).collect(), sent })
    }

    /// Takes in the answers of a round and wakes who waited for it.
    ///
    /// An `Err` is the failure of the round as a whole; each of its keys gets it.
    pub(super) fn arrive(&mut self, arrival: StoreArrival, time: Duration) -> Vec<Waker> {
        let StoreArrival { round, place, sent, answered } = arrival;
        let outcomes: Vec<Outcome> = match answered {
            Ok(answered) => {
                self.stats.rounds[place].statements = answered.stats.statements;
                let answers = sent.into_iter().zip(answered.answers);
                answers.map(|(sent, answer)| self.deliver(round, sent, answer)).collect()
            }
            Err(error) => sent.into_iter().map(|sent| self.fail(round, sent, &error)).collect(),
        };
        for (position, outcome) in outcomes.into_iter().enumerate() {
            self.stats.note_answer(ReadPlace { round: place, position }, outcome, time);
        }
        self.waiting.arrive(round)
    }

    /// What has been read from the store, and of sources what the driver has noted.
    pub(super) fn stats(&self) -> Stats {
        let asked_since =
            self.nodes.asked() + self.edges.asked() + self.counts.asked() + self.finds.asked() + self.browses.asked();
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
        self.browses.loaders.iter_mut().for_each(|(_, loader)| loader.forget_all());
    }

    fn deliver(&mut self, round: RoundNumber, sent: Sent, answer: Answer) -> Outcome {
        match (sent, answer) {
            (Sent::Nodes(ids), Answer::Nodes(answers)) => {
                let answers = answers.into_iter().map(|answer| answer.map(|node| node.map(Arc::new)));
                deliver(&mut self.nodes, round, &ids, answers, Option::is_none)
            }
            (Sent::Edges(read, from), Answer::Edges(answers)) => {
                let answers = answers.into_iter().map(|answer| answer.map(Arc::new));
                deliver(self.edges.loader(&read), round, &from, answers, |_| false)
            }
            (Sent::Counts(edge, from), Answer::Counts(answers)) => {
                deliver(self.counts.loader(&edge), round, &from, answers.into_iter(), |_| false)
            }
            (Sent::Finds(read, values), Answer::Find(answers)) => {
                let answers = answers.into_iter().map(|answer| answer.map(Arc::new));
                deliver(self.finds.loader(&read), round, &values, answers, |page| page.ids.is_empty())
            }
            (Sent::Browse(node_type, key), Answer::Browse(answer)) => {
                self.deliver_page(round, node_type, key, answer.map(listing))
            }
            (sent, answer) => {
                let error = Error::internal(format_args!("asked for {sent:?}, answered {answer:?}"));
                self.fail(round, sent, &error)
            }
        }
    }

    fn deliver_page(
        &mut self,
        round: RoundNumber,
        node_type: NodeType,
        key: BrowseKey,
        page: kvetch::Result<NodeListing>,
    ) -> Outcome {
        let outcome = Outcome::of(&page, |_| false);
        let nodes = page.as_ref().map(|page| page.nodes.clone()).unwrap_or_default();
        // A page that a write has made stale meanwhile must not tell of its nodes either.
        if self.browses.loader(&node_type).deliver(round, &key, page.map_err(Error::from)) {
            nodes.iter().for_each(|node| self.nodes.prime(node.id, Some(node.clone())));
        }
        outcome
    }

    fn fail(&mut self, round: RoundNumber, sent: Sent, error: &Error) -> Outcome {
        match sent {
            Sent::Nodes(ids) => fail(&mut self.nodes, round, &ids, error),
            Sent::Edges(read, from) => fail(self.edges.loader(&read), round, &from, error),
            Sent::Counts(edge, from) => fail(self.counts.loader(&edge), round, &from, error),
            Sent::Finds(read, values) => fail(self.finds.loader(&read), round, &values, error),
            Sent::Browse(node_type, key) => fail(self.browses.loader(&node_type), round, &[key], error),
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

impl Sent {
    fn read(&self) -> Read {
        match self {
            Self::Nodes(ids) => Read::Nodes { ids: ids.clone() },
            Self::Edges(read, from) => Read::Edges { read: read.clone(), from: from.clone() },
            Self::Counts(edge, from) => Read::Counts { edge: *edge, from: from.clone() },
            Self::Finds(read, values) => Read::Find { read: read.clone(), values: values.clone() },
            Self::Browse(node_type, (after, first)) => {
                Read::Browse { node_type: *node_type, after: *after, first: *first }
            }
        }
    }

    fn stats(&self, asked: u64, schema: Option<&Schema>) -> ReadStats {
        let (operation, keys) = match self {
            Self::Nodes(ids) => ("nodes", ids.len()),
            Self::Edges(_, from) => ("edges", from.len()),
            Self::Counts(_, from) => ("counts", from.len()),
            Self::Finds(_, values) => ("find", values.len()),
            Self::Browse(..) => ("browse", 1),
        };
        let of = schema.map(|schema| self.named(schema)).unwrap_or_default();
        ReadStats { of, ..ReadStats::new(operation, asked, keys) }
    }

    /// What is read, by the names of the schema. What it does not know is refused by the store.
    fn named(&self, schema: &Schema) -> String {
        match self {
            Self::Nodes(_) => String::new(),
            Self::Edges(read, _) => format!("{}, first {}", edge_name(schema, read.edge), read.first),
            Self::Counts(edge, _) => edge_name(schema, *edge).to_owned(),
            Self::Finds(read, _) => {
                let name = schema.index(read.index).map(|index| &*index.name).unwrap_or_default();
                format!("{name}, first {}", read.first)
            }
            Self::Browse(node_type, (_, first)) => {
                let name = schema.node_type(*node_type).map(|node_type| &*node_type.name).unwrap_or_default();
                format!("{name}, first {first}")
            }
        }
    }
}

fn edge_name(schema: &Schema, edge: EdgeType) -> &str {
    let derived = schema.edge(edge).map(|edge| &*edge.name);
    derived.or_else(|_| schema.stored_edge(edge).map(|edge| &*edge.name)).unwrap_or_default()
}

/// The keys of each loader that has any to send, and how many were asked for.
fn send<U: Clone, K: Clone + Eq + Hash, V: Clone>(
    family: &mut Family<U, K, V>,
    round: RoundNumber,
) -> impl Iterator<Item = (U, Vec<K>, u64)> {
    family.loaders.iter_mut().filter_map(move |(unary, loader)| {
        let (keys, asked) = loader.send(round)?;
        Some((unary.clone(), keys, asked))
    })
}

fn deliver<K: Clone + Eq + Hash, V: Clone>(
    loader: &mut Loader<K, V>,
    round: RoundNumber,
    keys: &[K],
    answers: impl Iterator<Item = kvetch::Result<V>>,
    is_absent: impl Fn(&V) -> bool,
) -> Outcome {
    let mut outcome = Outcome::default();
    for (key, answer) in keys.iter().zip(answers) {
        outcome += Outcome::of(&answer, &is_absent);
        loader.deliver(round, key, answer.map_err(Error::from));
    }
    outcome
}

fn fail<K: Clone + Eq + Hash, V: Clone>(
    loader: &mut Loader<K, V>,
    round: RoundNumber,
    keys: &[K],
    error: &Error,
) -> Outcome {
    for key in keys {
        loader.deliver(round, key, Err(error.clone()));
    }
    Outcome { failed: keys.len() as u64, ..Outcome::default() }
}
