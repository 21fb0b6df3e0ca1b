//! What was promised to whoever wrote: everything that was acknowledged is there, and of the rest nothing is there
//! by half.

use std::collections::{BTreeMap, BTreeSet};

use kvetch::conformance::fixture::*;
use kvetch::{Body, EdgeType, NodeId, Props, Value, Write};

use crate::log::{Asked, Issued, Known};
use crate::oracle::Oracle;
use crate::tables::NodeRow;
use crate::workload::MARK;

const KEYS: [&str; 9] = ["username", "ownerId", "rank", "color", "title", "listId", "noteId", "userId", MARK];

/// Whether versions are those of the writes alone. A repair raises some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Versions {
    OfWrites,
    RaisedByRepair,
}

/// Checks all writes against what is there.
pub(crate) fn check(issued: &[Issued], oracle: &Oracle<'_>, versions: Versions) -> Result<(), String> {
    let mut by_node: BTreeMap<NodeId, Vec<&Issued>> = BTreeMap::new();
    for write in issued {
        if let Some(id) = write.id {
            by_node.entry(id).or_default().push(write);
        }
    }
    let anybody: Vec<&Issued> = issued.iter().filter(|write| write.id.is_none() && write.may_be_there()).collect();
    for (id, writes) in &by_node {
        let node = Judged { id: *id, writes, anybody: &anybody, all: issued, versions };
        node.check(oracle.node(*id)).map_err(|what| format!("node {id}: {what}; it was asked: {writes:#?}"))?;
    }
    nothing_from_nowhere(&by_node, &anybody, oracle)?;
    names_are_unique(oracle)?;
    batches_are_whole(issued, oracle)?;
    stored_edges(issued, oracle)
}

/// One node, and what was asked of it.
struct Judged<'a> {
    id: NodeId,
    writes: &'a [&'a Issued],
    /// Upserts that may have gone to any node.
    anybody: &'a [&'a Issued],
    all: &'a [Issued],
    versions: Versions,
}

impl Judged<'_> {
    fn check(&self, row: Option<&NodeRow>) -> Result<(), String> {
        let acknowledged: Vec<(u64, &Issued)> =
            self.writes.iter().filter_map(|write| Some((write.version()?, *write))).collect();
        let distinct: BTreeSet<u64> =
            acknowledged.iter().filter(|(_, write)| !write.is_delete()).map(|(version, _)| *version).collect();
        if distinct.len() != acknowledged.iter().filter(|(_, write)| !write.is_delete()).count() {
            return Err("two writes were acknowledged with the same version".into());
        }
        let newest = acknowledged.iter().map(|(version, write)| version + u64::from(write.is_delete())).max();
        let Some(row) = row else {
            return if newest.is_some() { Err("it is not there".into()) } else { Ok(()) };
        };
        if row.version < newest.unwrap_or(0) {
            return Err(format!("it is at version {}, and {newest:?} was acknowledged", row.version));
        }
        match &row.props {
            None if !may_be_deleted(self.id, self.all, &mut BTreeSet::new()) => Err("nobody deleted it".into()),
            None => Ok(()),
            Some(_) if acknowledged.iter().any(|(_, write)| write.is_delete()) => {
                Err("its deletion was acknowledged".into())
            }
            Some(props) => self.check_props(row, props, newest),
        }
    }

    fn check_props(&self, row: &NodeRow, props: &Props, newest: Option<u64>) -> Result<(), String> {
        let unknown = || {
            let own = self.writes.iter().copied().filter(|write| write.known == Known::Nothing);
            own.chain(self.anybody.iter().copied().filter(|_| row.node_type == USER))
        };
        if self.versions == Versions::OfWrites && unknown().next().is_none() && newest != Some(row.version) {
            return Err(format!("it is at version {}, and only {newest:?} was asked for", row.version));
        }
        for key in KEYS {
            let there = props.get(key).cloned().unwrap_or(Value::Null);
            let made = self.writes.iter().filter_map(|write| Some((write.version()?, write.makes(key)?)));
            let last = made.max_by_key(|(version, _)| *version).map_or(Value::Null, |(_, value)| value);
            let perhaps = unknown().filter_map(|write| write.makes(key)).any(|value| value == there);
            if last != there && !perhaps {
                return Err(format!("{key} is {there:?}, and the last that was acknowledged is {last:?}"));
            }
        }
        self.check_last_writer(props)
    }

    /// Whoever left its mark left everything else that it set.
    fn check_last_writer(&self, props: &Props) -> Result<(), String> {
        let mark = props.get(MARK);
        let left = |write: &&&Issued| write.may_be_there() && write.sets().and_then(|set| set.get(MARK)) == mark;
        let Some(last) = self.writes.iter().chain(self.anybody).find(left) else {
            return Err(format!("nobody wrote the mark {mark:?}"));
        };
        for (key, value) in last.sets().into_iter().flat_map(Props::iter) {
            if props.get(key).unwrap_or(&Value::Null) != value {
                return Err(format!("of the write {mark:?} only half is there: {key} is {:?}", props.get(key)));
            }
        }
        Ok(())
    }
}

