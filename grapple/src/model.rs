//! A schema understood: every decision is made, only printing is left.
//!
//! `rust` fields hold Rust names as they are written, keywords escaped.

use crate::rust_type::RustType;
use crate::type_ref::TypeRef;

/// One schema.
#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    /// The file name of the schema.
    pub(crate) schema_file: String,
    pub(crate) description: Option<String>,
    pub(crate) query: String,
    pub(crate) mutation: Option<String>,
    pub(crate) subscription: Option<String>,
    pub(crate) scalars: Vec<Scalar>,
    pub(crate) enums: Vec<Enum>,
    pub(crate) entities: Vec<Entity>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) plains: Vec<Plain>,
    pub(crate) abstracts: Vec<Abstract>,
    pub(crate) roots: Vec<Root>,
    /// Sorted by number.
    pub(crate) edges: Vec<Edge>,
    /// Sorted by name.
    pub(crate) indexes: Vec<Index>,
}

/// A scalar of the schema's own.
#[derive(Debug, Clone)]
pub(crate) struct Scalar {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    /// The URL of its specification.
    pub(crate) specified_by: Option<String>,
    pub(crate) meaning: ScalarMeaning,
}

/// What a scalar stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ScalarMeaning {
    /// A constant of `pent::scalar`.
    Ready(&'static str),
    /// A Rust type of the user's.
    Own {
        /// The name of the alias for it.
        rust: String,
        /// Its whole path.
        path: String,
    },
}

impl Scalar {
    /// Whether a type of the user's stands for it, which alone knows how it is stored.
    pub(crate) fn is_own(&self) -> bool {
        matches!(self.meaning, ScalarMeaning::Own { .. })
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Enum {
    pub(crate) name: String,
    pub(crate) rust: String,
    pub(crate) description: Option<String>,
    pub(crate) values: Vec<EnumValue>,
}

#[derive(Debug, Clone)]
pub(crate) struct EnumValue {
    pub(crate) name: String,
    pub(crate) rust: String,
    pub(crate) description: Option<String>,
    pub(crate) deprecated: Option<String>,
}

/// An interface or a union.
#[derive(Debug, Clone)]
pub(crate) struct Abstract {
    pub(crate) name: String,
    pub(crate) rust: String,
    pub(crate) description: Option<String>,
    pub(crate) kind: AbstractKind,
    /// What its values may be, in the order of the schema.
    pub(crate) variants: Vec<Variant>,
}

#[derive(Debug, Clone)]
pub(crate) enum AbstractKind {
    Interface {
        interfaces: Vec<String>,
        fields: Vec<Field>,
    },
    /// By the names of its members.
    Union(Vec<String>),
}

/// An object that a value of an interface or a union may be.
#[derive(Debug, Clone)]
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) rust: String,
    /// The number of an entity.
    pub(crate) node_type: Option<u32>,
    /// Whether it has rules or hooks.
    pub(crate) is_guarded: bool,
}

/// A stored type.
#[derive(Debug, Clone)]
pub(crate) struct Entity {
    pub(crate) name: String,
    pub(crate) rust: String,
    pub(crate) description: Option<String>,
    pub(crate) node_type: u32,
    /// The name under which the id is stored of the entity that a new one lies beside.
    pub(crate) near: Option<String>,
    /// The names of the interfaces that it implements.
    pub(crate) interfaces: Vec<String>,
    pub(crate) fields: Vec<Field>,
    /// What its nodes hold, in the order of the fields.
    pub(crate) stored: Vec<StoredValue>,
    /// One for each index, in the order of the fields.
    pub(crate) finders: Vec<Finder>,
    /// The Rust name of the input that creates it, when a mutation does.
    pub(crate) create: Option<String>,
    /// The Rust name of the input that updates it, when a mutation does.
    pub(crate) update: Option<String>,
    pub(crate) delete: bool,
    /// Whether rules say who may see and change it.
    pub(crate) privacy: bool,
    /// Whether functions run around its writes.
    pub(crate) hooks: bool,
}

/// A value in a node's body.
#[derive(Debug, Clone)]
pub(crate) struct StoredValue {
    pub(crate) key: String,
    /// The name of the struct's field; distinct from `node`.
    pub(crate) rust: String,
    /// The name of the function that returns it.
    pub(crate) accessor: String,
    pub(crate) docs: String,
    pub(crate) deprecated: Option<String>,
    /// What is stored when a create leaves it out.
    pub(crate) default: Option<Literal>,
    pub(crate) ty: RustType,
}

#[derive(Debug, Clone)]
pub(crate) struct Finder {
    /// `find_by_...`.
    pub(crate) rust: String,
    /// The GraphQL name of the field.
    pub(crate) field: String,
    pub(crate) index: u32,
    pub(crate) unique: bool,
    /// The type of the value, never `Option`.
    pub(crate) value: RustType,
    /// `find_by_..._between`, where values can be scanned in their order.
    pub(crate) between: Option<String>,
    /// `find_by_..._prefix`, where they are texts, too.
    pub(crate) prefix: Option<String>,
    /// `upsert_by_...`, where what creates the entity says the value, so that it can change the one that has it.
    pub(crate) upsert: Option<String>,
}

/// A query or mutation root.
#[derive(Debug, Clone)]
pub(crate) struct Root {
    pub(crate) name: String,
    pub(crate) rust: String,
    pub(crate) description: Option<String>,
    pub(crate) fields: Vec<Field>,
}

/// An object type that is neither entity nor root.
#[derive(Debug, Clone)]
pub(crate) struct Plain {
    pub(crate) name: String,
    pub(crate) rust: String,
    pub(crate) description: Option<String>,
    /// The names of the interfaces that it implements.
    pub(crate) interfaces: Vec<String>,
    pub(crate) fields: Vec<Field>,
}

