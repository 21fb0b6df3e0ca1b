//! Types that contain themselves. A field that leads back to its own type is held in a box, or the struct would have no
//! size; a type whose values could never end is refused.
//!
//! Walks keep their own stacks: a chain of types may be as long as the schema.

use std::collections::{BTreeMap, VecDeque};

use super::Report;
use super::catalog::{Catalog, Role};
use super::input::is_one_of;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::Kind;
use crate::model::Model;
use crate::source::{Span, Spanned};
use crate::type_ref::TypeRef;

/// What each type holds by value: a list is held behind a pointer.
pub(super) struct Contents<'a> {
    names: Vec<&'a str>,
    by_name: BTreeMap<&'a str, usize>,
    /// By the type that they start from.
    steps: Vec<Vec<Step<'a>>>,
    /// The number of the circle that a type is in: two types that contain each other have one number.
    circles: Vec<usize>,
}

/// One field on the way from a type back to itself, or one type of an interface or a union.
#[derive(Clone, Copy)]
struct Step<'a> {
    field: &'a str,
    target: usize,
    need: Need,
    is_member: bool,
    span: Span,
}

/// Whether a value needs another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    /// It may be without.
    None,
    /// Of these it needs one: of the types of an interface or a union, or of the fields of a `@oneOf` input.
    OneOf,
    All,
}

impl<'a> Contents<'a> {
    pub(super) fn of(catalog: &Catalog<'a>) -> Self {
        let types = &catalog.document.types;
        let names: Vec<&str> = types.iter().map(|ty| ty.name.value.as_str()).collect();
        let by_name: BTreeMap<&str, usize> = names.iter().copied().zip(0..).collect();
        let steps = names.iter().map(|name| steps(catalog, &by_name, name)).collect();
        let mut contents = Self { names, by_name, steps, circles: Vec::new() };
        contents.circles = contents.circles();
        contents
    }

    /// Puts what leads back to its own type into boxes. Which fields do is a matter of the types alone, not of their
    /// order.
    pub(super) fn box_fields(&self, model: &mut Model) {
        let inputs = model.inputs.iter_mut().flat_map(|ty| {
            let owner = ty.name.clone();
            ty.fields.iter_mut().map(move |field| (owner.clone(), &field.name, &mut field.rust_type))
        });
        let plains = model.plains.iter_mut().flat_map(|ty| {
            let owner = ty.name.clone();
            ty.fields.iter_mut().map(move |field| (owner.clone(), &field.name, &mut field.rust_type))
        });
        for (owner, field, rust_type) in inputs.chain(plains) {
            if self.leads_back(&owner, field) {
                *rust_type = rust_type.boxed();
            }
        }
    }

    fn leads_back(&self, owner: &str, field: &str) -> bool {
        let Some(&owner) = self.by_name.get(owner) else { return false };
        let step = self.steps[owner].iter().find(|step| step.field == field);
        step.is_some_and(|step| self.circles[step.target] == self.circles[owner])
    }

    /// Reports the types of which no value could ever end.
    pub(super) fn check(&self, catalog: &Catalog<'_>, report: &mut Report) {
        let ends = self.ends();
        let mut reported = vec![false; self.names.len()];
        for ty in 0..self.names.len() {
            if ends[ty] || reported[ty] {
                continue;
            }
            let Some(way) = self.way_back(ty, &ends) else { continue };
            way.iter().for_each(|(owner, _)| reported[*owner] = true);
            // The GraphQL compiler reports inputs that need themselves, but for those by way of a `@oneOf`.
            let is_reported = way.iter().all(|(_, step)| step.need == Need::All);
            if is_reported && catalog.role(self.names[ty]) == Role::Input {
                continue;
            }
            // An interface or a union has no field to be changed.
            let fields = || way.iter().filter(|(_, step)| !step.is_member);
            let Some((_, first)) = fields().next() else { continue };
            let told: Vec<String> =
                fields().map(|(owner, step)| format!("`{}.{}`", self.names[*owner], step.field)).collect();
            let message = format!("a `{}` would never end: it contains itself by {}", self.names[ty], told.join(", "));
            let target = self.names[first.target];
            let help = match fields().all(|(_, step)| step.need == Need::OneOf) {
                true => format!("give `{}` a field that is no `{target}`", self.names[ty]),
                false => format!("let one of them be null, or a list: `{}: {target}`", first.field),
            };
            report.push(Diagnostic::error(Code::Recursion, first.span, message).help(help));
        }
    }

