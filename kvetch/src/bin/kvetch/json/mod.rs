//! Forms in JSON that are read back to what they were: values, schemas, nodes and edges.

pub(crate) mod hex;
pub(crate) mod value;
mod day;
pub(crate) mod fields;
pub(crate) mod schema;
pub(crate) mod shape;
