//! Defaults of input fields that need each other: coercion would never end.
//!
//! `input A { b: [A!] = [{}] }` gives a `b` to whoever leaves it out, with an `A` in it that leaves it out. The rule is
//! GraphQL's, InputObjectDefaultValueHasCycle.

use std::collections::BTreeMap;

use super::Report;
use super::catalog::Catalog;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::{InputValue, Literal, Value};

/// How many defaults may stand within each other: coercion goes into each by a call.
const DEPTH_MAX: usize = 100;

pub(super) fn check(catalog: &Catalog<'_>, report: &mut Report) {
    let mut walk = Walk { catalog, known: BTreeMap::new(), path: Vec::new() };
    for (definition, fields) in catalog.inputs() {
        for field in fields {
            walk.enter(Place { owner: &definition.name.value, field }, report);
        }
    }
}

/// An input field with a default.
#[derive(Clone, Copy)]
struct Place<'a> {
    owner: &'a str,
    field: &'a InputValue,
}

struct Walk<'c, 'a> {
    catalog: &'c Catalog<'a>,
    /// How many defaults the default of a field has within it, itself included; by owner and field.
    known: BTreeMap<(&'a str, &'a str), usize>,
    /// The fields whose defaults are being looked into.
    path: Vec<Place<'a>>,
}

impl<'a> Walk<'_, 'a> {
    /// How deep the default of a field goes; what is wrong with it is reported once.
    fn enter(&mut self, place: Place<'a>, report: &mut Report) -> usize {
        let Some(default) = &place.field.default else { return 0 };
        let key = (place.owner, place.field.name.value.as_str());
        if let Some(depth) = self.known.get(&key) {
            return *depth;
        }
        if let Some(at) = self.path.iter().position(|step| (step.owner, step.field.name.value.as_str()) == key) {
            report.push(cycle(&self.path[at..]));
            return 0;
        }
        if self.path.len() >= DEPTH_MAX {
            report.push(too_deep(place));
            return 0;
        }
        self.path.push(place);
        let mut left_out = Vec::new();
        self.left_out(place.field.ty.value.base(), default, &mut left_out);
        let deepest = left_out.into_iter().map(|within| self.enter(within, report)).max().unwrap_or(0);
        self.path.pop();
        let depth = deepest + 1;
        if depth > DEPTH_MAX {
            report.push(too_deep(place));
        }
        // What is reported once is not told again of all that needs it.
        let depth = if depth > DEPTH_MAX { 0 } else { depth };
        self.known.insert(key, depth);
        depth
    }

    /// The fields that a literal leaves to their defaults.
    fn left_out(&self, input: &'a str, literal: &'a Literal, found: &mut Vec<Place<'a>>) {
        match &literal.value {
            Value::List(items) => items.iter().for_each(|item| self.left_out(input, item, found)),
            Value::Object(given) => {
                for field in self.catalog.input(input).unwrap_or_default() {
                    match given.iter().find(|(name, _)| *name == field.name.value) {
                        Some((_, value)) => self.left_out(field.ty.value.base(), value, found),
                        None => found.push(Place { owner: input, field }),
                    }
                }
            }
            _ => {}
        }
    }
}

fn cycle(path: &[Place<'_>]) -> Diagnostic {
    let first = path[0];
    let span = first.field.default.as_ref().map_or(first.field.name.span, |default| default.span);
    let way: Vec<String> = path.iter().map(|step| format!("`{}.{}`", step.owner, step.field.name.value)).collect();
    let message = format!("the default of {} needs itself", way.join(", which needs that of "));
    Diagnostic::error(Code::InvalidSchema, span, message)
        .help("give the field in the default, or leave the default out")
}

fn too_deep(place: Place<'_>) -> Diagnostic {
    let name = format!("{}.{}", place.owner, place.field.name.value);
    let message = format!("the default of `{name}` lies in, or needs, more than {DEPTH_MAX} others");
    let help = "leave the default out, or give the fields within it";
    Diagnostic::error(Code::InvalidSchema, place.field.name.span, message).help(help)
}
