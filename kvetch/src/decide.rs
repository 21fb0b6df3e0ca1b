//! What a write does to its shard, decided without touching it.
//!
//! Every engine reads the same things under its lock, asks here and carries out the answer: so
//! the rules of writing are the same on all of them.

mod mend;

use std::collections::{BTreeMap, BTreeSet};

use crate::body::Body;
use crate::change::{Change, Row, Unfinished};
use crate::derive::{check, derive};
use crate::error::{Error, Result, within};
use crate::id::{EdgeType, NodeId, NodeType};
use crate::limits::{DELETION_STEP_ROWS, EDGE_PROPS_BYTES_MAX, INTENT_CHANGES_MAX, INTENT_PROPS_BYTES_MAX};
use crate::node::Node;
use crate::read::Edge;
use crate::schema::{Building, OnDelete, Schema, Side};
use crate::shard::{Claim, Intent, NodeWrite, Outcome, Place, WriteOp};
use crate::value::Props;

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

/// Edges of the node that a write has to know, all on the node's shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// The first edges of this type from the node, by sort key.
    First {
        /// The edge.
        edge: EdgeType,
        /// How many, at most.
        first: u32,
    },
    /// The edge of this type from the node to another, if it is there.
    To {
        /// The edge.
        edge: EdgeType,
        /// The other node.
        to: NodeId,
    },
    /// The same with its props. The others are answered without: an edge whose props do not decode can still
    /// be removed or put again.
    Whole {
        /// The edge.
        edge: EdgeType,
        /// The other node.
        to: NodeId,
    },
}

/// What an engine has to read for [`decide`] beside the row and its intent: for most writes nothing.
pub fn looks(schema: &Schema, write: &NodeWrite) -> Vec<Look> {
    let of_stored_edges = || sides(schema, write).into_iter().map(|side| beyond_a_step(side.edge));
    match &write.op {
        WriteOp::Create { .. } | WriteOp::Update { .. } | WriteOp::Rederive { .. } => Vec::new(),
        WriteOp::PutEdge { edge, to, .. } | WriteOp::DeleteEdge { edge, to } => vec![Look::To { edge: *edge, to: *to }],
        WriteOp::Mend { rows, .. } => mend::looks(schema, rows),
        WriteOp::Sweep { .. } => of_stored_edges().collect(),
        WriteOp::Delete { .. } => {
            let bound = schema.edges_from(write.node_type).filter(|def| def.on_delete != OnDelete::Keep);
            // Two, because a node that stores its own id does not stand in its own way.
            bound.map(|def| Look::First { edge: def.id, first: 2 }).chain(of_stored_edges()).collect()
        }
    }
}

/// The stored edges, from the end of the node, that a deletion removes.
fn sides(schema: &Schema, write: &NodeWrite) -> Vec<Side> {
    match write.op {
        // Whoever goes on with a deletion knows the id and not the type.
        WriteOp::Sweep { .. } => schema.stored_sides().collect(),
        _ => schema.stored_at(write.node_type).collect(),
    }
}

/// One more row than a step takes tells whether there are more.
fn beyond_a_step(edge: EdgeType) -> Look {
    Look::First { edge, first: DELETION_STEP_ROWS + 1 }
}

/// The node that a write puts an edge to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherEnd {
    /// The write puts none, or the node lies on another shard: somebody else has looked.
    Elsewhere,
    /// It lies on this shard, has this type, and stays until the write is done.
    Here(NodeType),
    /// It should lie on this shard and does not.
    Lost,
}

/// The node that a write puts an edge to, where that node lies on the shard of the write: the engine has to look at it.
pub fn other_end(place: &Place, write: &NodeWrite) -> Option<NodeId> {
    match write.op {
        WriteOp::PutEdge { to, .. } => Some(to).filter(|to| place.map.shard_of(to.virtual_shard()) == place.here),
        _ => None,
    }
}

