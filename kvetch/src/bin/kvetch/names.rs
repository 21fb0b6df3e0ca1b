//! Names of what a schema numbers.

use kvetch::{Differing, EdgeType, IndexId, IndexKey, NodeType, Row, Schema};
use serde_json::{Value as Json, json};

use crate::json::value;

/// The name of a type, or its number where the schema does not know it.
pub(crate) fn node_type(schema: &Schema, id: NodeType) -> String {
    schema.node_type(id).map_or_else(|_| format!("type {id}"), |def| def.name.clone())
}

/// The name of an edge, or of the inverse of one.
pub(crate) fn edge(schema: &Schema, id: EdgeType) -> String {
    let derived = schema.edges().find(|def| def.id == id).map(|def| &def.name);
    let stored = schema.stored_edges().find(|def| def.id == id).map(|def| &def.name);
    let inverse = schema.stored_edges().find(|def| def.inverse == id).map(|def| &def.inverse_name);
    derived.or(stored).or(inverse).cloned().unwrap_or_else(|| format!("edge {id}"))
}

/// The name of an index.
pub(crate) fn index(schema: &Schema, id: IndexId) -> String {
    schema.index(id).map_or_else(|_| format!("index {id}"), |def| def.name.clone())
}

/// What differs, for people, in lines: two ids and a name are too long for one.
pub(crate) fn differing(schema: &Schema, what: &Differing) -> Vec<String> {
    match what {
        Differing::Row(Row::Edge(id, from, to)) => {
            vec![format!("  {} from {from}", edge(schema, *id)), format!("    to {to}")]
        }
        Differing::Row(Row::Entry(id, key, node) | Row::Claim(id, key, node)) => {
            vec![format!("  {} {}", index(schema, *id), value_of(key)), format!("    of {node}")]
        }
        Differing::Count(id, from) => vec![format!("  {} from {from}", edge(schema, *id))],
    }
}

/// What differs, for programs.
pub(crate) fn differing_json(schema: &Schema, what: &Differing) -> Json {
    match what {
        Differing::Row(Row::Edge(id, from, to)) => json!({
            "edge": id.0, "name": edge(schema, *id), "from": from.to_string(), "to": to.to_string(),
        }),
        Differing::Row(Row::Entry(id, key, node) | Row::Claim(id, key, node)) => json!({
            "index": id.0, "name": index(schema, *id), "value": value_of(key), "node": node.to_string(),
        }),
        Differing::Count(id, from) => json!({
            "count": id.0, "name": edge(schema, *id), "from": from.to_string(),
        }),
    }
}

fn value_of(key: &IndexKey) -> Json {
    key.to_value().map_or(Json::Null, |decoded| value::write(&decoded))
}
