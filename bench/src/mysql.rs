//! The engine over MySQL servers, against the best statements that one could write by hand for the same rows, on the
//! same server: one database, no second shard, everything in the server's memory.

mod filled;
mod bare;
mod compared;
mod nodes;
mod lists;
mod paging;
mod rounds;
mod bulk;

use crate::contest::Effort;
use crate::figure::Figure;

/// Runs all of it on a server of its own, which ends with it.
pub(crate) fn run(effort: Effort) -> Vec<Figure> {
    let filled = filled::Filled::make(effort.is_quick());
    let mut figures = nodes::run(&filled, effort);
    figures.extend(lists::run(&filled, effort));
    figures.extend(paging::run(&filled, effort));
    figures.extend(rounds::run(&filled));
    filled.close();
    figures.extend(bulk::run(effort));
    figures
}
