//! A plan: an operation turned into steps over batches.
//!
//! A plan depends on the schema and the document alone, never on the values of variables: `@skip` and
//! `@include` are conditions that are read when it runs. So one plan serves every request of a document.

mod condition;
mod refused;
mod collect;
mod build;
mod explain;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use kvetch::Keys;

pub(crate) use self::build::plan;
pub(crate) use self::condition::Condition;
use crate::coerce::Variables;
use crate::custom::{CustomFn, UnaryFn};
use crate::error::Error;
use crate::input::Input;
use crate::limits::Limits;
use crate::operation::{FieldNode, Fragment, Literal, Location, OperationKind};
use crate::table::{InputDef, Type};
use crate::types::{Named, Object};

/// A planned operation.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) kind: OperationKind,
    pub(crate) root: Selection,
    /// The conditions that fields refer to by position.
    pub(crate) conditions: Vec<Condition>,
    /// The variables that conditions read, here and inside introspections.
    pub(crate) condition_variables: BTreeSet<String>,
    /// What juniper is to answer: fields that ask for the schema itself.
    pub(crate) introspections: Vec<Introspection>,
    /// How many fields there are, at all levels.
    pub(crate) size: usize,
}

/// A root field that asks for the schema itself.
#[derive(Debug)]
pub(crate) struct Introspection {
    /// The response key.
    pub(crate) key: Arc<str>,
    /// Each way in which it was selected, with its condition.
    pub(crate) nodes: Vec<(FieldNode, Condition)>,
    /// The fragments of the document.
    pub(crate) fragments: Arc<HashMap<String, Fragment>>,
}

/// What is selected of the objects of a field.
#[derive(Debug)]
pub(crate) enum Selections {
    /// Of objects that are all of one type.
    Of(Selection),
    /// Of the objects that an interface or union may be: for each of them its own.
    Among { name: &'static str, kinds: Vec<Selection> },
}

/// The fields to answer for each object of a batch, all of one type.
#[derive(Debug)]
pub(crate) struct Selection {
    pub(crate) object: Object,
    pub(crate) fields: Vec<Field>,
    /// The stored names that leaf fields read: one pass over a body finds all of them.
    pub(crate) stored_keys: Keys<'static>,
    /// Whether all of it is written from the objects themselves, however deep: plain ones of which nothing is to be run.
    /// Then they have no columns.
    pub(crate) is_written_from_objects: bool,
    /// Where conditions say which of several places a field is first met in: what its place follows from.
    pub(crate) order: Option<Box<Order>>,
    /// How many fields there are, here and below, counting what is shared once for each of its places.
    pub(crate) unfolded: usize,
    /// How many entities are read below one object if every page is as full as the document or the schema says that it
    /// may be. What variables say counts as one.
    pub(crate) rows: u64,
}

/// Of each field the ways in which it is selected, in the order of the document: the condition, by its position in
/// [`Plan::conditions`], and how many others come before.
#[derive(Debug)]
pub(crate) struct Order(pub(super) Vec<Vec<(Option<usize>, usize)>>);

/// One response key of a selection: a step, and what is selected of its result.
#[derive(Debug)]
pub(crate) struct Field {
    /// The response key.
    pub(crate) key: Arc<str>,
    /// The key as it is written into an object: quoted, with its colon.
    pub(crate) label: Vec<u8>,
    pub(crate) name: &'static str,
    pub(crate) ty: Type,
    /// The named type at the bottom of `ty`: looked up here, so that no value looks it up again.
    pub(crate) named: Named,
    pub(crate) location: Location,
    /// All its places with their conditions, where those say which is the first that counts; else none.
    pub(crate) places: Vec<(Location, Option<usize>)>,
    /// The condition it is subject to, by position in [`Plan::conditions`].
    pub(crate) when: Option<usize>,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) step: Step,
    /// For objects: what is selected of them. Below an interface, fields of several types share it.
    pub(crate) selection: Option<Arc<Selections>>,
}

/// An argument: its type's definition, and where its value comes from.
#[derive(Debug)]
pub(crate) struct Argument {
    pub(crate) def: &'static InputDef,
    pub(crate) value: ArgumentValue,
}

/// Where the value of an argument comes from.
#[derive(Debug)]
pub(crate) enum ArgumentValue {
    /// The document or the schema says it.
    Constant(Input),
    /// It is absent and has no default.
    Absent,
    /// It mentions variables: coerced once per request.
    Variable(Literal),
}

