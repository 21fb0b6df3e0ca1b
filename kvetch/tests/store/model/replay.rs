//! What has to be there after writers were at work at the same time.
//!
//! Every write answers with the node and its version, so that the acknowledged writes of a node stand in an order,
//! whatever the writers' own was. Replayed in it they have to give exactly what each was answered, without a gap: the
//! writes to a node are linear.

use std::collections::{BTreeMap, BTreeSet};

use kvetch::{EdgeType, Error, NodeId, Props, Value, Write, Written};

use crate::fixture::*;

use super::plain::{Model, ModelNode};
use super::writers::{Asked, Done};

/// The model after all writes, and where the promises leave something open.
#[derive(Debug, Default)]
pub(super) struct Replayed {
    pub(super) model: Model,
    /// Sources of edges that were put while their target was deleted: a half may be left with them.
    pub(super) halves: BTreeSet<NodeId>,
    pub(super) acknowledged: u64,
    /// Nodes that went with one that was deleted.
    pub(super) went_along: u64,
    /// Deletions that others restricted.
    pub(super) restricted: u64,
}

/// A write that was acknowledged.
#[derive(Debug, Clone, Copy)]
struct Acknowledged<'a> {
    done: &'a Done,
    written: &'a Written,
}

/// What became of one node.
struct Life<'a> {
    node: ModelNode,
    deleted: Option<Acknowledged<'a>>,
    /// The last write that set each prop.
    setters: BTreeMap<String, Acknowledged<'a>>,
}

type Edges<'a> = BTreeMap<(EdgeType, NodeId, NodeId), (Option<i64>, Acknowledged<'a>)>;

/// Replays what was done. Of nodes that nobody asked to delete, `is_there` tells which are there.
pub(super) fn replay(done: &[Done], is_there: &BTreeSet<NodeId>) -> Replayed {
    let mut by_node: BTreeMap<NodeId, Vec<Acknowledged<'_>>> = BTreeMap::new();
    for done in done {
        if let Ok(written) = &done.answer {
            by_node.entry(written.node.id).or_default().push(Acknowledged { done, written });
        }
    }
    let mut replayed =
        Replayed { acknowledged: by_node.values().map(|of| of.len() as u64).sum(), ..Replayed::default() };
    replayed.restricted =
        done.iter().filter(|done| matches!(done.answer, Err(Error::Restricted { .. }))).count() as u64;
    let mut edges = Edges::new();
    let lives: BTreeMap<NodeId, Life<'_>> =
        by_node.into_iter().map(|(id, writes)| (id, life(writes, &mut edges))).collect();
    for (id, life) in &lives {
        if is_there.contains(id) {
            assert!(life.deleted.is_none(), "node {id} was deleted and is there: {:?}", life.deleted);
            replayed.model.nodes.insert(*id, life.node.clone());
        } else {
            assert!(
                life.deleted.is_some() || went_along(life, &lives, is_there),
                "node {id} is not there: {:?}",
                life.node
            );
            replayed.went_along += u64::from(life.deleted.is_none());
            replayed.model.gone.insert(*id);
        }
    }
    for id in is_there {
        assert!(lives.contains_key(id), "nobody was told of node {id}");
    }
    stored_edges(&mut replayed, &edges, &lives);
    nobody_stays_who_had_to_go(&replayed.model, &lives);
    names_are_unique(&replayed.model);
    replayed
}

/// Replays the writes of one node.
fn life<'a>(mut writes: Vec<Acknowledged<'a>>, edges: &mut Edges<'a>) -> Life<'a> {
    // A deletion answers with the node as it was, at the version of the write before it.
    writes.sort_by_key(|write| (write.written.node.version, write.deletes()));
    let first = &writes[0].written.node;
    let mut life = Life {
        node: ModelNode { version: 0, ..ModelNode::new(first.node_type, first.created.0, &Props::new()) },
        deleted: None,
        setters: BTreeMap::new(),
    };
    for write in writes {
        assert!(life.deleted.is_none(), "written after its deletion: {write:?}");
        life.take(write, edges);
        assert!(life.node.is(&write.written.node), "{write:?} is not {:?}", life.node);
    }
    life
}

