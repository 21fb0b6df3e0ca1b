//! What the tests of the workspace share.

pub mod library;
pub mod server;
pub mod sources;