/// What stands on the shard before a write.
#[derive(Debug, Clone, PartialEq)]
pub struct Before {
    /// The row of the node's id.
    pub row: Stored,
    /// The [`other_end`].
    pub end: OtherEnd,
    /// The node's pending intent.
    pub pending: Option<Intent>,
    /// What each of the [`looks`] saw.
    pub edges: Vec<Vec<Edge>>,
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

/// Decides a write, given what stands there before it.
pub fn decide(place: &Place, write: &NodeWrite, before: Before) -> Result<Decision> {
    let Before { row, end, pending, edges } = before;
    check_end(place, &write.op, end)?;
    let decided = match &write.op {
        WriteOp::Create { .. } | WriteOp::Update { .. } => change_props(place, write, &row)?,
        WriteOp::Delete { .. } => delete(place, write, &row, &edges)?,
        WriteOp::PutEdge { .. } | WriteOp::DeleteEdge { .. } => change_edge(place, write, &row, &edges)?,
        WriteOp::Sweep { .. } => sweep(place, write, &row, &edges)?,
        WriteOp::Rederive { what, .. } => rederive(place, write, &row, *what)?,
        WriteOp::Mend { .. } => mend::mend(place, write, &row, &edges)?,
    };
    let Decided { row, node, version, mut changes, unfinished } = decided;
    let claims = with_claims(place, write, &mut changes)?;
    let (local, remote) = changes.iter().cloned().partition::<Vec<_>, _>(|change| place.is_here(change));
    let intent = cumulative(&write.op, write.id, version, pending, remote, &local, unfinished)?;
    Ok(Decision { row, local, claims, outcome: Outcome { node, changes, intent } })
}

/// An edge leads to a node of the type that the schema says.
fn check_end(place: &Place, op: &WriteOp, end: OtherEnd) -> Result<()> {
    let WriteOp::PutEdge { edge, to, .. } = op else { return Ok(()) };
    let expected = place.schema.stored_target(*edge).expect("the edge was checked when it was written down");
    match end {
        OtherEnd::Lost => Err(Error::NotFound { node: *to }),
        OtherEnd::Here(found) if found != expected => {
            let (expected, found) = (place.schema.type_name(expected), place.schema.type_name(found));
            Err(Error::WrongType { node: *to, expected, found })
        }
        OtherEnd::Here(_) | OtherEnd::Elsewhere => Ok(()),
    }
}

/// What a write comes to, wherever the rows lie.
struct Decided {
    row: Stored,
    node: Node,
    version: u64,
    changes: Vec<Change>,
    unfinished: Vec<Unfinished>,
}

fn change_props(place: &Place, write: &NodeWrite, row: &Stored) -> Result<Decided> {
    let old = existing(place, write, row)?;
    let node = successor(write, old)?;
    check(&place.schema, &node)?;
    let changes = derive(&place.schema, old, Some(&node))?;
    Ok(Decided { row: Stored::Node(node.clone()), version: node.version, node, changes, unfinished: Vec::new() })
}

/// The node becomes a tombstone. As many of its stored edges as a step takes go with it; what more
/// there is, and the nodes that are to follow, stay noted in the intent.
fn delete(place: &Place, write: &NodeWrite, row: &Stored, edges: &[Vec<Edge>]) -> Result<Decided> {
    let old = existing(place, write, row)?.expect("only a create has no node before it");
    let bound = place.schema.edges_from(write.node_type).filter(|def| def.on_delete != OnDelete::Keep);
    let mut unfinished = Vec::new();
    let mut seen = edges.iter();
    for (def, edges) in bound.zip(&mut seen) {
        let Some(Edge { to, .. }) = edges.iter().find(|edge| edge.to != old.id) else { continue };
        if def.on_delete == OnDelete::Restrict {
            return Err(Error::Restricted { node: old.id, edge: def.name.as_str().into(), by: *to });
        }
        unfinished.push(Unfinished::Cascade(def.id));
    }
    let mut changes = derive(&place.schema, Some(old), None)?;
    unfinished.extend(remove_stored_edges(place, write, seen.as_slice(), &mut changes));
    let version = old.version + 1;
    let row = Stored::Tombstone { node_type: old.node_type, version };
    Ok(Decided { row, node: old.clone(), version, changes, unfinished })
}

fn sweep(place: &Place, write: &NodeWrite, row: &Stored, edges: &[Vec<Edge>]) -> Result<Decided> {
    let Stored::Tombstone { node_type, version } = *row else {
        return Err(Error::NotFound { node: write.id });
    };
    let mut changes = Vec::new();
    let unfinished = remove_stored_edges(place, write, edges, &mut changes).into_iter().collect();
    let version = version + 1;
    let node = buried(write, node_type, version)?;
    Ok(Decided { row: Stored::Tombstone { node_type, version }, node, version, changes, unfinished })
}

/// What stands for a deleted node in an outcome.
fn buried(write: &NodeWrite, node_type: NodeType, version: u64) -> Result<Node> {
    let body = Body::from_props(&Props::new())?;
    Ok(Node { id: write.id, node_type, version, created: write.now, updated: write.now, body })
}

/// All rows of one edge or index that follow from a node. Only where some of them lie elsewhere does the version rise,
/// which orders their deliveries.
fn rederive(place: &Place, write: &NodeWrite, row: &Stored, what: Building) -> Result<Decided> {
    let (old, node_type, version) = match row {
        Stored::Nothing => return Err(Error::NotFound { node: write.id }),
        Stored::Node(node) => (Some(node), node.node_type, node.version),
        Stored::Tombstone { node_type, version } => (None, *node_type, *version),
    };
    let mut changes = derive(&place.schema, None, old)?;
    changes.retain(|change| match (change.row(), what) {
        (Row::Edge(edge, ..), Building::Edge(id)) => edge == id,
        (Row::Entry(index, ..) | Row::Claim(index, ..), Building::Index(id)) => index == id,
        _ => false,
    });
    changes.sort_by_key(Change::row);
    let version = version + u64::from(changes.iter().any(|change| !place.is_here(change)));
    let (row, node) = match old {
        Some(old) => {
            let node = Node { version, ..old.clone() };
            (Stored::Node(node.clone()), node)
        }
        None => (Stored::Tombstone { node_type, version }, buried(write, node_type, version)?),
    };
    Ok(Decided { row, node, version, changes, unfinished: Vec::new() })
}

/// Removes both halves of as many stored edges as one step takes, and says whether there are more.
fn remove_stored_edges(
    place: &Place,
    write: &NodeWrite,
    edges: &[Vec<Edge>],
    changes: &mut Vec<Change>,
) -> Option<Unfinished> {
    let sides = sides(&place.schema, write).into_iter().zip(edges);
    let mut ends = sides.flat_map(|(side, edges)| edges.iter().map(move |edge| (side, edge.to)));
    for (side, other) in ends.by_ref().take(DELETION_STEP_ROWS as usize) {
        changes.push(Change::RemoveEdge { edge: side.edge, from: write.id, to: other });
        changes.push(Change::RemoveEdge { edge: side.back, from: other, to: write.id });
    }
    let more = ends.next().is_some();
    changes.sort_by_key(Change::row);
    changes.dedup_by_key(|change| change.row());
    more.then_some(Unfinished::StoredEdges)
}

/// Puts or removes both halves of a stored edge. That counts as a write of the node it leads from,
/// because its version is what orders the deliveries; its props stay, and so does the time it
/// was last written.
fn change_edge(place: &Place, write: &NodeWrite, row: &Stored, edges: &[Vec<Edge>]) -> Result<Decided> {
    let old = existing(place, write, row)?.expect("only a create has no node before it");
    let there = edges.first().and_then(|edges| edges.first());
    let from = old.id;
    let mut changes = match (&write.op, there) {
        (WriteOp::PutEdge { edge, to, sort_key, props }, _) => {
            let inverse = place.schema.stored_edge(*edge)?.inverse;
            let props = Body::from_props(props)?;
            within("the props of a stored edge in bytes", props.as_cbor().len(), EDGE_PROPS_BYTES_MAX)?;
            let sort_key = sort_key.or(there.map(|edge| edge.sort_key)).unwrap_or(write.now.0);
            vec![
                Change::PutStoredEdge { edge: *edge, from, to: *to, sort_key, props: props.clone() },
                Change::PutStoredEdge { edge: inverse, from: *to, to: from, sort_key, props },
            ]
        }
        (WriteOp::DeleteEdge { edge, to }, Some(_)) => {
            let inverse = place.schema.stored_edge(*edge)?.inverse;
            vec![
                Change::RemoveEdge { edge: *edge, from, to: *to },
                Change::RemoveEdge { edge: inverse, from: *to, to: from },
            ]
        }
        (WriteOp::DeleteEdge { edge, to }, None) => return Err(place.edge_not_found(*edge, from, *to)),
        _ => unreachable!("only writes to edges come here"),
    };
    changes.sort_by_key(Change::row);
    let node = Node { version: old.version + 1, ..old.clone() };
    Ok(Decided { row: Stored::Node(node.clone()), version: node.version, node, changes, unfinished: Vec::new() })
}

/// The node that an update or delete is about; nothing for a create. All that can refuse the
/// write before its props are looked at.
pub(crate) fn existing<'a>(place: &Place, write: &NodeWrite, stored: &'a Stored) -> Result<Option<&'a Node>> {
    let node = write.id;
    let expected_version = match (&write.op, stored) {
        (WriteOp::Create { .. }, Stored::Nothing) => return Ok(None),
        (WriteOp::Create { .. }, Stored::Node(_)) => return Err(Error::Exists { node }),
        (WriteOp::Create { .. }, Stored::Tombstone { .. }) => return Err(Error::Gone { node }),
        (WriteOp::Update { expected_version, .. } | WriteOp::Delete { expected_version }, _) => *expected_version,
        (
            WriteOp::PutEdge { .. }
            | WriteOp::DeleteEdge { .. }
            | WriteOp::Sweep { .. }
            | WriteOp::Rederive { .. }
            | WriteOp::Mend { .. },
            _,
        ) => None,
    };
    let Stored::Node(old) = stored else {
        return Err(Error::NotFound { node });
    };
    if old.node_type != write.node_type {
        let (expected, found) = (place.schema.type_name(write.node_type), place.schema.type_name(old.node_type));
        return Err(Error::WrongType { node, expected, found });
    }
    if let WriteOp::Update { found_by: Some((index, value)), .. } = &write.op
        && !place.schema.index_holds(*index, &value.to_value()?, old)
    {
        return Err(Error::NotFound { node });
    }
    match expected_version {
        Some(expected) if expected != old.version => Err(Error::Conflict { node, expected, found: old.version }),
        _ => Ok(Some(old)),
    }
}

