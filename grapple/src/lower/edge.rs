//! Edges: `@edgeToStoredId`, and that its two ends agree.

use super::Report;
use super::catalog::{Catalog, Object, Role, names_reference, reference_key};
use super::entity::{Member, member};
use super::field::{listed_entity, only_arguments, page_arguments};
use super::number::{Taken, positive};
use super::place::source;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::{Directive, Field};
use crate::model::Edge;

/// Numbers and names given so far.
#[derive(Debug, Default)]
struct Identities {
    ids: Taken<u32>,
    names: Taken<String>,
}

/// All edges, sorted by number.
pub(super) fn edges(catalog: &Catalog<'_>, report: &mut Report) -> Vec<Edge> {
    let mut identities = Identities::default();
    let mut edges = Vec::new();
    for entity in catalog.objects_of(Role::Entity) {
        for field in entity.fields {
            if let Some(used) = source(field, entity.role).filter(|used| used.name == "edgeToStoredId") {
                edges.extend(edge(catalog, &entity, field, used, &mut identities, report));
            }
        }
    }
    edges.sort_by_key(|edge| edge.id);
    edges
}

fn edge(
    catalog: &Catalog<'_>,
    from: &Object<'_>,
    field: &Field,
    used: &Directive,
    identities: &mut Identities,
    report: &mut Report,
) -> Option<Edge> {
    let owner = format!("{}.{}", from.name(), field.name.value);
    let id = identity(used, &owner, identities, report);
    only_arguments(field, &["first", "after"], report);
    page_arguments(field, true, report);
    let to = catalog.entity(listed_entity(catalog, field, report)?)?;
    let reference = other_end(catalog, from, &to, used, report)?;
    Some(Edge {
        id: id?,
        name: used.text("edgeName")?.value.to_owned(),
        from: from.name().to_owned(),
        to: to.name().to_owned(),
        key: reference_key(&reference.name.value),
    })
}

/// The number, after both number and name were found to be new.
fn identity(used: &Directive, owner: &str, identities: &mut Identities, report: &mut Report) -> Option<u32> {
    let mut number = None;
    if let Some(given) = used.int("edgeId") {
        number = positive(&given, "an edge", report);
        let before = number.and_then(|id| identities.ids.take(&id, given.span, owner));
        if let Some((span, before)) = before {
            let free = identities.ids.greatest().map_or(1, |greatest| greatest.saturating_add(1));
            report.push(
                Diagnostic::error(
                    Code::EdgeIdTwice,
                    given.span,
                    format!("the edge number {} is used twice", given.value),
                )
                .label(format!("for `{owner}`"))
                .related(span, format!("for `{before}`"))
                .help(format!("give one of them a number of its own: `edgeId: {free}`")),
            );
        }
    }
    if let Some(given) = used.text("edgeName")
        && let Some((span, before)) = identities.names.take(&given.value.to_owned(), given.span, owner)
    {
        report.push(
            Diagnostic::error(
                Code::EdgeNameTwice,
                given.span,
                format!("the edge name \"{}\" is used twice", given.value),
            )
            .label(format!("for `{owner}`"))
            .related(span, format!("for `{before}`"))
            .help("give one of them another name"),
        );
    }
    number
}

/// The field of the other type that stores this one's id: `field` must name it, and it must point back.
fn other_end<'a>(
    catalog: &Catalog<'_>,
    from: &Object<'_>,
    to: &Object<'a>,
    used: &Directive,
    report: &mut Report,
) -> Option<&'a Field> {
    let named = used.text("field")?;
    let Some(field) = to.fields.iter().find(|field| names_reference(named.value, &field.name.value)) else {
        let message = format!("`{}` has no field `{}` to store the id of a `{}`", to.name(), named.value, from.name());
        let help = match pointing_back(catalog, from, to).as_slice() {
            [] => format!("add it to `{}`: `{}: {} @genFromStoredId`", to.name(), named.value, from.name()),
            fields => format!("did you mean `field: \"{}\"`?", fields.join("\"` or `field: \"")),
        };
        report.push(
            Diagnostic::error(Code::EdgeFieldMissing, named.span, message)
                .related(to.definition.name.span, "the type that should have it")
                .help(help),
        );
        return None;
    };
    let name = &field.name.value;
    let (label, problem) = match member(catalog, field) {
        Member::Unknown => return None,
        Member::Reference if may_be(catalog, field, from) => return Some(field),
        Member::Reference => (
            format!("points to `{}`", field.ty.value.base()),
            format!("`{}.{name}` points to `{}`, not back to `{}`", to.name(), field.ty.value.base(), from.name()),
        ),
        _ => ("stores no id".to_owned(), format!("`{}.{name}` is not `@genFromStoredId`", to.name())),
    };
    report.push(
        Diagnostic::error(Code::EdgeDisagrees, named.span, format!("the two ends of the edge disagree: {problem}"))
            .related(field.name.span, label)
            .help(format!(
                "write `{name}: {} @genFromStoredId` in `{}`, or name another field",
                from.name(),
                to.name()
            )),
    );
    None
}

/// Whether the id that a field stores may be that of an entity.
fn may_be(catalog: &Catalog<'_>, field: &Field, entity: &Object<'_>) -> bool {
    catalog.possible_entities(field.ty.value.base()).iter().any(|possible| possible.name() == entity.name())
}

fn pointing_back<'a>(catalog: &Catalog<'_>, from: &Object<'_>, to: &Object<'a>) -> Vec<&'a str> {
    to.fields
        .iter()
        .filter(|field| member(catalog, field) == Member::Reference && may_be(catalog, field, from))
        .map(|field| field.name.value.as_str())
        .collect()
}
