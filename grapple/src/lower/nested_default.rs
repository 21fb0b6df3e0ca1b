//! Defaults of input fields that need each other: coercion would never end, or make more of a request than anybody
//! wrote.
//!
//! `input A { b: [A!] = [{}] }` gives a `b` to whoever leaves it out, with an `A` in it that leaves it out. The rule is
//! GraphQL's, InputObjectDefaultValueHasCycle. Without a circle each field may still double what it needs: twenty
//! inputs, each with two fields of the one before, make a million values of `{}`.

use std::collections::BTreeMap;

use super::Report;
use super::catalog::Catalog;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::{InputValue, Literal, TypeDefinition, Value};

/// How many defaults may stand within each other: coercion goes into each by a call.
const DEPTH_MAX: usize = 100;

/// How many values the defaults of one input, or of an argument, may come to with all defaults within them: a client
/// gets them for two characters.
const VALUES_MAX: u64 = 10_000;

pub(super) fn check(catalog: &Catalog<'_>, report: &mut Report) {
    let mut walk = Walk { catalog, known: BTreeMap::new(), path: Vec::new() };
    let values: BTreeMap<&str, u64> = catalog
        .inputs()
        .map(|(definition, fields)| {
            let owner = definition.name.value.as_str();
            let values = fields.iter().map(|field| walk.enter(Place { owner, field }, report).values);
            (owner, values.fold(0, u64::saturating_add))
        })
        .collect();
    let is_over = |input: &str| values.get(input).is_some_and(|values| *values > VALUES_MAX);
    for (definition, fields) in catalog.inputs().filter(|(definition, _)| is_over(&definition.name.value)) {
        let owner = definition.name.value.as_str();
        let extents = || fields.iter().map(|field| (field, walk.known.get(&(owner, field.name.value.as_str()))));
        // What needs one that is too large is not told as well.
        let is_told = |extent: &Extent<'_>| extent.needs.iter().any(|needed| *needed != owner && is_over(needed));
        let largest = extents().rev().max_by_key(|(_, extent)| extent.map_or(0, |extent| extent.values));
        if let Some((largest, _)) = largest.filter(|_| !extents().any(|(_, extent)| extent.is_some_and(is_told))) {
            report.push(too_large(definition, largest));
        }
    }
    for argument in catalog.arguments() {
        let Some(default) = &argument.default else { continue };
        let extent = walk.extent(argument.ty.value.base(), default, report);
        if extent.values > VALUES_MAX && !extent.needs.iter().any(|needed| is_over(needed)) {
            let message = format!("the default of `{}` comes to more than {VALUES_MAX} values", argument.name.value);
            report.push(Diagnostic::error(Code::DefaultSize, default.span, message).help(FEWER));
        }
    }
}

/// The way out of what is too large.
const FEWER: &str = "give the fields within it that have large defaults, such as null, or leave it out";

/// An input field with a default.
#[derive(Clone, Copy)]
struct Place<'a> {
    owner: &'a str,
    field: &'a InputValue,
}

/// How large a default is, with all defaults within it.
#[derive(Clone, Default)]
struct Extent<'a> {
    /// How many defaults lie within each other, itself included.
    depth: usize,
    values: u64,
    /// The inputs that it leaves fields out of.
    needs: Vec<&'a str>,
}

struct Walk<'c, 'a> {
    catalog: &'c Catalog<'a>,
    /// By owner and field.
    known: BTreeMap<(&'a str, &'a str), Extent<'a>>,
    /// The fields whose defaults are being looked into.
    path: Vec<Place<'a>>,
}

impl<'a> Walk<'_, 'a> {
    /// How large the default of a field is; what is wrong with its depth is reported once.
    fn enter(&mut self, place: Place<'a>, report: &mut Report) -> Extent<'a> {
        let Some(default) = &place.field.default else { return Extent::default() };
        let key = (place.owner, place.field.name.value.as_str());
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        if let Some(at) = self.path.iter().position(|step| (step.owner, step.field.name.value.as_str()) == key) {
            report.push(cycle(&self.path[at..]));
            return Extent::default();
        }
        if self.path.len() >= DEPTH_MAX {
            report.push(too_deep(place));
            return Extent::default();
        }
        self.path.push(place);
        let mut extent = self.extent(place.field.ty.value.base(), default, report);
        self.path.pop();
        extent.depth += 1;
        if extent.depth > DEPTH_MAX {
            report.push(too_deep(place));
            // What is reported once is not told again of all that needs it.
            extent = Extent::default();
        }
        self.known.insert(key, extent.clone());
        extent
    }

    /// How large a literal of an input is, or of a list of it.
    fn extent(&mut self, input: &'a str, literal: &'a Literal, report: &mut Report) -> Extent<'a> {
        let mut left_out = Vec::new();
        let values = self.left_out(input, literal, &mut left_out);
        let mut extent = Extent { values, ..Extent::default() };
        for place in left_out {
            let within = self.enter(place, report);
            extent.depth = extent.depth.max(within.depth);
            extent.values = extent.values.saturating_add(within.values);
            extent.needs.push(place.owner);
        }
        extent.needs.sort_unstable();
        extent.needs.dedup();
        extent
    }

    /// The fields that a literal leaves to their defaults; the answer is how many values it has itself.
    fn left_out(&self, input: &'a str, literal: &'a Literal, found: &mut Vec<Place<'a>>) -> u64 {
        match &literal.value {
            Value::List(items) => 1 + items.iter().map(|item| self.left_out(input, item, found)).sum::<u64>(),
            Value::Object(given) => match self.catalog.input(input) {
                Some(fields) => {
                    let within =
                        fields.iter().map(|field| match given.iter().find(|(name, _)| *name == field.name.value) {
                            Some((_, value)) => self.left_out(field.ty.value.base(), value, found),
                            None if field.default.is_some() => {
                                found.push(Place { owner: input, field });
                                0
                            }
                            None => 0,
                        });
                    1 + within.sum::<u64>()
                }
                // Of a scalar: it is what is written.
                None => 1 + given.iter().map(|(_, value)| self.left_out(input, value, found)).sum::<u64>(),
            },
            _ => 1,
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
    Diagnostic::error(Code::DefaultSize, place.field.name.span, message).help(help)
}

fn too_large(input: &TypeDefinition, largest: &InputValue) -> Diagnostic {
    let name = &input.name.value;
    let message = format!("`{{}}` of `{name}` comes to more than {VALUES_MAX} values, with all defaults within it");
    let span = largest.default.as_ref().map_or(largest.name.span, |default| default.span);
    Diagnostic::error(Code::DefaultSize, span, message)
        .label("the largest of them")
        .related(input.name.span, "what has them")
        .help(FEWER)
}
