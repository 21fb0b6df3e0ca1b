//! The door to juniper: types, parsing, validation, introspection, and a root node for other servers.
//!
//! Parts of what is used here are hidden in juniper's documentation, so the version is pinned to 0.18 and
//! nothing outside this module names it.

mod document;
mod dynamic;
mod embed;
mod introspect;
mod lower;
mod neutral;
mod plain;
mod written;

use std::sync::Arc;

pub(crate) use self::document::read;
use self::dynamic::View;
pub use self::dynamic::{Dynamic, DynamicInfo};
pub use self::embed::Context;
pub(crate) use self::introspect::introspect;
use crate::table::Table;
use crate::types::Types;

/// A juniper root node over a table: give it to any juniper server, with a [`Context`] per request.
pub type RootNode = juniper::RootNode<Dynamic, Dynamic, Dynamic>;

/// The root node of a table. Its root fields delegate to the planner.
///
/// An argument or input field that has a default is nullable here: juniper would refuse a nullable variable in its
/// place, and an input object without it. A null is refused when the value is coerced.
///
/// Of [`Limits`](crate::Limits) the defaults of `rows`, `planned_rows`, `page_rows` and `response_bytes` hold, for each
/// root field. What is told from the text of a document does not: juniper has read the document before anything of ours
/// is asked, by its own bounds of 64 levels, 15,000 tokens and 10,000 fields. How many aliases, directives and
/// fragments there may be, how large a body, and for how long a request may run, is for the server around it.
pub fn root_node(table: &'static Table) -> RootNode {
    of_view(table, View::Embedded)
}

/// What this crate itself asks of juniper.
pub(crate) struct Juniper {
    /// Parses documents: it knows no type, so that it takes any literal anywhere.
    syntax: RootNode,
    /// Checks the shape of documents and answers what asks for the schema: it knows all types as they are.
    types: RootNode,
}

impl Juniper {
    pub(crate) fn new(table: &'static Table) -> Self {
        Self { syntax: of_view(table, View::Syntax), types: of_view(table, View::Exact) }
    }
}

fn of_view(table: &'static Table, view: View) -> RootNode {
    let root = Dynamic { types: Arc::new(Types::new(table)) };
    let info = |name| DynamicInfo { table, name, view };
    let (query, mutation, subscription) = match view {
        View::Syntax => (dynamic::NO_QUERY, None, None),
        // Other servers are not served events.
        View::Embedded => (table.query, table.mutation, None),
        View::Exact => (table.query, table.mutation, table.subscription),
    };
    RootNode::new_with_info(
        root.clone(),
        root.clone(),
        root,
        info(query),
        info(mutation.unwrap_or(dynamic::NO_MUTATION)),
        info(subscription.unwrap_or(dynamic::NO_SUBSCRIPTION)),
    )
}
