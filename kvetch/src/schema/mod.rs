//! The schema as storage sees it: node types, derived and stored edges, indexes.

mod builder;
mod catalog;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::body::ValueRef;
use crate::error::{Error, Result};
use crate::id::{EdgeType, IndexId, NodeId, NodeType};
use crate::index_key::IndexKey;
use crate::node::Node;
use crate::value::Value;

pub use builder::SchemaBuilder;
pub(crate) use catalog::Catalog;
pub use catalog::{Building, Readiness};

/// A type of nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeTypeDef {
    /// Its number, never used again for another type.
    pub id: NodeType,
    /// Its name, for people.
    pub name: String,
}

/// An edge that follows from an id stored on a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DerivedEdge {
    /// Its number, never used again for another edge.
    pub id: EdgeType,
    /// Its name, for people.
    pub name: String,
    /// The type that is pointed at: the edge leads from it.
    pub from: NodeType,
    /// The type that stores the id: the edge leads to it.
    pub to: NodeType,
    /// The prop that stores the id.
    pub key: String,
    /// The prop of the storing node that orders the edges: a whole number, a float, a bool or a moment. Without
    /// it they are ordered by creation.
    pub order_by: Option<String>,
    /// What the deletion of the node that is pointed at does to those that store its id.
    pub on_delete: OnDelete,
}

impl DerivedEdge {
    /// An edge ordered by creation, whose sources are deleted without a look at it.
    pub fn new(id: EdgeType, name: impl Into<String>, from: NodeType, to: NodeType, key: impl Into<String>) -> Self {
        let (name, key) = (name.into(), key.into());
        Self { id, name, from, to, key, order_by: None, on_delete: OnDelete::Keep }
    }
}

/// What the deletion of a node does to the nodes that store its id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum OnDelete {
    /// Nothing: they go on storing it.
    #[default]
    Keep,
    /// It is refused while there are any.
    Restrict,
    /// They are deleted too.
    Cascade,
}

/// An edge that is made by hand, between any nodes of two types, with props of its own.
///
/// It can be read from both ends. Seen from its target it is another edge, the *inverse*, with a
/// number and a name of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEdge {
    /// Its number, never used again for another edge.
    pub id: EdgeType,
    /// Its name, for people.
    pub name: String,
    /// The type it leads from.
    pub from: NodeType,
    /// The type it leads to.
    pub to: NodeType,
    /// The number of the edge that leads back, which is there whenever this one is.
    pub inverse: EdgeType,
    /// The name of that edge, for people.
    pub inverse_name: String,
}

/// A stored edge seen from one of its ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Side {
    /// The edge that leads away from this end.
    pub(crate) edge: EdgeType,
    /// The edge that leads back.
    pub(crate) back: EdgeType,
}

/// An index over one prop of one type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexDef {
    /// Its number, never used again for another index.
    pub id: IndexId,
    /// Its name, for people.
    pub name: String,
    /// The type whose nodes it finds.
    pub node_type: NodeType,
    /// The prop it covers. Nodes without a value there are not in it.
    pub key: String,
    /// Where its entries lie.
    pub kind: IndexKind,
    /// Whether a value belongs to one node at most.
    pub unique: bool,
}

/// Where the entries of an index lie, and so what it is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IndexKind {
    /// With the value: one shard is asked for one value.
    Equality,
    /// With the node: every shard is asked, and values can be scanned in order.
    Range,
}

/// A checked schema. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Schema(Arc<Definitions>);

#[derive(Debug, Default, PartialEq, Eq)]
struct Definitions {
    node_types: BTreeMap<NodeType, NodeTypeDef>,
    edges: BTreeMap<EdgeType, DerivedEdge>,
    stored_edges: BTreeMap<EdgeType, StoredEdge>,
    indexes: BTreeMap<IndexId, IndexDef>,
}

impl Schema {
    /// Whether both are one, not merely equal.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// A schema with nothing in it yet.
    pub fn builder() -> SchemaBuilder {
        SchemaBuilder::default()
    }

    /// All types, by number.
    pub fn node_types(&self) -> impl Iterator<Item = &NodeTypeDef> {
        self.0.node_types.values()
    }

    /// All derived edges, by number.
    pub fn edges(&self) -> impl Iterator<Item = &DerivedEdge> {
        self.0.edges.values()
    }

    /// All stored edges, by number.
    pub fn stored_edges(&self) -> impl Iterator<Item = &StoredEdge> {
        self.0.stored_edges.values()
    }

    /// All indexes, by number.
    pub fn indexes(&self) -> impl Iterator<Item = &IndexDef> {
        self.0.indexes.values()
    }

    /// The type with this number.
    pub fn node_type(&self, id: NodeType) -> Result<&NodeTypeDef> {
        self.0.node_types.get(&id).ok_or_else(|| Error::invalid(format!("the schema has no node type {id}")))
    }

