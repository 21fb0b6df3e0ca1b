//! The schema as a store remembers it, with the state of each edge and index.
//!
//! A definition that a newer schema leaves out stays, as dropped: its number must not come back
//! with another meaning, and its rows are no longer kept in step with the nodes.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use crate::error::{Error, Result};
use crate::id::{EdgeType, IndexId, NodeType};
use crate::value::{Props, Value};

use super::{DerivedEdge, IndexDef, IndexKind, NodeTypeDef, OnDelete, Schema, SchemaBuilder, StoredEdge};

/// How far the rows of an edge or index are in step with the nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Readiness {
    /// They say what the nodes say.
    Ready,
    /// Every write since keeps them, and what was there before is still missing.
    Building,
    /// The schema no longer has it, and no write keeps them.
    Dropped,
}

/// An edge or index whose rows are not all there yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Building {
    /// A derived edge.
    Edge(EdgeType),
    /// An index.
    Index(IndexId),
}

impl fmt::Display for Building {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Edge(id) => write!(f, "edge {id}"),
            Self::Index(id) => write!(f, "index {id}"),
        }
    }
}

/// Everything a store has ever been told about its schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Catalog {
    node_types: BTreeMap<NodeType, NodeTypeDef>,
    edges: BTreeMap<EdgeType, (DerivedEdge, Readiness)>,
    /// Nothing rebuilds these, so that one which a schema leaves out keeps its rows.
    stored_edges: BTreeMap<EdgeType, StoredEdge>,
    indexes: BTreeMap<IndexId, (IndexDef, Readiness)>,
}

impl Catalog {
    /// The catalog once this schema is in force, or what contradicts. `has_nodes` says whether the store
    /// holds nodes of a type: an edge or index over data that it never covered is to be built.
    pub(crate) fn adopt(&self, schema: &Schema, has_nodes: impl Fn(NodeType) -> bool) -> Result<Self> {
        let mut adopted = self.dropped();
        for def in schema.node_types() {
            adopted.node_types.insert(def.id, def.clone());
        }
        for def in schema.edges() {
            let before = self.edges.get(&def.id);
            if let Some((stored, _)) = before {
                // What a deletion does is a rule for writes to come; nothing stored follows from it.
                let (name, on_delete) = (stored.name.clone(), stored.on_delete);
                let same = DerivedEdge { name, on_delete, ..def.clone() } == *stored;
                agree(same, "edge", &stored.name, stored, def)?;
            }
            let state = state_after(before.map(|(_, state)| *state), has_nodes(def.to));
            adopted.edges.insert(def.id, (def.clone(), state));
        }
        for def in schema.stored_edges() {
            if let Some(stored) = self.stored_edges.get(&def.id) {
                let (name, inverse_name) = (stored.name.clone(), stored.inverse_name.clone());
                let same = StoredEdge { name, inverse_name, ..def.clone() } == *stored;
                agree(same, "stored edge", &stored.name, stored, def)?;
            }
            adopted.stored_edges.insert(def.id, def.clone());
        }
        adopted.edges_are_distinct()?;
        for def in schema.indexes() {
            let before = self.indexes.get(&def.id);
            if let Some((stored, _)) = before {
                let same = IndexDef { name: stored.name.clone(), ..def.clone() } == *stored;
                agree(same, "index", &stored.name, stored, def)?;
            }
            let state = state_after(before.map(|(_, state)| *state), has_nodes(def.node_type));
            adopted.indexes.insert(def.id, (def.clone(), state));
        }
        Ok(adopted)
    }

    /// A number that once meant an edge must not come back as one of the other kind.
    fn edges_are_distinct(&self) -> Result<()> {
        let mut derived = self.edges.values().map(|(def, _)| def);
        let taken = |id: EdgeType| self.stored_edges.values().find(|stored| stored.id == id || stored.inverse == id);
        match derived.find_map(|def| Some((def, taken(def.id)?))) {
            Some((def, stored)) => agree(false, "edge", &def.name, def, stored),
            None => Ok(()),
        }
    }

    /// All derived edges, with their states.
    pub(crate) fn edge_states(&self) -> impl Iterator<Item = &(DerivedEdge, Readiness)> {
        self.edges.values()
    }

    /// All indexes, with their states.
    pub(crate) fn index_states(&self) -> impl Iterator<Item = &(IndexDef, Readiness)> {
        self.indexes.values()
    }

    /// The types that the store has been told of.
    pub(crate) fn node_types(&self) -> impl Iterator<Item = NodeType> {
        self.node_types.keys().copied()
    }

