//! What is wrong with a schema, where, and the way out.

use std::fmt;
use std::sync::Arc;

use crate::code::Code;
use crate::source::{Position, Sources, Span};

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether it stops the run.
    pub severity: Severity,
    /// Its stable code.
    pub code: Code,
    /// What is wrong, in one line.
    pub message: String,
    /// Where, and what is to be seen there.
    pub label: Label,
    /// Other places that belong to it.
    pub related: Vec<Label>,
    /// A way out; text that can be pasted where possible.
    pub help: Option<String>,
}

/// Whether a finding stops the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// It does: nothing is written.
    Error,
    /// It does not: someone should know.
    Note,
}

/// A place and what is to be seen there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// The words beside it; may be empty.
    pub text: String,
}

impl Diagnostic {
    pub(crate) fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, span, message)
    }

    pub(crate) fn note(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, span, message)
    }

    fn new(severity: Severity, code: Code, span: Span, message: impl Into<String>) -> Self {
        let label = Label { span, text: String::new() };
        Self { severity, code, message: message.into(), label, related: Vec::new(), help: None }
    }

    pub(crate) fn label(mut self, text: impl Into<String>) -> Self {
        self.label.text = text.into();
        self
    }

    pub(crate) fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push(Label { span, text: text.into() });
        self
    }

    pub(crate) fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }
}

/// All findings of one run, in the order of their places, and the texts they point into.
#[derive(Clone, PartialEq, Eq)]
pub struct Diagnostics {
    sources: Arc<Sources>,
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    pub(crate) fn new(sources: Sources, mut list: Vec<Diagnostic>) -> Self {
        list.sort_by_key(|diagnostic| (diagnostic.label.span, diagnostic.code.as_str()));
        list.dedup();
        Self { sources: Arc::new(sources), list }
    }

    /// The findings.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Where a label begins and ends; the end is the place after its last character.
    pub fn range(&self, label: &Label) -> (Position, Position) {
        let end = Span { start: label.span.end, ..label.span };
        (self.sources.position(label.span), self.sources.position(end))
    }

    /// Where a finding is.
    pub fn position(&self, diagnostic: &Diagnostic) -> Position {
        self.sources.position(diagnostic.label.span)
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl std::error::Error for Diagnostics {}

/// The same as `Display`: what a test that unwraps prints.
impl fmt::Debug for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whether any finding stops the run.
pub(crate) fn stops(findings: &[Diagnostic]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Error)
}

/// A report for people, without colours.
impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for diagnostic in &self.list {
            report(f, &self.sources, diagnostic)?;
        }
        Ok(())
    }
}

fn report(f: &mut fmt::Formatter<'_>, sources: &Sources, diagnostic: &Diagnostic) -> fmt::Result {
    let kind = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Note => "note",
    };
    writeln!(f, "{kind}[{}]: {}", diagnostic.code, diagnostic.message)?;
    let labels = || std::iter::once(&diagnostic.label).chain(&diagnostic.related);
    let last_line = labels().map(|label| sources.position(label.span).line).max();
    let width = last_line.map_or(1, |line| line.to_string().len());
    for (arrow, label) in std::iter::once("-->").chain(std::iter::repeat(":::")).zip(labels()) {
        excerpt(f, sources, label, arrow, width)?;
    }
    if let Some(help) = &diagnostic.help {
        let mut lines = help.lines();
        writeln!(f, "{:width$} = help: {}", "", lines.next().unwrap_or_default())?;
        for line in lines {
            writeln!(f, "{:width$}         {line}", "")?;
        }
    }
    writeln!(f)
}

fn excerpt(f: &mut fmt::Formatter<'_>, sources: &Sources, label: &Label, arrow: &str, width: usize) -> fmt::Result {
    let position = sources.position(label.span);
    let (line, marked) = sources.line(label.span);
    // Tabs are kept under the line, so that the caret stands where the terminal put the text.
    let indent: String =
        line.chars().take(position.column - 1).map(|letter| if letter == '\t' { '\t' } else { ' ' }).collect();
    let carets = "^".repeat(marked.trim_end().chars().count().max(1));
    writeln!(f, "{:width$}{arrow} {position}", "")?;
    writeln!(f, "{:width$} |", "")?;
    writeln!(f, "{:>width$} | {line}", position.line)?;
    writeln!(f, "{:width$} | {}", "", format!("{indent}{carets} {}", label.text).trim_end())
}
