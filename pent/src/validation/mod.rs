//! What has to hold of the values of a document, before anything runs (GraphQL, September 2025, chapter 5).
//!
//! The shape of the document has been looked at before: its fields and fragments are there, arguments are known and
//! required ones given, and no fragment spreads itself.

mod position;
mod subscription;
mod usage;
mod walk;

use std::collections::{HashMap, HashSet};

use self::usage::Usages;
use crate::coerce;
use crate::operation::{Document, Literal, Location, Operation, OperationKind, VariableDef};
use crate::types::{Named, Types};

/// How many mistakes are told: the rest would drown them, and a short document can make millions.
const MAX_MISTAKES: usize = 100;

/// What is wrong, in words for the author of a document.
#[derive(Debug)]
pub(crate) struct Mistake {
    pub(crate) message: String,
    pub(crate) locations: Vec<Location>,
}

impl Mistake {
    fn at(location: Location, message: String) -> Self {
        Self { message, locations: vec![location] }
    }
}

/// All mistakes in the values of a document, in its variables, and in the roots of its subscriptions.
pub(crate) fn validate(types: &Types, document: &Document) -> Vec<Mistake> {
    let mut usages = Usages::of(types, document);
    let mut mistakes = std::mem::take(&mut usages.mistakes);
    for operation in &document.operations {
        if mistakes.len() >= MAX_MISTAKES {
            break;
        }
        variables(types, operation, &usages, &mut mistakes);
        if operation.kind == OperationKind::Subscription {
            subscription::check_root(document, operation, &mut mistakes);
        }
    }
    mistakes.truncate(MAX_MISTAKES);
    mistakes
}

/// The variables of an operation: what is declared, what is used, and whether the two fit.
fn variables(types: &Types, operation: &Operation, usages: &Usages<'_>, mistakes: &mut Vec<Mistake>) {
    let mut declared = HashMap::new();
    for variable in &operation.variables {
        if declared.insert(variable.name.as_str(), variable).is_some() {
            let message = format!("There can be only one variable named \"${}\".", variable.name);
            mistakes.push(Mistake::at(variable.location, message));
        }
        mistakes.extend(declaration(types, variable));
    }
    let reached = usages.reached_by(operation);
    for usage in &reached {
        if mistakes.len() >= MAX_MISTAKES {
            return;
        }
        match declared.get(usage.name) {
            None => {
                let message = format!("Variable \"${}\" is not defined.", usage.name);
                mistakes.push(Mistake { message, locations: vec![usage.location, operation.location] });
            }
            Some(variable) => mistakes.extend(position::mistake(variable, usage)),
        }
    }
    let used = reached.iter().map(|usage| usage.name).collect::<HashSet<_>>();
    for variable in &operation.variables {
        if !used.contains(variable.name.as_str()) {
            let message = format!("Variable \"${}\" is never used.", variable.name);
            mistakes.push(Mistake::at(variable.location, message));
        }
    }
}

fn declaration(types: &Types, variable: &VariableDef) -> Option<Mistake> {
    let refused =
        |refusal| Some(Mistake::at(variable.location, format!("Variable \"${}\": {refusal}.", variable.name)));
    let name = variable.ty.name();
    match types.get(name) {
        None => return refused(format!("there is no type \"{name}\"")),
        Some(Named::Object(_) | Named::Abstract(_)) => return refused(format!("\"{name}\" is not an input type")),
        Some(_) => {}
    }
    match &variable.default {
        Some(default) if default.has_variables() => refused("a default holds no variables".to_owned()),
        Some(default) => match coerce::check_default(types, &variable.ty, default) {
            Ok(()) => None,
            Err(refusal) => {
                let message = format!("The default of variable \"${}\": {refusal}.", variable.name);
                Some(Mistake::at(variable.location, message))
            }
        },
        None => None,
    }
}

/// Whether a default says something other than null.
fn is_value(default: Option<&Literal>) -> bool {
    default.is_some_and(|default| *default != Literal::Null)
}
