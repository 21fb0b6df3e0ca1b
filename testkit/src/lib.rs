//! Private database servers and broken networks, for tests and benchmarks of this workspace alone.
//!
//! A [`Server`] is one `mariadbd` that nobody else uses: own folder, own port on loopback, gone when it is dropped. The
//! test may stop it, kill it, hang it and start it again. A [`Galera`] is a group of three of them. A [`Proxy`] is a
//! network before one of them that delays, hangs, resets, truncates and refuses.
//!
//! Whatever cannot be had panics with what to do about it: a test that needs a server never passes without one. Everything
//! blocks, and may be called from any thread. For Linux.
//!
//! ```no_run
//! let server = testkit::Server::start(&testkit::Options::default());
//! server.create_database("shard0");
//! let url = server.url("shard0");
//! server.kill();
//! server.restart();
//! ```

pub mod programs;

mod client;
mod ports;
mod template;
mod watchdog;

mod server;
mod galera;
mod proxy;

pub use galera::Galera;
pub use proxy::{Fault, Proxy};
pub use server::{Options, Server};
