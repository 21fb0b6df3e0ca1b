//! A schema with its derived definitions written out.

use std::fmt::Write;

use super::Derived;
use crate::document::{Directive, Document, Field, InputValue, Kind, Literal, TypeDefinition, Value, directive};
use crate::source::{SchemaFiles, SourceId, Spanned};

/// The text of a schema, file after file, in which `crud` has been taken from `@pent`, and what it stood for is written
/// below.
pub(crate) fn expanded(files: &SchemaFiles, document: &Document, derived: &Derived) -> String {
    let mut text = String::new();
    for (file, number) in files.files().iter().zip(0..) {
        text += &without_crud(file.text(), SourceId::Schema(number), document);
        if !text.ends_with('\n') {
            text.push('\n');
        }
    }
    for (root, otherwise, fields) in
        [(&document.query, "Query", &derived.query), (&document.mutation, "Mutation", &derived.mutation)]
    {
        text.push_str(&root_fields(document, root.as_ref(), otherwise, fields));
    }
    text.push_str(&named_roots(document, derived));
    derived.types.iter().for_each(|ty| text.push_str(&definition(ty)));
    text
}

/// From the last place of a file to its first, so that those before stay where they are.
fn without_crud(text: &str, source: SourceId, document: &Document) -> String {
    let used = document.types.iter().filter_map(|ty| directive(&ty.directives, "pent"));
    let is_here = |pent: &&Directive| pent.span.source == source && pent.argument("crud").is_some();
    let mut used: Vec<&Directive> = used.filter(is_here).collect();
    used.sort_by_key(|pent| std::cmp::Reverse(pent.span.start));
    let mut text = text.to_owned();
    for pent in used {
        let args = pent.args.iter().filter(|(name, _)| name != "crud").cloned().collect();
        let plain = Directive { args, ..pent.clone() };
        text.replace_range(pent.span.start..pent.span.end, &directive_text(&plain));
    }
    text
}

/// Where a schema says what its roots are, it has to say so of those that are derived.
fn named_roots(document: &Document, derived: &Derived) -> String {
    let roots = [
        ("query: Query", &document.query, &derived.query),
        ("mutation: Mutation", &document.mutation, &derived.mutation),
    ];
    let unnamed = roots.into_iter().filter(|(_, root, fields)| root.is_none() && !fields.is_empty());
    let unnamed: String = unnamed.map(|(named, _, _)| format!("  {named}\n")).collect();
    match document.has_definition && !unnamed.is_empty() {
        true => format!("\nextend schema {{\n{unnamed}}}\n"),
        false => String::new(),
    }
}

fn root_fields(document: &Document, root: Option<&Spanned<String>>, otherwise: &str, fields: &[Field]) -> String {
    if fields.is_empty() {
        return String::new();
    }
    let name = root.map_or(otherwise, |root| &root.value);
    let is_defined = |name: &String| !document.adopted.contains(name);
    let is_there = document.types.iter().any(|ty| ty.name.value == name && is_defined(&ty.name.value));
    let keyword = if is_there { "extend type" } else { "type" };
    let fields: String = fields.iter().map(field).collect();
    format!("\n{keyword} {name} {{\n{fields}}}\n")
}

fn definition(ty: &TypeDefinition) -> String {
    let (keyword, members) = match &ty.kind {
        Kind::Input(fields) => ("input", fields.iter().map(input_field).collect::<String>()),
        Kind::Object(fields) => ("type", fields.iter().map(field).collect()),
        _ => return String::new(),
    };
    let directives: String = ty.directives.iter().map(|used| format!(" {}", directive_text(used))).collect();
    format!("\n{keyword} {}{directives} {{\n{members}}}\n", ty.name.value)
}

fn field(field: &Field) -> String {
    let args: Vec<String> = field.args.iter().map(input_value).collect();
    let args = if args.is_empty() { String::new() } else { format!("({})", args.join(", ")) };
    let directives: String = field.directives.iter().map(|used| format!(" {}", directive_text(used))).collect();
    let description = description(field.description.as_deref());
    format!("{description}  {}{args}: {}{directives}\n", field.name.value, field.ty.value)
}

fn input_field(value: &InputValue) -> String {
    format!("{}  {}\n", description(value.description.as_deref()), input_value(value))
}

fn input_value(value: &InputValue) -> String {
    let default = value.default.as_ref().map(|default| format!(" = {}", literal(default)));
    format!("{}: {}{}", value.name.value, value.ty.value, default.unwrap_or_default())
}

fn directive_text(used: &Directive) -> String {
    let args: Vec<String> = used.args.iter().map(|(name, value)| format!("{name}: {}", literal(value))).collect();
    if args.is_empty() { format!("@{}", used.name) } else { format!("@{}({})", used.name, args.join(", ")) }
}

fn literal(literal: &Literal) -> String {
    match &literal.value {
        Value::Null | Value::Variable => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(text) | Value::Float(text) | Value::Enum(text) => text.clone(),
        Value::Text(text) => quoted(text),
        Value::List(items) => format!("[{}]", items.iter().map(self::literal).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| format!("{name}: {}", self::literal(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
    }
}

fn description(text: Option<&str>) -> String {
    text.map_or_else(String::new, |text| format!("  {}\n", quoted(text)))
}

/// A string of GraphQL.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            letter if letter.is_control() => drop(write!(quoted, "\\u{:04X}", u32::from(letter))),
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}
