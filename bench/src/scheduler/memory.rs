//! Whether scopes leave anything behind.

use tokio::runtime::Runtime;

use super::backend::Backend;
use super::ours::scoped;
use super::view::{LOADS, todo_view};
use crate::contest::Effort;
use crate::figure::{Bound, Figure};
use crate::memory::resident_mib;

const SCOPES: u64 = 1_000_000;
/// After these the allocator has what it needs.
const WARM_UP: u64 = 20_000;
/// What a process may grow by meanwhile, in MiB: less than a byte and a half for each scope.
const GROWTH_MIB: f64 = 1.0;

/// The growth of the process over a million scopes, one after the other.
pub(super) fn of_scopes(runtime: &Runtime, effort: Effort) -> Figure {
    let backend = Backend::free();
    let number = if effort.is_quick() { SCOPES / 50 } else { SCOPES };
    let run = |scopes: u64| {
        for _ in 0..scopes {
            std::hint::black_box(runtime.block_on(scoped(&backend, async |loads| todo_view(&loads).await)));
        }
    };
    run(WARM_UP);
    let before = resident_mib();
    run(number);
    let grown = resident_mib() - before;
    Figure::of(format!("{number} scopes of {LOADS} loads: growth"), "MiB", vec![grown], Bound::AtMost(GROWTH_MIB))
}
