//! What a table is stored as.

use kvetch::{DerivedEdge, EdgeType, IndexDef, IndexId, IndexKind, Kvetch, NodeType, NodeTypeDef, Options, StoreUrl};

use crate::error::Result;
use crate::table::{ObjectDef, Table, TypeKind};
use crate::types::Types;

/// The schema of a table's storage.
///
/// # Errors
/// When the table contradicts itself: two types of one number, say.
pub fn storage_schema(table: &'static Table) -> Result<kvetch::Schema> {
    let types = Types::new(table);
    let node_type = |name: &str| NodeType(types.object(name).def.node_type.expect("edges and indexes are of entities"));
    let mut builder = kvetch::Schema::builder();
    for def in table.types {
        if let TypeKind::Object(ObjectDef { node_type: Some(id), .. }) = def.kind {
            builder = builder.node_type(NodeTypeDef { id: NodeType(id), name: def.name.to_owned() });
        }
    }
    for edge in table.edges {
        builder = builder.edge(DerivedEdge::new(
            EdgeType(edge.id),
            edge.name,
            node_type(edge.from),
            node_type(edge.to),
            edge.key,
        ));
    }
    for index in table.indexes {
        builder = builder.index(IndexDef {
            id: IndexId(index.id),
            name: index.name.to_owned(),
            node_type: node_type(index.entity),
            key: index.key.to_owned(),
            kind: IndexKind::Equality,
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
