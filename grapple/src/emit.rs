//! Model to Rust text. The only module that names quote, syn and prettyplease; it decides nothing.

mod abstract_type;
mod custom;
mod entity;
mod enumeration;
mod handwritten;
mod input;
mod plain;
mod print;
mod privacy;
mod scalar;
mod table;
mod words;

use crate::model::Model;

pub(crate) use handwritten::complete;

/// The module's `mod.rs`, written once.
pub(crate) const MODULE: &str = "\
//! The object model of this program: generated types, and the code written by hand beside them.

pub mod custom;
// Its format is the generator's own.
#[rustfmt::skip]
pub mod generated;
";

/// The whole of `generated.rs`.
pub(crate) fn generated(model: &Model) -> String {
    let mut items = Vec::new();
    items.extend(model.scalars.iter().filter_map(scalar::alias));
    items.extend(model.enums.iter().flat_map(enumeration::items));
    items.extend(model.entities.iter().flat_map(entity::items));
    items.extend(model.inputs.iter().flat_map(input::items));
    items.extend(model.plains.iter().flat_map(plain::items));
    items.extend(model.abstracts.iter().flat_map(abstract_type::items));
    items.extend(model.owners().iter().flat_map(custom::items));
    items.extend(model.entities.iter().filter(|entity| entity.privacy).map(privacy::rules_trait));
    items.extend(table::items(model));
    print::file(model, items)
}
