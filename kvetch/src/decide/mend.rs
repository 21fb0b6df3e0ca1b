//! Making rows of a node what they have to be, under the lock of its row.

use std::collections::BTreeMap;

use crate::body::Body;
use crate::change::{Change, Row};
use crate::derive::derive;
use crate::error::{Error, Result};
use crate::node::Node;
use crate::read::Edge;
use crate::schema::Schema;
use crate::shard::{NodeWrite, Place, WriteOp};
use crate::value::Props;

use super::{Decided, Look, Stored};

/// The halves of the stored edges among the rows. They are what the other halves have to be like.
pub(super) fn looks(schema: &Schema, rows: &[Row]) -> Vec<Look> {
    let stored = rows.iter().filter_map(|row| match row {
        Row::Edge(edge, _, to) if schema.stored_edge(*edge).is_ok() => Some(Look::Whole { edge: *edge, to: *to }),
        _ => None,
    });
    stored.collect()
}

/// The version of the node rises, which orders the deliveries. That of a node that is not there stays 0.
pub(super) fn mend(place: &Place, write: &NodeWrite, row: &Stored, edges: &[Vec<Edge>]) -> Result<Decided> {
    let WriteOp::Mend { rows, gone, expected_version, step } = &write.op else {
        unreachable!("only mending comes here");
    };
    let (old, version) = match row {
        Stored::Nothing => (None, 0),
        Stored::Node(node) => (Some(node), node.version),
        Stored::Tombstone { version, .. } => (None, *version),
    };
    if let Some(expected) = *expected_version
        && expected != version
    {
        return Err(Error::Conflict { node: write.id, expected, found: version });
    }
    let derived = derive(&place.schema, None, old)?;
    let mut derived: BTreeMap<Row, Change> = derived.into_iter().map(|change| (change.row(), change)).collect();
    let mut seen = edges.iter();
    let mut changes = Vec::new();
    for row in rows {
        match row {
            Row::Edge(edge, ..) if place.schema.stored_edge(*edge).is_ok() => {
                let there = seen.next().and_then(|edges| edges.first());
                let stays = there.filter(|_| old.is_some() && !gone.contains(row));
                changes.extend(halves(place, row, stays)?);
            }
            row => changes.push(derived.remove(row).unwrap_or_else(|| Change::removal_of(row.clone()))),
        }
    }
    changes.sort_by_key(Change::row);
    changes.dedup_by_key(|change| change.row());
    let (node, row, version) = match row {
        Stored::Nothing => (nobody(write)?, Stored::Nothing, 0),
        Stored::Node(old) => {
            let node = Node { version: version + step, ..old.clone() };
            (node.clone(), Stored::Node(node), version + step)
        }
        Stored::Tombstone { node_type, .. } => {
            (nobody(write)?, Stored::Tombstone { node_type: *node_type, version: version + step }, version + step)
        }
    };
    Ok(Decided { row, node, version, changes, unfinished: Vec::new() })
}

/// The other half like the one that is there, or neither of them.
fn halves(place: &Place, row: &Row, stays: Option<&Edge>) -> Result<Vec<Change>> {
    let Row::Edge(edge, from, to) = *row else {
        return Ok(Vec::new());
    };
    let inverse = place.schema.stored_edge(edge)?.inverse;
    Ok(match stays {
        Some(half) => {
            let props = half.props.clone().map_or_else(|| Body::from_props(&Props::new()), Ok)?;
            vec![Change::PutStoredEdge { edge: inverse, from: to, to: from, sort_key: half.sort_key, props }]
        }
        None => {
            vec![Change::RemoveEdge { edge, from, to }, Change::RemoveEdge { edge: inverse, from: to, to: from }]
        }
    })
}

/// What stands in the outcome for a node that is not there.
fn nobody(write: &NodeWrite) -> Result<Node> {
    let body = Body::from_props(&Props::new())?;
    Ok(Node { id: write.id, node_type: write.node_type, version: 0, created: write.now, updated: write.now, body })
}
