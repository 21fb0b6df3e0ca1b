//! How far long work has come: a bar on a terminal, else a line now and then. The only room that names indicatif.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::output::Output;

/// The time between two lines where no bar is drawn.
const LINE_EVERY: Duration = Duration::from_secs(5);

const KNOWN_END: &str = "{elapsed_precise} [{wide_bar}] {percent:>3}% {msg}";
const OPEN_END: &str = "{elapsed_precise} {spinner} {msg}";

/// The progress of one command, on standard error.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    said: Instant,
    output: Output,
}

impl Progress {
    /// Begins. Without an end there is no bar to fill.
    pub(crate) fn begin(output: Output, end: Option<u64>) -> Self {
        let style = ProgressStyle::with_template(if end.is_some() { KNOWN_END } else { OPEN_END });
        let style = style.expect("the templates are valid");
        let bar = Self::is_drawn(output)
            .then(|| end.map_or_else(ProgressBar::new_spinner, ProgressBar::new).with_style(style));
        Self { bar, said: Instant::now(), output }
    }

    /// Whether there is a bar for somebody to look at.
    pub(crate) fn is_drawn(output: Output) -> bool {
        !output.json && std::io::stderr().is_terminal()
    }

    /// How far it is.
    pub(crate) fn at(&mut self, position: u64, message: impl FnOnce() -> String) {
        if let Some(bar) = &self.bar {
            bar.set_position(position);
            bar.set_message(message());
        } else if self.said.elapsed() >= LINE_EVERY {
            self.said = Instant::now();
            self.output.note(message());
        }
    }

    /// Takes the bar away.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}
