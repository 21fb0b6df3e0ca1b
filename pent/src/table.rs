//! The table: everything that `pent` knows about a schema, as plain static data.
//!
//! `grapple` writes one [`Table`] per schema; planning, juniper's type system and the storage schema all
//! interpret it. Nothing is generic over the user's types, so the cost of building a server does not grow
//! with the number of its types.

pub use kvetch::{IndexKind, OnDelete};

use crate::custom::{CustomFn, UnaryFn};
pub use crate::cx::{CreationDef, HooksDef, NodeTypeDef, PrivacyDef};
pub use crate::scalar::ScalarDef;

/// One schema: its GraphQL types and what they are stored as.
#[derive(Debug)]
pub struct Table {
    /// The name of the query root, an [`ObjectDef`] of `types`.
    pub query: &'static str,
    /// The name of the mutation root, when the schema has one.
    pub mutation: Option<&'static str>,
    /// The name of the subscription root, when the schema has one.
    pub subscription: Option<&'static str>,
    /// All named types but the built-in scalars and `UUID`, sorted by name.
    pub types: &'static [TypeDef],
    /// Edges derived from ids that nodes store.
    pub edges: &'static [EdgeDef],
    /// Indexes over stored values.
    pub indexes: &'static [IndexDef],
}

/// A named GraphQL type.
#[derive(Debug)]
pub struct TypeDef {
    /// Its name in the schema.
    pub name: &'static str,
    /// Its description in the schema; empty for none.
    pub description: &'static str,
    /// What it is.
    pub kind: TypeKind,
}

/// What a named type is.
#[derive(Debug)]
pub enum TypeKind {
    /// An object: a root, an entity or a plain output type.
    Object(ObjectDef),
    /// An interface. The objects that implement it are those that say so.
    Interface(InterfaceDef),
    /// A union, by the names of its members, which are objects.
    Union(&'static [&'static str]),
    /// A scalar of the schema's own.
    Scalar(ScalarDef),
    /// An enum, stored by the name of its value.
    Enum(&'static [EnumValueDef]),
    /// An input object.
    Input(&'static [InputDef]),
    /// An input object of which exactly one field is given: `@oneOf`. All its fields are nullable and without default.
    OneOf(&'static [InputDef]),
}

/// An object type.
#[derive(Debug)]
pub struct ObjectDef {
    /// What an entity's nodes are; `None` for roots and plain output types.
    pub node_type: Option<NodeTypeDef>,
    /// The names of all interfaces that it implements, those included that its interfaces implement.
    pub interfaces: &'static [&'static str],
    /// Its fields, in the order of the schema.
    pub fields: &'static [FieldDef],
}

/// An interface type.
#[derive(Debug)]
pub struct InterfaceDef {
    /// The names of all interfaces that it implements.
    pub interfaces: &'static [&'static str],
    /// Its fields, in the order of the schema. Where their values come from is for the objects to say.
    pub fields: &'static [InterfaceFieldDef],
}

/// A field of an interface.
#[derive(Debug)]
pub struct InterfaceFieldDef {
    /// Its name in the schema.
    pub name: &'static str,
    /// Its description; empty for none.
    pub description: &'static str,
    /// The reason, when it is deprecated.
    pub deprecated: Option<&'static str>,
    /// Its type; that of an object's field may be narrower.
    pub ty: Type,
    /// Its arguments, in the order of the schema.
    pub args: &'static [InputDef],
}

/// A field of an object type.
#[derive(Debug)]
pub struct FieldDef {
    /// Its name in the schema.
    pub name: &'static str,
    /// Its description; empty for none.
    pub description: &'static str,
    /// The reason, when it is deprecated.
    pub deprecated: Option<&'static str>,
    /// Its type.
    pub ty: Type,
    /// Its arguments, in the order of the schema.
    pub args: &'static [InputDef],
    /// Where its value comes from.
    pub source: Source,
}

/// An argument of a field or a field of an input object.
#[derive(Debug)]
pub struct InputDef {
    /// Its name in the schema.
    pub name: &'static str,
    /// Its description; empty for none.
    pub description: &'static str,
    /// The reason, when it is deprecated.
    pub deprecated: Option<&'static str>,
    /// Its type.
    pub ty: Type,
    /// Its default.
    pub default: Option<Literal>,
    /// For a field of an input that creates or updates an entity: the name it is stored under.
    pub stored: Option<&'static str>,
}

