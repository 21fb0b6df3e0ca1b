//! `@createPent`, `@updatePent`, `@deletePent`: the entity they write, their data and their payload.

use super::Report;
use super::catalog::{Catalog, Object, Role};
use super::entity::{Slot, slots};
use super::field::only_arguments;
use super::place::source;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::{Directive, Field, InputValue};
use crate::suggest::nearest;
use crate::type_ref::TypeRef;

/// What a mutation does to its entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// The generated mutations of a schema.
#[derive(Debug, Default)]
pub(super) struct Mutations<'a>(Vec<Mutation<'a>>);

impl<'a> Mutations<'a> {
    pub(super) fn find(&self, action: Action, entity: &str) -> Option<&Mutation<'a>> {
        self.0.iter().find(|mutation| mutation.action == action && mutation.entity == entity)
    }

    /// The mutation that a field of the root is.
    pub(super) fn of_field(&self, field: &str) -> Option<&Mutation<'a>> {
        self.0.iter().find(|mutation| mutation.field.name.value == field)
    }

    /// The mutation whose data an input is.
    pub(super) fn of_data(&self, input: &str) -> Option<&Mutation<'a>> {
        self.0.iter().find(|mutation| mutation.data == Some(input))
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
                mutations.0.push(mutation);
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
    let data = if action == Action::Delete { None } else { data(catalog, field, report) };
    let entity = match action {
        Action::Delete => {
            deleted_payload(catalog, field, report);
            deleted_entity(catalog, used, report)?
        }
        Action::Create | Action::Update => written_entity(catalog, field, report)?,
    };
    if let Some((_, fields)) = data.and_then(|data| catalog.input(data)) {
        check_data(catalog, &entity, field, data.unwrap_or_default(), fields, action, report);
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
fn data<'a>(catalog: &Catalog<'a>, field: &'a Field, report: &mut Report) -> Option<&'a str> {
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

/// The only field of a mutation's payload, which must be a plain type of one field.
fn payload_field<'a>(catalog: &Catalog<'a>, field: &'a Field, example: &str, report: &mut Report) -> Option<&'a Field> {
    let base = field.ty.value.base();
    let payload = catalog.object(base).filter(|object| object.role == Role::Plain && !field.ty.value.is_list());
    match payload {
        None if catalog.role(base) == Role::Unknown => None,
        None => {
            let message = format!("`{}` answers `{}`, which is no payload", field.name.value, field.ty.value);
            let help = format!("answer a type of its own: `type SomePayload @pentMutationPayload {{ {example} }}`");
            report.push(Diagnostic::error(Code::Payload, field.ty.span, message).help(help));
            None
        }
        Some(Object { fields: [only], .. }) => Some(only),
        Some(payload) => {
            let message = format!("the payload `{base}` of `{}` has more than one field", field.name.value);
            report.push(
                Diagnostic::error(Code::Payload, payload.definition.name.span, message)
                    .related(field.ty.span, "the payload of this mutation")
                    .help(format!("leave only `{example}`, or write the mutation by hand with `@customMutation`")),
            );
            None
        }
    }
}

/// The entity that a create or an update writes: the one that its payload answers.
fn written_entity<'a>(catalog: &Catalog<'a>, field: &'a Field, report: &mut Report) -> Option<Object<'a>> {
    let answer = payload_field(catalog, field, "thing: SomeEntity", report)?;
    let base = answer.ty.value.base();
    match catalog.entity(base) {
        Some(entity) if !answer.ty.value.is_list() => Some(entity),
        _ if catalog.role(base) == Role::Unknown => None,
        _ => {
            let message =
                format!("`{}` writes an entity, but its payload answers `{}`", field.name.value, answer.ty.value);
            report.push(
                Diagnostic::error(Code::Payload, answer.ty.span, message)
                    .related(field.name.span, "the mutation")
                    .help("answer one entity, a type with `@pent(typeId:)`"),
            );
            None
        }
    }
}

fn deleted_payload(catalog: &Catalog<'_>, field: &Field, report: &mut Report) {
    let Some(answer) = payload_field(catalog, field, "deletedId: UUID", report) else { return };
    if *answer.ty.value.nullable() != TypeRef::named("UUID") && catalog.role(answer.ty.value.base()) != Role::Unknown {
        let message = format!("`{}` deletes, but its payload answers `{}`", field.name.value, answer.ty.value);
        report.push(
            Diagnostic::error(Code::Payload, answer.ty.span, message)
                .related(field.name.span, "the mutation")
                .help("answer the id: `deletedId: UUID`"),
        );
    }
}

fn deleted_entity<'a>(catalog: &Catalog<'a>, used: &'a Directive, report: &mut Report) -> Option<Object<'a>> {
    let named = used.text("type")?;
    let entity = catalog.entity(named.value);
    if entity.is_none() {
        let entities: Vec<&str> = catalog.objects_of(Role::Entity).map(|entity| entity.name()).collect();
        let help = nearest(named.value, entities)
            .map_or_else(|| "name a type with `@pent(typeId:)`".to_owned(), |near| format!("did you mean `{near}`?"));
        let message = format!("there is no entity `{}` to delete", named.value);
        report.push(Diagnostic::error(Code::DeleteType, named.span, message).help(help));
    }
    entity
}

fn check_data(
    catalog: &Catalog<'_>,
    entity: &Object<'_>,
    field: &Field,
    data: &str,
    fields: &[InputValue],
    action: Action,
    report: &mut Report,
) {
    let slots = slots(catalog, entity);
    for value in fields {
        match slots.iter().find(|slot| slot.key == value.name.value) {
            Some(slot) => check_value(catalog, entity, slot, value, action, report),
            None => report.push(not_stored(entity, &slots, value)),
        }
    }
    if action != Action::Create {
        return;
    }
    for slot in slots.iter().filter(|slot| slot.ty.is_non_null()) {
        if !fields.iter().any(|value| value.name.value == slot.key) {
            let message = format!("`{}` cannot create a `{}` without `{}`", field.name.value, entity.name(), slot.key);
            let span = catalog.definition(data).map_or(field.name.span, |input| input.name.span);
            report.push(
                Diagnostic::error(Code::DataRequired, span, message)
                    .related(slot.span, "required here")
                    .help(format!("add `{}: {}` to `{data}`", slot.key, slot.ty)),
            );
        }
    }
}

fn check_value(
    catalog: &Catalog<'_>,
    entity: &Object<'_>,
    slot: &Slot,
    value: &InputValue,
    action: Action,
    report: &mut Report,
) {
    let name = &value.name.value;
    if catalog.role(value.ty.value.base()) == Role::Unknown {
        return;
    }
    let wanted = if action == Action::Create { slot.ty.clone() } else { slot.ty.nullable().clone() };
    if value.ty.value.nullable() != slot.ty.nullable() {
        let message = format!("`{name}` is a `{}` here and a `{}` in `{}`", value.ty.value, slot.ty, entity.name());
        report.push(
            Diagnostic::error(Code::DataType, value.ty.span, message)
                .related(slot.span, "what the entity stores")
                .help(format!("write `{name}: {wanted}`")),
        );
    } else if action == Action::Create && slot.ty.is_non_null() && !value.ty.value.is_non_null() {
        let message = format!("`{}.{name}` is required, but may be absent or null here", entity.name());
        report.push(
            Diagnostic::error(Code::DataRequired, value.ty.span, message)
                .related(slot.span, "required here")
                .help(format!("write `{name}: {wanted}`")),
        );
    }
}

fn not_stored(entity: &Object<'_>, slots: &[Slot], value: &InputValue) -> Diagnostic {
    let name = &value.name.value;
    let id = format!("{name}Id");
    let help = match slots.iter().find(|slot| slot.key == id) {
        Some(slot) => format!("a reference is written by its id: `{id}: {}`", slot.ty),
        None => match nearest(name, slots.iter().map(|slot| slot.key.as_str())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "`{}` stores {}",
                entity.name(),
                slots.iter().map(|slot| format!("`{}: {}`", slot.key, slot.ty)).collect::<Vec<_>>().join(", ")
            ),
        },
    };
    Diagnostic::error(Code::DataField, value.name.span, format!("`{}` stores no `{name}`", entity.name()))
        .related(entity.definition.name.span, "the entity that is written")
        .help(help)
}
