//! What follows from a node: the one function that says which rows it is the source of.

use std::collections::BTreeMap;

use crate::body::ValueRef;
use crate::change::{Change, Row};
use crate::error::{Error, Result};
use crate::id::NodeId;
use crate::index_key::{IndexKey, sortable};
use crate::node::Node;
use crate::schema::{DerivedEdge, IndexDef, Schema};

/// The changes to derived rows when a node goes from `old` to `new`, in the order of the rows.
///
/// Pure: the same nodes give the same changes, whoever asks. `None` is a node that is not there.
pub fn derive(schema: &Schema, old: Option<&Node>, new: Option<&Node>) -> Result<Vec<Change>> {
    let before = old.map_or(Ok(BTreeMap::new()), |node| rows(schema, node))?;
    let mut after = new.map_or(Ok(BTreeMap::new()), |node| rows(schema, node))?;
    let mut changes = BTreeMap::new();
    for (row, put) in before {
        match after.remove(&row) {
            Some(same) if same == put => {}
            Some(moved) => drop(changes.insert(row, moved)),
            None => drop(changes.insert(row.clone(), Change::removal_of(row))),
        }
    }
    changes.extend(after);
    Ok(changes.into_values().collect())
}

/// Refuses a node whose props do not fit the edges and indexes over them: a write must fail
/// before it derives less than the caller believes.
pub(crate) fn check(schema: &Schema, node: &Node) -> Result<()> {
    for edge in schema.edges_stored_on(node.node_type) {
        match node.body.get(&edge.key)? {
            None | Some(ValueRef::Id(_)) => {}
            Some(other) => return Err(unfit(&edge.name, &edge.key, "an id", other)),
        }
        if let (Some(key), Some(value)) = (&edge.order_by, ordering_value(edge, node)?)
            && place(value).is_none()
        {
            return Err(unfit(&edge.name, key, "a number or a moment", value));
        }
    }
    for index in schema.indexes_over(node.node_type) {
        if let Some(value) = node.body.get(&index.key)? {
            IndexKey::of(value)?;
        }
    }
    Ok(())
}

/// The place of a derived edge among its siblings: the moment its node was created in
/// microseconds, or the prop that orders it. Nodes without a value there come first.
pub(crate) fn sort_key(edge: &DerivedEdge, node: &Node) -> Result<i64> {
    match &edge.order_by {
        None => Ok(node.created.0),
        Some(_) => Ok(ordering_value(edge, node)?.and_then(place).unwrap_or(i64::MIN)),
    }
}

/// All rows that follow from one node, as the changes that put them.
fn rows(schema: &Schema, node: &Node) -> Result<BTreeMap<Row, Change>> {
    let mut puts = Vec::new();
    for edge in schema.edges_stored_on(node.node_type) {
        if let Some(from) = stored_id(edge, node)? {
            puts.push(Change::PutEdge { edge: edge.id, from, to: node.id, sort_key: sort_key(edge, node)? });
        }
    }
    for def in schema.indexes_over(node.node_type) {
        if let Some(value) = indexed(def, node)? {
            let index = def.id;
            if def.unique {
                puts.push(Change::PutClaim { index, value: value.clone(), holder: node.id, nonce: None });
            }
            puts.push(Change::PutEntry { index, value, target: node.id });
        }
    }
    Ok(puts.into_iter().map(|put| (put.row(), put)).collect())
}

fn stored_id(edge: &DerivedEdge, node: &Node) -> Result<Option<NodeId>> {
    let value = node.body.get(&edge.key).map_err(|error| error.of_node(node.id))?;
    Ok(if let Some(ValueRef::Id(from)) = value { Some(from) } else { None })
}

/// Values that cannot be a key are not indexed. [`check`] lets no write through with one; a node
/// may have one from before the index was there.
fn indexed(index: &IndexDef, node: &Node) -> Result<Option<IndexKey>> {
    let value = node.body.get(&index.key).map_err(|error| error.of_node(node.id))?;
    Ok(value.and_then(|value| IndexKey::of(value).ok()))
}

fn ordering_value<'a>(edge: &DerivedEdge, node: &'a Node) -> Result<Option<ValueRef<'a>>> {
    let Some(key) = &edge.order_by else {
        return Ok(None);
    };
    node.body.get(key).map_err(|error| error.of_node(node.id))
}

fn place(value: ValueRef<'_>) -> Option<i64> {
    match value {
        ValueRef::Bool(value) => Some(i64::from(value)),
        ValueRef::Int(value) => Some(value),
        ValueRef::Timestamp(at) => Some(at.0),
        // From the order of unsigned words to that of signed ones.
        ValueRef::Float(value) if !value.is_nan() => Some((sortable(value) ^ (1 << 63)) as i64),
        _ => None,
    }
}

fn unfit(name: &str, key: &str, wanted: &str, found: ValueRef<'_>) -> Error {
    Error::invalid(format!("{name} takes {wanted} from `{key}`, not {found:?}"))
}
