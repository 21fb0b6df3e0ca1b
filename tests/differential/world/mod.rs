//! A world: a random schema with what its fields answer and the entities behind them, for both sides.
//!
//! What a field answers is made here once and told to graphql-js as data (`node/reference.js` reads it), so that no
//! more than picking an answer and paging are written in two languages.

mod invent;
mod output;
mod sdl;
mod slots;
mod values;

use std::collections::HashMap;
use std::sync::Arc;

use kvetch::{Create, Kvetch, NodeId, NodeType, Props};
use pent::table::{FieldDef, InputDef, ObjectDef, Source, Table, TypeDef, TypeKind};
use pent::{Schema, Scope, Store};
use serde_json::{Value as Json, json};

pub(crate) use self::output::Output;
use self::slots::{Answer, Slot, Slots};
pub(crate) use self::values::{FLOATS, INTS, TEXTS, is_required};

/// A random schema and what is behind it.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) table: &'static Table,
    slots: Vec<Slot>,
    pub(crate) nodes: Vec<Entity>,
    /// The fields of interfaces, and none of unions, as documents ask for them.
    interfaces: HashMap<&'static str, &'static [FieldDef]>,
}

/// A stored entity.
#[derive(Debug, Clone)]
pub(crate) struct Entity {
    pub(crate) id: NodeId,
    /// The name of its type.
    pub(crate) of: &'static str,
    /// What it stores, as it is shown.
    pub(crate) values: Vec<(&'static str, Output)>,
}

/// A world that answers requests.
pub(crate) struct Served {
    pub(crate) schema: Schema,
    store: Store,
    slots: Arc<Slots>,
}

impl World {
    pub(crate) fn invent(seed: u64) -> Self {
        invent::world(&mut fastrand::Rng::with_seed(seed))
    }

    /// Its schema in the schema definition language.
    pub(crate) fn sdl(&self) -> String {
        sdl::print(self.table)
    }

    /// What graphql-js has to know besides the schema.
    pub(crate) fn to_json(&self) -> Json {
        let mut fields = serde_json::Map::new();
        for def in self.table.types {
            let TypeKind::Object(object) = &def.kind else { continue };
            for field in object.fields {
                fields.insert(format!("{}.{}", def.name, field.name), self.source(def.name, field));
            }
        }
        let nodes = self.nodes.iter().map(|node| {
            let props = node.values.iter().map(|(key, value)| ((*key).to_owned(), value.to_json()));
            json!({ "id": node.id.to_string(), "type": node.of, "props": props.collect::<serde_json::Map<_, _>>() })
        });
        json!({ "fields": fields, "nodes": nodes.collect::<Vec<_>>() })
    }

    fn source(&self, parent: &str, field: &FieldDef) -> Json {
        let target = field.ty.name();
        match field.source {
            Source::Id => json!({ "kind": "id" }),
            Source::Stored { key } => json!({ "kind": "stored", "key": key }),
            Source::Reference { key } => json!({ "kind": "reference", "key": key, "type": target }),
            Source::Plain(position) => json!({ "kind": "plain", "position": position }),
            Source::Edge { edge } => {
                let edge = self.table.edges.iter().find(|def| def.id == edge).expect("the table has its edges");
                json!({ "kind": "edge", "key": edge.key, "type": edge.to })
            }
            Source::Read => json!({ "kind": "read", "type": target }),
            Source::Browse => json!({ "kind": "browse", "type": target }),
            Source::Update { entity } => {
                let required = self.object(entity).fields.iter().filter(|field| field.ty.nullable().1);
                let required = required.filter_map(|field| match field.source {
                    Source::Stored { key } | Source::Reference { key } => Some(key),
                    _ => None,
                });
                let data = field.args.iter().find(|def| def.name == "data").expect("an update has data");
                let data = self.input_fields(data.ty.name()).expect("the data of an update is an input object");
                let keys = data.iter().map(|def| (def.name, def.stored.unwrap_or(def.name)));
                let keys = keys.map(|(name, key)| (name.to_owned(), json!(key))).collect::<serde_json::Map<_, _>>();
                json!({
                    "kind": "update", "type": entity, "keys": keys, "required": required.collect::<Vec<_>>()
                })
            }
            Source::Custom(_) => {
                let slot = self.slots.iter().find(|slot| slot.parent == parent && slot.name == field.name);
                match &slot.expect("every custom field has a slot").answer {
                    Answer::Echo => json!({ "kind": "echo" }),
                    Answer::Count => json!({ "kind": "count" }),
                    Answer::Pick(choices) => {
                        json!({ "kind": "pick", "choices": choices.iter().map(Output::to_json).collect::<Vec<_>>() })
                    }
                }
            }
            _ => unreachable!("random schemas have no {:?}", field.source),
        }
    }

