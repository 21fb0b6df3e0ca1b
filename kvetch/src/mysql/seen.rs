//! What writes have to know before they are decided.

use std::collections::{BTreeSet, HashMap};

use crate::decide::{Before, Look, OtherEnd, Stored, looks, other_end};
use crate::error::Result;
use crate::id::{NodeId, NodeType};
use crate::read::Edge;
use crate::shard::{Intent, NodeWrite, Outcome, Place, WriteOp};

use super::columns::Columns;
use super::failure::Attempt;
use super::halves::Halves;
use super::intents;
use super::nodes::{found, look_at, read_outcome, recorded, stored};
use super::pair::{Found, Pair};
use super::pool::{Said, Session};
use super::query::{Parameter, Query};

/// The rows of nodes with their pending intents, locked from now on in the order of their ids. Where nothing stands
/// there is nothing to lock. Without the hint a small table would be read as a whole, and locked.
const LOCKED: &str = "SELECT n.id, n.type, n.version, n.created, n.updated, n.body, i.source, i.version, i.changes \
     FROM kvetch_nodes n FORCE INDEX (PRIMARY) LEFT JOIN kvetch_intents i FORCE INDEX (PRIMARY) \
     ON i.source = n.id WHERE n.id IN ";

/// What one write has to know.
pub(super) struct Seen {
    pub(super) before: Before,
    /// The outcome of a write with its id that was done before.
    pub(super) recorded: Option<Outcome>,
}

/// What the writes have to know, asked for at once. What is found of it is locked from now on, but for edges that a
/// write does not name.
pub(super) async fn look(
    session: &mut Session,
    place: &Place,
    writes: &[NodeWrite],
) -> Attempt<(Vec<Result<Seen>>, Halves)> {
    let looks = writes.iter().map(|write| looks(&place.schema, write)).collect::<Vec<_>>();
    let mut questions = Vec::new();
    for (write, looks) in writes.iter().zip(&looks) {
        questions.extend(looks.iter().filter_map(|look| look_at(write.id, *look)));
        questions.extend(write.write_id.map(recorded));
    }
    let Locked { mut rows, types, halves, others } = lock(session, place, writes, questions).await?;
    let mut others = others.into_iter();
    let mut next = || others.next().expect("each question has an answer");
    let lost = |write: &&NodeWrite| !rows.contains_key(&write.id) && !matches!(write.op, WriteOp::Create { .. });
    let mut left = lost_intents(session, writes.iter().filter(lost).map(|write| write.id).collect()).await?;
    let seen = writes.iter().zip(looks).map(|(write, looks)| {
        let end = other_end(place, write);
        let end =
            end.map_or(OtherEnd::Elsewhere, |end| types.get(&end).map_or(OtherEnd::Lost, |at| OtherEnd::Here(*at)));
        let edges = looks.into_iter().map(|look| match look {
            Look::To { edge, to } => Ok(halves.edge(edge, write.id, to).into_iter().collect()),
            look => found(look, next().rows),
        });
        // All answers are taken, whatever the first says.
        let edges = edges.collect::<Vec<Result<Vec<Edge>>>>();
        let recorded = write.write_id.map(|_| next());
        let pending = left.remove(&write.id).unwrap_or(Ok(None));
        let row = rows.remove(&write.id).unwrap_or_else(|| pending.map(|pending| (Stored::Nothing, pending)));
        seen(row, end, edges, recorded)
    });
    Ok((seen.collect(), halves))
}

fn seen(row: NodeRow, end: OtherEnd, edges: Vec<Result<Vec<Edge>>>, recorded: Option<Said>) -> Result<Seen> {
    let (row, pending) = row?;
    let recorded = recorded.and_then(|said| said.rows.into_iter().next());
    let recorded = recorded.map(|row| read_outcome(&mut Columns::of(row))).transpose()?;
    let edges = edges.into_iter().collect::<Result<_>>()?;
    Ok(Seen { before: Before { row, end, pending, edges }, recorded })
}

/// What stands in a row of a node, and the node's intent.
type NodeRow = Result<(Stored, Option<Intent>)>;

/// What is locked from now on, and the answers to other questions.
struct Locked {
    rows: HashMap<NodeId, NodeRow>,
    /// The types of the nodes that are there.
    types: HashMap<NodeId, NodeType>,
    halves: Halves,
    others: Vec<Said>,
}

async fn lock(session: &mut Session, place: &Place, writes: &[NodeWrite], others: Vec<Query>) -> Attempt<Locked> {
    if let Some(pair) = Pair::of_only(place, writes) {
        let mut said = session.all(std::iter::once(pair.look()).chain(others.clone()).collect()).await?;
        if let Some(Found { row, end, halves }) = pair.found(said.remove(0).rows)? {
            let types = end.map(|node_type| (pair.end(), node_type)).into_iter().collect();
            return Ok(Locked { rows: HashMap::from([(writes[0].id, row)]), types, halves, others: said });
        }
    }
    let ends = writes.iter().filter_map(|write| other_end(place, write));
    let mut halves = Halves::of(place, writes);
    let nodes = locked(&writes.iter().map(|write| write.id).chain(ends).collect());
    let firsts = std::iter::once(nodes).chain(halves.look()).collect::<Vec<_>>();
    let first = firsts.len();
    let mut said = session.all(firsts.into_iter().chain(others).collect()).await?;
    let others = said.split_off(first);
    let mut said = said.into_iter();
    let (rows, types) = rows_by_id(said.next().expect("each question has an answer"))?;
    said.next().map_or(Ok(()), |said| halves.note(said.rows))?;
    Ok(Locked { rows, types, halves, others })
}

fn locked(ids: &BTreeSet<NodeId>) -> Query {
    let marks = vec!["?"; ids.len()].join(",");
    Query { sql: format!("{LOCKED}({marks}) FOR UPDATE").into(), parameters: ids.iter().map(NodeId::value).collect() }
}

/// The rows, and the types of those that are no tombstones.
fn rows_by_id(said: Said) -> Result<(HashMap<NodeId, NodeRow>, HashMap<NodeId, NodeType>)> {
    let (mut rows, mut types) = (HashMap::new(), HashMap::new());
    for row in said.rows {
        let mut columns = Columns::of(row);
        let id = columns.id()?;
        types.extend(u32::try_from(columns.peek()?).ok().map(|node_type| (id, NodeType(node_type))));
        rows.insert(id, stored(id, columns));
    }
    Ok((rows, types))
}

/// A node that was lost may have left its intent behind.
async fn lost_intents(session: &mut Session, nodes: Vec<NodeId>) -> Attempt<HashMap<NodeId, Result<Option<Intent>>>> {
    let said = session.all(nodes.iter().map(|node| intents::locked(*node)).collect()).await?;
    Ok(nodes.into_iter().zip(said.into_iter().map(|said| intents::pending(said.rows))).collect())
}
