//! `graphscale.lock`: what clients and stored data rely on, so that a change that would break them is named before it
//! lands.
//!
//! A lock is made of a schema ([`Lock::of`]), read from the file of the last run, compared with it, and written again
//! with everything that was ever stored: numbers and names of what is gone are kept as `removed`, since stored data
//! may still have them.

mod accepted;
mod api;
mod changes;
mod coordinate;
mod file;
mod line;
mod sites;
mod stored;
mod types;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use crate::client::{Client, Input, TypeKind};
use crate::diagnostic::Diagnostic;
use crate::model::{self, Model, Source};
use crate::schema::Schema;
use crate::source::Span;
use crate::type_ref::TypeRef;
use coordinate::Coordinate;

pub use accepted::Accepted;
pub use file::LockFile;

/// What clients and stored data rely on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lock {
    api: BTreeMap<Coordinate, Kept<Api>>,
    /// Type numbers.
    nodes: BTreeMap<u32, Kept<String>>,
    edges: BTreeMap<u32, Kept<Edge>>,
    indexes: BTreeMap<u32, Kept<Index>>,
    /// What nodes hold, by type and stored name.
    values: BTreeMap<(String, String), Kept<Stored>>,
    /// Values of enums that nodes hold, by enum and value.
    enums: BTreeMap<(String, String), Kept<()>>,
    /// The scalars that nodes hold of a type of the user's, which alone knows how it is stored.
    own_scalars: BTreeMap<String, Kept<()>>,
}

/// Something that clients see.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Api {
    /// Of the type that it is or belongs to.
    kind: ApiKind,
    /// The type of a field, argument, input field or root.
    ty: Option<TypeRef>,
    default: Option<String>,
    /// Whether exactly one field of an input is given.
    is_one_of: bool,
}

/// What a type is to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ApiKind {
    /// No type, but where operations start.
    Root,
    Scalar,
    Object,
    Interface,
    Union,
    Enum,
    Input,
}

/// Something that clients see or nodes store, or did.
#[derive(Debug, Clone)]
struct Kept<T> {
    is: T,
    /// Of what is stored: whether the schema has it no more.
    removed: bool,
    /// Where the lock says so.
    at: Option<Span>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Edge {
    from: String,
    to: String,
    key: String,
    /// The name under which what orders it is stored; without it, its creation does.
    order_by: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Index {
    entity: String,
    key: String,
    is_unique: bool,
    is_range: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Stored {
    ty: TypeRef,
    /// The entities whose id it may be, sorted; none where it is no id of an entity.
    targets: Vec<String>,
}

impl ApiKind {
    const ALL: [Self; 7] =
        [Self::Root, Self::Scalar, Self::Object, Self::Interface, Self::Union, Self::Enum, Self::Input];

    fn word(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Scalar => "scalar",
            Self::Object => "object",
            Self::Interface => "interface",
            Self::Union => "union",
            Self::Enum => "enum",
            Self::Input => "input",
        }
    }

    fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl Index {
    /// The name of its directive.
    fn word(&self) -> &'static str {
        if self.is_unique { "unique" } else { "index" }
    }
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
                self.say(ApiKind::Root, Coordinate::Root(root.to_owned()), Some(TypeRef::named(name)));
            }
        }
        for ty in &client.types {
            self.take_type(&ty.name, &ty.kind);
        }
    }

    fn take_type(&mut self, name: &str, kind: &TypeKind) {
        let ty = || name.to_owned();
        match kind {
            TypeKind::Scalar { .. } => self.say(ApiKind::Scalar, Coordinate::Type(ty()), None),
            TypeKind::Object { implements, fields } | TypeKind::Interface { implements, fields } => {
                let is_object = matches!(kind, TypeKind::Object { .. });
                let kind = if is_object { ApiKind::Object } else { ApiKind::Interface };
                self.say(kind, Coordinate::Type(ty()), None);
                for interface in implements {
                    self.say(kind, Coordinate::Interface { ty: ty(), name: interface.clone() }, None);
                }
                for field in fields {
                    for argument in &field.args {
                        let (field, name) = (field.name.clone(), argument.name.clone());
                        self.say_input(kind, Coordinate::Argument { ty: ty(), field, name }, argument);
                    }
                    self.say(kind, Coordinate::member(name, &field.name), Some(field.ty.clone()));
                }
            }
            TypeKind::Union(members) => {
                self.say(ApiKind::Union, Coordinate::Type(ty()), None);
                for member in members {
                    self.say(ApiKind::Union, Coordinate::Alternative { ty: ty(), name: member.clone() }, None);
                }
            }
            TypeKind::Enum(values) => {
                self.say(ApiKind::Enum, Coordinate::Type(ty()), None);
                for value in values {
                    self.say(ApiKind::Enum, Coordinate::member(name, &value.name), None);
                }
            }
            TypeKind::Input { one_of, fields } => {
                let input = Api { kind: ApiKind::Input, ty: None, default: None, is_one_of: *one_of };
                self.api.insert(Coordinate::Type(ty()), Kept::now(input));
                for field in fields {
                    self.say_input(ApiKind::Input, Coordinate::member(name, &field.name), field);
                }
            }
        }
    }

    fn say(&mut self, kind: ApiKind, coordinate: Coordinate, ty: Option<TypeRef>) {
        self.api.insert(coordinate, Kept::now(Api { kind, ty, default: None, is_one_of: false }));
    }

    /// An argument of a type of this kind, or a field of an input.
    fn say_input(&mut self, kind: ApiKind, coordinate: Coordinate, input: &Input) {
        let (ty, default) = (Some(input.ty.clone()), input.default.as_ref().map(ToString::to_string));
        self.api.insert(coordinate, Kept::now(Api { kind, ty, default, is_one_of: false }));
    }

    fn take_stored(&mut self, model: &Model) {
        for entity in &model.entities {
            self.nodes.insert(entity.node_type, Kept::now(entity.name.clone()));
            for field in &entity.fields {
                if let Some((key, stored)) = stored_value(model, field) {
                    self.values.insert((entity.name.clone(), key), Kept::now(stored));
                }
            }
        }
        for edge in &model.edges {
            let (from, to) = (edge.from.clone(), edge.to.clone());
            let is = Edge { from, to, key: edge.key.clone(), order_by: edge.order_by.clone() };
            self.edges.insert(edge.id, Kept::now(is));
        }
        for index in &model.indexes {
            let (entity, key) = (index.entity.clone(), index.key.clone());
            let is = Index { entity, key, is_unique: index.unique, is_range: index.is_range };
            self.indexes.insert(index.id, Kept::now(is));
        }
        let held: BTreeSet<&str> = self.values.values().map(|stored| stored.is.ty.base()).collect();
        for ty in model.enums.iter().filter(|ty| held.contains(ty.name.as_str())) {
            for value in &ty.values {
                self.enums.insert((ty.name.clone(), value.name.clone()), Kept::now(()));
            }
        }
        let own = model.scalars.iter().filter(|scalar| scalar.is_own() && held.contains(scalar.name.as_str()));
        self.own_scalars = own.map(|scalar| (scalar.name.clone(), Kept::now(()))).collect();
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
            let kept = || removed(Edge { from: name(&edge.is.from), to: name(&edge.is.to), ..edge.is.clone() });
            self.edges.entry(*number).or_insert_with(kept);
        }
        for (number, index) in &old.indexes {
            let kept = || removed(Index { entity: name(&index.is.entity), ..index.is.clone() });
            self.indexes.entry(*number).or_insert_with(kept);
        }
        for ((entity, key), stored) in &old.values {
            let mut targets: Vec<String> = stored.is.targets.iter().map(&name).collect();
            targets.sort();
            let kept = || removed(Stored { targets, ty: stored.is.ty.clone() });
            self.values.entry((name(entity), key.clone())).or_insert_with(kept);
        }
        for value in old.enums.keys() {
            self.enums.entry(value.clone()).or_insert_with(|| removed(()));
        }
        for scalar in old.own_scalars.keys().filter(|scalar| !self.values.values().any(|value| holds(value, scalar))) {
            self.own_scalars.entry(scalar.clone()).or_insert_with(|| removed(()));
        }
        self
    }
}

