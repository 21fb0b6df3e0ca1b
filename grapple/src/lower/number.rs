//! The numbers that name types, edges and indexes.

use std::collections::BTreeMap;

use super::Report;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::source::{Span, Spanned};

/// A number as the storage takes it: 1 or more. `None` after reporting another one.
pub(super) fn positive(number: &Spanned<i64>, what: &str, report: &mut Report) -> Option<u32> {
    match u32::try_from(number.value) {
        Ok(value) if value > 0 => Some(value),
        _ => {
            let message = format!("{} cannot be the number of {what}", number.value);
            report.push(
                Diagnostic::error(Code::BadNumber, number.span, message).help("take a number from 1 to 2147483647"),
            );
            None
        }
    }
}

/// Who has taken which number or name, so that a second taker is reported with both places.
#[derive(Debug, Default)]
pub(super) struct Taken<K> {
    owners: BTreeMap<K, (Span, String)>,
}

impl<K: Ord + Clone> Taken<K> {
    /// Takes a key; answers who had it before.
    pub(super) fn take(&mut self, key: &K, span: Span, owner: &str) -> Option<(Span, String)> {
        if let Some(before) = self.owners.get(key) {
            return Some(before.clone());
        }
        self.owners.insert(key.clone(), (span, owner.to_owned()));
        None
    }

    /// A key that nobody has: the one after the greatest.
    pub(super) fn greatest(&self) -> Option<&K> {
        self.owners.keys().next_back()
    }
}
