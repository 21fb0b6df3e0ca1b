//! The wake protocol: who of a scope can move, on whatever thread, and what happens when nothing can.
//!
//! `tests/wake` tries it under all interleavings of a few threads, with other [`primitives`].

mod primitives;
mod turn;
mod signal;
mod tracked;
mod drive;

pub(super) use self::drive::{Driven, drive};
pub(super) use self::signal::Signal;
pub(super) use self::tracked::Tracked;
