//! The text of a lock: one line for each thing, sorted.

use super::{Api, Edge, Index, Kept, Lock, Stored};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span};

/// What stands above the lines. The version is that of the format.
const HEAD: &str = "\
# graphscale.lock: what clients and stored data of this schema rely on, one line for each thing.
# `grapple generate` writes it, and refuses what either would not survive. Commit it beside the schema.
# Numbers and names of what is `removed` may still be in stored data: they are not given to anything else.
# Conflict in a merge? Keep the lines of both sides, then run `grapple generate`.
";

const VERSION: &str = "version 1";

impl Lock {
    /// The whole text.
    pub(super) fn text(&self) -> String {
        let mut lines: Vec<String> = self.api.iter().map(|(coordinate, api)| api_line(coordinate, api)).collect();
        let mut stored = |removed: bool, rest: String| {
            lines.push(format!("{} {rest}", if removed { "removed" } else { "stored" }));
        };
        for (number, node) in &self.nodes {
            stored(node.removed, format!("node {number} {}", node.is));
        }
        for (number, edge) in &self.edges {
            let Edge { from, to, key } = &edge.is;
            stored(edge.removed, format!("edge {number} {from} -> {to}.{key}"));
        }
        for (number, index) in &self.indexes {
            let Index { entity, key, kind } = &index.is;
            stored(index.removed, format!("index {number} {entity}.{key} {kind}"));
        }
        for ((entity, key), value) in &self.values {
            let target = value.is.target.as_ref().map(|target| format!(" -> {target}")).unwrap_or_default();
            stored(value.removed, format!("value {entity}.{key} {}{target}", value.is.ty));
        }
        for ((ty, value), kept) in &self.enums {
            stored(kept.removed, format!("enum {ty}.{value}"));
        }
        lines.sort();
        format!("{HEAD}{VERSION}\n{}\n", lines.join("\n"))
    }

    /// Reads a text, lines in any order.
    pub(super) fn read(text: &str) -> Result<Self, Box<Diagnostic>> {
        let mut lock = Self::default();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let span = Span { source: SourceId::Lock, start, end: start + line.trim_end().len() };
            start += line.len();
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') || line == VERSION {
                continue;
            }
            if lock.take_line(line, span).is_none() {
                return Err(Box::new(unreadable(line, span)));
            }
        }
        Ok(lock)
    }

    fn take_line(&mut self, line: &str, span: Span) -> Option<()> {
        let (group, rest) = line.split_once(' ')?;
        let (kind, rest) = rest.split_once(' ')?;
        match group {
            "api" => {
                let (coordinate, api) = read_api(kind, rest, span)?;
                self.api.insert(coordinate, api);
            }
            "stored" | "removed" => self.take_stored_line(group == "removed", kind, rest, span)?,
            _ => return None,
        }
        Some(())
    }

    fn take_stored_line(&mut self, removed: bool, kind: &str, rest: &str, span: Span) -> Option<()> {
        let at = Some(span);
        match kind {
            "node" => {
                let (number, name) = rest.split_once(' ')?;
                self.nodes.insert(number.parse().ok()?, Kept { is: name.to_owned(), removed, at });
            }
            "edge" => {
                let (number, rest) = rest.split_once(' ')?;
                let (from, rest) = rest.split_once(" -> ")?;
                let (to, key) = rest.split_once('.')?;
                let is = Edge { from: from.to_owned(), to: to.to_owned(), key: key.to_owned() };
                self.edges.insert(number.parse().ok()?, Kept { is, removed, at });
            }
            "index" => {
                let (number, rest) = rest.split_once(' ')?;
                let (coordinate, kind) = rest.split_once(' ')?;
                let (entity, key) = coordinate.split_once('.')?;
                let is = Index { entity: entity.to_owned(), key: key.to_owned(), kind: kind.to_owned() };
                self.indexes.insert(number.parse().ok()?, Kept { is, removed, at });
            }
            "value" => {
                let (coordinate, rest) = rest.split_once(' ')?;
                let (entity, key) = coordinate.split_once('.')?;
                let (ty, target) = match rest.split_once(" -> ") {
                    Some((ty, target)) => (ty, Some(target.to_owned())),
                    None => (rest, None),
                };
                super::types::read(ty)?;
                let is = Stored { ty: ty.to_owned(), target };
                self.values.insert((entity.to_owned(), key.to_owned()), Kept { is, removed, at });
            }
            "enum" => {
                let (ty, value) = rest.split_once('.')?;
                self.enums.insert((ty.to_owned(), value.to_owned()), Kept { is: (), removed, at });
            }
            _ => return None,
        }
        Some(())
    }
}

fn api_line(coordinate: &str, api: &Api) -> String {
    let mut line = format!("api {} {coordinate}", api.kind);
    if let Some(ty) = &api.ty {
        line += &format!(": {ty}");
    }
    if let Some(default) = &api.default {
        line += &format!(" = {default}");
    }
    line
}

fn read_api(kind: &str, rest: &str, span: Span) -> Option<(String, Api)> {
    let (coordinate, typed) = match rest.split_once(": ") {
        Some((coordinate, typed)) => (coordinate, Some(typed)),
        None => (rest, None),
    };
    let (ty, default) = match typed.and_then(|typed| typed.split_once(" = ")) {
        Some((ty, default)) => (Some(ty), Some(default.to_owned())),
        None => (typed, None),
    };
    if let Some(ty) = ty {
        super::types::read(ty)?;
    }
    let api = Api { kind: kind.to_owned(), ty: ty.map(str::to_owned), default, at: Some(span) };
    Some((coordinate.to_owned(), api))
}

fn unreadable(line: &str, span: Span) -> Diagnostic {
    let (message, help) = if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| line.starts_with(mark)) {
        ("the lock has a conflict of a merge".to_owned(), "keep the lines of both sides, and take the marks away")
    } else if line.starts_with("version ") {
        (
            format!("the lock is of {line}, which this grapple does not know"),
            "use the grapple that wrote it, or a newer one",
        )
    } else {
        ("a line of the lock cannot be read".to_owned(), "take the file back from version control")
    };
    Diagnostic::error(Code::LockUnreadable, span, message).help(help)
}
