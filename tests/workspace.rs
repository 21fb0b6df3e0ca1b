//! The tests of the workspace as a whole.

mod architecture;
mod browser;
mod clients;
mod differential;
mod embedding;
mod entities;
mod executor;
mod fuzz;
mod gallery_served;
mod generated_code;
mod http;
mod mysql_inside_a_runtime;
mod planning;
mod privacy;
mod spec;
mod todo_on_mysql;
mod todo_server;
