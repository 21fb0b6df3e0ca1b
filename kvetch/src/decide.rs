//! What a write does to its shard, decided without touching it.
//!
//! Every engine reads the same three things under its lock, asks here and carries out the answer:
//! so the rules of writing are the same on all of them.

use std::collections::BTreeMap;

use crate::body::Body;
use crate::change::{Change, Row};
use crate::derive::{check, derive};
use crate::error::{Error, Result};
use crate::id::{NodeId, NodeType};
use crate::node::Node;
use crate::shard::{Claim, Intent, NodeWrite, Outcome, Place, WriteOp};

/// What stands in the row of a node's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// Nothing, ever.
    Nothing,
    /// The node.
    Node(Node),
    /// The node was deleted; its version lives on.
    Tombstone {
        /// The type it had.
        node_type: NodeType,
        /// The version of its deletion.
        version: u64,
    },
}

/// What a write does to its shard, all in one transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What the row of the node becomes.
    pub row: Stored,
    /// The changes to derived rows of this shard, in the order of their rows.
    pub local: Vec<Change>,
    /// The claims that the write rests on. Their nonces go into the fences; one that stands there
    /// already fails the write with [`Place::claim_pending`], because its claim was undone.
    pub claims: Vec<Claim>,
    /// What the write answers. Its intent replaces the one the node has.
    pub outcome: Outcome,
}

/// Decides a write, given what stands in the node's row and its pending intent.
pub fn decide(place: &Place, write: &NodeWrite, stored: &Stored, pending: Option<Intent>) -> Result<Decision> {
    let old = existing(place, write, stored)?;
    let new = successor(write, old)?;
    if let Some(node) = &new {
        check(&place.schema, node)?;
    }
    let version = old.map_or(0, |node| node.version) + 1;
    let mut changes = derive(&place.schema, old, new.as_ref())?;
    let claims = with_claims(place, write, &mut changes)?;
    let (local, remote) = changes.iter().cloned().partition::<Vec<_>, _>(|change| place.is_here(change));
    let intent = cumulative(write.id, version, pending, remote, &local);
    let row = match &new {
        Some(node) => Stored::Node(node.clone()),
        None => Stored::Tombstone { node_type: write.node_type, version },
    };
    let node = new.or_else(|| old.cloned()).expect("a write without an old node is a create, which makes a new one");
    Ok(Decision { row, local, claims, outcome: Outcome { node, changes, intent } })
}

/// The node that an update or delete is about; nothing for a create. All that can refuse the
/// write before its props are looked at.
fn existing<'a>(place: &Place, write: &NodeWrite, stored: &'a Stored) -> Result<Option<&'a Node>> {
    let node = write.id;
    let expected_version = match (&write.op, stored) {
        (WriteOp::Create { .. }, Stored::Nothing) => return Ok(None),
        (WriteOp::Create { .. }, Stored::Node(_)) => return Err(Error::Exists { node }),
        (WriteOp::Create { .. }, Stored::Tombstone { .. }) => return Err(Error::Gone { node }),
        (WriteOp::Update { expected_version, .. } | WriteOp::Delete { expected_version }, _) => *expected_version,
    };
    let Stored::Node(old) = stored else {
        return Err(Error::NotFound { node });
    };
    if old.node_type != write.node_type {
        let (expected, found) = (place.schema.type_name(write.node_type), place.schema.type_name(old.node_type));
        return Err(Error::WrongType { node, expected, found });
    }
    match expected_version {
        Some(expected) if expected != old.version => Err(Error::Conflict { node, expected, found: old.version }),
        _ => Ok(Some(old)),
    }
}

/// The node after the write.
fn successor(write: &NodeWrite, old: Option<&Node>) -> Result<Option<Node>> {
    let (id, node_type) = (write.id, write.node_type);
    match (&write.op, old) {
        (WriteOp::Create { props, created }, _) => {
            let body = Body::from_props(props)?;
            Ok(Some(Node { id, node_type, version: 1, created: *created, updated: *created, body }))
        }
        (WriteOp::Update { set, .. }, Some(old)) => {
            let mut props = old.body.to_props().map_err(|error| error.of_node(id))?;
            props.merge(set);
            let body = Body::from_props(&props)?;
            // A clock that was set back must not make a node look unchanged.
            let updated = write.now.max(old.updated);
            Ok(Some(Node { version: old.version + 1, updated, body, ..old.clone() }))
        }
        (WriteOp::Update { .. } | WriteOp::Delete { .. }, _) => Ok(None),
    }
}

/// Marks the claims with the attempts that were made for them, and returns those attempts. A value
/// of this shard needs none: its claim is made in the write's own transaction.
fn with_claims(place: &Place, write: &NodeWrite, changes: &mut [Change]) -> Result<Vec<Claim>> {
    let mut used = Vec::new();
    for change in changes {
        let here = place.is_here(change);
        let Change::PutClaim { index, value, nonce, .. } = change else {
            continue;
        };
        match write.claims.iter().find(|claim| claim.index == *index && claim.value == *value) {
            Some(claim) => {
                *nonce = Some(claim.nonce);
                used.push(claim.clone());
            }
            None if here => {}
            // The shard map changed between the claim and the write: the caller begins again.
            None => return Err(place.claim_pending(*index, write.id)),
        }
    }
    Ok(used)
}

