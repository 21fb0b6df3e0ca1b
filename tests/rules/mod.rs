//! The object model of this program: generated types, and the code written by hand beside them.

pub mod custom;
// Its format is the generator's own.
#[rustfmt::skip]
pub mod generated;
