//! What a table is stored as, and scopes over such a store.

mod builder;

use std::sync::Arc;

use kvetch::{DerivedEdge, EdgeType, IndexDef, IndexId, Kvetch, NodeTypeDef, Options, StoreUrl};

pub use self::builder::ScopeBuilder;
use crate::cx::Guarded;
use crate::error::Result;
use crate::table::{Table, TypeKind};
use crate::types::{Object, Types};

/// A store with the privacy rules and hooks of its table: what scopes are made over. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    kvetch: Kvetch,
    guarded: Arc<Guarded>,
}

impl Store {
    /// A store that was opened for a table.
    pub fn new(kvetch: Kvetch, table: &'static Table) -> Self {
        Self::guarded(kvetch, Types::new(table).guarded)
    }

    pub(crate) fn guarded(kvetch: Kvetch, guarded: Arc<Guarded>) -> Self {
        Self { kvetch, guarded }
    }

    /// What is below it. It knows no viewer and no rules.
    pub fn kvetch(&self) -> &Kvetch {
        &self.kvetch
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("kvetch", &self.kvetch).finish_non_exhaustive()
    }
}

/// The schema of a table's storage.
///
/// # Errors
/// When the table contradicts itself: two types of one number, say.
pub fn storage_schema(table: &'static Table) -> Result<kvetch::Schema> {
    let types = Types::new(table);
    let node_type = |name: &str| types.object(name).node_type().expect("edges and indexes are of entities");
    let mut builder = kvetch::Schema::builder();
    for def in table.types {
        let TypeKind::Object(object) = &def.kind else { continue };
        if let Some(id) = (Object { name: def.name, def: object }).node_type() {
            builder = builder.node_type(NodeTypeDef { id, name: def.name.to_owned() });
        }
    }
    for edge in table.edges {
        let (from, to) = (node_type(edge.from), node_type(edge.to));
        builder = builder.edge(DerivedEdge {
            order_by: edge.order_by.map(str::to_owned),
            on_delete: edge.on_delete,
            ..DerivedEdge::new(EdgeType(edge.id), edge.name, from, to, edge.key)
        });
    }
    for index in table.indexes {
        builder = builder.index(IndexDef {
            id: IndexId(index.id),
            name: index.name.to_owned(),
            node_type: node_type(index.entity),
            key: index.key.to_owned(),
            kind: index.kind,
            unique: index.unique,
        });
    }
    Ok(builder.build()?)
}

/// Opens a store for a table.
///
/// # Errors
/// As [`Kvetch::open`].
pub async fn open(urls: &[StoreUrl], table: &'static Table) -> Result<Kvetch> {
    open_with(urls, table, Options::default()).await
}

/// The same with options.
///
/// # Errors
/// As [`Kvetch::open_with`].
pub async fn open_with(urls: &[StoreUrl], table: &'static Table, options: Options) -> Result<Kvetch> {
    Ok(Kvetch::open_with(urls, storage_schema(table)?, options).await?)
}
