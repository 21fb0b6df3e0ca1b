//! `graphscale.lock`: what clients and stored data rely on, so that a change that would break them is named before it
//! lands.
//!
//! A lock is made of a schema ([`Lock::of`]), read from the file of the last run, compared with it, and written again
//! with everything that was ever stored: numbers and names of what is gone are kept as `removed`, since stored data
//! may still have them.

mod accepted;
mod api;
mod changes;
mod file;
mod line;
mod sites;
mod stored;
mod types;

use std::collections::BTreeMap;

use crate::client::{Client, TypeKind};
use crate::diagnostic::Diagnostic;
use crate::model::{self, Model, Source};
use crate::schema::Schema;
use crate::source::Span;

pub use accepted::Accepted;
pub use file::LockFile;

/// What clients and stored data rely on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lock {
    /// By coordinate: `Type`, `Type.field`, `Type.field(argument:)`, `Type implements Interface`, `Union = Member`.
    api: BTreeMap<String, Api>,
    /// Type numbers.
    nodes: BTreeMap<u32, Kept<String>>,
    edges: BTreeMap<u32, Kept<Edge>>,
    indexes: BTreeMap<u32, Kept<Index>>,
    /// What nodes hold, by type and stored name.
    values: BTreeMap<(String, String), Kept<Stored>>,
    /// Values of enums that nodes hold, by enum and value.
    enums: BTreeMap<(String, String), Kept<()>>,
}

/// Something that clients see.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Api {
    /// `object`, `input`, `enum`, ... of the type that it is or belongs to.
    kind: String,
    /// The type of a field, argument or input field.
    ty: Option<String>,
    default: Option<String>,
    /// Where the lock says so.
    at: Option<Span>,
}

