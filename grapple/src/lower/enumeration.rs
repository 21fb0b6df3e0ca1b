//! Enums.

use super::catalog::Catalog;
use crate::case;
use crate::document::{self, Kind};
use crate::model::{Enum, EnumValue};

pub(super) fn enums(catalog: &Catalog<'_>) -> Vec<Enum> {
    let types = catalog.document.types.iter();
    types
        .filter_map(|ty| match &ty.kind {
            Kind::Enum(values) => Some(Enum {
                name: ty.name.value.clone(),
                rust: case::type_name(&ty.name.value),
                description: ty.description.clone(),
                values: values.iter().map(value).collect(),
            }),
            _ => None,
        })
        .collect()
}

fn value(value: &document::EnumValue) -> EnumValue {
    EnumValue {
        name: value.name.value.clone(),
        rust: case::type_name(&value.name.value),
        description: value.description.clone(),
        deprecated: document::deprecated(&value.directives),
    }
}
