//! A schema with its derived definitions written out.

use super::Derived;
use crate::client;
use crate::document::{Directive, Document, Field, Kind, TypeDefinition, directive};
use crate::lower::written_value;
use crate::print::{self, Style};
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
    let mut text = format!("\n{keyword} {name}");
    let seen: Vec<client::Field> = fields.iter().map(client::field).collect();
    print::print_fields(&mut text, &seen, Style { directives: &|field| of_field(fields, field), is_spaced: true });
    text
}

fn definition(ty: &TypeDefinition) -> String {
    let of = |field: Option<&str>| match (field, &ty.kind) {
        (None, _) => directives(&ty.directives),
        (field, Kind::Object(fields)) => of_field(fields, field),
        _ => String::new(),
    };
    let mut text = "\n".to_owned();
    print::definition(&mut text, &client::type_of(ty), Style { directives: &of, is_spaced: true });
    text
}

fn of_field(fields: &[Field], name: Option<&str>) -> String {
    let field = fields.iter().find(|field| Some(field.name.value.as_str()) == name);
    field.map_or_else(String::new, |field| directives(&field.directives))
}

fn directives(used: &[Directive]) -> String {
    used.iter().map(|used| format!(" {}", directive_text(used))).collect()
}

fn directive_text(used: &Directive) -> String {
    let args: Vec<_> = used.args.iter().map(|(name, value)| (name.as_str(), written_value(value))).collect();
    print::directive(&used.name, &args)
}
