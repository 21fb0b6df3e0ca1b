//! What has to lie in the tables, said anew from the nodes and stored edges in them: nothing of it asks the code that
//! is tested. Only where a row lies is looked up in the shard map.

use std::collections::{BTreeMap, BTreeSet};

use kvetch::conformance::fixture::*;
use kvetch::{DriftClass, EdgeType, IndexId, IndexKey, NodeId, NodeType, Props, Row, ShardMap, Value};

use crate::tables::{ClaimRow, Intent, NodeRow, Tables};

/// Derived edges: over the nodes of a type, from the id under a key, ordered by a key or by creation.
const DERIVED: [(EdgeType, NodeType, &str, Option<&str>); 5] = [
    (LISTS, LIST, "ownerId", None),
    (RANKED, LIST, "ownerId", Some("rank")),
    (NOTES, NOTE, "listId", None),
    (ANSWERS, NOTE, "noteId", None),
    (BADGES, BADGE, "userId", None),
];

const INDEXES: [(IndexId, NodeType, &str, Kept); 4] = [
    (BY_USERNAME, USER, "username", Kept::WithValue),
    (BY_COLOR, LIST, "color", Kept::WithValue),
    (BY_RANK, LIST, "rank", Kept::WithNode),
    (BY_TITLE, LIST, "title", Kept::WithNode),
];

const STORED: [(EdgeType, EdgeType); 2] = [(FOLLOWS, FOLLOWERS), (LIKES, LIKED_BY)];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    WithValue,
    WithNode,
}

/// What differs from the nodes, and how much of it an intent still names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) drift: BTreeMap<DriftClass, u64>,
    pub(crate) pending: u64,
}

/// A store, read whole.
pub(crate) struct Oracle<'a> {
    tables: &'a [Tables],
    map: ShardMap,
}

impl<'a> Oracle<'a> {
    pub(crate) fn new(tables: &'a [Tables]) -> Self {
        Self { tables, map: ShardMap::even(tables.len()).expect("a store has shards") }
    }

    /// Compares everything with everything.
    pub(crate) fn compare(&self) -> Found {
        let mut found = Found::default();
        self.derived_edges(&mut found);
        self.stored_edges(&mut found);
        self.counts(&mut found);
        self.entries(&mut found);
        self.claims(&mut found);
        found
    }

    fn home(&self, id: NodeId) -> usize {
        self.map.shard_of(id.virtual_shard()).get()
    }

    fn home_of_value(&self, value: &IndexKey) -> usize {
        self.map.shard_of(value.virtual_shard()).get()
    }