    /// The types of which there are values that end: all that they require does; of an interface or a union, one does.
    fn ends(&self) -> Vec<bool> {
        let mut open: Vec<usize> = self.steps.iter().map(|steps| needs(steps)).collect();
        let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); self.names.len()];
        for (owner, steps) in self.steps.iter().enumerate() {
            for step in steps.iter().filter(|step| step.need != Need::None) {
                needed_by[step.target].push(owner);
            }
        }
        let mut ends: Vec<bool> = open.iter().map(|needs| *needs == 0).collect();
        let mut found: Vec<usize> = (0..ends.len()).filter(|ty| ends[*ty]).collect();
        while let Some(ty) = found.pop() {
            for &owner in &needed_by[ty] {
                open[owner] = open[owner].saturating_sub(1);
                if open[owner] == 0 && !ends[owner] {
                    ends[owner] = true;
                    found.push(owner);
                }
            }
        }
        ends
    }

    /// The shortest way from a type back to itself by what never ends. All of it lies in the type's own circle: a chain
    /// that leads to one is not walked through again from each of its types.
    fn way_back(&self, ty: usize, ends: &[bool]) -> Option<Vec<(usize, Step<'a>)>> {
        let is_on_it = |step: &&Step<'a>| {
            step.need != Need::None && !ends[step.target] && self.circles[step.target] == self.circles[ty]
        };
        let mut came_by: BTreeMap<usize, (usize, Step<'a>)> = BTreeMap::new();
        let mut next = VecDeque::from([ty]);
        while let Some(owner) = next.pop_front().filter(|_| !came_by.contains_key(&ty)) {
            // At once, where it is a step away: others of its circle may have thousands.
            let steps = || self.steps[owner].iter().filter(is_on_it);
            if let Some(step) = steps().find(|step| step.target == ty) {
                came_by.insert(ty, (owner, *step));
                break;
            }
            for step in steps() {
                came_by.entry(step.target).or_insert_with(|| {
                    next.push_back(step.target);
                    (owner, *step)
                });
            }
        }
        let mut way = vec![*came_by.get(&ty)?];
        while way[way.len() - 1].0 != ty {
            way.push(came_by[&way[way.len() - 1].0]);
        }
        way.reverse();
        Some(way)
    }

    /// Kosaraju's: types in the order that walks leave them, then backwards from the last.
    fn circles(&self) -> Vec<usize> {
        let forward: Vec<Vec<usize>> =
            self.steps.iter().map(|steps| steps.iter().map(|step| step.target).collect()).collect();
        let mut backward = vec![Vec::new(); forward.len()];
        for (owner, targets) in forward.iter().enumerate() {
            targets.iter().for_each(|target| backward[*target].push(owner));
        }
        let mut left = Vec::new();
        let mut seen = vec![false; forward.len()];
        (0..forward.len()).for_each(|ty| walk(&forward, ty, &mut seen, |ty| left.push(ty)));
        let mut circles = vec![0; forward.len()];
        let mut seen = vec![false; forward.len()];
        for (number, ty) in left.into_iter().rev().enumerate() {
            walk(&backward, ty, &mut seen, |ty| circles[ty] = number);
        }
        circles
    }
}

/// How many of the types that these lead to have to end, for theirs to.
fn needs(steps: &[Step<'_>]) -> usize {
    let is_choice = steps.iter().any(|step| step.need == Need::OneOf);
    if is_choice { 1 } else { steps.iter().filter(|step| step.need == Need::All).count() }
}

/// Goes to all that can be reached and was not seen, and tells each when it is left for good.
fn walk(graph: &[Vec<usize>], start: usize, seen: &mut [bool], mut leave: impl FnMut(usize)) {
    if std::mem::replace(&mut seen[start], true) {
        return;
    }
    let mut stack = vec![(start, 0)];
    while let Some((ty, at)) = stack.pop() {
        match graph[ty].get(at) {
            Some(&target) => {
                stack.push((ty, at + 1));
                if !std::mem::replace(&mut seen[target], true) {
                    stack.push((target, 0));
                }
            }
            None => leave(ty),
        }
    }
}

fn steps<'a>(catalog: &Catalog<'a>, by_name: &BTreeMap<&'a str, usize>, owner: &'a str) -> Vec<Step<'a>> {
    let step = |name: &'a Spanned<String>, ty: &'a Spanned<TypeRef>| {
        let target = *by_name.get(ty.value.base()).filter(|_| !ty.value.is_list())?;
        let need = if ty.value.is_non_null() { Need::All } else { Need::None };
        Some(Step { field: &name.value, target, need, is_member: false, span: name.span })
    };
    match catalog.definition(owner).map(|ty| &ty.kind) {
        Some(Kind::Object(fields)) if catalog.role(owner) == Role::Plain => {
            fields.iter().filter_map(|field| step(&field.name, &field.ty)).collect()
        }
        Some(Kind::Input(fields)) => {
            let steps: Vec<Step<'a>> = fields.iter().filter_map(|field| step(&field.name, &field.ty)).collect();
            // A field that is no step, a number or a list, is an end by itself.
            let is_choice = catalog.definition(owner).is_some_and(is_one_of) && steps.len() == fields.len();
            let need = |step: Step<'a>| if is_choice { Step { need: Need::OneOf, ..step } } else { step };
            steps.into_iter().map(need).collect()
        }
        Some(Kind::Interface(_) | Kind::Union(_)) => {
            let members = catalog.members(owner).into_iter();
            let step = |name: &'a str, span| {
                let target = *by_name.get(name)?;
                Some(Step { field: name, target, need: Need::OneOf, is_member: true, span })
            };
            members.filter_map(|member| step(member.name(), member.definition.name.span)).collect()
        }
        _ => Vec::new(),
    }
}
