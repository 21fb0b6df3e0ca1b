//! A process is killed at every named fail point, and nothing that was acknowledged is lost.
//!
//! Each run starts this binary once more as the process to be killed. `GRAPHSCALE_LONG=1` asks for the whole campaign,
//! `KVETCH_CRASH_RUN=kind,point,nth,shards,seed` for one run.

#[path = "../store/dice.rs"]
mod dice;
mod plan;
mod workload;
mod log;
mod tables;
mod oracle;
mod promises;
mod damage;
mod seam;
mod child;
mod run;
mod campaign;

/// Not a test, but what the others start. By itself it does nothing.
#[test]
fn the_process_that_is_killed() {
    child::run_if_asked();
}

#[test]
fn a_process_that_is_killed_anywhere_loses_nothing() {
    campaign::run();
}