/// A default value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Literal {
    /// Null.
    Null,
    /// A Boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A string.
    Text(&'static str),
    /// An enum value.
    Enum(&'static str),
    /// A list.
    List(&'static [Literal]),
    /// An input object.
    Object(&'static [(&'static str, Literal)]),
}

/// A value of an enum.
#[derive(Debug)]
pub struct EnumValueDef {
    /// Its name in the schema.
    pub name: &'static str,
    /// Its description; empty for none.
    pub description: &'static str,
    /// The reason, when it is deprecated.
    pub deprecated: Option<&'static str>,
}

/// A type expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// A nullable named type.
    Named(&'static str),
    /// A nullable list.
    List(&'static Type),
    /// The same without null.
    NonNull(&'static Type),
}

/// Where the value of a field comes from.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// The id of the entity.
    Id,
    /// A scalar or enum stored in the entity's body.
    Stored {
        /// The name it is stored under.
        key: &'static str,
    },
    /// The entity whose id is stored in this one's body. Where the field's type is an interface or a union, the type of
    /// the node says which of its objects that is.
    Reference {
        /// The name the id is stored under.
        key: &'static str,
    },
    /// The entities at the other end of a derived edge; arguments `first` and `after`.
    Edge {
        /// The number of the edge in [`Table::edges`].
        edge: u32,
    },
    /// One entity by argument `id`; of which type, says the node.
    Read,
    /// All entities of a type in id order; arguments `first` and `after`. The field's type is that entity.
    Browse,
    /// The entity, or the list of entities, with an indexed value.
    Find {
        /// The number of the index in [`Table::indexes`].
        index: u32,
        /// The argument that holds the value.
        argument: &'static str,
    },
    /// Creates an entity from argument `data`; the field's type is its payload.
    Create {
        /// The entity's type.
        entity: &'static str,
    },
    /// Updates the entity `id` with argument `data`; the field's type is its payload.
    Update {
        /// The entity's type.
        entity: &'static str,
    },
    /// Deletes the entity `id`; the field's type is its payload.
    Delete {
        /// The entity's type.
        entity: &'static str,
    },
    /// A function written by the user.
    Custom(CustomFn),
    /// A function written by the user that knows no parent: it runs once for all of them.
    Unary(UnaryFn),
    /// What an event of a subscription brings: of the fields of the subscription root.
    Event,
    /// The same, of events that the store tells: the entity of argument `id`, each time that it was written, and null
    /// once it is gone.
    NodeChanges,
    /// The same: what has come to the edges from the entity of argument `id`, or has left them. The field's type is a
    /// plain object with two nullable fields: the entity at the other end of the edge, and a UUID.
    EdgeChanges {
        /// The number of the edge in [`Table::edges`].
        edge: u32,
    },
    /// The field of this position in a plain output type.
    Plain(usize),
}

/// An edge derived from an id that a node stores.
#[derive(Debug)]
pub struct EdgeDef {
    /// Its number; never reused.
    pub id: u32,
    /// Its name, for people.
    pub name: &'static str,
    /// The entity that the stored id names.
    pub from: &'static str,
    /// The entity that stores the id.
    pub to: &'static str,
    /// The name the id is stored under.
    pub key: &'static str,
    /// The name under which the entities store what orders them; without it, their creation does.
    pub order_by: Option<&'static str>,
    /// What the deletion of the entity that the id names does to those that store it.
    pub on_delete: OnDelete,
}

/// An index over a stored value.
#[derive(Debug)]
pub struct IndexDef {
    /// Its number; never reused.
    pub id: u32,
    /// Its name, for people: `Type.field`.
    pub name: &'static str,
    /// The entity whose values are indexed.
    pub entity: &'static str,
    /// The name the value is stored under.
    pub key: &'static str,
    /// What it is good for.
    pub kind: IndexKind,
    /// Whether no two entities may hold the same value.
    pub unique: bool,
}
