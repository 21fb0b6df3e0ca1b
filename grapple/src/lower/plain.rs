//! Plain output types: payloads, and what fields written by hand return.

use super::Report;
use super::abstract_type::names;
use super::catalog::{Catalog, Object, Role};
use super::field::{field, only_arguments, root_as_value};
use crate::case;
use crate::document;
use crate::model::{Field, Plain, Source};

pub(super) fn plains(catalog: &Catalog<'_>, report: &mut Report) -> Vec<Plain> {
    catalog.objects_of(Role::Plain).map(|object| plain(catalog, &object, report)).collect()
}

fn plain(catalog: &Catalog<'_>, object: &Object<'_>, report: &mut Report) -> Plain {
    let fields = object.fields.iter().enumerate();
    Plain {
        name: object.name().to_owned(),
        rust: case::type_name(object.name()),
        description: object.definition.description.clone(),
        interfaces: names(&object.definition.implements),
        fields: fields.filter_map(|(at, written)| member(catalog, written, at, report)).collect(),
    }
}

fn member(catalog: &Catalog<'_>, written: &document::Field, at: usize, report: &mut Report) -> Option<Field> {
    let base = written.ty.value.base();
    match catalog.role(base) {
        Role::Unknown | Role::Input => return None,
        Role::Query | Role::Mutation | Role::Subscription => {
            report.push(root_as_value(base, written.ty.span));
            return None;
        }
        Role::Scalar | Role::Enum | Role::Entity | Role::Plain | Role::Abstract => {}
    }
    only_arguments(written, &[], report);
    Some(field(catalog, written, Source::Plain(at)))
}
