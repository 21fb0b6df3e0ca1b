//! What the tests of the workspace share.

pub mod gallery;
pub mod hard_names;
pub mod library;
pub mod rules;
pub mod server;
pub mod sources;