    pub(crate) fn node(&self, id: NodeId) -> Option<&'a NodeRow> {
        self.tables[self.home(id)].nodes.get(&id)
    }

    /// Nodes that are there, with their props.
    pub(crate) fn living(&self) -> impl Iterator<Item = (NodeId, &'a NodeRow, &'a Props)> {
        let nodes = self.tables.iter().flat_map(|tables| &tables.nodes);
        nodes.filter_map(|(id, node)| Some((*id, node, node.props.as_ref()?)))
    }

    pub(crate) fn intents(&self) -> usize {
        self.tables.iter().map(|tables| tables.intents.len()).sum()
    }

    /// The half of a stored edge that lies with its source.
    pub(crate) fn forward_half(&self, edge: EdgeType, from: NodeId, to: NodeId) -> Option<&'a crate::tables::EdgeRow> {
        self.tables[self.home(from)].edges.get(&(edge, from, to))
    }

    fn intent(&self, source: NodeId) -> Option<&'a Intent> {
        self.tables[self.home(source)].intents.get(&source)
    }

    fn is_pending(&self, source: NodeId, row: &Row) -> bool {
        self.intent(source).is_some_and(|intent| intent.rows.contains(row))
    }

    fn is_alive(&self, id: NodeId) -> bool {
        self.node(id).is_some_and(|node| node.props.is_some())
    }

    fn differs(&self, found: &mut Found, source: NodeId, row: &Row, class: DriftClass) {
        if self.is_pending(source, row) {
            found.pending += 1;
        } else {
            *found.drift.entry(class).or_default() += 1;
        }
    }

    fn derived_edges(&self, found: &mut Found) {
        let mut said = BTreeMap::new();
        for (id, node, props) in self.living() {
            for (edge, _, key, order_by) in DERIVED.iter().filter(|(_, of, ..)| *of == node.node_type) {
                let Some(Value::Id(from)) = props.get(key) else { continue };
                let sort_key = match order_by.map(|key| props.get(key)) {
                    None => node.created,
                    Some(Some(Value::Int(rank))) => *rank,
                    Some(_) => i64::MIN,
                };
                said.insert((*edge, *from, id), sort_key);
            }
        }
        let is_derived = |edge: EdgeType| DERIVED.iter().any(|(derived, ..)| *derived == edge);
        for (shard, tables) in self.tables.iter().enumerate() {
            for (key, there) in tables.edges.iter().filter(|((edge, ..), _)| is_derived(*edge)) {
                let (edge, from, to) = *key;
                let row = Row::Edge(edge, from, to);
                if self.home(from) != shard {
                    *found.drift.entry(DriftClass::Misplaced).or_default() += 1;
                    continue;
                }
                match said.remove(key) {
                    None => self.differs(found, to, &row, DriftClass::EdgeDangling),
                    Some(place) if place != there.sort_key => self.differs(found, to, &row, DriftClass::SortKeyWrong),
                    Some(_) => {}
                }
            }
        }
        for ((edge, from, to), _) in said {
            self.differs(found, to, &Row::Edge(edge, from, to), DriftClass::EdgeMissing);
        }
    }

    fn stored_edges(&self, found: &mut Found) {
        for (edge, inverse) in STORED {
            let all = self.tables.iter().flat_map(|tables| tables.edges.keys());
            let pairs: BTreeSet<(NodeId, NodeId)> = all
                .filter_map(|(of, a, b)| {
                    let forward = (*of == edge).then_some((*a, *b));
                    forward.or((*of == inverse).then_some((*b, *a)))
                })
                .collect();
            for (from, to) in pairs {
                self.stored_edge(found, edge, inverse, from, to);
            }
        }
    }

    fn stored_edge(&self, found: &mut Found, edge: EdgeType, inverse: EdgeType, from: NodeId, to: NodeId) {
        let forward = self.tables[self.home(from)].edges.get(&(edge, from, to));
        let back = self.tables[self.home(to)].edges.get(&(inverse, to, from));
        let class = match (forward, back) {
            _ if !self.is_alive(from) || !self.is_alive(to) => DriftClass::HalfDangling,
            (Some(forward), Some(back)) if forward == back => return,
            (Some(_), Some(_)) => DriftClass::HalvesDiffer,
            (Some(_), None) => DriftClass::HalfMissing,
            (None, _) => DriftClass::HalfDangling,
        };
        let rows = [Row::Edge(edge, from, to), Row::Edge(inverse, to, from)];
        let names = |intent: &Intent| intent.sweeps || rows.iter().any(|row| intent.rows.contains(row));
        if [from, to].iter().any(|end| self.intent(*end).is_some_and(names)) {
            found.pending += 1;
        } else {
            *found.drift.entry(class).or_default() += 1;
        }
    }

    fn counts(&self, found: &mut Found) {
        for tables in self.tables {
            let mut edges: BTreeMap<(EdgeType, NodeId), i64> = BTreeMap::new();
            for (edge, from, _) in tables.edges.keys() {
                *edges.entry((*edge, *from)).or_default() += 1;
            }
            let wrong = edges.iter().filter(|(key, edges)| tables.counts.get(key) != Some(edges)).count();
            let of_nothing = tables.counts.keys().filter(|key| !edges.contains_key(key)).count();
            if wrong + of_nothing > 0 {
                *found.drift.entry(DriftClass::CountWrong).or_default() += (wrong + of_nothing) as u64;
            }
        }
    }

    fn entries(&self, found: &mut Found) {
        let mut said = BTreeSet::new();
        for (id, node, props) in self.living() {
            for (index, _, key, _) in INDEXES.iter().filter(|(_, of, ..)| *of == node.node_type) {
                if let Some(value) = props.get(key) {
                    said.insert((*index, encoded(value), id));
                }
            }
        }
        for (shard, tables) in self.tables.iter().enumerate() {
            for entry in &tables.entries {
                let (index, value, target) = entry;
                let with_value = INDEXES.iter().any(|(known, .., kept)| known == index && *kept == Kept::WithValue);
                let home = if with_value { self.home_of_value(value) } else { self.home(*target) };
                if home != shard {
                    *found.drift.entry(DriftClass::Misplaced).or_default() += 1;
                } else if !said.remove(entry) {
                    let row = Row::Entry(*index, value.clone(), *target);
                    self.differs(found, *target, &row, DriftClass::EntryDangling);
                }
            }
        }
        for (index, value, target) in said {
            self.differs(found, target, &Row::Entry(index, value, target), DriftClass::EntryMissing);
        }
    }

    fn claims(&self, found: &mut Found) {
        let users = self.living().filter(|(_, node, _)| node.node_type == USER);
        let said: BTreeSet<(IndexKey, NodeId)> =
            users.filter_map(|(id, _, props)| Some((encoded(props.get("username")?), id))).collect();
        for (value, holder) in &said {
            self.claim_said(found, value, *holder, &said);
        }
        for tables in self.tables {
            for ((index, value), ClaimRow { holder, version, is_attempted }) in &tables.claims {
                let row = Row::Claim(*index, value.clone(), *holder);
                let is_held = *version > 0 || !is_attempted;
                if is_held && !said.contains(&(value.clone(), *holder)) {
                    self.differs(found, *holder, &row, DriftClass::ClaimStale);
                }
                // All of them are old: see `age_attempts`.
                if *is_attempted {
                    self.differs(found, *holder, &row, DriftClass::AttemptStale);
                }
            }
        }
    }

    /// A value that a node has, beside the claim of it.
    fn claim_said(&self, found: &mut Found, value: &IndexKey, id: NodeId, said: &BTreeSet<(IndexKey, NodeId)>) {
        let claim = self.tables[self.home_of_value(value)].claims.get(&(BY_USERNAME, value.clone()));
        let row = Row::Claim(BY_USERNAME, value.clone(), id);
        match claim {
            Some(claim) if claim.holder == id && claim.version > 0 => {}
            Some(claim) if claim.holder != id && !self.is_pending(id, &row) => {
                let in_the_way = Row::Claim(BY_USERNAME, value.clone(), claim.holder);
                let shared = said.contains(&(value.clone(), claim.holder));
                let class = if shared { DriftClass::ValueShared } else { DriftClass::ClaimMissing };
                self.differs(found, claim.holder, &in_the_way, class);
            }
            _ => self.differs(found, id, &row, DriftClass::ClaimMissing),
        }
    }
}

/// A value as indexes keep it: a byte for its type, then bytes that sort as the values do.
fn encoded(value: &Value) -> IndexKey {
    let bytes = match value {
        Value::Text(text) => [&[6], text.as_bytes()].concat(),
        Value::Int(number) => [&[2][..], &(*number as u64 ^ (1 << 63)).to_be_bytes()].concat(),
        other => unreachable!("the runs index no {other:?}"),
    };
    IndexKey::from_bytes(&bytes)
}
