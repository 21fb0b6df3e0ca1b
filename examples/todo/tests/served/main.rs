//! The server from outside, as the process that it is.

mod hostile;
mod process;
mod settings;
mod stopping;
