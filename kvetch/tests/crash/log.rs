//! What a process said before it was killed: which writes it issued, and which were acknowledged.

use std::collections::BTreeMap;

use kvetch::{NodeId, Props, Value, Write};

use crate::plan::Kind;
use crate::workload::{Op, op};

/// What is known of a write that was issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// It was acknowledged, with the version of its node.
    Acknowledged(u64),
    /// It was refused, so that nothing of it may be there.
    Refused,
    /// Nothing: it may be there or not.
    Nothing,
}

/// One write to one node.
#[derive(Debug, Clone)]
pub(crate) struct Issued {
    /// The node. Nothing for an upsert that nothing is known of.
    pub(crate) id: Option<NodeId>,
    pub(crate) write: Asked,
    pub(crate) known: Known,
    /// The step it belongs to: those of an atomic batch are there together or not at all.
    pub(crate) batch: Option<(u64, u64)>,
}

#[derive(Debug, Clone)]
pub(crate) enum Asked {
    Write(Write),
    /// An upsert of these props.
    Upsert(Props),
}

impl Issued {
    /// What it sets, if it writes props.
    pub(crate) fn sets(&self) -> Option<&Props> {
        match &self.write {
            Asked::Write(Write::Create(create)) => Some(&create.props),
            Asked::Write(Write::Update(update)) => Some(&update.set),
            Asked::Upsert(props) => Some(props),
            Asked::Write(_) => None,
        }
    }

    /// What it makes of a prop; `None` where it leaves it alone.
    pub(crate) fn makes(&self, key: &str) -> Option<Value> {
        let said = self.sets()?.get(key).cloned();
        let whole = match self.write {
            Asked::Write(Write::Create(_)) => true,
            Asked::Upsert(_) => self.known == Known::Acknowledged(1),
            Asked::Write(_) => false,
        };
        if whole { Some(said.unwrap_or(Value::Null)) } else { said }
    }

    pub(crate) fn is_delete(&self) -> bool {
        matches!(self.write, Asked::Write(Write::Delete(_)))
    }

    pub(crate) fn may_be_there(&self) -> bool {
        self.known != Known::Refused
    }

    pub(crate) fn version(&self) -> Option<u64> {
        if let Known::Acknowledged(version) = self.known { Some(version) } else { None }
    }
}

/// A step of a task that was begun, and what its writes were answered, if they were.
pub(crate) type Steps = BTreeMap<(u64, u64), Option<Vec<String>>>;

/// The steps, by the lines of the process.
pub(crate) fn steps(lines: &[String]) -> Result<Steps, String> {
    let mut steps = Steps::new();
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |at: usize| -> Result<u64, String> {
            words.get(at).and_then(|word| word.parse().ok()).ok_or_else(|| format!("no number in {line:?}"))
        };
        let outcomes = || words[3..].iter().map(|word| (*word).to_owned()).collect();
        match words[0] {
            "b" => drop(steps.insert((number(1)?, number(2)?), None)),
            "a" => drop(steps.insert((number(1)?, number(2)?), Some(outcomes()))),
            _ => {}
        }
    }
    Ok(steps)
}

/// Everything that was issued.
pub(crate) fn issued(steps: &Steps, seed: u64, kind: Kind) -> Result<Vec<Issued>, String> {
    let mut issued = Vec::new();
    for ((task, step), outcomes) in steps {
        let (asked, is_batch) = asked(op(seed, kind, *task, *step));
        for (position, asked) in asked.into_iter().enumerate() {
            let outcome = match outcomes {
                Some(outcomes) => Some(outcomes.get(position).ok_or("a write has no outcome")?.as_str()),
                None => None,
            };
            let (known, id) = known(outcome)?;
            let id = id.or(target(&asked));
            issued.push(Issued { id, write: asked, known, batch: is_batch.then_some((*task, *step)) });
        }
    }
    Ok(issued)
}

fn asked(op: Op) -> (Vec<Asked>, bool) {
    let is_batch = matches!(op, Op::Together(..));
    let asked = match op {
        Op::One(write) => vec![Asked::Write(write)],
        Op::Creates(creates) => creates.into_iter().map(|create| Asked::Write(Write::Create(create))).collect(),
        Op::Edges(edges) => edges.into_iter().map(|edge| Asked::Write(Write::PutEdge(edge))).collect(),
        Op::Together(writes, _) => writes.into_iter().map(Asked::Write).collect(),
        Op::Upsert(upsert) => vec![Asked::Upsert(upsert.set)],
    };
    (asked, is_batch)
}

fn target(asked: &Asked) -> Option<NodeId> {
    match asked {
        Asked::Write(Write::Create(create)) => create.id,
        Asked::Write(Write::Update(update)) => Some(update.id),
        Asked::Write(Write::Delete(delete)) => Some(delete.id),
        Asked::Write(Write::PutEdge(edge)) => Some(edge.from),
        Asked::Write(Write::DeleteEdge(edge)) => Some(edge.from),
        Asked::Upsert(_) => None,
    }
}

fn known(outcome: Option<&str>) -> Result<(Known, Option<NodeId>), String> {
    let Some(outcome) = outcome else { return Ok((Known::Nothing, None)) };
    if let Some((version, id)) = outcome.split_once(':') {
        let version = version.parse().map_err(|_| format!("no version in {outcome:?}"))?;
        let id = id.parse().map_err(|_| format!("no id in {outcome:?}"))?;
        return Ok((Known::Acknowledged(version), Some(id)));
    }
    // Only these leave open whether the write was done.
    let open = matches!(outcome, "unavailable" | "engine");
    Ok((if open { Known::Nothing } else { Known::Refused }, None))
}