impl<'a> Life<'a> {
    fn take(&mut self, write: Acknowledged<'a>, edges: &mut Edges<'a>) {
        let before = self.node.version;
        match &write.done.asked {
            Asked::Write(Write::Create(create)) => {
                assert_eq!(before, 0, "made twice: {write:?}");
                self.set(&create.props, write);
            }
            Asked::Write(Write::Update(update)) => {
                assert_ne!(before, 0, "changed before it was made: {write:?}");
                assert!(update.expected_version.is_none_or(|expected| expected == before), "{write:?}");
                self.set(&update.set, write);
            }
            Asked::Upsert(upsert) => {
                let name = upsert.set.get("username").expect("an upsert names its value");
                assert!(before == 0 || self.node.has("username", name), "another node was meant: {write:?}");
                self.set(&upsert.set, write);
            }
            Asked::Write(Write::Delete(delete)) => {
                assert!(delete.expected_version.is_none_or(|expected| expected == before), "{write:?}");
                self.deleted = Some(write);
                return;
            }
            Asked::Write(Write::PutEdge(put)) => {
                edges.insert((put.edge, put.from, put.to), (put.sort_key, write));
            }
            Asked::Write(Write::DeleteEdge(delete)) => {
                let was = edges.insert((delete.edge, delete.from, delete.to), (None, write));
                assert!(matches!(was, Some((Some(_), _))), "there was no edge: {write:?}");
            }
        }
        self.node.version += 1;
    }

    fn set(&mut self, props: &Props, write: Acknowledged<'a>) {
        self.node.merge(props);
        self.setters.extend(props.iter().map(|(key, _)| (key.clone(), write)));
    }
}

impl Acknowledged<'_> {
    fn deletes(&self) -> bool {
        matches!(self.done.asked, Asked::Write(Write::Delete(_)))
    }
}

/// Whether a note stores the id of a list or note that is gone.
fn went_along(life: &Life<'_>, lives: &BTreeMap<NodeId, Life<'_>>, is_there: &BTreeSet<NodeId>) -> bool {
    let is_gone = |key| match life.node.props.get(key) {
        Some(Value::Id(parent)) => lives.contains_key(parent) && !is_there.contains(parent),
        _ => false,
    };
    life.node.node_type == NOTE && (is_gone("listId") || is_gone("noteId"))
}

fn stored_edges(replayed: &mut Replayed, edges: &Edges<'_>, lives: &BTreeMap<NodeId, Life<'_>>) {
    for ((edge, from, to), (sort_key, put)) in edges {
        let model = &mut replayed.model;
        let Some(sort_key) = sort_key.filter(|_| model.nodes.contains_key(from)) else { continue };
        if model.nodes.contains_key(to) {
            model.edges.insert((*edge, *from, *to), sort_key);
            continue;
        }
        let deleted = lives.get(to).and_then(|life| life.deleted);
        if deleted.is_none_or(|deleted| put.done.ended > deleted.done.began) {
            replayed.halves.insert(*from);
        }
    }
}

/// A node that stored the id of another before that was deleted has gone along, or has kept it from being deleted.
/// Rows that were on their way at that moment do not count.
fn nobody_stays_who_had_to_go(model: &Model, lives: &BTreeMap<NodeId, Life<'_>>) {
    let first = lives.values().filter_map(|life| Some(life.deleted?.done.began)).min().unwrap_or(u64::MAX);
    for (id, node) in &model.nodes {
        let bound = [(NOTE, "listId", LIST), (NOTE, "noteId", NOTE), (BADGE, "userId", USER)];
        for (_, key, parent_type) in bound.into_iter().filter(|(of, ..)| *of == node.node_type) {
            let Some(Value::Id(parent)) = node.props.get(key) else { continue };
            let Some(life) = lives.get(parent).filter(|life| life.node.node_type == parent_type) else { continue };
            if !model.gone.contains(parent) {
                continue;
            }
            // Of one that went along itself it is not known when.
            let began = life.deleted.map_or(first, |deleted| deleted.done.began);
            let setter = lives[id].setters[key];
            assert!(setter.done.ended > began, "{id} stayed, whose {key} is {parent}, by {setter:?}");
        }
    }
}

fn names_are_unique(model: &Model) {
    let names =
        model.nodes.values().filter(|node| node.node_type == USER).filter_map(|node| node.props.get("username"));
    let names: Vec<&Value> = names.collect();
    for (place, name) in names.iter().enumerate() {
        assert!(!names[place + 1..].contains(name), "two nodes have the name {name:?}");
    }
}
