//! Fields of the subscription root whose events the store tells: `@subscribeNode`, `@subscribeEdge`.

use super::Report;
use super::catalog::{Catalog, Role};
use super::field::{field, only_arguments};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::{self, Directive, directive};
use crate::model::{Edge, Field, Source};
use crate::source::Spanned;
use crate::suggest::nearest;
use crate::type_ref::TypeRef;

/// The writes of one entity.
pub(super) fn node(catalog: &Catalog<'_>, written: &document::Field, report: &mut Report) -> Option<Field> {
    let base = written.ty.value.base();
    let name = &written.name.value;
    let help = |entity: &str| format!("write `{name}(id: UUID!): {entity} @subscribeNode`");
    let is_entity = !catalog.possible_entities(base).is_empty();
    match catalog.role(base) {
        Role::Unknown => return None,
        _ if !is_entity => {
            let message = format!("`{name}` tells of a `{base}`, which is not stored");
            let mistake = Diagnostic::error(Code::SubscriptionShape, written.ty.span, message);
            report.push(mistake.help(help("SomeEntity")));
        }
        _ if written.ty.value == TypeRef::named(base) => {}
        _ => {
            let message = format!(
                "`{name}` tells of one entity, or that it is gone, and cannot be of type `{}`",
                written.ty.value
            );
            report.push(Diagnostic::error(Code::SubscriptionShape, written.ty.span, message).help(help(base)));
        }
    }
    check_id(written, &help(if is_entity { base } else { "SomeEntity" }), report);
    Some(field(catalog, written, Source::NodeChanges))
}

/// What comes into the list of an edge, and what leaves it.
pub(super) fn edge(
    catalog: &Catalog<'_>,
    written: &document::Field,
    used: &Directive,
    edges: &[Edge],
    report: &mut Report,
) -> Option<Field> {
    let named = used.text("edge")?;
    let ty = &written.ty.value;
    let help = format!("write `{}(id: UUID!): {} @subscribeEdge(edge: \"{}\")`", written.name.value, ty, named.value);
    check_id(written, &help, report);
    let Some(edge) = edges.iter().find(|edge| edge.name == named.value) else {
        report.extend(unknown_edge(catalog, &named, edges));
        return None;
    };
    check_payload(catalog, written, &edge.to, report);
    Some(field(catalog, written, Source::EdgeChanges { edge: edge.id }))
}

/// The entity is named by argument `id`, and nothing else is.
fn check_id(written: &document::Field, help: &str, report: &mut Report) {
    let name = &written.name.value;
    match written.args.iter().find(|argument| argument.name.value == "id") {
        Some(id) if id.ty.value == TypeRef::named("UUID").required() => {}
        Some(id) => {
            let message = format!("`{name}` tells of the entity of an `id` of type `UUID!`, not `{}`", id.ty.value);
            report.push(Diagnostic::error(Code::SubscriptionShape, id.ty.span, message).help(help));
        }
        None => {
            let message = format!("`{name}` has no argument `id: UUID!` to say which entity it tells of");
            report.push(Diagnostic::error(Code::SubscriptionShape, written.name.span, message).help(help));
        }
    }
    only_arguments(written, &["id"], report);
}

/// Nothing for an edge that is there and has a mistake of its own.
fn unknown_edge(catalog: &Catalog<'_>, named: &Spanned<&str>, edges: &[Edge]) -> Option<Diagnostic> {
    let fields = catalog.objects().flat_map(|object| object.fields);
    let mut names = fields.filter_map(|field| directive(&field.directives, "edgeToStoredId")?.text("edgeName"));
    if names.any(|name| name.value == named.value) {
        return None;
    }
    let help = nearest(named.value, edges.iter().map(|edge| edge.name.as_str())).map_or_else(
        || "name an edge: the `edgeName` of a field with `@edgeToStoredId`".to_owned(),
        |near| format!("did you mean `edge: \"{near}\"`?"),
    );
    let message = format!("there is no edge `{}` to tell of", named.value);
    Some(Diagnostic::error(Code::SubscriptionEdge, named.span, message).help(help))
}

/// An object with two fields, both nullable: the entity that came, and the id of the one that left.
fn check_payload(catalog: &Catalog<'_>, written: &document::Field, entity: &str, report: &mut Report) {
    let base = written.ty.value.base();
    let help = || format!("write a type `{base} {{ added: {entity}  removed: UUID }}`");
    let object = match catalog.role(base) {
        Role::Unknown => return,
        Role::Plain if written.ty.value == TypeRef::named(base) => catalog.object(base),
        Role::Plain => {
            let message = format!("`{}` cannot be of type `{}`", written.name.value, written.ty.value);
            let mistake = Diagnostic::error(Code::SubscriptionPayload, written.ty.span, message);
            report.push(mistake.help(format!("write `{base}`")));
            return;
        }
        _ => None,
    };
    let Some(object) = object else {
        let message = format!("`{}` tells of changes to a list, which a `{base}` cannot", written.name.value);
        let help = format!("write an object with two fields: `{{ added: {entity}  removed: UUID }}`");
        report.push(Diagnostic::error(Code::SubscriptionPayload, written.ty.span, message).help(help));
        return;
    };
    let has = |ty: &str| object.fields.iter().any(|field| field.ty.value == TypeRef::named(ty));
    if object.fields.len() != 2 || !has(entity) || !has("UUID") {
        let message = format!("`{base}` is not made of a `{entity}` that came and a `UUID` that left");
        report.push(
            Diagnostic::error(Code::SubscriptionPayload, object.definition.name.span, message)
                .related(written.name.span, "the subscription")
                .help(help()),
        );
    }
}
