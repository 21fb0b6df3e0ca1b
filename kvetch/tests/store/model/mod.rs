//! Random writes and reads against a plain model of the same promises.

mod plain;
mod compare;
mod sequential;
mod writers;
mod replay;
mod concurrent;
