//! A document as text, in a random layout: places of errors are compared, too.

use fastrand::Rng;

use super::{Directive, Document, Literal, Selection};
use crate::differential::dice::{one_in, pick};

/// The text of a document.
pub(crate) fn print(document: &Document) -> String {
    let mut printer = Printer { rng: Rng::with_seed(document.layout), text: String::new() };
    // Fragments may stand before the operations.
    let fragments_first = printer.rng.bool();
    if fragments_first {
        printer.fragments(document);
    }
    for operation in &document.operations {
        let is_short = operation.kind == "query" && operation.name.is_none() && operation.variables.is_empty();
        if !is_short || one_in(&mut printer.rng, 3) {
            printer.token(operation.kind);
            operation.name.iter().for_each(|name| printer.token(name));
        }
        if !operation.variables.is_empty() {
            printer.token("(");
            for variable in &operation.variables {
                printer.token(&format!("${}", variable.name));
                printer.token(":");
                printer.token(&variable.ty);
                if let Some(default) = &variable.default {
                    printer.token("=");
                    printer.literal(default);
                }
            }
            printer.token(")");
        }
        printer.selections(&operation.selections);
    }
    if !fragments_first {
        printer.fragments(document);
    }
    printer.text
}

struct Printer {
    rng: Rng,
    text: String,
}

impl Printer {
    fn token(&mut self, token: &str) {
        self.text.push_str(token);
        self.text.push_str(match self.rng.u8(..40) {
            0..5 => "\n",
            5 => ", ",
            6 => "\n\t  ",
            7 => " # a comment: é \"{\n",
            8 => "\r\n",
            9 => ",,\n",
            _ => " ",
        });
    }

    fn fragments(&mut self, document: &Document) {
        for fragment in &document.fragments {
            for word in ["fragment", &fragment.name, "on", &fragment.on] {
                self.token(word);
            }
            self.selections(&fragment.selections);
        }
    }

    fn selections(&mut self, selections: &[Selection]) {
        self.token("{");
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    if let Some(alias) = &field.alias {
                        self.token(alias);
                        self.token(":");
                    }
                    self.token(&field.name);
                    if !field.arguments.is_empty() {
                        self.token("(");
                        for (name, value) in &field.arguments {
                            self.token(name);
                            self.token(":");
                            self.literal(value);
                        }
                        self.token(")");
                    }
                    self.directives(&field.directives);
                    if !field.selections.is_empty() {
                        self.selections(&field.selections);
                    }
                }
                Selection::Spread(name, directives) => {
                    self.token("...");
                    self.token(name);
                    self.directives(directives);
                }
                Selection::Inline(on, directives, selections) => {
                    self.token("...");
                    for word in on.iter().flat_map(|on| ["on", on]) {
                        self.token(word);
                    }
                    self.directives(directives);
                    self.selections(selections);
                }
            }
        }
        self.token("}");
    }

    fn directives(&mut self, directives: &[Directive]) {
        for directive in directives {
            self.token(&format!("@{}", directive.name));
            self.token("(");
            self.token("if");
            self.token(":");
            self.literal(&directive.condition);
            self.token(")");
        }
    }

    fn literal(&mut self, literal: &Literal) {
        match literal {
            Literal::Plain(text) => self.token(text),
            Literal::Variable(name) => self.token(&format!("${name}")),
            Literal::List(items) => {
                self.token("[");
                items.iter().for_each(|item| self.literal(item));
                self.token("]");
            }
            Literal::Object(fields) => {
                self.token("{");
                for (name, value) in fields {
                    self.token(name);
                    self.token(":");
                    self.literal(value);
                }
                self.token("}");
            }
        }
    }
}

/// A string as a literal: quoted in one of the ways there are.
pub(super) fn string(rng: &mut Rng, text: &str) -> String {
    let quoted = serde_json::to_string(text).expect("a string is JSON");
    let is_plain = text.chars().all(|char| !char.is_control() && char != '"' && char != '\\');
    match rng.u8(..8) {
        0 if is_plain && !text.starts_with(' ') && !text.ends_with(' ') => format!("\"\"\"{text}\"\"\""),
        1 => {
            let escaped = text.chars().map(|char| format!("\\u{{{:x}}}", u32::from(char)));
            format!("\"{}\"", escaped.collect::<String>())
        }
        2 => {
            let units = text.encode_utf16().map(|unit| format!("\\u{unit:04X}"));
            format!("\"{}\"", units.collect::<String>())
        }
        3 if is_plain => pick(rng, &[quoted.clone(), format!("\"\"\"\n  {text}\n  \"\"\"")]).clone(),
        _ => quoted,
    }
}
