//! The text of a lock: one line for each thing, sorted.

use std::collections::BTreeMap;

use super::coordinate::Coordinate;
use super::words::{Words, stored_name};
use super::{Api, ApiKind, Edge, Index, Kept, Lock, Stored};
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

/// The last line: a file without it was cut.
const END: &str = "end";

impl Lock {
    /// The whole text.
    pub(super) fn text(&self) -> String {
        let mut lines: Vec<String> = self.api.iter().map(|(coordinate, api)| api_line(coordinate, &api.is)).collect();
        let mut stored = |removed: bool, rest: String| {
            lines.push(format!("{} {rest}", if removed { "removed" } else { "stored" }));
        };
        for (number, node) in &self.nodes {
            stored(node.removed, format!("node {number} {}", node.is));
        }
        for (number, edge) in &self.edges {
            let Edge { from, to, key, order_by } = &edge.is;
            let order = order_by.as_ref().map(|name| format!(" by {}", stored_name(name))).unwrap_or_default();
            stored(edge.removed, format!("edge {number} {from} -> {to}.{}{order}", stored_name(key)));
        }
        for (number, index) in &self.indexes {
            let Index { entity, key, .. } = &index.is;
            let (word, range) = (index.is.word(), if index.is.is_range { " range" } else { "" });
            stored(index.removed, format!("index {number} {entity}.{} {word}{range}", stored_name(key)));
        }
        for ((entity, key), value) in &self.values {
            let Stored { ty, targets } = &value.is;
            let targets = if targets.is_empty() { String::new() } else { format!(" -> {}", targets.join(" | ")) };
            stored(value.removed, format!("value {entity}.{} {ty}{targets}", stored_name(key)));
        }
        for ((ty, value), kept) in &self.enums {
            stored(kept.removed, format!("enum {ty}.{value}"));
        }
        for (scalar, kept) in &self.own_scalars {
            stored(kept.removed, format!("scalar {scalar}"));
        }
        lines.sort();
        format!("{HEAD}{VERSION}\n{}\n{END}\n", lines.join("\n"))
    }

    /// Reads a text, lines in any order. All lines that cannot be read are told, and those that speak against each
    /// other: a merge keeps both.
    pub(super) fn read(text: &str) -> Result<Self, Vec<Diagnostic>> {
        let mut lock = Self::default();
        let mut found = Vec::new();
        let (mut has_version, mut has_end) = (false, false);
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let span = Span { source: SourceId::Lock, start, end: start + line.trim_end().len() };
            start += line.len();
            match line.trim() {
                VERSION => has_version = true,
                END => has_end = true,
                line if line.is_empty() || line.starts_with('#') => {}
                line => match entry(line, span).map(|entry| lock.put(entry)) {
                    Some(Ok(())) => {}
                    Some(Err(before)) => found.push(contradiction(span, before)),
                    None => found.push(unreadable(line, span)),
                },
            }
        }
        if found.is_empty() && !(has_version && has_end) {
            found.push(cut(if has_version { END } else { VERSION }));
        }
        if found.is_empty() { Ok(lock) } else { Err(found) }
    }

    /// Adds what a line says, or answers the line that says otherwise.
    fn put(&mut self, entry: Entry) -> Result<(), Option<Span>> {
        match entry {
            Entry::Api(coordinate, api) => put(&mut self.api, coordinate, api),
            Entry::Node(number, name) => put(&mut self.nodes, number, name),
            Entry::Edge(number, edge) => put(&mut self.edges, number, edge),
            Entry::Index(number, index) => put(&mut self.indexes, number, index),
            Entry::Value(entity, key, value) => put(&mut self.values, (entity, key), value),
            Entry::Enum(ty, value, kept) => put(&mut self.enums, (ty, value), kept),
            Entry::Scalar(name, kept) => put(&mut self.own_scalars, name, kept),
        }
    }
}

/// What one line says.
enum Entry {
    Api(Coordinate, Kept<Api>),
    Node(u32, Kept<String>),
    Edge(u32, Kept<Edge>),
    Index(u32, Kept<Index>),
    Value(String, String, Kept<Stored>),
    Enum(String, String, Kept<()>),
    /// One that a type of the user's stands for.
    Scalar(String, Kept<()>),
}

/// What is removed on one branch and stored on the other is stored.
fn put<K: Ord, T: PartialEq>(known: &mut BTreeMap<K, Kept<T>>, key: K, kept: Kept<T>) -> Result<(), Option<Span>> {
    match known.get(&key) {
        Some(before) if before.is != kept.is => return Err(before.at),
        Some(before) if !before.removed => {}
        _ => drop(known.insert(key, kept)),
    }
    Ok(())
}