/// The node after a create or an update.
fn successor(write: &NodeWrite, old: Option<&Node>) -> Result<Node> {
    let (id, node_type) = (write.id, write.node_type);
    match (&write.op, old) {
        (WriteOp::Create { props, created, restored }, _) => {
            let body = Body::from_props(props)?;
            let (version, updated) = restored.unwrap_or((1, *created));
            Ok(Node { id, node_type, version, created: *created, updated, body })
        }
        (WriteOp::Update { set, .. }, Some(old)) => {
            let mut props = old.body.to_props().map_err(|error| error.of_node(id))?;
            props.merge(set);
            let body = Body::from_props(&props)?;
            // A clock that was set back must not make a node look unchanged.
            let updated = write.now.max(old.updated);
            Ok(Node { version: old.version + 1, updated, body, ..old.clone() })
        }
        _ => unreachable!("only creates, and updates of nodes, come here"),
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
            // A value that the node has already needs no attempt: putting the claim gives way to another holder.
            None if matches!(write.op, WriteOp::Mend { .. }) => {}
            // The shard map changed between the claim and the write: the caller begins again.
            None => return Err(place.claim_pending(*index, write.id)),
        }
    }
    Ok(used)
}

/// The pending intent and the newest changes as one. The newest change to a row wins, and a row that
/// this write changes here itself (its bucket came to this shard) leaves the intent.
fn cumulative(
    op: &WriteOp,
    source: NodeId,
    version: u64,
    pending: Option<Intent>,
    remote: Vec<Change>,
    local: &[Change],
    unfinished: Vec<Unfinished>,
) -> Result<Option<Intent>> {
    let (mut waiting, noted, pending) = match pending {
        Some(Intent { version, changes, unfinished, .. }) => (changes, unfinished, Some(version)),
        None => Default::default(),
    };
    // What a sweep follows on is applied everywhere: carried along, it would grow until no step fits any more.
    if let WriteOp::Sweep { applied } = op
        && pending == Some(*applied)
    {
        waiting.clear();
    }
    let (is_pending, adds) = (!waiting.is_empty(), !remote.is_empty());
    let mut changes: BTreeMap<Row, Change> = waiting.into_iter().map(|change| (change.row(), change)).collect();
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
    // A single write is bounded by the schema or by its step; only what piles up can be too much.
    let props = changes.values().map(Change::props_bytes).sum::<usize>();
    if is_pending && adds && (changes.len() > INTENT_CHANGES_MAX || props > INTENT_PROPS_BYTES_MAX) {
        return Err(Error::Backlogged { node: source, changes: changes.len() });
    }
    let changes: Vec<Change> = changes.into_values().collect();
    // A sweep says itself whether there is more to sweep; any other write leaves the note as it is.
    let is_sweep = matches!(op, WriteOp::Sweep { .. });
    let noted = noted.into_iter().filter(|noted| !is_sweep || *noted != Unfinished::StoredEdges);
    let unfinished: Vec<Unfinished> = noted.chain(unfinished).collect::<BTreeSet<_>>().into_iter().collect();
    let says_something = !changes.is_empty() || !unfinished.is_empty();
    Ok(says_something.then_some(Intent { source, version, changes, unfinished }))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::id::{EdgeType, Nonce, Timestamp, VirtualShard};
    use crate::schema::{DerivedEdge, NodeTypeDef, Schema};
    use crate::shard_map::{ShardIdx, ShardMap};
    use crate::value::Value;

    use super::*;

    const ITEM: NodeType = NodeType(1);
    const EDGE: EdgeType = EdgeType(1);

    /// Ids below 10 lie on shard 0, the others on shard 1; the writes happen on shard 1.
    fn id(number: u16) -> NodeId {
        let bucket = VirtualShard::new(if number < 10 { 0 } else { 4000 }).expect("it is below 4096");
        NodeId::from_parts(1, bucket, u64::from(number))
    }

    fn place() -> Place {
        let edge = DerivedEdge::new(EDGE, "items", ITEM, ITEM, "parent");
        let schema = Schema::builder().node_type(NodeTypeDef { id: ITEM, name: "Item".into() }).edge(edge).build();
        let map = ShardMap::even(2).expect("two shards are a store");
        Place { schema: schema.expect("the schema is valid"), map: Arc::new(map), here: ShardIdx(1) }
    }

    fn update(parent: impl Into<Value>) -> NodeWrite {
        let op =
            WriteOp::Update { set: Props::from([("parent", parent.into())]), expected_version: None, found_by: None };
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

    fn decided(write: &NodeWrite, row: Stored, pending: Option<Intent>) -> Decision {
        decide(&place(), write, Before { row, end: OtherEnd::Elsewhere, pending, edges: Vec::new() })
            .expect("the write is valid")
    }

    fn intent(version: u64, changes: Vec<Change>) -> Intent {
        Intent { source: id(50), version, changes, unfinished: Vec::new() }
    }

    #[test]
    fn a_newer_write_takes_the_pending_intent_into_its_own() {
        let first = decided(&update(id(2)), item(1, id(1)), None);
        let pending = first.outcome.intent;
        let expected = intent(2, vec![remove(id(1)), put(id(2))]);
        assert_eq!(pending, Some(expected));

        let second = decided(&update(id(1)), item(2, id(2)), pending);
        let expected = intent(3, vec![put(id(1)), remove(id(2))]);
        assert_eq!(second.outcome.intent, Some(expected));
    }

    #[test]
    fn rows_of_the_shard_that_writes_go_into_no_intent() {
        let decision = decided(&update(id(51)), item(1, id(1)), None);
        assert_eq!(decision.local, [put(id(51))]);
        let intent = decision.outcome.intent.expect("the old parent lies elsewhere");
        assert_eq!(intent.changes, [remove(id(1))]);
    }

    #[test]
    fn a_write_that_changes_no_row_elsewhere_keeps_what_is_pending() {
        let pending = intent(1, vec![put(id(1))]);
        let decision = decided(&update(id(1)), item(1, id(1)), Some(pending));
        let intent = decision.outcome.intent.expect("the first is still to be applied");
        assert_eq!((intent.version, intent.changes), (2, vec![put(id(1))]));
    }

    #[test]
    fn an_intent_that_grows_too_long_takes_no_more() {
        let waiting =
            (0..INTENT_CHANGES_MAX as u64).map(|number| put(NodeId::from_bytes(u128::from(number).to_be_bytes())));
        let pending = Some(intent(1, waiting.collect()));
        let before = Before { row: item(1, id(1)), end: OtherEnd::Elsewhere, pending, edges: Vec::new() };
        let refused = decide(&place(), &update(id(2)), before).expect_err("the intent is full");
        assert_eq!(refused, Error::Backlogged { node: id(50), changes: INTENT_CHANGES_MAX + 2 });
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