/// A field of an object type.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) rust: String,
    pub(crate) description: Option<String>,
    pub(crate) deprecated: Option<String>,
    pub(crate) ty: TypeRef,
    pub(crate) rust_type: RustType,
    pub(crate) args: Vec<Argument>,
    pub(crate) source: Source,
}

/// Where a field's value comes from; mirrors `pent::table::Source`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Id,
    Stored {
        key: String,
    },
    Reference {
        key: String,
        stored: String,
        entity: String,
        required: bool,
        /// Whether the type is an interface or a union of entities.
        is_abstract: bool,
    },
    Edge {
        edge: u32,
        entity: String,
    },
    Read,
    Browse,
    Find {
        index: u32,
        argument: String,
    },
    Create {
        entity: String,
    },
    Update {
        entity: String,
    },
    Delete {
        entity: String,
    },
    Custom {
        resolver: String,
    },
    Plain(usize),
    /// What an event of a subscription brings.
    Event,
    /// The same, of the writes of an entity.
    NodeChanges,
    /// The same, of the changes to a list.
    EdgeChanges {
        edge: u32,
    },
    /// A field of an interface: where its values come from is for the objects to say.
    Told,
}

/// An argument of a field or a field of an input.
#[derive(Debug, Clone)]
pub(crate) struct Argument {
    pub(crate) name: String,
    pub(crate) rust: String,
    pub(crate) description: Option<String>,
    pub(crate) ty: TypeRef,
    pub(crate) rust_type: RustType,
    pub(crate) default: Option<Literal>,
    pub(crate) deprecated: Option<String>,
    /// For data of a create or update: the name it is stored under.
    pub(crate) stored: Option<String>,
}

/// A default value; mirrors `pent::table::Literal`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Enum(String),
    List(Vec<Literal>),
    Object(Vec<(String, Literal)>),
}

#[derive(Debug, Clone)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) rust: String,
    pub(crate) description: Option<String>,
    pub(crate) fields: Vec<Argument>,
    /// Whether exactly one field is given: it is an enum of its fields.
    pub(crate) is_one_of: bool,
    /// Whether it becomes the stored values of a node.
    pub(crate) writes: bool,
    /// Whether every field may be absent, so that there is a value to start from.
    pub(crate) has_default: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Edge {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) key: String,
    /// The name under which what orders it is stored; without it, its creation does.
    pub(crate) order_by: Option<String>,
    pub(crate) on_delete: OnDelete,
}

/// What the deletion of an entity does to those that store its id; mirrors `kvetch::OnDelete`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum OnDelete {
    #[default]
    Keep,
    Restrict,
    Cascade,
}

#[derive(Debug, Clone)]
pub(crate) struct Index {
    pub(crate) id: u32,
    /// `Entity.field`.
    pub(crate) name: String,
    pub(crate) entity: String,
    pub(crate) key: String,
    pub(crate) unique: bool,
    /// Whether its values can be scanned in their order.
    pub(crate) is_range: bool,
}

impl Abstract {
    /// Whether its values may be entities.
    pub(crate) fn has_entities(&self) -> bool {
        self.variants.iter().any(|variant| variant.node_type.is_some())
    }
}

impl Entity {
    /// Whether something is added to one that is created.
    pub(crate) fn has_creation(&self) -> bool {
        self.near.is_some() || self.stored.iter().any(|value| value.default.is_some())
    }

    /// The name of the trait that demands its privacy rules.
    pub(crate) fn privacy_trait(&self) -> String {
        format!("{}Privacy", self.rust.trim_start_matches("r#"))
    }

    /// Its edges, each with its number and the name of the function for its rules.
    pub(crate) fn edges(&self) -> impl Iterator<Item = (&Field, u32, String)> {
        self.fields.iter().filter_map(|field| match field.source {
            Source::Edge { edge, .. } => {
                Some((field, edge, format!("may_read_{}", field.rust.trim_start_matches("r#"))))
            }
            _ => None,
        })
    }
}

impl Field {
    pub(crate) fn is_custom(&self) -> bool {
        matches!(self.source, Source::Custom { .. })
    }
}

/// A type with fields written by hand: what its trait is generated from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner<'a> {
    pub(crate) name: &'a str,
    pub(crate) rust: &'a str,
    pub(crate) fields: &'a [Field],
    /// Whether there is a value of it to call the function on: an entity has one, a root has not.
    pub(crate) has_value: bool,
}

impl<'a> Owner<'a> {
    /// The name of its trait.
    pub(crate) fn trait_name(&self) -> String {
        format!("{}Fields", self.rust.trim_start_matches("r#"))
    }

    pub(crate) fn custom_fields(&self) -> impl Iterator<Item = &'a Field> + use<'a> {
        self.fields.iter().filter(|field| field.is_custom())
    }
}

impl Model {
    /// The subscription root.
    pub(crate) fn subscription_root(&self) -> Option<&Root> {
        let name = self.subscription.as_ref()?;
        self.roots.iter().find(|root| root.name == *name)
    }

    /// The types that have fields written by hand: entities, then roots, in the order of the schema.
    pub(crate) fn owners(&self) -> Vec<Owner<'_>> {
        let entities = self.entities.iter().map(|entity| Owner {
            name: &entity.name,
            rust: &entity.rust,
            fields: &entity.fields,
            has_value: true,
        });
        let roots = self.roots.iter().map(|root| Owner {
            name: &root.name,
            rust: &root.rust,
            fields: &root.fields,
            has_value: false,
        });
        entities.chain(roots).filter(|owner| owner.custom_fields().next().is_some()).collect()
    }
}
