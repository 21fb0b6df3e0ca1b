//! All loaders of a scope: what leaves with the next round, and where its answers go.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::task::Waker;

use kvetch::{Answer, EdgePage, EdgeRead, EdgeType, IdPage, IndexRead, Node, NodeId, NodeType, Read, Touched, Value};

use super::loader::{Loader, RoundNumber};
use super::stats::{ReadStats, RoundStats, Stats};
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

impl<U: Clone + Eq + Hash, K, V> Family<U, K, V> {
    pub(super) fn loader(&mut self, unary: &U) -> &mut Loader<K, V> {
        let position = *self.positions.entry(unary.clone()).or_insert_with(|| {
            self.loaders.push((unary.clone(), Loader::default()));
            self.loaders.len() - 1
        });
        &mut self.loaders[position].1
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
    pub(super) fn depart(&mut self) -> Option<Departure> {
        let round = self.waiting.next_round();
        let mut sent = Vec::new();
        let nodes = self.nodes.send(round);
        if !nodes.is_empty() {
            sent.push(Sent::Nodes(nodes));
        }
        sent.extend(send(&mut self.edges, round).map(|(read, from)| Sent::Edges(read, from)));
        sent.extend(send(&mut self.counts, round).map(|(edge, from)| Sent::Counts(edge, from)));
        sent.extend(send(&mut self.finds, round).map(|(read, values)| Sent::Finds(read, values)));
        for (node_type, keys) in send(&mut self.browses, round) {
            sent.extend(keys.into_iter().map(|key| Sent::Browse(node_type, key)));
        }
        if sent.is_empty() {
            return None;
        }
        self.waiting.depart();
        self.stats.rounds.push(RoundStats { reads: sent.iter().map(Sent::stats).collect(), statements: 0 });
        let place = self.stats.rounds.len() - 1;
        Some(Departure { round, place, reads: sent.iter().map(Sent::read).collect(), sent })
    }

    /// Takes in the answers of a round and wakes who waited for it.
    ///
    /// An `Err` is the failure of the round as a whole; each of its keys gets it.
    pub(super) fn arrive(
        &mut self,
        round: RoundNumber,
        place: usize,
        sent: Vec<Sent>,
        answered: Result<kvetch::Round>,
    ) -> Vec<Waker> {
        match answered {
            Ok(answered) => {
                self.stats.rounds[place].statements = answered.stats.statements;
                for (sent, answer) in sent.into_iter().zip(answered.answers) {
                    self.deliver(round, sent, answer);
                }
            }
            Err(error) => sent.into_iter().for_each(|sent| self.fail(round, sent, &error)),
        }
        self.waiting.arrive(round)
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

    fn deliver(&mut self, round: RoundNumber, sent: Sent, answer: Answer) {
        match (sent, answer) {
            (Sent::Nodes(ids), Answer::Nodes(answers)) => {
                let answers = answers.into_iter().map(|answer| answer.map(|node| node.map(Arc::new)));
                deliver(&mut self.nodes, round, &ids, answers);
            }
            (Sent::Edges(read, from), Answer::Edges(answers)) => {
                deliver(self.edges.loader(&read), round, &from, answers.into_iter().map(|answer| answer.map(Arc::new)));
            }
            (Sent::Counts(edge, from), Answer::Counts(answers)) => {
                deliver(self.counts.loader(&edge), round, &from, answers.into_iter());
            }
            (Sent::Finds(read, values), Answer::Find(answers)) => {
                deliver(
                    self.finds.loader(&read),
                    round,
                    &values,
                    answers.into_iter().map(|answer| answer.map(Arc::new)),
                );
            }
            (Sent::Browse(node_type, key), Answer::Browse(answer)) => {
                let page = answer.map(|page| {
                    // One node that cannot be read must not hide all others: it is left out, and loading it by
                    // its id is the error.
                    for error in &page.unreadable {
                        tracing::error!(%error, "a node was left out of a page");
                    }
                    NodeListing {
                        nodes: page.nodes.into_iter().map(Arc::new).collect(),
                        next_after: page.last.filter(|_| page.has_next),
                    }
                });
                let nodes = page.as_ref().map(|page| page.nodes.clone()).unwrap_or_default();
                // A page that a write has made stale meanwhile must not tell of its nodes either.
                if self.browses.loader(&node_type).deliver(round, &key, page.map_err(Error::from)) {
                    nodes.iter().for_each(|node| self.nodes.prime(node.id, Some(node.clone())));
                }
            }
            (sent, answer) => {
                let error = Error::internal(format_args!("asked for {sent:?}, answered {answer:?}"));
                self.fail(round, sent, &error);
            }
        }
    }

    fn fail(&mut self, round: RoundNumber, sent: Sent, error: &Error) {
        match sent {
            Sent::Nodes(ids) => fail(&mut self.nodes, round, &ids, error),
            Sent::Edges(read, from) => fail(self.edges.loader(&read), round, &from, error),
            Sent::Counts(edge, from) => fail(self.counts.loader(&edge), round, &from, error),
            Sent::Finds(read, values) => fail(self.finds.loader(&read), round, &values, error),
            Sent::Browse(node_type, key) => fail(self.browses.loader(&node_type), round, &[key], error),
        }
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

    fn stats(&self) -> ReadStats {
        let (operation, keys) = match self {
            Self::Nodes(ids) => ("nodes", ids.len()),
            Self::Edges(_, from) => ("edges", from.len()),
            Self::Counts(_, from) => ("counts", from.len()),
            Self::Finds(_, values) => ("find", values.len()),
            Self::Browse(..) => ("browse", 1),
        };
        ReadStats { operation: operation.into(), keys: keys as u64 }
    }
}

fn send<U: Clone, K: Clone + Eq + Hash, V: Clone>(
    family: &mut Family<U, K, V>,
    round: RoundNumber,
) -> impl Iterator<Item = (U, Vec<K>)> {
    let sent = family.loaders.iter_mut().map(move |(unary, loader)| (unary.clone(), loader.send(round)));
    sent.filter(|(_, keys)| !keys.is_empty())
}

fn deliver<K: Clone + Eq + Hash, V: Clone>(
    loader: &mut Loader<K, V>,
    round: RoundNumber,
    keys: &[K],
    answers: impl Iterator<Item = kvetch::Result<V>>,
) {
    for (key, answer) in keys.iter().zip(answers) {
        loader.deliver(round, key, answer.map_err(Error::from));
    }
}

fn fail<K: Clone + Eq + Hash, V: Clone>(loader: &mut Loader<K, V>, round: RoundNumber, keys: &[K], error: &Error) {
    for key in keys {
        loader.deliver(round, key, Err(error.clone()));
    }
}
