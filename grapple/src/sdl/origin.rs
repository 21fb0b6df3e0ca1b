//! Where the parts of a parsed schema were written.

use std::collections::BTreeMap;

use apollo_compiler::parser::{FileId, SourceSpan};
use apollo_compiler::{Name, Schema};

use crate::source::{SourceId, Span, Spanned};

/// A parsed schema, and which of its files hold the user's own text: everything else came from the prelude.
pub(super) struct Origin<'s> {
    pub(super) schema: &'s Schema,
    files: BTreeMap<FileId, SourceId>,
}

/// The name that the parser knows a file by: its place among the others, since two may have one path.
pub(super) fn name(at: usize) -> String {
    at.to_string()
}

impl<'s> Origin<'s> {
    pub(super) fn new(schema: &'s Schema) -> Self {
        let place = |path: &std::path::Path| path.to_str()?.parse().ok().map(SourceId::Schema);
        let files = schema.sources.iter().filter_map(|(id, file)| Some((*id, place(file.path())?))).collect();
        Self { schema, files }
    }

    /// A place in the schema's own text; its start for a place elsewhere.
    pub(super) fn span(&self, location: Option<SourceSpan>) -> Span {
        let own = location.and_then(|at| Some((at, *self.files.get(&at.file_id())?)));
        own.map_or(Span::SCHEMA, |(at, source)| Span { source, start: at.offset(), end: at.end_offset() })
    }

    /// Whether within a directive a value is that of the argument of this name.
    pub(super) fn names(&self, directive: Span, argument: &str, value: Span) -> bool {
        let file = self.files.iter().find(|(_, source)| **source == directive.source).map(|(file, _)| file);
        let text = file.and_then(|file| self.schema.sources.get(file)?.source_text().get(directive.start..value.start));
        let before = text.and_then(|text| text.trim_end().strip_suffix(':')?.trim_end().strip_suffix(argument));
        before.is_some_and(|before| !before.ends_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '_'))
    }

    /// Whether the text at a place is the user's.
    pub(super) fn holds(&self, location: Option<SourceSpan>) -> bool {
        location.is_some_and(|at| self.files.contains_key(&at.file_id()))
    }

    pub(super) fn name(&self, name: &Name) -> Spanned<String> {
        Spanned { value: name.to_string(), span: self.span(name.location()) }
    }
}
