//! The embedded engine: reads against its own prepared statements called directly on the same file, and durable
//! writes by one writer against sixteen.
//!
//! The file is in the page cache after the warm-up turns; the figures are of a warm cache.

mod filled;
mod reads;
mod verify;
mod writes;

use std::path::Path;

use crate::contest::Effort;
use crate::figure::Figure;

/// The name under which this program measures the memory that one comparison of a store takes.
pub(crate) const MEMORY_OF_VERIFY: &str = "memory-of-verify";

/// What the comparison of the store in a directory takes, as JSON.
pub(crate) fn memory_of_verify(directory: &Path) -> String {
    serde_json::to_string(&verify::own_memory(directory)).expect("numbers are JSON")
}

/// Runs all of it in a fresh directory, which is removed afterwards.
pub(crate) fn run(effort: Effort) -> Vec<Figure> {
    let directory = std::env::temp_dir().join(format!("kvetch-bench-{}", std::process::id()));
    let [few, many, most] = if effort.is_quick() { [2_000, 20_000, 40_000] } else { [200_000, 1_000_000, 2_000_000] };
    let mut filled = filled::Filled::make(&directory.join("reads"));
    filled.grow(few);
    let (mut filled, memory_of_few) = filled.looked_at(verify::memory);
    filled.grow(many);
    let mut figures = reads::run(&filled, effort);
    figures.push(verify::run(&filled, effort));
    filled.grow(most);
    let (filled, memory_of_most) = filled.looked_at(verify::memory);
    figures.extend(verify::growth(memory_of_few, memory_of_most));
    let filled = filled.reopen_with_cache();
    figures.push(reads::cached(&filled, effort));
    filled.close();
    figures.extend(writes::run(&directory.join("writes"), effort));
    if let Err(error) = std::fs::remove_dir_all(&directory) {
        eprintln!("could not remove {}: {error}", directory.display());
    }
    figures
}
