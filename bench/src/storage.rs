//! The embedded engine: reads against its own prepared statements called directly on the same file, and durable
//! writes by one writer against sixteen.
//!
//! The file is in the page cache after the warm-up turns; the figures are of a warm cache.

mod filled;
mod reads;
mod verify;
mod writes;

use crate::contest::Effort;
use crate::figure::Figure;

/// Runs all of it in a fresh directory, which is removed afterwards.
pub(crate) fn run(effort: Effort) -> Vec<Figure> {
    let directory = std::env::temp_dir().join(format!("kvetch-bench-{}", std::process::id()));
    let filled = filled::Filled::make(&directory.join("reads"), effort);
    let mut figures = reads::run(&filled, effort);
    figures.push(verify::run(&filled, effort));
    let filled = filled.reopen_with_cache();
    figures.push(reads::cached(&filled, effort));
    filled.close();
    figures.extend(writes::run(&directory.join("writes"), effort));
    if let Err(error) = std::fs::remove_dir_all(&directory) {
        eprintln!("could not remove {}: {error}", directory.display());
    }
    figures
}
