//! The object model of `schema.graphql`: generated types, and the code written by hand beside them.

pub mod custom;
// Its format is the generator's own.
#[rustfmt::skip]
pub mod generated;
pub mod money;
