//! What leaves for the store with a round: kind by kind, in as many calls as its keys take.

use kvetch::{EdgeRead, EdgeType, IndexId, IndexRead, NodeType, Read, ScanRead, Schema};

use super::chunks::chunks;
use super::loader::{Parcel, Place, RoundNumber};
use super::stats::ReadStats;

/// One round on its way: what is asked, and to whom the answers belong.
#[derive(Debug)]
pub(super) struct Departure {
    pub(super) round: RoundNumber,
    /// Its place in the statistics, where rounds of sources alone are counted too.
    pub(super) place: usize,
    pub(super) reads: Vec<Read>,
    /// For each of them.
    pub(super) calls: Vec<Call>,
}

/// One call of the store, once it is made.
#[derive(Debug)]
pub(super) struct Call {
    /// The place of its kind among those of the round.
    pub(super) kind: usize,
    pub(super) sent: Sent,
}

/// Where the answers to one call belong.
#[derive(Debug)]
pub(super) enum Sent {
    Nodes(Vec<Place>),
    Edges(EdgeRead, Vec<Place>),
    Counts(EdgeType, Vec<Place>),
    Finds(IndexRead, Vec<Place>),
    Scans(ScanRead, Vec<Place>),
    Browse(NodeType, Place),
}

impl Sent {
    /// The name of the operation in statistics.
    pub(super) fn operation(&self) -> &'static str {
        match self {
            Self::Nodes(_) => "nodes",
            Self::Edges(..) => "edges",
            Self::Counts(..) => "counts",
            Self::Finds(..) => "find",
            Self::Scans(..) => "scan",
            Self::Browse(..) => "browse",
        }
    }
}

/// A round that is being put together.
#[derive(Debug)]
pub(super) struct Boarding<'s> {
    /// What its kinds are named by.
    schema: Option<&'s Schema>,
    kinds: Vec<ReadStats>,
    reads: Vec<Read>,
    calls: Vec<Call>,
}

impl<'s> Boarding<'s> {
    pub(super) fn new(schema: Option<&'s Schema>) -> Self {
        Self { schema, kinds: Vec::new(), reads: Vec::new(), calls: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Adds a kind of read, in calls of at most so many keys.
    pub(super) fn add<K>(
        &mut self,
        parcel: Parcel<K>,
        limit: usize,
        call: impl Fn(Vec<K>, Vec<Place>) -> (Read, Sent),
    ) {
        let Parcel { keys, places, asked } = parcel;
        let (count, first) = (keys.len(), self.calls.len());
        if count <= limit {
            self.add_call(call(keys, places));
        } else {
            let (mut keys, mut places) = (keys.into_iter(), places.into_iter());
            for chunk in chunks(count, limit) {
                let keys = keys.by_ref().take(chunk.len()).collect();
                self.add_call(call(keys, places.by_ref().take(chunk.len()).collect()));
            }
        }
        self.end_kind(first, asked, count);
    }

    /// Adds a kind of read that is one call for one key.
    pub(super) fn add_one(&mut self, asked: u64, call: (Read, Sent)) {
        let first = self.calls.len();
        self.add_call(call);
        self.end_kind(first, asked, 1);
    }

    fn add_call(&mut self, (read, sent): (Read, Sent)) {
        self.reads.push(read);
        self.calls.push(Call { kind: self.kinds.len(), sent });
    }

    /// Notes what the calls from the first one on are: so many keys were asked for, and so many leave.
    fn end_kind(&mut self, first: usize, asked: u64, keys: usize) {
        let of = self.schema.map(|schema| named(&self.reads[first], schema)).unwrap_or_default();
        let operation = self.calls[first].sent.operation();
        self.kinds.push(ReadStats { of, ..ReadStats::new(operation, asked, keys) });
    }

    /// The round that leaves, once the statistics have given it a place.
    pub(super) fn depart(self, round: RoundNumber, note: impl FnOnce(Vec<ReadStats>) -> usize) -> Departure {
        Departure { round, place: note(self.kinds), reads: self.reads, calls: self.calls }
    }
}

/// What is read, by the names of the schema. What it does not know is refused by the store.
fn named(read: &Read, schema: &Schema) -> String {
    match read {
        Read::Edges { read, .. } => format!("{}, first {}", edge_name(schema, read.edge), read.first),
        Read::Counts { edge, .. } => edge_name(schema, *edge).to_owned(),
        Read::Find { read, .. } => format!("{}, first {}", index_name(schema, read.index), read.first),
        Read::Scan { read, .. } => format!("{}, first {}", index_name(schema, read.index), read.first),
        Read::Browse { node_type, first, .. } => {
            let name = schema.node_type(*node_type).map(|node_type| &*node_type.name).unwrap_or_default();
            format!("{name}, first {first}")
        }
        _ => String::new(),
    }
}

fn index_name(schema: &Schema, index: IndexId) -> &str {
    schema.index(index).map(|index| &*index.name).unwrap_or_default()
}

fn edge_name(schema: &Schema, edge: EdgeType) -> &str {
    let derived = schema.edge(edge).map(|edge| &*edge.name);
    derived.or_else(|_| schema.stored_edge(edge).map(|edge| &*edge.name)).unwrap_or_default()
}
