//! What a store is to be like, in plain maps.

use std::collections::{BTreeMap, BTreeSet};

use kvetch::{EdgeType, Node, NodeId, NodeType, Props, Value};

use crate::fixture::*;

/// Derived edges: over the nodes of a type, from the id under a key, in the order of another or of creation.
pub(super) const DERIVED: [(EdgeType, NodeType, &str, Option<&str>); 5] = [
    (LISTS, LIST, "ownerId", None),
    (RANKED, LIST, "ownerId", Some("rank")),
    (NOTES, NOTE, "listId", None),
    (ANSWERS, NOTE, "noteId", None),
    (BADGES, BADGE, "userId", None),
];

/// The edges along which nodes go with a deleted one.
const CASCADES: [(NodeType, EdgeType); 2] = [(LIST, NOTES), (NOTE, ANSWERS)];

/// Every edge, with the type of the nodes that it leads from.
pub(super) const EDGES: [(EdgeType, NodeType); 9] = [
    (LISTS, USER),
    (RANKED, USER),
    (NOTES, LIST),
    (ANSWERS, NOTE),
    (BADGES, USER),
    (FOLLOWS, USER),
    (FOLLOWERS, USER),
    (LIKES, USER),
    (LIKED_BY, LIST),
];

#[derive(Debug, Clone, PartialEq)]
pub(super) struct ModelNode {
    pub(super) node_type: NodeType,
    pub(super) version: u64,
    pub(super) created: i64,
    pub(super) props: BTreeMap<String, Value>,
}

impl ModelNode {
    pub(super) fn new(node_type: NodeType, created: i64, props: &Props) -> Self {
        let mut node = Self { node_type, version: 1, created, props: BTreeMap::new() };
        node.merge(props);
        node
    }

    /// Sets props; a null clears.
    pub(super) fn merge(&mut self, set: &Props) {
        for (key, value) in set {
            if *value == Value::Null {
                self.props.remove(key);
            } else {
                self.props.insert(key.clone(), value.clone());
            }
        }
    }

    pub(super) fn has(&self, key: &str, value: &Value) -> bool {
        self.props.get(key) == Some(value)
    }

    pub(super) fn is(&self, node: &Node) -> bool {
        let props = node.body.to_props().expect("the body decodes");
        (self.node_type, self.version, self.created) == (node.node_type, node.version, node.created.0)
            && props == self.props.clone().into_iter().collect()
    }
}

#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) nodes: BTreeMap<NodeId, ModelNode>,
    pub(super) gone: BTreeSet<NodeId>,
    /// Sort keys of stored edges.
    pub(super) edges: BTreeMap<(EdgeType, NodeId, NodeId), i64>,
}

pub(super) type Outcome = Result<u64, &'static str>;

/// The type of the nodes that a stored edge leads to.
pub(super) fn target_type(edge: EdgeType) -> NodeType {
    if edge == FOLLOWS { USER } else { LIST }
}

impl Model {
    pub(super) fn create(&mut self, id: NodeId, node_type: NodeType, props: &Props, created: i64) -> Outcome {
        if self.nodes.contains_key(&id) {
            return Err("exists");
        }
        if self.gone.contains(&id) {
            return Err("gone");
        }
        self.put(id, ModelNode::new(node_type, created, props))
    }

    pub(super) fn update(&mut self, id: NodeId, node_type: NodeType, set: &Props, expected: Option<u64>) -> Outcome {
        let mut node = self.existing(id, node_type, expected)?.clone();
        node.version += 1;
        node.merge(set);
        self.put(id, node)
    }

    pub(super) fn delete(&mut self, id: NodeId, node_type: NodeType, expected: Option<u64>) -> Outcome {
        let version = self.existing(id, node_type, expected)?.version;
        if node_type == USER && !self.edges(BADGES, id).is_empty() {
            return Err("restricted");
        }
        let mut along = vec![id];
        while let Some(id) = along.pop() {
            for (_, edge) in CASCADES.iter().filter(|(from, _)| *from == self.nodes[&id].node_type) {
                along.extend(self.edges(*edge, id).into_iter().map(|(_, to)| to).filter(|to| *to != id));
            }
            self.bury(id);
            along.retain(|id| self.nodes.contains_key(id));
        }
        Ok(version)
    }

