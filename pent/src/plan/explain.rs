//! What a plan does: its steps, what each runs over, and the round in which each is answered.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::{Field, Plan, Selection, Selections, Step, Write};
use crate::cx::UNIQUE_CANDIDATES;
use crate::explanation::{ExplainedField, ExplainedRead, ExplainedRound, ExplainedStep, Explanation, Keys, RunsOver};
use crate::operation::OperationKind;
use crate::types::Types;

/// The objects of a selection: when they are known, and how many there may be.
#[derive(Debug, Clone, Copy)]
struct Known {
    /// The number of the round after which their ids are there.
    ids: u64,
    /// The number of the round after which their nodes are there.
    nodes: u64,
    /// Whether something may be read that follows from the ids alone.
    from_ids: bool,
    /// Whether there is one at most.
    is_one: bool,
    /// Whether they are stored, so that they have nodes at all.
    is_entity: bool,
}

impl Known {
    fn keys(self) -> Keys {
        if self.is_one { Keys::AtMost(1) } else { Keys::Batch }
    }
}

impl Plan {
    /// What it does, when every list has an entry.
    pub(crate) fn explain(&self, types: &Types) -> Explanation {
        let mut explaining = Explaining { plan: self, types, rounds: Vec::new() };
        let mut start = 0;
        let mut fields = Vec::with_capacity(self.root.fields.len());
        for field in &self.root.fields {
            let known = Known { ids: start, nodes: start, from_ids: true, is_one: true, is_entity: false };
            fields.push(explaining.field(field, known));
            if self.kind == OperationKind::Mutation {
                start = explaining.rounds.len() as u64;
            }
        }
        let operation = match self.kind {
            OperationKind::Query => "query",
            OperationKind::Mutation => "mutation",
            OperationKind::Subscription => "subscription",
        };
        let rounds = explaining.rounds.into_iter().map(|round| ExplainedRound { reads: round.reads });
        Explanation { operation, fields, rounds: rounds.collect() }
    }
}

/// A plan being explained.
struct Explaining<'a> {
    plan: &'a Plan,
    types: &'a Types,
    rounds: Vec<Round>,
}

/// The reads of a round.
#[derive(Default)]
struct Round {
    reads: Vec<ExplainedRead>,
    /// Which of them it is, by what it reads and with which arguments: compared one with the other, a thousand of them
    /// took seconds.
    places: HashMap<(String, Option<String>), usize>,
}

impl<'a> Explaining<'a> {
    fn selection(&mut self, selection: &'a Selection, known: Known) -> Vec<ExplainedField> {
        // Where a viewer may not see some, nothing that follows from them is read before it is known whom.
        let node_type = selection.object.def.node_type.as_ref();
        let known = Known { is_entity: node_type.is_some(), ..known };
        let has_rules = node_type.is_some_and(|def| def.privacy.is_some());
        let known = if has_rules { Known { ids: known.nodes, from_ids: false, ..known } } else { known };
        selection.fields.iter().map(|field| self.field(field, known)).collect()
    }

    fn field(&mut self, field: &'a Field, parents: Known) -> ExplainedField {
        let (step, known) = self.step(field, parents);
        let fields = match field.selection.as_deref() {
            None => Vec::new(),
            Some(Selections::Of(selection)) => self.selection(selection, known),
            Some(Selections::Among { kinds, .. }) => {
                // Which type an object is of, its node says.
                let known = Known { ids: known.nodes, from_ids: false, ..known };
                kinds.iter().map(|kind| self.kind(kind, known)).collect()
            }
        };
        let when = field.when.map(|condition| self.plan.conditions[condition].to_string());
        ExplainedField { key: field.key.to_string(), step, when, fields }
    }

    /// What is selected of the objects of one type, where there may be others beside them.
    fn kind(&mut self, kind: &'a Selection, known: Known) -> ExplainedField {
        let fields = self.selection(kind, known);
        ExplainedField { key: format!("... on {}", kind.object.name), step: None, when: None, fields }
    }

