//! The query and mutation roots.

use super::Report;
use super::catalog::{Catalog, Object, Role};
use super::field::{custom, field, root_as_value};
use super::mutation::{Action, Mutations};
use super::place::{has_source, source};
use super::query;
use super::subscription;
use crate::case;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document;
use crate::model::{Edge, Field, Index, Root, Source};

pub(super) fn roots(
    catalog: &Catalog<'_>,
    indexes: &[Index],
    edges: &[Edge],
    mutations: &Mutations<'_>,
    report: &mut Report,
) -> Vec<Root> {
    let known = Known { indexes, edges, mutations };
    let mut lower = |object: Object<'_>| Root {
        name: object.name().to_owned(),
        rust: case::type_name(object.name()),
        description: object.definition.description.clone(),
        fields: object
            .fields
            .iter()
            .filter_map(|written| root_field(catalog, &object, written, &known, report))
            .collect(),
    };
    let roots = [Role::Query, Role::Mutation, Role::Subscription];
    roots.into_iter().flat_map(|role| catalog.objects_of(role)).map(&mut lower).collect()
}

/// What was understood before.
struct Known<'k, 'a> {
    indexes: &'k [Index],
    edges: &'k [Edge],
    mutations: &'k Mutations<'a>,
}

fn root_field(
    catalog: &Catalog<'_>,
    object: &Object<'_>,
    written: &document::Field,
    known: &Known<'_, '_>,
    report: &mut Report,
) -> Option<Field> {
    let Some(used) = source(written, object.role) else {
        if !has_source(written) {
            report.push(sourceless(object, written));
        }
        return None;
    };
    match used.name.as_str() {
        "readPent" => query::read(catalog, written, report),
        "browsePents" => query::browse(catalog, written, report),
        "findPent" => query::find(catalog, written, used, known.indexes, report),
        "createPent" | "updatePent" | "deletePent" => {
            let mutation = known.mutations.of_field(&written.name.value)?;
            let entity = mutation.entity.to_owned();
            let source = match mutation.action {
                Action::Create => Source::Create { entity },
                Action::Update => Source::Update { entity },
                Action::Delete => Source::Delete { entity },
            };
            Some(field(catalog, written, source))
        }
        "subscribeNode" => subscription::node(catalog, written, report),
        "subscribeEdge" => subscription::edge(catalog, written, used, known.edges, report),
        _ if object.role == Role::Subscription => event(catalog, written, report),
        _ => custom(catalog, object.name(), written, report),
    }
}

/// A field of the subscription root: its values are what events bring.
fn event(catalog: &Catalog<'_>, written: &document::Field, report: &mut Report) -> Option<Field> {
    let base = written.ty.value.base();
    if catalog.role(base).is_root() {
        report.push(root_as_value(base, written.ty.span));
        return None;
    }
    Some(field(catalog, written, Source::Event))
}

fn sourceless(object: &Object<'_>, written: &document::Field) -> Diagnostic {
    let message = format!("nothing says where `{}.{}` comes from", object.name(), written.name.value);
    let help = match object.role {
        Role::Mutation => {
            "add `@createPent`, `@updatePent`, `@deletePent(type:)`, or `@customMutation` and write it by hand"
        }
        Role::Subscription => {
            "add `@subscribeNode`, `@subscribeEdge(edge:)`, or `@custom`: its events come from code written by hand"
        }
        _ => "add `@readPent`, `@browsePents`, `@findPent(by:)`, or `@customGen` and write it by hand",
    };
    Diagnostic::error(Code::NeedsDirective, written.name.span, message).help(help)
}