    fn object(&self, name: &str) -> &'static ObjectDef {
        match &self.kind(name) {
            TypeKind::Object(object) => object,
            other => unreachable!("{name} is an object, not {other:?}"),
        }
    }

    /// The fields of an object type; `None` for other types.
    pub(crate) fn output_fields(&self, name: &str) -> Option<&'static [FieldDef]> {
        match self.known(name)? {
            TypeKind::Object(object) => Some(object.fields),
            TypeKind::Interface(_) | TypeKind::Union(_) => self.interfaces.get(name).copied(),
            _ => None,
        }
    }

    /// The types that fragments may be on where a value is of a type: those that an object of it can be of, too.
    pub(crate) fn overlapping(&self, name: &str) -> Vec<&'static str> {
        let possible = values::possible(self.table.types, name);
        let is_shown = |def: &&TypeDef| {
            let of = values::possible(self.table.types, def.name);
            of.iter().any(|object| possible.contains(object))
        };
        self.table.types.iter().filter(is_shown).map(|def| def.name).collect()
    }

    /// The fields of an input object; `None` for other types.
    pub(crate) fn input_fields(&self, name: &str) -> Option<&'static [InputDef]> {
        match self.known(name)? {
            TypeKind::Input(fields) | TypeKind::OneOf(fields) => Some(fields),
            _ => None,
        }
    }

    /// Whether exactly one field of an input object is to be given.
    pub(crate) fn is_one_of(&self, name: &str) -> bool {
        matches!(self.known(name), Some(TypeKind::OneOf(_)))
    }

    /// What a type of the table is.
    pub(crate) fn kind(&self, name: &str) -> &'static TypeKind {
        self.known(name).expect("the table has the types that it names")
    }

    /// The same; `None` for scalars.
    fn known(&self, name: &str) -> Option<&'static TypeKind> {
        self.table.types.iter().find(|def| def.name == name).map(|def| &def.kind)
    }

    /// Opens a store of its own and fills it.
    pub(crate) async fn serve(&self) -> Served {
        let url = "memory:?shards=2".parse().expect("the URL is valid");
        let kvetch = pent::open(&[url], self.table).await.expect("a store in memory opens");
        self.fill(&kvetch).await;
        Served {
            schema: Schema::new(self.table),
            store: Store::new(kvetch, self.table),
            slots: Arc::new(Slots::new(self.slots.clone())),
        }
    }

    async fn fill(&self, kvetch: &Kvetch) {
        // One after the other: edges are in the order in which their nodes were created.
        for node in &self.nodes {
            let node_type = self.object(node.of).node_type.as_ref().expect("it is an entity").id;
            let props = node.values.iter().map(|(key, value)| (*key, values::stored(value))).collect::<Props>();
            let create = Create { id: Some(node.id), ..Create::new(NodeType(node_type), props) };
            kvetch.create(create).await.expect("the entities of a world can be created");
        }
    }
}

impl Served {
    /// The body of the answer to one request.
    pub(crate) async fn answer(&self, request: &pent::Request) -> pent::Response {
        let mut scope = Scope::builder(&self.store).state(self.slots.clone()).build();
        self.schema.execute(request, &mut scope).await
    }
}