    /// The derived edge with this number.
    pub fn edge(&self, id: EdgeType) -> Result<&DerivedEdge> {
        self.0.edges.get(&id).ok_or_else(|| Error::invalid(format!("the schema has no edge {id}")))
    }

    /// The stored edge with this number. Its inverse is none.
    pub fn stored_edge(&self, id: EdgeType) -> Result<&StoredEdge> {
        self.0.stored_edges.get(&id).ok_or_else(|| Error::invalid(format!("the schema has no stored edge {id}")))
    }

    /// The index with this number.
    pub fn index(&self, id: IndexId) -> Result<&IndexDef> {
        self.0.indexes.get(&id).ok_or_else(|| Error::invalid(format!("the schema has no index {id}")))
    }

    /// The name of a type, or its number where the schema does not know it.
    pub(crate) fn type_name(&self, id: NodeType) -> Arc<str> {
        self.0.node_types.get(&id).map_or_else(|| format!("type {id}").into(), |def| def.name.as_str().into())
    }

    /// The name of an index, or its number where the schema does not know it.
    pub(crate) fn index_name(&self, id: IndexId) -> Arc<str> {
        self.0.indexes.get(&id).map_or_else(|| format!("index {id}").into(), |def| def.name.as_str().into())
    }

    /// Whether an edge is true of the body of the node it leads to. Readers ask, because a
    /// derived row on another shard may lag behind the node for a moment.
    pub fn edge_holds(&self, edge: EdgeType, from: NodeId, target: &Node) -> bool {
        match self.0.edges.get(&edge) {
            Some(def) => {
                let stored = target.body.get(&def.key);
                def.to == target.node_type && matches!(stored, Ok(Some(ValueRef::Id(id))) if id == from)
            }
            None => self.stored_target(edge).is_some_and(|node_type| node_type == target.node_type),
        }
    }

    /// Whether a node has this value under this index. Readers ask, as for edges.
    pub fn index_holds(&self, index: IndexId, value: &Value, target: &Node) -> bool {
        self.0.indexes.get(&index).is_some_and(|def| {
            def.node_type == target.node_type
                && matches!(target.body.get(&def.key), Ok(Some(found))
                    if IndexKey::of(found).is_ok_and(|found| IndexKey::new(value).is_ok_and(|value| value == found)))
        })
    }

    /// The type that a stored edge, or the inverse of one, leads to.
    pub(crate) fn stored_target(&self, edge: EdgeType) -> Option<NodeType> {
        let forward = self.0.stored_edges.get(&edge).map(|def| def.to);
        forward.or_else(|| self.stored_edges().find(|def| def.inverse == edge).map(|def| def.from))
    }

    /// The stored edges at nodes of this type, from their end.
    pub(crate) fn stored_at(&self, node_type: NodeType) -> impl Iterator<Item = Side> {
        self.stored_edges().flat_map(move |def| {
            let forward = (def.from == node_type).then_some(Side { edge: def.id, back: def.inverse });
            let inverse = (def.to == node_type).then_some(Side { edge: def.inverse, back: def.id });
            forward.into_iter().chain(inverse)
        })
    }

    /// Every stored edge from both of its ends.
    pub(crate) fn stored_sides(&self) -> impl Iterator<Item = Side> {
        let sides =
            |def: &StoredEdge| [Side { edge: def.id, back: def.inverse }, Side { edge: def.inverse, back: def.id }];
        self.stored_edges().flat_map(sides)
    }

    /// The derived edges that lead from nodes of this type.
    pub(crate) fn edges_from(&self, node_type: NodeType) -> impl Iterator<Item = &DerivedEdge> {
        self.edges().filter(move |edge| edge.from == node_type)
    }

    /// The name of an edge, or its number where the schema does not know it.
    pub(crate) fn edge_name(&self, id: EdgeType) -> Arc<str> {
        let derived = self.0.edges.get(&id).map(|def| def.name.as_str());
        let stored = self.stored_edges().find_map(|def| match id {
            id if id == def.id => Some(def.name.as_str()),
            id if id == def.inverse => Some(def.inverse_name.as_str()),
            _ => None,
        });
        derived.or(stored).map_or_else(|| format!("edge {id}").into(), Into::into)
    }

    /// The edges that follow from ids stored on nodes of this type.
    pub(crate) fn edges_stored_on(&self, node_type: NodeType) -> impl Iterator<Item = &DerivedEdge> {
        self.edges().filter(move |edge| edge.to == node_type)
    }

    /// The indexes over nodes of this type.
    pub(crate) fn indexes_over(&self, node_type: NodeType) -> impl Iterator<Item = &IndexDef> {
        self.indexes().filter(move |index| index.node_type == node_type)
    }
}
