//! The object model of this server: generated types, and the code written by hand beside them.

pub mod custom;
pub mod generated;