/// Whether a deletion of the node was asked for, or of one that it may belong to.
fn may_be_deleted(id: NodeId, all: &[Issued], seen: &mut BTreeSet<NodeId>) -> bool {
    if !seen.insert(id) {
        return false;
    }
    let of_node = || all.iter().filter(|write| write.id == Some(id) && write.may_be_there());
    if of_node().any(Issued::is_delete) {
        return true;
    }
    let parents = of_node().flat_map(|write| ["listId", "noteId"].map(|key| write.makes(key)));
    let parents = parents.filter_map(|parent| if let Some(Value::Id(parent)) = parent { Some(parent) } else { None });
    parents.collect::<Vec<_>>().into_iter().any(|parent| may_be_deleted(parent, all, seen))
}

fn nothing_from_nowhere(
    known: &BTreeMap<NodeId, Vec<&Issued>>,
    anybody: &[&Issued],
    oracle: &Oracle<'_>,
) -> Result<(), String> {
    for (id, _, props) in oracle.living().filter(|(id, ..)| !known.contains_key(id)) {
        let made = |write: &&&Issued| write.sets() == Some(props);
        if !anybody.iter().any(|write| made(&write)) {
            return Err(format!("nobody asked for node {id} with {props:?}"));
        }
    }
    Ok(())
}

fn names_are_unique(oracle: &Oracle<'_>) -> Result<(), String> {
    let mut holders = BTreeMap::new();
    for (id, node, props) in oracle.living() {
        if let (USER, Some(Value::Text(name))) = (node.node_type, props.get("username"))
            && let Some(other) = holders.insert(name.clone(), id)
        {
            return Err(format!("{other} and {id} both have the name {name}"));
        }
    }
    Ok(())
}

/// The two nodes that a batch makes are made together.
fn batches_are_whole(issued: &[Issued], oracle: &Oracle<'_>) -> Result<(), String> {
    let mut batches: BTreeMap<(u64, u64), BTreeSet<bool>> = BTreeMap::new();
    for write in issued {
        if let (Some(batch), Some(id), Asked::Write(Write::Create(_))) = (write.batch, write.id, &write.write) {
            batches.entry(batch).or_default().insert(oracle.node(id).is_some());
        }
    }
    match batches.into_iter().find(|(_, there)| there.len() > 1) {
        Some((batch, _)) => Err(format!("half of the batch {batch:?} is there")),
        None => Ok(()),
    }
}

/// Where nodes are deleted and nothing else happens, all that belongs to one goes with it once the deletion is finished.
pub(crate) fn nobody_stays_behind(oracle: &Oracle<'_>) -> Result<(), String> {
    for (id, _, props) in oracle.living().filter(|(_, node, _)| node.node_type == NOTE) {
        for parent in ["listId", "noteId"].into_iter().filter_map(|key| props.get(key)) {
            if let Value::Id(parent) = parent
                && oracle.node(*parent).is_some_and(|parent| parent.props.is_none())
            {
                return Err(format!("note {id} stayed, and {parent}, which it belongs to, was deleted"));
            }
        }
    }
    Ok(())
}

fn stored_edges(issued: &[Issued], oracle: &Oracle<'_>) -> Result<(), String> {
    let mut pairs: BTreeMap<(EdgeType, NodeId, NodeId), Vec<&Issued>> = BTreeMap::new();
    for write in issued {
        let pair = match &write.write {
            Asked::Write(Write::PutEdge(put)) => (put.edge, put.from, put.to),
            Asked::Write(Write::DeleteEdge(delete)) => (delete.edge, delete.from, delete.to),
            _ => continue,
        };
        pairs.entry(pair).or_default().push(write);
    }
    for ((edge, from, to), writes) in pairs {
        let there = oracle.forward_half(edge, from, to);
        let props = there.and_then(|row| row.props.as_ref());
        let there = props.map(|props| Body::from_stored(props).and_then(|body| body.to_props()));
        let there = there.transpose().map_err(|error| error.to_string())?;
        let made = |write: &Issued| match &write.write {
            Asked::Write(Write::PutEdge(put)) => Some(put.props.clone()),
            _ => None,
        };
        let last = writes.iter().filter_map(|write| Some((write.version()?, made(write)))).max_by_key(|last| last.0);
        let last = last.map(|(_, made)| made);
        let perhaps = writes.iter().any(|write| write.known == Known::Nothing && made(write) == there);
        // What goes with one of its ends goes without being asked.
        let gone = [from, to].iter().any(|end| may_be_deleted(*end, issued, &mut BTreeSet::new()));
        if last.clone().flatten() != there && !perhaps && !(gone && there.is_none()) {
            return Err(format!("edge {edge} from {from} to {to} has {there:?}, and not {last:?}: {writes:#?}"));
        }
    }
    Ok(())
}
