//! A plan in words: its steps, what each runs over, and the round in which each is answered.

use std::fmt::Write as _;

use super::{Field, Plan, Selection, Step, Write};
use crate::operation::OperationKind;
use crate::types::Types;

/// When the objects of a selection are known: the numbers of rounds after which their ids and nodes are there.
#[derive(Debug, Clone, Copy)]
struct Known {
    ids: u64,
    nodes: u64,
    /// Whether something may be read that follows from the ids alone.
    from_ids: bool,
}

impl Known {
    fn after(ids: u64, nodes: u64) -> Self {
        Self { ids, nodes, from_ids: true }
    }
}

impl Plan {
    /// How many rounds it takes when every list has an entry. Custom code may load more, and rounds that a
    /// request has made before may have answered some of it.
    pub(crate) fn predicted_rounds(&self, types: &Types) -> u64 {
        Explained::of(self, types).rounds
    }

    /// The plan as text, one line per step.
    pub(crate) fn explain(&self, types: &Types) -> String {
        let explained = Explained::of(self, types);
        let kind = match self.kind {
            OperationKind::Query => "query",
            OperationKind::Mutation => "mutation, one root field after the other",
        };
        let rounds = explained.rounds;
        format!("{kind}: {rounds} {}{}", if rounds == 1 { "round" } else { "rounds" }, explained.text)
    }
}

/// A plan being put into words.
struct Explained<'a> {
    plan: &'a Plan,
    types: &'a Types,
    text: String,
    rounds: u64,
}

impl<'a> Explained<'a> {
    fn of(plan: &'a Plan, types: &'a Types) -> Self {
        let mut explained = Self { plan, types, text: String::new(), rounds: 0 };
        let mut start = 0;
        for field in &plan.root.fields {
            explained.field(field, Known::after(start, start), 1);
            if plan.kind == OperationKind::Mutation {
                start = explained.rounds;
            }
        }
        explained
    }

    fn selection(&mut self, selection: &Selection, known: Known, depth: usize) {
        // Where a viewer may not see some, nothing that follows from them is read before it is known whom.
        let has_rules = selection.object.def.node_type.as_ref().is_some_and(|def| def.privacy.is_some());
        let known = if has_rules { Known { ids: known.nodes, from_ids: false, ..known } } else { known };
        selection.fields.iter().for_each(|field| self.field(field, known, depth));
    }

    fn field(&mut self, field: &Field, parents: Known, depth: usize) {
        let (what, known) = self.step(field, parents);
        self.rounds = self.rounds.max(known.ids).max(known.nodes);
        let indent = "  ".repeat(depth);
        let _ = write!(self.text, "\n{indent}{}", field.key);
        if !what.is_empty() {
            let _ = write!(self.text, ": {what}");
        }
        if let Some(condition) = field.when {
            let _ = write!(self.text, ", when {}", self.plan.conditions[condition]);
        }
        if let Some(selection) = &field.selection {
            self.selection(selection, known, depth + 1);
        }
    }

    /// What a step does, and when its own objects are known.
    fn step(&self, field: &Field, parents: Known) -> (String, Known) {
        let target = field.ty.name();
        match field.step {
            Step::TypeName | Step::Id | Step::Stored { .. } | Step::Plain { .. } => (String::new(), parents),
            Step::Read => {
                let known = Known::after(parents.ids, parents.nodes + 1);
                (format!("{target} by id; unary; nodes in round {}", known.nodes), known)
            }
            Step::Browse => {
                let known = Known::after(parents.ids + 1, parents.ids + 1);
                (format!("all {target}; unary; nodes in round {}", known.nodes), known)
            }
            Step::Find { index, .. } => {
                let known = Known::after(parents.ids + 1, parents.ids + 2);
                let name = self.types.index(index).name;
                (
                    format!("{target} by index {name}; unary; ids in round {}, nodes in {}", known.ids, known.nodes),
                    known,
                )
            }
            Step::Edge { edge } => {
                let known = Known::after(parents.ids + 1, parents.ids + 2);
                let name = self.types.edge(edge).name;
                let from = if parents.from_ids { "ids" } else { "nodes" };
                (
                    format!("edge {name}; batch, from {from}; ids in round {}, nodes in {}", known.ids, known.nodes),
                    known,
                )
            }
            Step::Reference { key } => {
                let known = Known::after(parents.nodes, parents.nodes + 1);
                (format!("{target} by stored {key}; batch, from nodes; nodes in round {}", known.nodes), known)
            }
            Step::Write { write, entity } => {
                let verb = match write {
                    Write::Create => "create",
                    Write::Update => "update",
                    Write::Delete => "delete",
                };
                (format!("{verb} {}; unary", entity.name), parents)
            }
            Step::Introspect { .. } => ("the schema itself".to_owned(), parents),
            Step::Custom(_) => {
                let known = Known::after(parents.nodes, parents.nodes);
                ("custom; its loads join the rounds".to_owned(), known)
            }
        }
    }
}
