//! The server from outside, as the process that it is.

mod hostile;
mod metrics;
mod process;
mod settings;
mod stopping;
