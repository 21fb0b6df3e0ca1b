//! Custom fields of random schemas.
//!
//! The table knows a custom field as a bare function, which cannot tell the fields of a table apart. So there is one
//! function for each slot, and the state of the scope says what the field of the slot does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use kvetch::{Node, NodeId, NodeType};
use pent::custom::{CustomFn, per_batch, per_item, per_request};
use pent::table::InputDef;
use pent::{Args, Call, Column, Cx, Entity, Error, Result};

use super::output::Output;
use crate::differential::canonical;

/// What the custom fields of one world do.
#[derive(Debug)]
pub(crate) struct Slots {
    pub(crate) slots: Vec<Slot>,
    /// How many mutations that count have run.
    calls: AtomicU64,
}

/// A custom field.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    pub(crate) parent: &'static str,
    pub(crate) name: &'static str,
    pub(crate) args: &'static [InputDef],
    pub(crate) over: Over,
    pub(crate) answer: Answer,
}

/// What a custom field runs over.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Over {
    Root,
    Items,
    Batch,
}

/// What a custom field answers.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// Its arguments as text, and the id of its parent.
    Echo,
    /// How many mutations have run, and its arguments.
    Count,
    /// One of these, by its arguments and its parent.
    Pick(Vec<Output>),
}

impl Slots {
    pub(crate) fn new(slots: Vec<Slot>) -> Self {
        assert!(slots.len() <= FUNCTIONS.len(), "{} custom fields", slots.len());
        Self { slots, calls: AtomicU64::new(0) }
    }

    async fn answer(&self, slot: usize, cx: &Cx, args: &Args, parent: Option<NodeId>) -> Result<Output> {
        let slot = &self.slots[slot];
        let args = canonical::arguments(slot.args, args);
        let parent = parent.map(|id| id.to_string()).unwrap_or_default();
        match &slot.answer {
            Answer::Echo => Ok(Output::Text(args + &parent)),
            Answer::Count => {
                let calls = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
                Ok(Output::Text(format!("{calls} {args}")))
            }
            Answer::Pick(choices) => {
                let picked = &choices[canonical::hash(&(args + &parent)) as usize % choices.len()];
                match picked {
                    Output::Fails => Err(Error::user("FAILS", "it fails")),
                    picked => picked.loaded(cx).await,
                }
            }
        }
    }
}

/// The function of a slot.
pub(crate) fn function(slot: usize) -> CustomFn {
    FUNCTIONS[slot]
}

fn run<const SLOT: usize>(call: Call<'_>) -> Column<'_> {
    let slots = call.cx.state::<Arc<Slots>>();
    match slots.slots[SLOT].over {
        Over::Root => per_request(call, move |cx, args| slots.answer(SLOT, cx, args, None)),
        Over::Items => per_item(call, move |cx, args, parent: Anything| async move {
            slots.answer(SLOT, cx, args, Some(parent.0.id)).await
        }),
        Over::Batch => per_batch(call, move |cx, args, parents: Vec<Anything>| async move {
            let mut answers = Vec::with_capacity(parents.len());
            for parent in parents {
                answers.push(slots.answer(SLOT, cx, args, Some(parent.0.id)).await);
            }
            answers
        }),
    }
}

/// An entity of any type: which one is for the table to say.
struct Anything(Arc<Node>);

impl Entity for Anything {
    const NODE_TYPE: NodeType = NodeType(0);
    const NAME: &'static str = "Anything";
    const REQUIRED: &'static [&'static str] = &[];

    fn from_node(node: Arc<Node>) -> Result<Self> {
        Ok(Self(node))
    }

    fn node(&self) -> &Arc<Node> {
        &self.0
    }
}

/// As many as a random schema has custom fields at most.
const FUNCTIONS: [CustomFn; 32] = [
    run::<0>, run::<1>, run::<2>, run::<3>, run::<4>, run::<5>, run::<6>, run::<7>, run::<8>, run::<9>, run::<10>,
    run::<11>, run::<12>, run::<13>, run::<14>, run::<15>, run::<16>, run::<17>, run::<18>, run::<19>, run::<20>,
    run::<21>, run::<22>, run::<23>, run::<24>, run::<25>, run::<26>, run::<27>, run::<28>, run::<29>, run::<30>,
    run::<31>,
];