    /// The types whose nodes an edge or index of the schema is to cover for the first time.
    pub(crate) fn first_seen(&self, schema: &Schema) -> HashSet<NodeType> {
        let edges = schema.edges().filter(|def| !self.edges.contains_key(&def.id)).map(|def| def.to);
        let indexes = schema.indexes().filter(|def| !self.indexes.contains_key(&def.id)).map(|def| def.node_type);
        edges.chain(indexes).collect()
    }

    /// The schema that was last in force: everything but what it dropped.
    pub(crate) fn schema(&self) -> Result<Schema> {
        let types = self.node_types.values().cloned();
        let builder = types.fold(Schema::builder(), SchemaBuilder::node_type);
        let edges = self.edges.values().filter(|(_, state)| *state != Readiness::Dropped);
        let builder = edges.fold(builder, |builder, (def, _)| builder.edge(def.clone()));
        let builder = self.stored_edges.values().cloned().fold(builder, SchemaBuilder::stored_edge);
        let indexes = self.indexes.values().filter(|(_, state)| *state != Readiness::Dropped);
        indexes.fold(builder, |builder, (def, _)| builder.index(def.clone())).build()
    }

    /// Whether the rows of an edge can be read. Those of stored edges always can.
    pub(crate) fn edge_ready(&self, edge: EdgeType) -> bool {
        self.edges.get(&edge).is_none_or(|(_, state)| *state == Readiness::Ready)
    }

    /// Whether the rows of an index can be read.
    pub(crate) fn index_ready(&self, index: IndexId) -> bool {
        self.indexes.get(&index).is_some_and(|(_, state)| *state == Readiness::Ready)
    }

    /// The edges and indexes that are still to be filled in.
    pub(crate) fn building(&self) -> Vec<Building> {
        let edges = self.edges.values().filter(|(_, state)| *state == Readiness::Building);
        let indexes = self.indexes.values().filter(|(_, state)| *state == Readiness::Building);
        let edges = edges.map(|(def, _)| Building::Edge(def.id));
        edges.chain(indexes.map(|(def, _)| Building::Index(def.id))).collect()
    }

    /// The catalog once this edge or index is filled in.
    pub(crate) fn filled_in(&self, what: Building) -> Self {
        let mut filled_in = self.clone();
        let state = match what {
            Building::Edge(id) => filled_in.edges.get_mut(&id).map(|(_, state)| state),
            Building::Index(id) => filled_in.indexes.get_mut(&id).map(|(_, state)| state),
        };
        if let Some(state) = state {
            *state = Readiness::Ready;
        }
        filled_in
    }

    /// The catalog as it is stored.
    pub(crate) fn to_props(&self) -> Props {
        let types =
            self.node_types.values().map(|def| Props::from([("id", number(def.id.0)), ("name", text(&def.name))]));
        let edges = self.edges.values().map(|(def, state)| {
            Props::from([
                ("id", number(def.id.0)),
                ("name", text(&def.name)),
                ("from", number(def.from.0)),
                ("to", number(def.to.0)),
                ("key", text(&def.key)),
                ("orderBy", def.order_by.as_deref().map_or(Value::Null, text)),
                ("onDelete", text(def.on_delete.word())),
                ("state", text(state.word())),
            ])
        });
        let stored_edges = self.stored_edges.values().map(|def| {
            Props::from([
                ("id", number(def.id.0)),
                ("name", text(&def.name)),
                ("from", number(def.from.0)),
                ("to", number(def.to.0)),
                ("inverse", number(def.inverse.0)),
                ("inverseName", text(&def.inverse_name)),
            ])
        });
        let indexes = self.indexes.values().map(|(def, state)| {
            Props::from([
                ("id", number(def.id.0)),
                ("name", text(&def.name)),
                ("nodeType", number(def.node_type.0)),
                ("key", text(&def.key)),
                ("kind", text(def.kind.word())),
                ("unique", Value::Bool(def.unique)),
                ("state", text(state.word())),
            ])
        });
        Props::from([
            ("nodeTypes", Value::List(types.map(Value::Map).collect())),
            ("edges", Value::List(edges.map(Value::Map).collect())),
            ("storedEdges", Value::List(stored_edges.map(Value::Map).collect())),
            ("indexes", Value::List(indexes.map(Value::Map).collect())),
        ])
    }

    /// The catalog in what was stored.
    pub(crate) fn from_props(props: &Props) -> Result<Self> {
        Self::read(props).ok_or_else(|| Error::corrupt_record("schema", format!("{props:?}")))
    }

