//! Making a schema, checked at the end.

use std::collections::HashSet;
use std::sync::Arc;

use crate::error::{Error, Result, within};
use crate::id::NodeType;
use crate::limits::KEY_BYTES_MAX;

use super::{Definitions, DerivedEdge, IndexDef, NodeTypeDef, Schema, StoredEdge};

/// A schema that is being written down. [`SchemaBuilder::build`] checks it.
#[derive(Debug, Default)]
pub struct SchemaBuilder {
    node_types: Vec<NodeTypeDef>,
    edges: Vec<DerivedEdge>,
    stored_edges: Vec<StoredEdge>,
    indexes: Vec<IndexDef>,
}

impl SchemaBuilder {
    /// Adds a type of nodes.
    #[must_use]
    pub fn node_type(mut self, def: NodeTypeDef) -> Self {
        self.node_types.push(def);
        self
    }

    /// Adds a derived edge.
    #[must_use]
    pub fn edge(mut self, def: DerivedEdge) -> Self {
        self.edges.push(def);
        self
    }

    /// Adds a stored edge.
    #[must_use]
    pub fn stored_edge(mut self, def: StoredEdge) -> Self {
        self.stored_edges.push(def);
        self
    }

    /// Adds an index.
    #[must_use]
    pub fn index(mut self, def: IndexDef) -> Self {
        self.indexes.push(def);
        self
    }

    /// The schema, if nothing in it contradicts: numbers and names are used once, every type that
    /// is named is there.
    pub fn build(self) -> Result<Schema> {
        let types = self.node_types.iter().map(|def| def.id).collect::<HashSet<_>>();
        distinct("node type", self.node_types.iter().map(|def| (def.id.0, def.name.as_str())))?;
        let derived = self.edges.iter().map(|def| (def.id.0, def.name.as_str()));
        let stored = self.stored_edges.iter().map(|def| (def.id.0, def.name.as_str()));
        let inverse = self.stored_edges.iter().map(|def| (def.inverse.0, def.inverse_name.as_str()));
        distinct("edge", derived.chain(stored).chain(inverse))?;
        distinct("index", self.indexes.iter().map(|def| (def.id.0, def.name.as_str())))?;
        for def in &self.edges {
            known(&types, def.from, &def.name)?;
            known(&types, def.to, &def.name)?;
            named(&def.key, &def.name)?;
            def.order_by.as_ref().map_or(Ok(()), |key| named(key, &def.name))?;
        }
        for def in &self.stored_edges {
            known(&types, def.from, &def.name)?;
            known(&types, def.to, &def.name)?;
        }
        for def in &self.indexes {
            known(&types, def.node_type, &def.name)?;
            named(&def.key, &def.name)?;
        }
        Ok(Schema(Arc::new(Definitions {
            node_types: self.node_types.into_iter().map(|def| (def.id, def)).collect(),
            edges: self.edges.into_iter().map(|def| (def.id, def)).collect(),
            stored_edges: self.stored_edges.into_iter().map(|def| (def.id, def)).collect(),
            indexes: self.indexes.into_iter().map(|def| (def.id, def)).collect(),
        })))
    }
}

fn distinct<'a>(what: &str, defs: impl Iterator<Item = (u32, &'a str)>) -> Result<()> {
    let (mut numbers, mut names) = (HashSet::new(), HashSet::new());
    for (number, name) in defs {
        if number == 0 {
            return Err(invalid(format!("{what} {name} has the number 0; numbers start at 1")));
        }
        if name.is_empty() {
            return Err(invalid(format!("{what} {number} has no name")));
        }
        if !numbers.insert(number) {
            return Err(invalid(format!("{what} {name} has the number {number}, which is taken")));
        }
        if !names.insert(name) {
            return Err(invalid(format!("two {what} definitions have the name {name}")));
        }
    }
    Ok(())
}

fn known(types: &HashSet<NodeType>, id: NodeType, of: &str) -> Result<()> {
    if types.contains(&id) {
        return Ok(());
    }
    Err(invalid(format!("{of} names node type {id}, which is not in the schema")))
}

fn named(key: &str, of: &str) -> Result<()> {
    if key.is_empty() {
        return Err(invalid(format!("{of} names no key")));
    }
    within("a key in bytes", key.len(), KEY_BYTES_MAX)
}

fn invalid(reason: String) -> Error {
    Error::InvalidSchema { reason: reason.into() }
}
