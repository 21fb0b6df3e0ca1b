//! Edges: `@edgeToStoredId`, and that its two ends agree.

use super::Report;
use super::catalog::{Catalog, Object, Role, names_reference, stored_key};
use super::entity::{Member, member};
use super::field::{listed_entity, only_arguments, page_arguments};
use super::number::{Taken, positive};
use super::place::source;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::{Directive, Field, directive};
use crate::model::{Edge, OnDelete};
use crate::source::Span;
use crate::suggest::nearest;

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

/// The edge of a number, of those that are sorted by it.
pub(super) fn find(edges: &[Edge], id: i64) -> Option<&Edge> {
    let id = u32::try_from(id).ok()?;
    edges.binary_search_by_key(&id, |edge| edge.id).ok().map(|found| &edges[found])
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
        key: stored_key(reference),
        order_by: order(catalog, &to, used, report)?,
        on_delete: on_delete(reference),
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
    // A reference first: another field may have the name that the id of one is stored under.
    let named_so = || to.fields.iter().filter(|field| names_reference(named.value, field));
    let references = named_so().find(|field| member(catalog, field) == Member::Reference);
    let Some(field) = references.or_else(|| named_so().next()) else {
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
        Member::Reference if catalog.role(field.ty.value.base()) == Role::Unknown => return None,
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

/// The name under which the other type stores what orders the edge. The outer `None` follows a report.
fn order(catalog: &Catalog<'_>, to: &Object<'_>, used: &Directive, report: &mut Report) -> Option<Option<String>> {
    let Some(by) = used.text("orderBy") else { return Some(None) };
    let Some(field) = to.field(by.value) else {
        let near = nearest(by.value, to.fields.iter().map(|field| field.name.value.as_str()));
        let message = format!("`{}` has no field `{}` to order the edge by", to.name(), by.value);
        let help = near.map_or_else(
            || "name a stored number or moment, or leave `orderBy` out for the order of creation".to_owned(),
            |near| format!("did you mean `orderBy: \"{near}\"`?"),
        );
        report.push(Diagnostic::error(Code::EdgeOrder, by.span, message).help(help));
        return None;
    };
    if has_order(catalog, field) {
        return Some(Some(stored_key(field)));
    }
    let message = format!("an edge cannot be ordered by `{}.{}`, of type `{}`", to.name(), by.value, field.ty.value);
    report.push(
        Diagnostic::error(Code::EdgeOrder, by.span, message)
            .related(field.name.span, "no stored number or moment")
            .help("order by a stored `Int`, `Float`, `Boolean`, `BigInt` or `DateTime`"),
    );
    None
}

fn has_order(catalog: &Catalog<'_>, field: &Field) -> bool {
    let base = field.ty.value.base();
    // What a scalar of the user's is stored as, its Rust type says.
    let is_own = || catalog.role(base) == Role::Scalar;
    let has_order = || catalog.scalar(base).map_or_else(is_own, |scalar| scalar.uses.order);
    member(catalog, field) == Member::Value && !field.ty.value.is_list() && has_order()
}

fn on_delete(reference: &Field) -> OnDelete {
    match said_of_deletion(reference).map(|used| used.0) {
        Some("RESTRICT") => OnDelete::Restrict,
        Some("CASCADE") => OnDelete::Cascade,
        _ => OnDelete::Keep,
    }
}

/// What `@genFromStoredId(onDelete:)` says, and where.
fn said_of_deletion(reference: &Field) -> Option<(&str, Span)> {
    let word = directive(&reference.directives, "genFromStoredId")?.word("onDelete")?;
    Some((word.value, word.span))
}

/// Whoever deletes an entity finds those that store its id by the edge to them: without it nothing can follow.
pub(super) fn check_deletions(catalog: &Catalog<'_>, report: &mut Report) {
    for entity in catalog.objects_of(Role::Entity) {
        for field in entity.fields.iter().filter(|field| member(catalog, field) == Member::Reference) {
            let Some((word, span)) =
                said_of_deletion(field).filter(|(word, _)| matches!(*word, "RESTRICT" | "CASCADE"))
            else {
                continue;
            };
            for owner in catalog.possible_entities(field.ty.value.base()) {
                if !leads_back(&owner, &entity, field) {
                    report.push(without_edge(word, span, &owner, &entity, field));
                }
            }
        }
    }
}

fn leads_back(owner: &Object<'_>, entity: &Object<'_>, reference: &Field) -> bool {
    owner.fields.iter().any(|field| {
        let edge = source(field, Role::Entity).filter(|used| used.name == "edgeToStoredId");
        let named = edge.and_then(|edge| edge.text("field"));
        field.ty.value.base() == entity.name() && named.is_some_and(|named| names_reference(named.value, reference))
    })
}

fn without_edge(word: &str, span: Span, owner: &Object<'_>, entity: &Object<'_>, reference: &Field) -> Diagnostic {
    let (owner_name, name) = (owner.name(), &reference.name.value);
    let message = format!("`{word}` needs an edge from `{owner_name}`: by it a deletion finds the `{}`", entity.name());
    let help = format!(
        "add to `{owner_name}`: `...(first: Int = 100, after: UUID): [{}!]! @edgeToStoredId(edgeName: \"...\", edgeId: \
         ..., field: \"{name}\")`",
        entity.name()
    );
    Diagnostic::error(Code::OnDeleteEdge, span, message)
        .related(owner.definition.name.span, "has no such edge")
        .help(help)
}