    fn read(props: &Props) -> Option<Self> {
        let mut catalog = Self::default();
        for def in maps(props, "nodeTypes")? {
            let id = NodeType(read_number(def, "id")?);
            catalog.node_types.insert(id, NodeTypeDef { id, name: read_text(def, "name")? });
        }
        for def in maps(props, "edges")? {
            let edge = DerivedEdge {
                id: EdgeType(read_number(def, "id")?),
                name: read_text(def, "name")?,
                from: NodeType(read_number(def, "from")?),
                to: NodeType(read_number(def, "to")?),
                key: read_text(def, "key")?,
                order_by: read_text(def, "orderBy"),
                // Absent in stores from before there was a choice.
                on_delete: read_text(def, "onDelete").map_or(Some(OnDelete::Keep), |word| OnDelete::read(&word))?,
            };
            catalog.edges.insert(edge.id, (edge, Readiness::read(&read_text(def, "state")?)?));
        }
        for def in maps(props, "storedEdges").into_iter().flatten() {
            let edge = StoredEdge {
                id: EdgeType(read_number(def, "id")?),
                name: read_text(def, "name")?,
                from: NodeType(read_number(def, "from")?),
                to: NodeType(read_number(def, "to")?),
                inverse: EdgeType(read_number(def, "inverse")?),
                inverse_name: read_text(def, "inverseName")?,
            };
            catalog.stored_edges.insert(edge.id, edge);
        }
        for def in maps(props, "indexes")? {
            let index = IndexDef {
                id: IndexId(read_number(def, "id")?),
                name: read_text(def, "name")?,
                node_type: NodeType(read_number(def, "nodeType")?),
                key: read_text(def, "key")?,
                kind: IndexKind::read(&read_text(def, "kind")?)?,
                unique: matches!(def.get("unique")?, Value::Bool(true)),
            };
            catalog.indexes.insert(index.id, (index, Readiness::read(&read_text(def, "state")?)?));
        }
        Some(catalog)
    }

    /// The catalog with every edge and index dropped: those of the schema are put back after.
    fn dropped(&self) -> Self {
        let mut dropped = self.clone();
        dropped.edges.values_mut().for_each(|(_, state)| *state = Readiness::Dropped);
        dropped.indexes.values_mut().for_each(|(_, state)| *state = Readiness::Dropped);
        dropped
    }
}

impl Readiness {
    /// Its name, as it is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Building => "building",
            Self::Dropped => "dropped",
        }
    }

    fn read(word: &str) -> Option<Self> {
        [Self::Ready, Self::Building, Self::Dropped].into_iter().find(|state| state.word() == word)
    }
}

impl OnDelete {
    /// Its name, as it is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Restrict => "restrict",
            Self::Cascade => "cascade",
        }
    }

    /// The one with this name.
    pub fn read(word: &str) -> Option<Self> {
        [Self::Keep, Self::Restrict, Self::Cascade].into_iter().find(|on_delete| on_delete.word() == word)
    }
}

impl IndexKind {
    /// Its name, as it is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Equality => "equality",
            Self::Range => "range",
        }
    }

    /// The one with this name.
    pub fn read(word: &str) -> Option<Self> {
        [Self::Equality, Self::Range].into_iter().find(|kind| kind.word() == word)
    }
}

/// A dropped edge or index that comes back missed writes, so it is built like a new one. Rows left from
/// before stand in the way even where no node of the type is left.
fn state_after(before: Option<Readiness>, has_nodes: bool) -> Readiness {
    match before {
        Some(Readiness::Ready) => Readiness::Ready,
        Some(Readiness::Building | Readiness::Dropped) => Readiness::Building,
        None if has_nodes => Readiness::Building,
        None => Readiness::Ready,
    }
}

fn agree(same: bool, what: &str, name: &str, stored: &dyn std::fmt::Debug, given: &dyn std::fmt::Debug) -> Result<()> {
    if same {
        return Ok(());
    }
    Err(Error::SchemaContradicts { difference: format!("{what} {name} was {stored:?} and is now {given:?}").into() })
}

fn number(number: u32) -> Value {
    Value::Int(i64::from(number))
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn maps<'a>(props: &'a Props, key: &str) -> Option<impl Iterator<Item = &'a Props>> {
    let Some(Value::List(values)) = props.get(key) else {
        return None;
    };
    let maps = values.iter().map(|value| if let Value::Map(map) = value { Some(map) } else { None });
    maps.collect::<Option<Vec<_>>>().map(Vec::into_iter)
}

fn read_number(props: &Props, key: &str) -> Option<u32> {
    let Some(Value::Int(number)) = props.get(key) else {
        return None;
    };
    u32::try_from(*number).ok()
}

fn read_text(props: &Props, key: &str) -> Option<String> {
    let Some(Value::Text(text)) = props.get(key) else {
        return None;
    };
    Some(text.clone())
}
