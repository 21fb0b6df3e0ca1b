//! What the wake protocol is made of. Its tests put others in their place, which try all interleavings of threads.

pub(crate) use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

pub(crate) use futures::task::AtomicWaker;
