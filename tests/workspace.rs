//! The tests of the workspace as a whole.

mod architecture;
mod embedding;
mod executor;
mod generated_code;
mod todo_server;
