//! The schema as storage sees it: node types, derived edges, indexes.

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
    indexes: BTreeMap<IndexId, IndexDef>,
}

impl Schema {
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
        self.0.edges.get(&edge).is_some_and(|def| {
            def.to == target.node_type && matches!(target.body.get(&def.key), Ok(Some(ValueRef::Id(id))) if id == from)
        })
    }

    /// Whether a node has this value under this index. Readers ask, as for edges.
    pub fn index_holds(&self, index: IndexId, value: &Value, target: &Node) -> bool {
        self.0.indexes.get(&index).is_some_and(|def| {
            def.node_type == target.node_type
                && matches!(target.body.get(&def.key), Ok(Some(found))
                    if IndexKey::of(found).is_ok_and(|found| IndexKey::new(value).is_ok_and(|value| value == found)))
        })
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
