//! The text of a document, by the positions that juniper gives.

use juniper::Span;

/// A text whose pieces are found by spans. juniper counts characters, and strings are cut at bytes.
pub(super) struct Written<'t> {
    text: &'t str,
    /// Where each character begins; empty where all are of one byte.
    starts: Vec<usize>,
}

impl<'t> Written<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let starts = if text.is_ascii() { Vec::new() } else { text.char_indices().map(|(start, _)| start).collect() };
        Self { text, starts }
    }

    /// What stands at a span; `None` for one of another text.
    pub(super) fn at(&self, span: Span) -> Option<&'t str> {
        self.text.get(self.byte(span.start.index())?..self.byte(span.end.index())?)
    }

    fn byte(&self, index: usize) -> Option<usize> {
        match self.starts.get(index) {
            Some(start) => Some(*start),
            None if self.starts.is_empty() => Some(index),
            None => (index == self.starts.len()).then_some(self.text.len()),
        }
    }
}
