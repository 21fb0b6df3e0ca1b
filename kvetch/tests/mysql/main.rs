//! The engine over MySQL servers, on private MariaDB servers that the tests start.

mod conformance;
mod server;
