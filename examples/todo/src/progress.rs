//! How far a long piece of work has come: a bar on a terminal, a line now and then elsewhere.

use std::cell::Cell;
use std::fmt::Write;
use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

/// Elsewhere than on a terminal, a line each time that another tenth is done.
const LINES: usize = 10;

/// Shows the progress of one piece of work on standard error.
#[derive(Debug)]
pub enum Progress {
    /// For people who watch.
    Bar(ProgressBar),
    /// For logs.
    Lines {
        /// How much there is to do.
        total: usize,
        /// How much is done.
        done: Cell<usize>,
    },
}

impl Progress {
    /// Begins at nothing out of `total`.
    ///
    /// # Panics
    /// Never: the template of the bar is valid.
    pub fn new(total: usize) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self::Lines { total, done: Cell::new(0) };
        }
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} nodes, {rate}, {eta} left");
        let style = style.expect("the template is valid").with_key("rate", rate);
        Self::Bar(ProgressBar::new(total as u64).with_style(style))
    }

    /// Some more is done.
    pub fn advance(&self, by: usize) {
        match self {
            Self::Bar(bar) => bar.inc(by as u64),
            Self::Lines { total, done } => {
                let tenth = |count: usize| count * LINES / total.max(&1);
                let before = done.replace(done.get() + by);
                if tenth(done.get()) > tenth(before) {
                    eprintln!("{} of {total} nodes written", done.get());
                }
            }
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

/// Whole nodes: indicatif's own rate has four digits behind the point.
fn rate(state: &ProgressState, out: &mut dyn Write) {
    // A bar that cannot be drawn is no reason to stop the work.
    let _ = write!(out, "{:.0}/s", state.per_sec());
}