/// How the values of a field come about, one per parent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    /// The name of the type.
    TypeName,
    /// The id of the entity.
    Id,
    /// A stored value, by position in [`Selection::stored_keys`].
    Stored { slot: usize },
    /// A field of a plain object, by position.
    Plain { index: usize },
    /// The entity whose id is stored.
    Reference { key: &'static str },
    /// The entities that store the parent's id.
    Edge { edge: u32 },
    /// The entity whose id is given.
    Read,
    /// All entities of a type.
    Browse,
    /// The entities with an indexed value.
    Find { index: u32, argument: &'static str },
    /// A write; its result is a payload.
    Write { write: Write, entity: Object },
    /// A function of the user.
    Custom(CustomFn),
    /// A function of the user that runs once for all parents.
    Unary(UnaryFn),
    /// What the event brings that is answered.
    Event,
    /// The schema itself, by position in [`Plan::introspections`].
    Introspect { position: usize },
}

/// What a write does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Write {
    Create,
    Update,
    Delete,
}

impl Selection {
    /// The fields in the order of this request, by position: that in which they are first met. `None` where it is that
    /// of the fields, whatever the conditions.
    pub(crate) fn ordered(&self, conditions: &[bool]) -> Option<Vec<usize>> {
        let Order(ways) = self.order.as_deref()?;
        let holds = |(when, _): &&(Option<usize>, usize)| when.is_none_or(|condition| conditions[condition]);
        let place = |position: &usize| ways[*position].iter().find(holds).map_or(usize::MAX, |(_, place)| *place);
        let mut positions = (0..ways.len()).collect::<Vec<_>>();
        positions.sort_by_key(place);
        Some(positions)
    }
}

impl Selections {
    /// The selections, one for each type.
    pub(crate) fn kinds(&self) -> &[Selection] {
        match self {
            Self::Of(selection) => std::slice::from_ref(selection),
            Self::Among { kinds, .. } => kinds,
        }
    }

    /// Whether all of it is written from the objects themselves.
    pub(crate) fn is_written_from_objects(&self) -> bool {
        matches!(self, Self::Of(selection) if selection.is_written_from_objects)
    }

    /// The name of the type that was asked for.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Of(selection) => selection.object.name,
            Self::Among { name, .. } => name,
        }
    }
}

impl Field {
    /// Where it stands: the first of its places that counts in this request.
    pub(crate) fn location(&self, conditions: &[bool]) -> Location {
        let counts = |(_, when): &&(Location, Option<usize>)| when.is_none_or(|condition| conditions[condition]);
        self.places.iter().find(counts).map_or(self.location, |(location, _)| *location)
    }

    /// Whether its values are written from the parent itself, without a step that runs.
    pub(crate) fn is_written_from_parent(&self) -> bool {
        match self.step {
            Step::TypeName | Step::Id | Step::Stored { .. } => true,
            Step::Plain { .. } => self.selection.is_none(),
            _ => false,
        }
    }
}

impl Step {
    /// Whether its values follow from arguments alone: it runs once, and every parent has the same.
    pub(crate) fn is_unary(&self) -> bool {
        matches!(self, Self::Read | Self::Browse | Self::Find { .. } | Self::Unary(_))
    }

    /// Whether it needs the parents' ids at most, so that it can run while their nodes are being read.
    pub(crate) fn starts_from_ids(&self) -> bool {
        matches!(self, Self::Edge { .. }) || self.is_unary()
    }
}

/// The error of a plan that asks for more than a limit.
pub(crate) fn over_planned_rows(plan: &Plan, limits: Limits) -> Error {
    let (found, limit) = (plan.root.rows, limits.planned_rows);
    Error::Limit { what: "the number of entities asked for, if every page is full,", found, limit }
}

impl Plan {
    /// Reads the conditions for one request.
    ///
    /// # Errors
    /// The name of a variable that has no Boolean value: a nullable one may stand in `@skip(if:)` when it has a
    /// default, and be null all the same.
    pub(crate) fn conditions(&self, variables: &Variables) -> Result<Vec<bool>, &str> {
        let is_boolean = |name: &str| matches!(variables.get(name), Some(Input::Bool(_)));
        match self.condition_variables.iter().find(|name| !is_boolean(name)) {
            Some(name) => Err(name),
            None => Ok(self.conditions.iter().map(|condition| condition.holds(variables)).collect()),
        }
    }
}
