//! The door to juniper: types, parsing, validation, introspection, and a root node for other servers.
//!
//! Parts of what is used here are hidden in juniper's documentation, so the version is pinned to 0.18 and
//! nothing outside this module names it.

mod document;
mod dynamic;
mod embed;
mod introspect;
mod lower;

use std::sync::Arc;

pub(crate) use self::document::read;
pub use self::dynamic::{Dynamic, DynamicInfo};
pub use self::embed::Context;
pub(crate) use self::introspect::introspect;
use crate::table::Table;
use crate::types::Types;

/// A juniper root node over a table: give it to any juniper server, with a [`Context`] per request.
pub type RootNode = juniper::RootNode<Dynamic, Dynamic, Dynamic>;

/// The root node of a table. Its root fields delegate to the planner.
pub fn root_node(table: &'static Table) -> RootNode {
    let root = Dynamic { types: Arc::new(Types::new(table)) };
    let info = |name| DynamicInfo { table, name };
    RootNode::new_with_info(
        root.clone(),
        root.clone(),
        root,
        info(table.query),
        info(table.mutation.unwrap_or(dynamic::NO_MUTATION)),
        info(dynamic::NO_SUBSCRIPTION),
    )
}
