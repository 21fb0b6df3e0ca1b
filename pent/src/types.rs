//! Looking types up by name.

use std::collections::HashMap;
use std::sync::Arc;

use kvetch::NodeType;

use crate::cx::Guarded;
use crate::table::{EdgeDef, EnumValueDef, FieldDef, IndexDef, InputDef, ObjectDef, ScalarDef, Table, Type, TypeKind};

/// The types of a table by name.
#[derive(Debug)]
pub(crate) struct Types {
    pub(crate) table: &'static Table,
    /// The types with privacy rules or hooks.
    pub(crate) guarded: Arc<Guarded>,
    by_name: HashMap<&'static str, Named>,
    /// The objects that a value of an interface or union may be.
    possible: HashMap<&'static str, Vec<Object>>,
}

/// A named type.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Named {
    Scalar(Scalar),
    /// A scalar of the schema's own.
    Custom(&'static ScalarDef),
    Enum(&'static [EnumValueDef]),
    Input(InputObject),
    Object(Object),
    /// An interface or a union: one of [`Types::possible`].
    Abstract(&'static str),
}

/// An input object type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InputObject {
    pub(crate) fields: &'static [InputDef],
    /// Whether exactly one field is to be given.
    pub(crate) is_one_of: bool,
}

/// The scalars of this crate: those of GraphQL, and UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scalar {
    Int,
    Float,
    String,
    Boolean,
    Id,
    Uuid,
}

/// An object type with its name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Object {
    pub(crate) name: &'static str,
    pub(crate) def: &'static ObjectDef,
}

const SCALARS: [(&str, Scalar); 6] = [
    ("Int", Scalar::Int),
    ("Float", Scalar::Float),
    ("String", Scalar::String),
    ("Boolean", Scalar::Boolean),
    ("ID", Scalar::Id),
    ("UUID", Scalar::Uuid),
];

impl Types {
    pub(crate) fn new(table: &'static Table) -> Self {
        let scalars = SCALARS.into_iter().map(|(name, scalar)| (name, Named::Scalar(scalar)));
        let types = table.types.iter().map(|def| {
            let named = match &def.kind {
                TypeKind::Object(object) => Named::Object(Object { name: def.name, def: object }),
                TypeKind::Interface(_) | TypeKind::Union(_) => Named::Abstract(def.name),
                TypeKind::Scalar(scalar) => Named::Custom(scalar),
                TypeKind::Enum(values) => Named::Enum(values),
                TypeKind::Input(fields) => Named::Input(InputObject { fields, is_one_of: false }),
                TypeKind::OneOf(fields) => Named::Input(InputObject { fields, is_one_of: true }),
            };
            (def.name, named)
        });
        Self {
            table,
            guarded: Arc::new(guarded(table)),
            by_name: scalars.chain(types).collect(),
            possible: possible(table),
        }
    }

    /// The objects that a value of an interface or union may be, in the order of the table.
    pub(crate) fn possible(&self, name: &str) -> &[Object] {
        self.possible.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether an object is of a type: it is the type itself, implements it or is a member of it.
    pub(crate) fn is_of(&self, object: Object, ty: &str) -> bool {
        object.name == ty || self.possible(ty).iter().any(|possible| possible.name == object.name)
    }

    /// The type of a name; `None` for a name that the schema does not define.
    pub(crate) fn get(&self, name: &str) -> Option<Named> {
        self.by_name.get(name).copied()
    }

    /// The named type at the bottom of a type expression of the table.
    ///
    /// # Panics
    /// When the table mentions a type that it does not define.
    pub(crate) fn named(&self, ty: Type) -> Named {
        self.get(ty.name()).unwrap_or_else(|| panic!("the table defines the type {} that it mentions", ty.name()))
    }

    /// The object type of a name that the table mentions.
    ///
    /// # Panics
    /// When the table does not define it as an object.
    pub(crate) fn object(&self, name: &str) -> Object {
        match self.get(name) {
            Some(Named::Object(object)) => object,
            _ => panic!("the table defines {name} as an object"),
        }
    }

    /// The edge of a number that the table mentions.
    pub(crate) fn edge(&self, id: u32) -> &'static EdgeDef {
        self.table.edges.iter().find(|edge| edge.id == id).expect("the table defines the edges that it mentions")
    }

    /// The index of a number that the table mentions.
    pub(crate) fn index(&self, id: u32) -> &'static IndexDef {
        self.table.indexes.iter().find(|index| index.id == id).expect("the table defines the indexes that it mentions")
    }
}

fn guarded(table: &'static Table) -> Guarded {
    let defs = table.types.iter().filter_map(|def| match &def.kind {
        TypeKind::Object(object) => object.node_type.as_ref().filter(|def| def.is_guarded()),
        _ => None,
    });
    defs.map(|def| (NodeType(def.id), def)).collect()
}

fn possible(table: &'static Table) -> HashMap<&'static str, Vec<Object>> {
    let mut possible = HashMap::<_, Vec<_>>::new();
    for def in table.types {
        match &def.kind {
            TypeKind::Object(object) => {
                let implementer = Object { name: def.name, def: object };
                object.interfaces.iter().for_each(|name| possible.entry(*name).or_default().push(implementer));
            }
            TypeKind::Union(members) => {
                let object = |name: &&str| table.types.iter().find(|def| def.name == *name);
                let members = members.iter().filter_map(object).filter_map(|def| match &def.kind {
                    TypeKind::Object(object) => Some(Object { name: def.name, def: object }),
                    _ => None,
                });
                possible.entry(def.name).or_default().extend(members);
            }
            _ => {}
        }
    }
    possible
}

impl Named {
    /// The object that it is, if it is one.
    #[cfg(feature = "axum")]
    pub(crate) fn object(self) -> Option<Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }
}

impl Object {
    /// The type of an entity's nodes.
    pub(crate) fn node_type(&self) -> Option<NodeType> {
        self.def.node_type.as_ref().map(|def| NodeType(def.id))
    }

    /// A field by name.
    pub(crate) fn field(&self, name: &str) -> Option<&'static FieldDef> {
        self.def.fields.iter().find(|field| field.name == name)
    }
}

impl Type {
    /// The named type at the bottom.
    pub fn name(self) -> &'static str {
        match self {
            Self::Named(name) => name,
            Self::List(inner) | Self::NonNull(inner) => inner.name(),
        }
    }

    /// The same type with null allowed, and whether it was not.
    pub fn nullable(self) -> (Self, bool) {
        match self {
            Self::NonNull(inner) => (*inner, true),
            other => (other, false),
        }
    }

    /// Whether it is a list, null or not.
    pub fn is_list(self) -> bool {
        matches!(self.nullable().0, Self::List(_))
    }
}

impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::List(inner) => write!(f, "[{inner}]"),
            Self::NonNull(inner) => write!(f, "{inner}!"),
        }
    }
}