/// Whether nodes hold values of a type.
fn holds(value: &Kept<Stored>, ty: &str) -> bool {
    !value.removed && value.is.ty.base() == ty
}

fn removed<T>(is: T) -> Kept<T> {
    Kept { is, removed: true, at: None }
}

/// The stored name and what is stored under it.
fn stored_value(model: &Model, field: &model::Field) -> Option<(String, Stored)> {
    match &field.source {
        Source::Stored { key } => Some((key.clone(), Stored { ty: field.ty.clone(), targets: Vec::new() })),
        Source::Reference { key, required, .. } => {
            let id = TypeRef::named("UUID");
            let ty = if *required { id.required() } else { id };
            Some((key.clone(), Stored { ty, targets: entities(model, field.ty.base()) }))
        }
        _ => None,
    }
}

/// The entities that a value of a type may be: the type itself, or those of an interface or a union.
fn entities(model: &Model, name: &str) -> Vec<String> {
    let Some(ty) = model.abstracts.iter().find(|ty| ty.name == name) else { return vec![name.to_owned()] };
    let entities = ty.variants.iter().filter(|variant| variant.node_type.is_some());
    let mut names: Vec<String> = entities.map(|variant| variant.name.clone()).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Lock;
    use crate::schema::Schema;
    use crate::source::SourceFile;

    /// Every coordinate looked for its type, and every stored value for its entity, from the first one on.
    #[test]
    fn locks_of_many_types_are_compared_in_a_time_that_grows_with_them() {
        let types: String = (0..20_000).map(|number| format!("type T{number} {{ a: Int  b: T{number} }}\n")).collect();
        let entities: String = (1..2_000)
            .map(|number| {
                let types = format!("type E{number} @pent(typeId: {number}) {{ id: UUID!  a: Int  k: K{number} }}");
                format!("{types} enum K{number} {{ A B }}\n")
            })
            .collect();
        let text = format!("type Query {{ t: T0 @custom }}\n{types}{entities}");
        let schema = Schema::check(SourceFile::new("schema.graphql", text)).expect("it is right");
        let started = Instant::now();
        let lock = Lock::of(&schema);
        let old = Lock::read(&lock.text()).expect("it was just written");
        assert!(lock.breaks_since(&old, &schema.document).is_empty());
        assert!(started.elapsed() < Duration::from_secs(120), "{:?}", started.elapsed());
    }
}