/// Something that is stored, or was.
#[derive(Debug, Clone)]
struct Kept<T> {
    is: T,
    removed: bool,
    /// Where the lock says so.
    at: Option<Span>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Edge {
    from: String,
    to: String,
    key: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Index {
    entity: String,
    key: String,
    /// `unique`, `index`, ...
    kind: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Stored {
    ty: String,
    /// The entity whose id it is.
    target: Option<String>,
}

impl<T> Kept<T> {
    fn now(is: T) -> Self {
        Self { is, removed: false, at: None }
    }
}

/// A change that clients or stored data would not survive.
#[derive(Debug, Clone)]
pub(crate) struct Break {
    /// What has it, by the name that accepts it.
    pub(crate) name: String,
    pub(crate) diagnostic: Diagnostic,
}

impl Lock {
    /// What clients and stored data of a schema will rely on.
    pub(crate) fn of(schema: &Schema) -> Self {
        let mut lock = Self::default();
        lock.take_client(&Client::of(&schema.document));
        lock.take_stored(&schema.model);
        lock
    }

    fn take_client(&mut self, client: &Client) {
        let roots = [("query", Some(&client.query)), ("mutation", client.mutation.as_ref())];
        for (root, name) in roots.into_iter().chain([("subscription", client.subscription.as_ref())]) {
            if let Some(name) = name {
                self.say("root", root.to_owned(), Some(name.clone()), None);
            }
        }
        for ty in &client.types {
            let name = &ty.name;
            let kind = match &ty.kind {
                TypeKind::Scalar { .. } => "scalar",
                TypeKind::Object { .. } => "object",
                TypeKind::Interface { .. } => "interface",
                TypeKind::Union(_) => "union",
                TypeKind::Enum(_) => "enum",
                TypeKind::Input { .. } => "input",
            };
            self.say(kind, name.clone(), None, None);
            match &ty.kind {
                TypeKind::Scalar { .. } => {}
                TypeKind::Object { implements, fields } | TypeKind::Interface { implements, fields } => {
                    for interface in implements {
                        self.say(kind, format!("{name} implements {interface}"), None, None);
                    }
                    for field in fields {
                        let coordinate = format!("{name}.{}", field.name);
                        for argument in &field.args {
                            let (ty, default) = (argument.ty.to_string(), argument.default.as_ref());
                            let coordinate = format!("{coordinate}({}:)", argument.name);
                            self.say(kind, coordinate, Some(ty), default.map(ToString::to_string));
                        }
                        self.say(kind, coordinate, Some(field.ty.to_string()), None);
                    }
                }
                TypeKind::Union(members) => {
                    for member in members {
                        self.say(kind, format!("{name} = {member}"), None, None);
                    }
                }
                TypeKind::Enum(values) => {
                    for value in values {
                        self.say(kind, format!("{name}.{}", value.name), None, None);
                    }
                }
                TypeKind::Input { fields, .. } => {
                    for field in fields {
                        let (ty, default) = (field.ty.to_string(), field.default.as_ref().map(ToString::to_string));
                        self.say(kind, format!("{name}.{}", field.name), Some(ty), default);
                    }
                }
            }
        }
    }

    fn say(&mut self, kind: &str, coordinate: String, ty: Option<String>, default: Option<String>) {
        self.api.insert(coordinate, Api { kind: kind.to_owned(), ty, default, at: None });
    }

    fn take_stored(&mut self, model: &Model) {
        for entity in &model.entities {
            self.nodes.insert(entity.node_type, Kept::now(entity.name.clone()));
            for field in &entity.fields {
                if let Some((key, stored)) = stored_value(field) {
                    self.values.insert((entity.name.clone(), key), Kept::now(stored));
                }
            }
        }
        for edge in &model.edges {
            let is = Edge { from: edge.from.clone(), to: edge.to.clone(), key: edge.key.clone() };
            self.edges.insert(edge.id, Kept::now(is));
        }
        for index in &model.indexes {
            let kind = if index.unique { "unique" } else { "index" }.to_owned();
            let is = Index { entity: index.entity.clone(), key: index.key.clone(), kind };
            self.indexes.insert(index.id, Kept::now(is));
        }
        for ty in &model.enums {
            if self.values.values().any(|stored| types::base(&stored.is.ty) == ty.name) {
                for value in &ty.values {
                    self.enums.insert((ty.name.clone(), value.name.clone()), Kept::now(()));
                }
            }
        }
    }

    /// The number of a type, removed ones included.
    fn number_of(&self, name: &str) -> Option<u32> {
        let live = self.nodes.iter().find(|(_, node)| !node.removed && node.is == name);
        live.or_else(|| self.nodes.iter().find(|(_, node)| node.is == name)).map(|(number, _)| *number)
    }

    /// This lock, with what an older one knows to be stored and this one has no more.
    pub(crate) fn remembering(mut self, old: &Self) -> Self {
        let renamed: BTreeMap<String, String> = old
            .nodes
            .iter()
            .filter_map(|(number, node)| Some((node.is.clone(), self.nodes.get(number)?.is.clone())))
            .collect();
        let name = |name: &String| renamed.get(name).unwrap_or(name).clone();
        for (number, node) in &old.nodes {
            self.nodes.entry(*number).or_insert_with(|| removed(node.is.clone()));
        }
        for (number, edge) in &old.edges {
            let Edge { from, to, key } = &edge.is;
            let kept = || removed(Edge { from: name(from), to: name(to), key: key.clone() });
            self.edges.entry(*number).or_insert_with(kept);
        }
        for (number, index) in &old.indexes {
            let kept = || removed(Index { entity: name(&index.is.entity), ..index.is.clone() });
            self.indexes.entry(*number).or_insert_with(kept);
        }
        for ((entity, key), stored) in &old.values {
            let kept = || removed(Stored { target: stored.is.target.as_ref().map(&name), ..stored.is.clone() });
            self.values.entry((name(entity), key.clone())).or_insert_with(kept);
        }
        for value in old.enums.keys() {
            self.enums.entry(value.clone()).or_insert_with(|| removed(()));
        }
        self
    }
}

fn removed<T>(is: T) -> Kept<T> {
    Kept { is, removed: true, at: None }
}

/// The stored name and what is stored under it.
fn stored_value(field: &model::Field) -> Option<(String, Stored)> {
    match &field.source {
        Source::Stored { key } => Some((key.clone(), Stored { ty: field.ty.to_string(), target: None })),
        Source::Reference { key, required, .. } => {
            let ty = if *required { "UUID!" } else { "UUID" }.to_owned();
            Some((key.clone(), Stored { ty, target: Some(field.ty.base().to_owned()) }))
        }
        _ => None,
    }
}
