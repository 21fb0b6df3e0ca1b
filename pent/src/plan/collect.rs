//! Which fields a selection set asks for, with fragments spread and equal response keys together.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::Condition;
use super::refused::{Refused, over_limit, too_many_conditions};
use crate::operation::{self, FieldNode, Location, Operation, Selection};
use crate::types::{Object, Types};

/// How many selections may be looked at: fragments that spread each other doubly name exponentially many.
const MAX_VISITS: usize = 100_000;

/// The nodes of one response key, each with the condition it was selected under.
pub(super) struct Collected<'a> {
    pub(super) key: &'a str,
    pub(super) nodes: Vec<(&'a FieldNode, Condition)>,
    /// Of each node, how many had been met before it.
    pub(super) met: Vec<usize>,
}

/// What the nodes of one selection set say together (GraphQL 6.3.2, CollectFields).
#[derive(Default)]
struct Collection<'a> {
    fields: Vec<Collected<'a>>,
    /// Keys come from clients, so that the hasher is seeded at random.
    positions: HashMap<&'a str, usize, RandomState>,
    /// How many nodes have been met.
    met: usize,
    /// Fragments spread so far, with their conditions: a second spread adds nothing.
    spread: Vec<(&'a str, Condition)>,
}

/// Collects the fields of all selection sets of one operation.
pub(super) struct Collector<'a> {
    types: &'a Types,
    operation: &'a Operation,
    /// How many selections have been looked at.
    visits: usize,
}

impl<'a> Collector<'a> {
    pub(super) fn new(types: &'a Types, operation: &'a Operation) -> Self {
        Self { types, operation, visits: 0 }
    }

    /// What some selection sets, each under a condition, ask of an object together.
    pub(super) fn collect(
        &mut self,
        object: Object,
        groups: &[(&'a [Selection], Condition)],
    ) -> Result<Vec<Collected<'a>>, Refused> {
        let mut collection = Collection::default();
        for (selections, condition) in groups {
            self.add(object, selections, condition, &mut collection)?;
        }
        Ok(collection.fields)
    }

    fn add(
        &mut self,
        object: Object,
        selections: &'a [Selection],
        condition: &Condition,
        collection: &mut Collection<'a>,
    ) -> Result<(), Refused> {
        for selection in selections {
            self.visits += 1;
            if self.visits > MAX_VISITS {
                return Err(over_limit("selections, with fragments spread", MAX_VISITS, selection.location()));
            }
            match selection {
                Selection::Field(node) => {
                    let condition = narrowed(condition, &node.conditions, node.location)?;
                    if !condition.is_never() {
                        collection.add(node, condition);
                    }
                }
                Selection::Spread { fragment, conditions, location } => {
                    let fragment_def = &self.operation.fragments[fragment];
                    let condition = narrowed(condition, conditions, *location)?;
                    let once = (fragment.as_str(), condition.clone());
                    let applies = self.types.is_of(object, &fragment_def.on);
                    if applies && !condition.is_never() && !collection.spread.contains(&once) {
                        collection.spread.push(once);
                        self.add(object, &fragment_def.selections, &condition, collection)?;
                    }
                }
                Selection::Inline { on, conditions, selections, location } => {
                    let condition = narrowed(condition, conditions, *location)?;
                    let applies = on.as_deref().is_none_or(|on| self.types.is_of(object, on));
                    if applies && !condition.is_never() {
                        self.add(object, selections, &condition, collection)?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl<'a> Collection<'a> {
    fn add(&mut self, node: &'a FieldNode, condition: Condition) {
        let position = *self.positions.entry(&node.key).or_insert_with(|| {
            self.fields.push(Collected { key: &node.key, nodes: Vec::new(), met: Vec::new() });
            self.fields.len() - 1
        });
        self.fields[position].nodes.push((node, condition));
        self.fields[position].met.push(self.met);
        self.met += 1;
    }
}

fn narrowed(
    condition: &Condition,
    directives: &[operation::Condition],
    location: Location,
) -> Result<Condition, Refused> {
    condition.and(directives).ok_or_else(|| too_many_conditions(location))
}
