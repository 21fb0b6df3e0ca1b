//! When a field is selected: what `@skip` and `@include` say, over variables that are read at run time.

use crate::coerce::Variables;
use crate::input::Input;
use crate::operation::{self, Literal};

/// A disjunction of conjunctions: each way in which the field was selected, with all the directives on it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Condition(Vec<Vec<Term>>);

/// A variable that must have a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Term {
    variable: String,
    expected: bool,
}

/// More ways than this are refused: no document written by hand comes near, and the product of nested
/// conditions would grow without bound.
const MAX_TERMS: usize = 256;

impl Condition {
    /// Holds always.
    pub(crate) fn always() -> Self {
        Self(vec![Vec::new()])
    }

    /// Holds never.
    pub(crate) fn never() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn is_always(&self) -> bool {
        self.0.iter().any(Vec::is_empty)
    }

    pub(crate) fn is_never(&self) -> bool {
        self.0.is_empty()
    }

    /// This one and all the directives of a selection. `None` when it grows over the limit.
    pub(crate) fn and(&self, directives: &[operation::Condition]) -> Option<Self> {
        let mut ways = self.0.clone();
        for directive in directives {
            match &directive.value {
                Literal::Bool(value) if *value == directive.expected => {}
                Literal::Variable(variable) => {
                    let term = Term { variable: variable.clone(), expected: directive.expected };
                    let opposite = Term { variable: variable.clone(), expected: !directive.expected };
                    ways.retain(|way| !way.contains(&opposite));
                    for way in &mut ways {
                        if let Err(position) = way.binary_search(&term) {
                            way.insert(position, term.clone());
                        }
                    }
                }
                _ => return Some(Self::never()),
            }
        }
        Self(ways).bounded()
    }

    /// This one or the other. `None` when it grows over the limit.
    pub(crate) fn or(&self, other: &Self) -> Option<Self> {
        if self.is_always() || other.is_always() {
            return Some(Self::always());
        }
        let mut ways = self.0.clone();
        ways.extend(other.0.iter().filter(|way| !self.0.contains(way)).cloned());
        Self(ways).bounded()
    }

    /// Reads it for one request.
    pub(crate) fn holds(&self, variables: &Variables) -> bool {
        let is = |term: &Term| variables.get(&term.variable) == Some(&Input::Bool(term.expected));
        self.0.iter().any(|way| way.iter().all(is))
    }

    fn bounded(self) -> Option<Self> {
        (self.0.iter().map(Vec::len).sum::<usize>() <= MAX_TERMS && self.0.len() <= MAX_TERMS).then_some(self)
    }
}

impl std::fmt::Display for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (position, way) in self.0.iter().enumerate() {
            let terms = way.iter().map(|term| format!("{}${}", if term.expected { "" } else { "not " }, term.variable));
            let separator = if position == 0 { "" } else { " or " };
            write!(f, "{separator}{}", terms.collect::<Vec<_>>().join(" and "))?;
        }
        Ok(())
    }
}
