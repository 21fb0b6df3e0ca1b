//! When a field is selected: what `@skip` and `@include` say, over variables that are read at run time.

use crate::coerce::Variables;
use crate::input::Input;
use crate::operation::{self, Literal};

/// Nearly every field is selected whatever the variables say, which takes no memory.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Condition {
    Always,
    /// A disjunction of conjunctions: each way in which the field was selected, with all the directives on it. None of
    /// them is empty.
    Ways(Vec<Vec<Term>>),
}

/// A variable that must have a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Term {
    variable: String,
    expected: bool,
}

/// More ways than this are refused: no document written by hand comes near, and the product of nested
/// conditions would grow without bound.
const MAX_TERMS: usize = 256;

impl Condition {
    /// Holds never.
    pub(crate) fn never() -> Self {
        Self::Ways(Vec::new())
    }

    pub(crate) fn is_always(&self) -> bool {
        matches!(self, Self::Always)
    }

    pub(crate) fn is_never(&self) -> bool {
        matches!(self, Self::Ways(ways) if ways.is_empty())
    }

    /// This one and all the directives of a selection. `None` when it grows over the limit.
    pub(crate) fn and(&self, directives: &[operation::Condition]) -> Option<Self> {
        directives.iter().try_fold(self.clone(), |condition, directive| match &directive.value {
            Literal::Bool(value) if *value == directive.expected => Some(condition),
            Literal::Variable(variable) => condition.and_variable(variable, directive.expected),
            _ => Some(Self::never()),
        })
    }

    fn and_variable(self, variable: &str, expected: bool) -> Option<Self> {
        let term = Term { variable: variable.to_owned(), expected };
        let opposite = Term { variable: variable.to_owned(), expected: !expected };
        let mut ways = match self {
            Self::Always => vec![Vec::new()],
            Self::Ways(ways) => ways,
        };
        ways.retain(|way| !way.contains(&opposite));
        for way in &mut ways {
            if let Err(position) = way.binary_search(&term) {
                way.insert(position, term.clone());
            }
        }
        bounded(ways)
    }

    /// This one or the other. `None` when it grows over the limit.
    pub(crate) fn or(&self, other: &Self) -> Option<Self> {
        let (Self::Ways(own), Self::Ways(others)) = (self, other) else { return Some(Self::Always) };
        let mut ways = own.clone();
        ways.extend(others.iter().filter(|way| !own.contains(way)).cloned());
        bounded(ways)
    }

    /// Reads it for one request.
    pub(crate) fn holds(&self, variables: &Variables) -> bool {
        let is = |term: &Term| variables.get(&term.variable) == Some(&Input::Bool(term.expected));
        match self {
            Self::Always => true,
            Self::Ways(ways) => ways.iter().any(|way| way.iter().all(is)),
        }
    }
}

fn bounded(ways: Vec<Vec<Term>>) -> Option<Condition> {
    let is_bounded = ways.iter().map(Vec::len).sum::<usize>() <= MAX_TERMS && ways.len() <= MAX_TERMS;
    is_bounded.then_some(Condition::Ways(ways))
}

impl std::fmt::Display for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self::Ways(ways) = self else { return Ok(()) };
        for (position, way) in ways.iter().enumerate() {
            let terms = way.iter().map(|term| format!("{}${}", if term.expected { "" } else { "not " }, term.variable));
            let separator = if position == 0 { "" } else { " or " };
            write!(f, "{separator}{}", terms.collect::<Vec<_>>().join(" and "))?;
        }
        Ok(())
    }
}