/// The pending intent and the newest changes as one. The newest change to a row wins, and a row that
/// this write changes here itself (its bucket came to this shard) leaves the intent.
fn cumulative(
    source: NodeId,
    version: u64,
    pending: Option<Intent>,
    remote: Vec<Change>,
    local: &[Change],
) -> Option<Intent> {
    let pending = pending.into_iter().flat_map(|intent| intent.changes);
    let mut changes: BTreeMap<Row, Change> = pending.map(|change| (change.row(), change)).collect();
    for change in local {
        changes.remove(&change.row());
    }
    for change in remote {
        let row = change.row();
        let change = match changes.get(&row) {
            Some(older) => change.after(older),
            None => change,
        };
        changes.insert(row, change);
    }
    let changes: Vec<Change> = changes.into_values().collect();
    (!changes.is_empty()).then_some(Intent { source, version, changes })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::id::{EdgeType, Nonce, Timestamp, VirtualShard};
    use crate::schema::{DerivedEdge, NodeTypeDef, Schema};
    use crate::shard_map::{ShardIdx, ShardMap};
    use crate::value::{Props, Value};

    use super::*;

    const ITEM: NodeType = NodeType(1);
    const EDGE: EdgeType = EdgeType(1);

    /// Ids below 10 lie on shard 0, the others on shard 1; the writes happen on shard 1.
    fn id(number: u16) -> NodeId {
        let bucket = VirtualShard::new(if number < 10 { 0 } else { 4000 }).expect("it is below 4096");
        NodeId::from_parts(1, bucket, u64::from(number))
    }

    fn place() -> Place {
        let edge =
            DerivedEdge { id: EDGE, name: "items".into(), from: ITEM, to: ITEM, key: "parent".into(), order_by: None };
        let schema = Schema::builder().node_type(NodeTypeDef { id: ITEM, name: "Item".into() }).edge(edge).build();
        let map = ShardMap::even(2).expect("two shards are a store");
        Place { schema: schema.expect("the schema is valid"), map: Arc::new(map), here: ShardIdx(1) }
    }

    fn update(parent: impl Into<Value>) -> NodeWrite {
        let op = WriteOp::Update { set: Props::from([("parent", parent.into())]), expected_version: None };
        NodeWrite { id: id(50), node_type: ITEM, op, now: Timestamp(2), write_id: None, claims: Vec::new() }
    }

    fn item(version: u64, parent: NodeId) -> Stored {
        let body = Body::from_props(&Props::from([("parent", parent)])).expect("the props are small");
        let (created, updated) = (Timestamp(1), Timestamp(1));
        Stored::Node(Node { id: id(50), node_type: ITEM, version, created, updated, body })
    }

    fn put(from: NodeId) -> Change {
        Change::PutEdge { edge: EDGE, from, to: id(50), sort_key: 1 }
    }

    fn remove(from: NodeId) -> Change {
        Change::RemoveEdge { edge: EDGE, from, to: id(50) }
    }

    #[test]
    fn a_newer_write_takes_the_pending_intent_into_its_own() {
        let first = decide(&place(), &update(id(2)), &item(1, id(1)), None).expect("the update is valid");
        let pending = first.outcome.intent;
        let expected = Intent { source: id(50), version: 2, changes: vec![remove(id(1)), put(id(2))] };
        assert_eq!(pending, Some(expected));

        let second = decide(&place(), &update(id(1)), &item(2, id(2)), pending).expect("the update is valid");
        let expected = Intent { source: id(50), version: 3, changes: vec![put(id(1)), remove(id(2))] };
        assert_eq!(second.outcome.intent, Some(expected));
    }

    #[test]
    fn rows_of_the_shard_that_writes_go_into_no_intent() {
        let decision = decide(&place(), &update(id(51)), &item(1, id(1)), None).expect("the update is valid");
        assert_eq!(decision.local, [put(id(51))]);
        let intent = decision.outcome.intent.expect("the old parent lies elsewhere");
        assert_eq!(intent.changes, [remove(id(1))]);
    }

    #[test]
    fn a_write_that_changes_no_row_elsewhere_keeps_what_is_pending() {
        let pending = Intent { source: id(50), version: 1, changes: vec![put(id(1))] };
        let decision = decide(&place(), &update(id(1)), &item(1, id(1)), Some(pending)).expect("the update is valid");
        let intent = decision.outcome.intent.expect("the first is still to be applied");
        assert_eq!((intent.version, intent.changes), (2, vec![put(id(1))]));
    }

    #[test]
    fn giving_up_a_claim_takes_the_mark_of_its_unconfirmed_attempt_along() {
        let nonce = Some(Nonce::from_bytes([1; 16]));
        let (index, value, holder) = (crate::id::IndexId(1), crate::index_key::IndexKey::from_bytes(b"\x06x"), id(50));
        let claimed = Change::PutClaim { index, value: value.clone(), holder, nonce };
        let given_up = Change::RemoveClaim { index, value: value.clone(), holder, nonce: None };
        assert_eq!(given_up.after(&claimed), Change::RemoveClaim { index, value, holder, nonce });
    }
}
