//! The schema as a store remembers it, with the state of each edge and index.
//!
//! A definition that a newer schema leaves out stays, as dropped: its number must not come back
//! with another meaning, and its rows are no longer kept in step with the nodes.

use std::collections::{BTreeMap, HashSet};

use crate::error::{Error, Result};
use crate::id::{EdgeType, IndexId, NodeType};
use crate::value::{Props, Value};

use super::{DerivedEdge, IndexDef, IndexKind, NodeTypeDef, Schema};

/// How far the rows of an edge or index are in step with the nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// They say what the nodes say.
    Ready,
    /// Every write since keeps them, and what was there before is still missing.
    Building,
    /// The schema no longer has it, and no write keeps them.
    Dropped,
}

/// Everything a store has ever been told about its schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Catalog {
    node_types: BTreeMap<NodeType, NodeTypeDef>,
    edges: BTreeMap<EdgeType, (DerivedEdge, State)>,
    indexes: BTreeMap<IndexId, (IndexDef, State)>,
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
                let same = DerivedEdge { name: stored.name.clone(), ..def.clone() } == *stored;
                agree(same, "edge", &stored.name, stored, def)?;
            }
            let state = state_after(before.map(|(_, state)| *state), has_nodes(def.to));
            adopted.edges.insert(def.id, (def.clone(), state));
        }
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

    /// The types whose nodes an edge or index of the schema is to cover for the first time.
    pub(crate) fn first_seen(&self, schema: &Schema) -> HashSet<NodeType> {
        let edges = schema.edges().filter(|def| !self.edges.contains_key(&def.id)).map(|def| def.to);
        let indexes = schema.indexes().filter(|def| !self.indexes.contains_key(&def.id)).map(|def| def.node_type);
        edges.chain(indexes).collect()
    }

    /// Whether the rows of an edge can be read.
    pub(crate) fn edge_ready(&self, edge: EdgeType) -> bool {
        self.edges.get(&edge).is_some_and(|(_, state)| *state == State::Ready)
    }

    /// Whether the rows of an index can be read.
    pub(crate) fn index_ready(&self, index: IndexId) -> bool {
        self.indexes.get(&index).is_some_and(|(_, state)| *state == State::Ready)
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
                ("state", text(state.word())),
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
            };
            catalog.edges.insert(edge.id, (edge, State::read(&read_text(def, "state")?)?));
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
            catalog.indexes.insert(index.id, (index, State::read(&read_text(def, "state")?)?));
        }
        Some(catalog)
    }

    /// The catalog with every edge and index dropped: those of the schema are put back after.
    fn dropped(&self) -> Self {
        let mut dropped = self.clone();
        dropped.edges.values_mut().for_each(|(_, state)| *state = State::Dropped);
        dropped.indexes.values_mut().for_each(|(_, state)| *state = State::Dropped);
        dropped
    }
}

impl State {
    fn word(self) -> &'static str {
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

impl IndexKind {
    fn word(self) -> &'static str {
        match self {
            Self::Equality => "equality",
            Self::Range => "range",
        }
    }

    fn read(word: &str) -> Option<Self> {
        [Self::Equality, Self::Range].into_iter().find(|kind| kind.word() == word)
    }
}

/// A dropped edge or index that comes back missed writes, so it is built like a new one. Rows left from
/// before stand in the way even where no node of the type is left.
fn state_after(before: Option<State>, has_nodes: bool) -> State {
    match before {
        Some(State::Ready) => State::Ready,
        Some(State::Building | State::Dropped) => State::Building,
        None if has_nodes => State::Building,
        None => State::Ready,
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