    /// A step, and when its own objects are known.
    fn step(&mut self, field: &'a Field, parents: Known) -> (Option<ExplainedStep>, Known) {
        let target = field.ty.name();
        let inside = Known { is_one: parents.is_one && !field.ty.is_list(), ..parents };
        let next = parents.ids + 1;
        match field.step {
            Step::TypeName | Step::Id | Step::Stored { .. } | Step::Plain { .. } => (None, inside),
            Step::Read => {
                let known = Known { nodes: parents.ids + 1, from_ids: true, ..inside };
                self.nodes(known.nodes, Keys::AtMost(1));
                (Some(reading(format!("{target} by id"), RunsOver::Nothing, known.nodes, known.nodes)), known)
            }
            Step::Browse => {
                let known = Known { ids: next, nodes: next, from_ids: true, is_one: false, ..parents };
                self.read(next, Some(field), format!("browse {target}"), Keys::EveryShard);
                (Some(reading(format!("all {target}"), RunsOver::Nothing, next, next)), known)
            }
            Step::Find { index, .. } => {
                let known = Known { ids: next, nodes: next + 1, from_ids: true, ..inside };
                let name = self.types.index(index).name;
                self.read(known.ids, Some(field), format!("find by index {name}"), Keys::AtMost(1));
                let candidates = Keys::AtMost(u64::from(UNIQUE_CANDIDATES));
                self.nodes(known.nodes, if known.is_one { candidates } else { Keys::Batch });
                let what = format!("{target} by index {name}");
                (Some(reading(what, RunsOver::Nothing, known.ids, known.nodes)), known)
            }
            Step::Edge { edge } => {
                let known = Known { ids: next, nodes: next + 1, from_ids: true, is_one: false, ..parents };
                let name = self.types.edge(edge).name;
                self.read(known.ids, Some(field), format!("edges {name}"), parents.keys());
                self.nodes(known.nodes, known.keys());
                let runs_over = if parents.from_ids { RunsOver::Ids } else { RunsOver::Nodes };
                (Some(reading(format!("edge {name}"), runs_over, known.ids, known.nodes)), known)
            }
            Step::Reference { key } => {
                let nodes = parents.nodes + 1;
                let known = Known { ids: parents.nodes, nodes, from_ids: true, ..parents };
                self.nodes(nodes, known.keys());
                (Some(reading(format!("{target} by stored {key}"), RunsOver::Nodes, nodes, nodes)), known)
            }
            Step::Write { write, entity } => {
                let verb = match write {
                    Write::Create => "create",
                    Write::Update => "update",
                    Write::Delete => "delete",
                };
                (Some(unread(format!("{verb} {}", entity.name), RunsOver::Nothing)), parents)
            }
            Step::Unary(_) => {
                let known = Known { nodes: parents.ids, from_ids: true, ..inside };
                (Some(unread("custom, its loads join the rounds".to_owned(), RunsOver::Nothing)), known)
            }
            Step::Event => (Some(unread("what the event brings".to_owned(), RunsOver::Nothing)), inside),
            Step::Introspect { .. } => (Some(unread("the schema itself".to_owned(), RunsOver::Nothing)), parents),
            Step::Custom(_) => {
                let runs_over = if parents.is_entity { RunsOver::Nodes } else { RunsOver::Nothing };
                let known = Known { ids: parents.nodes, from_ids: true, ..inside };
                (Some(unread("custom, its loads join the rounds".to_owned(), runs_over)), known)
            }
        }
    }

    /// Nodes of all types are one kind of read.
    fn nodes(&mut self, round: u64, keys: Keys) {
        self.read(round, None, "nodes".to_owned(), keys);
    }

    fn read(&mut self, round: u64, field: Option<&'a Field>, what: String, keys: Keys) {
        let round = usize::try_from(round).expect("a plan has few rounds");
        if self.rounds.len() < round {
            self.rounds.resize_with(round, Round::default);
        }
        let Round { reads, places } = &mut self.rounds[round - 1];
        let arguments = field.map(|field| format!("{:?}", field.arguments));
        match places.entry((what, arguments)) {
            Entry::Occupied(place) => {
                let read = &mut reads[*place.get()];
                read.keys = both(read.keys, keys);
            }
            Entry::Vacant(place) => {
                reads.push(ExplainedRead { what: place.key().0.clone(), keys });
                place.insert(reads.len() - 1);
            }
        }
    }
}

fn both(one: Keys, other: Keys) -> Keys {
    match (one, other) {
        (Keys::EveryShard, _) | (_, Keys::EveryShard) => Keys::EveryShard,
        (Keys::AtMost(one), Keys::AtMost(other)) => Keys::AtMost(one + other),
        _ => Keys::Batch,
    }
}

fn reading(what: String, runs_over: RunsOver, ids: u64, nodes: u64) -> ExplainedStep {
    ExplainedStep { what, runs_over, ids_in_round: Some(ids), nodes_in_round: Some(nodes) }
}

fn unread(what: String, runs_over: RunsOver) -> ExplainedStep {
    ExplainedStep { what, runs_over, ids_in_round: None, nodes_in_round: None }
}