    pub(super) fn bury(&mut self, id: NodeId) {
        self.nodes.remove(&id);
        self.gone.insert(id);
        self.edges.retain(|(_, from, to), _| *from != id && *to != id);
    }

    pub(super) fn put_edge(&mut self, edge: EdgeType, from: NodeId, to: NodeId, sort_key: i64) -> Outcome {
        self.existing(to, target_type(edge), None)?;
        let version = self.touch(from)?;
        self.edges.insert((edge, from, to), sort_key);
        Ok(version)
    }

    pub(super) fn delete_edge(&mut self, edge: EdgeType, from: NodeId, to: NodeId) -> Outcome {
        self.existing(from, USER, None)?;
        self.edges.remove(&(edge, from, to)).ok_or("edge_not_found")?;
        self.touch(from)
    }

    fn touch(&mut self, from: NodeId) -> Outcome {
        self.existing(from, USER, None)?;
        let node = self.nodes.get_mut(&from).expect("it exists");
        node.version += 1;
        Ok(node.version)
    }

    fn existing(&self, id: NodeId, node_type: NodeType, expected: Option<u64>) -> Result<&ModelNode, &'static str> {
        let node = self.nodes.get(&id).ok_or("not_found")?;
        if node.node_type != node_type {
            return Err("wrong_type");
        }
        if expected.is_some_and(|expected| expected != node.version) {
            return Err("conflict");
        }
        Ok(node)
    }

    fn put(&mut self, id: NodeId, node: ModelNode) -> Outcome {
        let taken = |other: &NodeId, name: &Value| *other != id && self.nodes[other].has("username", name);
        if node.node_type == USER
            && let Some(name) = node.props.get("username")
            && self.of_type(USER).any(|other| taken(&other, name))
        {
            return Err("duplicate");
        }
        let version = node.version;
        self.nodes.insert(id, node);
        Ok(version)
    }

    pub(super) fn of_type(&self, node_type: NodeType) -> impl Iterator<Item = NodeId> {
        self.nodes.iter().filter(move |(_, node)| node.node_type == node_type).map(|(id, _)| *id)
    }

    pub(super) fn edges(&self, edge: EdgeType, from: NodeId) -> Vec<(i64, NodeId)> {
        let Some((_, node_type, key, order_by)) = DERIVED.iter().find(|(derived, ..)| *derived == edge) else {
            return self.stored_edges(edge, from);
        };
        let place = |node: &ModelNode| match order_by.map(|key| node.props.get(key)) {
            None => node.created,
            Some(Some(Value::Int(rank))) => *rank,
            Some(_) => i64::MIN,
        };
        let sources = self.of_type(*node_type).filter(|id| self.nodes[id].has(key, &from.into()));
        let mut edges: Vec<_> = sources.map(|id| (place(&self.nodes[&id]), id)).collect();
        edges.sort_unstable();
        edges
    }

    fn stored_edges(&self, edge: EdgeType, from: NodeId) -> Vec<(i64, NodeId)> {
        let ends = self.edges.iter().filter_map(|((stored, a, b), sort_key)| {
            let forward = (*stored == edge && *a == from).then_some((*sort_key, *b));
            let back = EdgeType(stored.0 + 1) == edge && *b == from;
            forward.or(back.then_some((*sort_key, *a)))
        });
        let mut ends: Vec<_> = ends.collect();
        ends.sort_unstable();
        ends
    }

    pub(super) fn find(&self, node_type: NodeType, key: &str, value: &Value) -> Vec<NodeId> {
        self.of_type(node_type).filter(|id| self.nodes[id].has(key, value)).collect()
    }

    /// Every entry of a range index, by value.
    pub(super) fn scan(&self, node_type: NodeType, key: &str) -> Vec<(Value, NodeId)> {
        let nodes = self.of_type(node_type);
        let mut entries: Vec<_> = nodes.filter_map(|id| Some((self.nodes[&id].props.get(key)?.clone(), id))).collect();
        // The values of one key are of one type here: numbers, or texts.
        entries.sort_by(|(a, a_id), (b, b_id)| match (a, b) {
            (Value::Int(a), Value::Int(b)) => (a, a_id).cmp(&(b, b_id)),
            (Value::Text(a), Value::Text(b)) => (a, a_id).cmp(&(b, b_id)),
            _ => unreachable!("the values of one key have one type"),
        });
        entries
    }
}
