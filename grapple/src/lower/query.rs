//! Fields of the query root that read entities: `@readPent`, `@browsePents`, `@findPent`.

use super::Report;
use super::catalog::{Catalog, Object, Role};
use super::entity::{Member, member};
use super::field::{field, listed_entity, only_arguments, page_arguments};
use super::index;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::{self, Directive};
use crate::model::{Field, Index, Source};
use crate::suggest::nearest;
use crate::type_ref::TypeRef;

pub(super) fn read(catalog: &Catalog<'_>, written: &document::Field, report: &mut Report) -> Option<Field> {
    let base = written.ty.value.base();
    let name = &written.name.value;
    let help = |entity: &str| format!("write `{name}(id: UUID!): {entity} @readPent`");
    let is_entity = !catalog.possible_entities(base).is_empty();
    match catalog.role(base) {
        Role::Unknown => return None,
        _ if !is_entity => {
            let message = format!("`{name}` reads a `{base}`, which is no entity");
            report.push(Diagnostic::error(Code::ReadShape, written.ty.span, message).help(help("SomeEntity")));
        }
        _ if written.ty.value == TypeRef::named(base) => {}
        _ => {
            let message = format!("`{name}` reads one entity or none and cannot be of type `{}`", written.ty.value);
            report.push(Diagnostic::error(Code::ReadShape, written.ty.span, message).help(help(base)));
        }
    }
    let wanted = TypeRef::named("UUID").required();
    match written.args.iter().find(|argument| argument.name.value == "id") {
        Some(id) if id.ty.value == wanted => {}
        Some(id) => {
            let message = format!("`{name}` reads by an `id` of type `UUID!`, not `{}`", id.ty.value);
            report.push(Diagnostic::error(Code::ReadShape, id.ty.span, message).help(help(base)));
        }
        None => {
            let message = format!("`{name}` has no argument `id: UUID!` to read by");
            report.push(Diagnostic::error(Code::ReadShape, written.name.span, message).help(help(base)));
        }
    }
    only_arguments(written, &["id"], report);
    Some(field(catalog, written, Source::Read))
}

pub(super) fn browse(catalog: &Catalog<'_>, written: &document::Field, report: &mut Report) -> Option<Field> {
    only_arguments(written, &["first", "after"], report);
    page_arguments(written, true, report);
    listed_entity(catalog, written, report)?;
    Some(field(catalog, written, Source::Browse))
}

pub(super) fn find(
    catalog: &Catalog<'_>,
    written: &document::Field,
    used: &Directive,
    indexes: &[Index],
    report: &mut Report,
) -> Option<Field> {
    let base = written.ty.value.base();
    if catalog.role(base) == Role::Unknown {
        return None;
    }
    let Some(entity) = catalog.entity(base) else {
        let message = format!("`{}` looks up a `{base}`, which is no entity", written.name.value);
        report.push(
            Diagnostic::error(Code::FindShape, written.ty.span, message).help("look up a type with `@pent(typeId:)`"),
        );
        return None;
    };
    let by = used.text("by")?;
    let Some(value) = entity.field(by.value) else {
        let near = nearest(by.value, entity.fields.iter().map(|field| field.name.value.as_str()));
        let message = format!("`{base}` has no field `{}` to look it up by", by.value);
        let help = near.map_or_else(
            || format!("add it: `{}: String! @unique`", by.value),
            |near| format!("did you mean `{near}`?"),
        );
        report.push(Diagnostic::error(Code::FindNotIndexed, by.span, message).help(help));
        return None;
    };
    let Some(index) = index::find(indexes, base, by.value) else {
        // A broken index has been reported at its directive.
        let broken = value.directives.iter().any(|used| matches!(used.name.as_str(), "unique" | "index"));
        if !broken {
            report.push(not_indexed(catalog, &entity, value, by.span));
        }
        return None;
    };
    check_shape(written, base, index, report);
    check_argument(written, value, report);
    let paged: &[&str] = if index.unique { &[by.value] } else { &[by.value, "first", "after"] };
    only_arguments(written, paged, report);
    if !index.unique {
        page_arguments(written, false, report);
    }
    Some(field(catalog, written, Source::Find { index: index.id, argument: by.value.to_owned() }))
}

fn not_indexed(
    catalog: &Catalog<'_>,
    entity: &Object<'_>,
    value: &document::Field,
    span: crate::source::Span,
) -> Diagnostic {
    let name = &value.name.value;
    let help = match member(catalog, value) {
        Member::Value if !value.ty.value.is_list() => format!(
            "write `{name}: {ty} @unique` if no two share a value, else `{name}: {ty} @index`",
            ty = value.ty.value
        ),
        Member::Id => "read by id with `@readPent`".to_owned(),
        Member::Reference => format!("list the entities from `{}` with `@edgeToStoredId`", value.ty.value.base()),
        _ => "look up by a stored scalar or enum".to_owned(),
    };
    Diagnostic::error(Code::FindNotIndexed, span, format!("`{}.{name}` has no index to look it up by", entity.name()))
        .related(value.name.span, "neither `@unique` nor `@index`")
        .help(help)
}

fn check_shape(written: &document::Field, entity: &str, index: &Index, report: &mut Report) {
    let (wanted, answers) = match index.unique {
        true => (TypeRef::named(entity), "one entity or none"),
        false => (TypeRef::list_of(entity), "a list of entities"),
    };
    if written.ty.value != wanted {
        let message = format!("a look-up by `{}` answers {answers}, not `{}`", index.name, written.ty.value);
        report.push(Diagnostic::error(Code::FindShape, written.ty.span, message).help(format!("write `{wanted}`")));
    }
}

fn check_argument(written: &document::Field, value: &document::Field, report: &mut Report) {
    let name = &value.name.value;
    let wanted = value.ty.value.clone().required();
    match written.args.iter().find(|argument| argument.name.value == *name) {
        Some(argument) if argument.ty.value == wanted => {}
        Some(argument) => {
            let message =
                format!("the argument `{name}` is of type `{}`, the field of `{}`", argument.ty.value, value.ty.value);
            report.push(
                Diagnostic::error(Code::FindArgument, argument.ty.span, message)
                    .related(value.ty.span, "the field")
                    .help(format!("write `{name}: {wanted}`")),
            );
        }
        None => {
            let message = format!("`{}` has no argument `{name}` to look up by", written.name.value);
            report.push(
                Diagnostic::error(Code::FindArgument, written.name.span, message)
                    .help(format!("add `{name}: {wanted}`")),
            );
        }
    }
}
