//! Texts, and places in them.

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

mod files;

pub use files::SchemaFiles;

/// A text and the name it is reported under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    path: PathBuf,
    text: String,
    /// Where its lines start: a report of many places would read the text once for each.
    lines: Vec<usize>,
}

impl SourceFile {
    /// A text that is already in memory.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        let text = text.into();
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { path: path.into(), text, lines }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, or is not UTF-8.
    pub fn read(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        Ok(Self::new(path, std::fs::read_to_string(path)?))
    }

    /// The name it is reported under.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The number of the line that a byte is on, from 0, and the bytes of that line.
    fn line(&self, at: usize) -> (usize, Range<usize>) {
        let number = self.lines.partition_point(|start| *start <= at) - 1;
        let end = self.lines.get(number + 1).map_or(self.text.len(), |next| next - 1);
        (number, self.lines[number]..end)
    }
}

/// Which source a span lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum SourceId {
    /// A file of the schema, by its place among them.
    Schema(u32),
    Generated,
    Custom,
    Lock,
}

/// A range of bytes of one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub(crate) source: SourceId,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Span {
    /// The start of the schema: where a diagnostic about the whole of it points.
    pub(crate) const SCHEMA: Self = Self { source: SourceId::Schema(0), start: 0, end: 0 };

    /// Whether another span lies in this one.
    pub(crate) fn contains(&self, inner: &Self) -> bool {
        self.source == inner.source && self.start <= inner.start && inner.end <= self.end
    }
}

/// Something of the schema and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spanned<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

/// A place for people: counted from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The name of the file.
    pub file: PathBuf,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

/// The sources that one run reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sources {
    pub(crate) schema: Arc<SchemaFiles>,
    pub(crate) generated: Option<SourceFile>,
    pub(crate) custom: Option<SourceFile>,
    pub(crate) lock: Option<SourceFile>,
}

impl Sources {
    /// A schema alone.
    pub(crate) fn of(schema: &Arc<SchemaFiles>) -> Self {
        Self { schema: Arc::clone(schema), generated: None, custom: None, lock: None }
    }

    /// The source that a span lies in.
    pub(crate) fn file(&self, span: Span) -> &SourceFile {
        let named = match span.source {
            SourceId::Schema(at) => self.schema.files().get(at as usize),
            SourceId::Generated => self.generated.as_ref(),
            SourceId::Custom => self.custom.as_ref(),
            SourceId::Lock => self.lock.as_ref(),
        };
        named.expect("spans are made of the sources of this run")
    }

    /// Where a span starts.
    pub(crate) fn position(&self, span: Span) -> Position {
        let file = self.file(span);
        let start = floor(&file.text, span.start);
        let (number, line) = file.line(start);
        let column = file.text[line.start..start].chars().count() + 1;
        Position { file: file.path.clone(), line: number + 1, column }
    }

    /// The line that a span starts on, and the text of the span on that line.
    pub(crate) fn line(&self, span: Span) -> (&str, &str) {
        let file = self.file(span);
        let text = &file.text;
        let start = floor(text, span.start);
        let (_, line) = file.line(start);
        let end = floor(text, span.end).clamp(start, line.end);
        (text[line].trim_end(), &text[start..end])
    }
}

/// The nearest character boundary at or below a byte offset: a parser's span never makes a report panic.
fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}
