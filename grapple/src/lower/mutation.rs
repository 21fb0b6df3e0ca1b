//! `@createPent`, `@updatePent`, `@deletePent`: the entity they write, their data and their payload.

use std::collections::BTreeMap;

use super::Report;
use super::catalog::{Catalog, Role};
use super::data;
use super::field::only_arguments;
use super::input::is_one_of;
use super::payload;
use super::place::source;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::{Directive, Field};
use crate::type_ref::TypeRef;

/// What a mutation does to its entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Action {
    Create,
    Update,
    Delete,
}

/// A generated mutation that holds together.
#[derive(Debug)]
pub(super) struct Mutation<'a> {
    pub(super) field: &'a Field,
    pub(super) action: Action,
    pub(super) entity: &'a str,
    /// The input type of argument `data`.
    data: Option<&'a str>,
}

/// The generated mutations of a schema. Of two that have one thing in common the first is found.
#[derive(Debug, Default)]
pub(super) struct Mutations<'a> {
    all: Vec<Mutation<'a>>,
    by_entity: BTreeMap<(Action, &'a str), usize>,
    by_field: BTreeMap<&'a str, usize>,
    by_data: BTreeMap<&'a str, usize>,
}

impl<'a> Mutations<'a> {
    fn push(&mut self, mutation: Mutation<'a>) {
        let at = self.all.len();
        self.by_entity.entry((mutation.action, mutation.entity)).or_insert(at);
        self.by_field.entry(&mutation.field.name.value).or_insert(at);
        if let Some(data) = mutation.data {
            self.by_data.entry(data).or_insert(at);
        }
        self.all.push(mutation);
    }

    pub(super) fn find(&self, action: Action, entity: &str) -> Option<&Mutation<'a>> {
        self.by_entity.get(&(action, entity)).map(|at| &self.all[*at])
    }

    /// The mutation that a field of the root is.
    pub(super) fn of_field(&self, field: &str) -> Option<&Mutation<'a>> {
        self.by_field.get(field).map(|at| &self.all[*at])
    }

    /// The mutation whose data an input is.
    pub(super) fn of_data(&self, input: &str) -> Option<&Mutation<'a>> {
        self.by_data.get(input).map(|at| &self.all[*at])
    }

    /// The input that creates or updates an entity.
    pub(super) fn data_of(&self, action: Action, entity: &str) -> Option<&'a str> {
        self.find(action, entity)?.data
    }
}

pub(super) fn mutations<'a>(catalog: &Catalog<'a>, report: &mut Report) -> Mutations<'a> {
    let mut mutations = Mutations::default();
    for root in catalog.objects_of(Role::Mutation) {
        for field in root.fields {
            let Some(used) = source(field, root.role) else { continue };
            let action = match used.name.as_str() {
                "createPent" => Action::Create,
                "updatePent" => Action::Update,
                "deletePent" => Action::Delete,
                _ => continue,
            };
            if let Some(mutation) = mutation(catalog, field, used, action, report) {
                check_twice(&mutations, &mutation, report);
                mutations.push(mutation);
            }
        }
    }
    mutations
}

fn mutation<'a>(
    catalog: &Catalog<'a>,
    field: &'a Field,
    used: &'a Directive,
    action: Action,
    report: &mut Report,
) -> Option<Mutation<'a>> {
    let arguments: &[&str] = match action {
        Action::Create => &["data"],
        Action::Update => &["id", "data"],
        Action::Delete => &["id"],
    };
    only_arguments(field, arguments, report);
    if action != Action::Create {
        check_id(field, report);
    }
    let data = if action == Action::Delete { None } else { data_argument(catalog, field, report) };
    let entity = match action {
        Action::Delete => {
            payload::deleted_payload(catalog, field, report);
            payload::deleted_entity(catalog, used, report)?
        }
        Action::Create | Action::Update => payload::written_entity(catalog, field, report)?,
    };
    if let Some(fields) = data.and_then(|data| catalog.input(data)) {
        data::check_values(catalog, &entity, fields, action, report);
    }
    if let (Action::Create, Some(data)) = (action, data) {
        data::check_required(catalog, &entity, field, data, report);
    }
    Some(Mutation { field, action, entity: entity.name(), data })
}

fn check_twice(mutations: &Mutations<'_>, new: &Mutation<'_>, report: &mut Report) {
    let name = &new.field.name.value;
    if let Some(before) = mutations.find(new.action, new.entity) {
        let does = match new.action {
            Action::Create => "create",
            Action::Update => "update",
            Action::Delete => "delete",
        };
        let message = format!("`{}` and `{name}` both {does} a `{}`", before.field.name.value, new.entity);
        report.push(
            Diagnostic::error(Code::MutationTwice, new.field.name.span, message)
                .related(before.field.name.span, "the first one")
                .help("keep one, and write the other by hand with `@customMutation`"),
        );
    } else if let Some(before) = new.data.and_then(|data| mutations.of_data(data)) {
        let data = new.data.unwrap_or_default();
        let message = format!("`{data}` is the data of both `{}` and `{name}`", before.field.name.value);
        report.push(
            Diagnostic::error(Code::DataShared, new.field.name.span, message)
                .related(before.field.name.span, "the first one")
                .help("give each its own input: what may be absent differs between them"),
        );
    }
}

fn check_id(field: &Field, report: &mut Report) {
    let wanted = TypeRef::named("UUID").required();
    let name = &field.name.value;
    match field.args.iter().find(|argument| argument.name.value == "id") {
        Some(id) if id.ty.value == wanted => {}
        Some(id) => report.push(
            Diagnostic::error(
                Code::IdArgument,
                id.ty.span,
                format!("the `id` of `{name}` is of type `{}`", id.ty.value),
            )
            .help("write `id: UUID!`"),
        ),
        None => report.push(
            Diagnostic::error(Code::IdArgument, field.name.span, format!("`{name}` has no argument `id: UUID!`"))
                .help("add `id: UUID!`: it says which entity is meant"),
        ),
    }
}

/// The input type of argument `data`.
fn data_argument<'a>(catalog: &Catalog<'a>, field: &'a Field, report: &mut Report) -> Option<&'a str> {
    let name = &field.name.value;
    let type_name = || {
        let mut letters = name.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    let Some(data) = field.args.iter().find(|argument| argument.name.value == "data") else {
        report.push(
            Diagnostic::error(Code::DataArgument, field.name.span, format!("`{name}` has no argument `data`"))
                .help(format!("add `data: {}Data!`", type_name())),
        );
        return None;
    };
    let base = data.ty.value.base();
    match catalog.role(base) {
        Role::Input if catalog.definition(base).is_some_and(is_one_of) => {
            let message = format!("the `data` of `{name}` is `@oneOf`: it could give one value alone");
            let help = format!("take `@oneOf` from `{base}`, or write the mutation by hand with `@customMutation`");
            report.push(Diagnostic::error(Code::DataArgument, data.ty.span, message).help(help));
            None
        }
        Role::Input if data.ty.value == TypeRef::named(base).required() => Some(base),
        Role::Unknown => None,
        role => {
            let help = if role == Role::Input {
                format!("write `data: {base}!`")
            } else {
                format!("write `data: {}Data!` and define that input", type_name())
            };
            let message = format!("the `data` of `{name}` is of type `{}`, not a required input", data.ty.value);
            report.push(Diagnostic::error(Code::DataArgument, data.ty.span, message).help(help));
            None
        }
    }
}
