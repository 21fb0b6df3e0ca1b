//! Figures: what was measured, and whether it keeps its bound.

use std::fmt::Write as _;

use serde::Serialize;

/// One measured value.
#[derive(Debug, Serialize)]
pub(crate) struct Figure {
    /// What it is.
    pub(crate) name: String,
    /// The median over all rounds.
    pub(crate) value: f64,
    /// Its unit: `us`, or `x` for a ratio.
    pub(crate) unit: &'static str,
    /// What it has to keep, in words; empty for none.
    pub(crate) bound: String,
    /// Whether it does; `None` where there is no bound.
    pub(crate) holds: Option<bool>,
    /// The smallest and largest value of a round.
    #[serde(skip)]
    pub(crate) spread: (f64, f64),
}

/// What a figure has to keep.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bound {
    None,
    AtMost(f64),
    AtLeast(f64),
}

impl Figure {
    /// The median of a figure's rounds.
    pub(crate) fn of(name: String, unit: &'static str, mut rounds: Vec<f64>, bound: Bound) -> Self {
        rounds.sort_by(f64::total_cmp);
        let value = rounds[rounds.len() / 2];
        let (bound, holds) = match bound {
            Bound::None => (String::new(), None),
            Bound::AtMost(limit) => (format!("at most {limit}"), Some(value <= limit)),
            Bound::AtLeast(limit) => (format!("at least {limit}"), Some(value >= limit)),
        };
        let spread = (rounds[0], rounds[rounds.len() - 1]);
        Self { name, value, unit, bound, holds, spread }
    }
}

/// The figures as a JSON list.
pub(crate) fn to_json(figures: &[Figure]) -> String {
    serde_json::to_string_pretty(figures).expect("figures are JSON")
}

/// The figures as a table of at most 80 columns.
pub(crate) fn to_text(figures: &[Figure]) -> String {
    let mut text = format!("{:<38} {:>9}    {:<17} bound\n", "median of all rounds", "", "(min .. max)");
    for figure in figures {
        let spread = format!("({:.2} .. {:.2})", figure.spread.0, figure.spread.1);
        let verdict = match figure.holds {
            None => String::new(),
            Some(true) => format!("{}: holds", figure.bound),
            Some(false) => format!("{}: MISSED", figure.bound),
        };
        let _ = writeln!(text, "{:<38} {:>9.2} {:<2} {spread:<17} {verdict}", figure.name, figure.value, figure.unit);
    }
    text
}
