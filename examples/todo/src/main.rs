//! The todo server.
fn main() {}