fn entry(line: &str, span: Span) -> Option<Entry> {
    let mut words = Words::of(line);
    let group = words.name()?;
    words.expect(" ")?;
    let kind = words.name()?;
    words.expect(" ")?;
    match group {
        "api" => api_entry(ApiKind::read(kind)?, words, span),
        "stored" => stored_entry(kind, words, false, span),
        "removed" => stored_entry(kind, words, true, span),
        _ => None,
    }
}

fn stored_entry(kind: &str, mut words: Words<'_>, removed: bool, span: Span) -> Option<Entry> {
    let at = Some(span);
    let entry = match kind {
        "node" => {
            let number = words.number()?;
            words.expect(" ")?;
            Entry::Node(number, Kept { is: words.owned()?, removed, at })
        }
        "edge" => {
            let number = words.number()?;
            words.expect(" ")?;
            let from = words.owned()?;
            words.expect(" -> ")?;
            let to = words.owned()?;
            words.expect(".")?;
            let key = words.stored_name()?;
            let order_by = if words.skip(" by ") { Some(words.stored_name()?) } else { None };
            Entry::Edge(number, Kept { is: Edge { from, to, key, order_by }, removed, at })
        }
        "index" => {
            let number = words.number()?;
            words.expect(" ")?;
            let (entity, key) = stored_coordinate(&mut words)?;
            words.expect(" ")?;
            let is_unique = words.skip("unique");
            if !is_unique {
                words.expect("index")?;
            }
            let is_range = words.skip(" range");
            Entry::Index(number, Kept { is: Index { entity, key, is_unique, is_range }, removed, at })
        }
        "value" => {
            let (entity, key) = stored_coordinate(&mut words)?;
            words.expect(" ")?;
            let ty = words.ty()?;
            let mut targets = Vec::new();
            let mut between = " -> ";
            while words.skip(between) {
                targets.push(words.owned()?);
                between = " | ";
            }
            Entry::Value(entity, key, Kept { is: Stored { ty, targets }, removed, at })
        }
        "enum" => {
            let ty = words.owned()?;
            words.expect(".")?;
            Entry::Enum(ty, words.owned()?, Kept { is: (), removed, at })
        }
        "scalar" => Entry::Scalar(words.owned()?, Kept { is: (), removed, at }),
        _ => return None,
    };
    words.end()?;
    Some(entry)
}

/// `TodoItem.text`, say.
fn stored_coordinate(words: &mut Words<'_>) -> Option<(String, String)> {
    let entity = words.owned()?;
    words.expect(".")?;
    Some((entity, words.stored_name()?))
}

fn api_line(coordinate: &Coordinate, api: &Api) -> String {
    let mut line = format!("api {} {coordinate}", api.kind.word());
    if api.is_one_of {
        line += " oneOf";
    }
    if let Some(ty) = &api.ty {
        line += &format!(": {ty}");
    }
    if let Some(default) = &api.default {
        line += &format!(" = {default}");
    }
    line
}

fn api_entry(kind: ApiKind, mut words: Words<'_>, span: Span) -> Option<Entry> {
    let ty = words.owned()?;
    let coordinate = if kind == ApiKind::Root {
        Coordinate::Root(ty)
    } else if words.skip(".") {
        let name = words.owned()?;
        match words.skip("(") {
            true => {
                let argument = words.owned()?;
                words.expect(":)")?;
                Coordinate::Argument { ty, field: name, name: argument }
            }
            false => Coordinate::Member { ty, name },
        }
    } else if words.skip(" implements ") {
        Coordinate::Interface { ty, name: words.owned()? }
    } else if words.skip(" = ") {
        Coordinate::Alternative { ty, name: words.owned()? }
    } else {
        Coordinate::Type(ty)
    };
    let is_one_of = words.skip(" oneOf");
    let ty = if words.skip(": ") { Some(words.ty()?) } else { None };
    let default = if words.skip(" = ") {
        Some(words.rest().to_owned())
    } else {
        words.end()?;
        None
    };
    Some(Entry::Api(coordinate, Kept { is: Api { kind, ty, default, is_one_of }, removed: false, at: Some(span) }))
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

fn contradiction(span: Span, before: Option<Span>) -> Diagnostic {
    let message = "two lines of the lock say different things of one";
    let help = "keep the one that is true of what is stored, and of what clients use; what has a number that is \
        taken needs another in the schema";
    let found = Diagnostic::error(Code::LockUnreadable, span, message).help(help);
    match before {
        Some(before) => found.related(before, "the other one"),
        None => found,
    }
}

fn cut(lacks: &str) -> Diagnostic {
    let start = Span { source: SourceId::Lock, start: 0, end: 0 };
    let message = format!("the lock is not whole: it has no line `{lacks}`");
    Diagnostic::error(Code::LockUnreadable, start, message)
        .help("take the file back from version control; where there is none yet, delete it")
}
