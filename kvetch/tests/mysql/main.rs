//! The engine over MySQL servers, on private MariaDB servers that the tests start.

#[path = "../store/concurrency.rs"]
mod concurrency;
mod commits;
mod conformance;
mod copying;
mod degraded;
#[path = "../store/directory.rs"]
mod directory;
#[path = "../store/dice.rs"]
mod dice;
mod faults;
mod fixture;
mod galera;
mod groups;
mod kills;
#[path = "../store/model/mod.rs"]
mod model;
mod opening;
mod pages;
#[path = "../store/quiet.rs"]
mod quiet;
mod server;
#[path = "../store/stalls.rs"]
mod stalls;
mod statements;
mod writers;
