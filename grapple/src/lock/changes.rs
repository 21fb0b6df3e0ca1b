//! What has changed since the lock was written.

use super::sites::Sites;
use super::stored::Compared;
use super::{Break, Lock};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::source::Span;

impl Lock {
    /// What clients or stored data of an older lock would not survive.
    pub(super) fn breaks_since(&self, old: &Self, document: &Document) -> Vec<Break> {
        let sites = Sites::of(document);
        let mut breaks = Compared::of(self, old, &sites).breaks();
        breaks.extend(self.api_breaks(old, &sites));
        breaks
    }
}

/// A change as it is reported: with the line of the lock, and how to accept it.
pub(super) struct Found {
    pub(super) code: Code,
    /// The name that accepts it.
    pub(super) name: String,
    /// Where the schema says so; nowhere for what it does not say any more.
    pub(super) site: Option<Span>,
    /// Where the lock says otherwise.
    pub(super) lock: Option<Span>,
    pub(super) message: String,
    pub(super) help: String,
    /// What accepting it means.
    pub(super) accepted: &'static str,
}

impl Found {
    pub(super) fn report(self) -> Break {
        let Self { code, name, site, lock, message, help, accepted } = self;
        let span = site.or(lock).unwrap_or(Span::SCHEMA);
        let mut diagnostic = Diagnostic::error(code, span, message);
        if let (Some(_), Some(lock)) = (site, lock) {
            diagnostic = diagnostic.related(lock, "what the lock remembers");
        }
        let help = format!("{help};\nor, {accepted}: `--accept '{code}:{name}'`");
        Break { name, diagnostic: diagnostic.help(help) }
    }
}
