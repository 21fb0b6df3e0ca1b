//! GraphQL as text: the only place that writes any.
//!
//! The schema that clients see has the layout of `as_sdl()` of juniper's root node, so that it does not matter which of
//! the two is taken.

use std::fmt::{self, Write as _};

use crate::client::{Client, Field, Input, Type, TypeKind, Value};
use crate::model::Literal;

/// Prints a schema: enums, inputs, interfaces, scalars, objects and unions, each sorted by name.
pub(crate) fn print(client: &Client) -> String {
    let mut text = "schema {\n".to_owned();
    let roots = [("query", Some(&client.query)), ("mutation", client.mutation.as_ref())];
    for (root, name) in roots.into_iter().chain([("subscription", client.subscription.as_ref())]) {
        if let Some(name) = name {
            text += &format!("  {root}: {name}\n");
        }
    }
    text += "}\n";
    let mut types: Vec<&Type> = client.types.iter().collect();
    types.sort_by_key(|ty| place(&ty.kind));
    for ty in types {
        text.push('\n');
        definition(&mut text, ty, Style::CLIENT);
    }
    text
}

/// What is written beside what clients see.
#[derive(Clone, Copy)]
pub(crate) struct Style<'a> {
    /// The directives behind a type, or behind a field of it.
    pub(crate) directives: &'a dyn Fn(Option<&str>) -> String,
    /// Whether fields of inputs have their descriptions on lines of their own.
    pub(crate) is_spaced: bool,
}

impl Style<'_> {
    /// As juniper writes a schema.
    const CLIENT: Style<'static> = Style { directives: &|_| String::new(), is_spaced: false };
}

fn place(kind: &TypeKind) -> u8 {
    match kind {
        TypeKind::Enum(_) => 0,
        TypeKind::Input { .. } => 1,
        TypeKind::Interface { .. } => 2,
        TypeKind::Scalar { .. } => 3,
        TypeKind::Object { .. } => 4,
        TypeKind::Union(_) => 5,
    }
}

/// A type, whole.
pub(crate) fn definition(text: &mut String, ty: &Type, style: Style<'_>) {
    described(text, "", ty.description.as_deref());
    let name = &ty.name;
    let directives = (style.directives)(None);
    match &ty.kind {
        TypeKind::Scalar { specified_by } => {
            let url = specified_by.as_ref().map(|url| format!(" @specifiedBy(url: {})", Quoted(url)));
            *text += &format!("scalar {name}{}\n", url.unwrap_or_default());
        }
        TypeKind::Object { implements, fields } => {
            *text += &format!("type {name}{}{directives}", listed(" implements ", " & ", implements));
            print_fields(text, fields, style);
        }
        TypeKind::Interface { implements, fields } => {
            *text += &format!("interface {name}{}", listed(" implements ", " & ", implements));
            print_fields(text, fields, style);
        }
        TypeKind::Union(members) => *text += &format!("union {name}{}\n", listed(" = ", " | ", members)),
        TypeKind::Enum(values) => {
            *text += &format!("enum {name}");
            block(text, values, print_value);
        }
        TypeKind::Input { one_of, fields } => {
            *text += &format!("input {name}{}{directives}", if *one_of { " @oneOf" } else { "" });
            block(text, fields, |text, field| print_input(text, field, style));
        }
    }
}

fn block<T>(text: &mut String, members: &[T], print: impl Fn(&mut String, &T)) {
    if members.is_empty() {
        text.push('\n');
        return;
    }
    *text += " {\n";
    members.iter().for_each(|member| print(text, member));
    *text += "}\n";
}

fn listed(before: &str, between: &str, names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!("{before}{}", names.join(between)) }
}

/// The fields of an object or an interface, in their brackets.
pub(crate) fn print_fields(text: &mut String, fields: &[Field], style: Style<'_>) {
    block(text, fields, |text, field| {
        described(text, "  ", field.description.as_deref());
        let args: Vec<String> = field.args.iter().map(argument).collect();
        let args = if args.is_empty() { String::new() } else { format!("({})", args.join(", ")) };
        let directives = (style.directives)(Some(&field.name));
        let deprecation = deprecation(field.deprecated.as_deref());
        *text += &format!("  {}{args}: {}{deprecation}{directives}\n", field.name, field.ty);
    });
}

fn print_input(text: &mut String, field: &Input, style: Style<'_>) {
    if style.is_spaced {
        described(text, "  ", field.description.as_deref());
        *text += &format!("  {}\n", undescribed(field));
    } else {
        *text += &format!("  {}\n", argument(field));
    }
}

fn print_value(text: &mut String, value: &Value) {
    let description = value.description.as_ref().map(|text| format!("{} ", quoted(text, "  ")));
    let deprecation = deprecation(value.deprecated.as_deref());
    *text += &format!("  {}{}{deprecation}\n", description.unwrap_or_default(), value.name);
}

fn argument(input: &Input) -> String {
    let description = input.description.as_ref().map(|text| format!("{} ", quoted(text, "  ")));
    format!("{}{}", description.unwrap_or_default(), undescribed(input))
}

fn undescribed(input: &Input) -> String {
    let default = input.default.as_ref().map(|default| format!(" = {default}")).unwrap_or_default();
    format!("{}: {}{default}{}", input.name, input.ty, deprecation(input.deprecated.as_deref()))
}

/// A directive where it is used.
pub(crate) fn directive(name: &str, args: &[(&str, Literal)]) -> String {
    let args: Vec<String> = args.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    if args.is_empty() { format!("@{name}") } else { format!("@{name}({})", args.join(", ")) }
}

fn deprecation(reason: Option<&str>) -> String {
    reason.map(|reason| format!(" @deprecated(reason: {})", quoted(reason, "  "))).unwrap_or_default()
}

fn described(text: &mut String, indent: &str, description: Option<&str>) {
    if let Some(description) = description {
        *text += &format!("{indent}{}\n", quoted(description, indent));
    }
}

/// One line in quotes, several as a block.
fn quoted(text: &str, indent: &str) -> String {
    let is_printable = |c: char| matches!(c, '\n' | '\r' | '\t' | '\u{20}'..='\u{ffff}');
    if !text.contains('\n') || !text.chars().all(is_printable) {
        return Quoted(text).to_string();
    }
    let line = |line: &str| match line.trim().is_empty() {
        true => "\n".to_owned(),
        false => format!("{indent}  {}\n", line.replace("\"\"\"", "\\\"\"\"")),
    };
    format!("\"\"\"\n{}{indent}\"\"\"", text.lines().map(line).collect::<String>())
}

/// A text as GraphQL writes it on one line.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for letter in self.0.chars() {
            match letter {
                '\r' => f.write_str("\\r")?,
                '\n' => f.write_str("\\n")?,
                '\t' => f.write_str("\\t")?,
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\u{20}'..='\u{ffff}' => f.write_char(letter)?,
                other => write!(f, "\\u{{{:x}}}", other as u32)?,
            }
        }
        f.write_char('"')
    }
}

/// A value as GraphQL writes it.
impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Text(text) => write!(f, "{}", Quoted(text)),
            Self::Enum(name) => f.write_str(name),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Self::Object(fields) => {
                let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                write!(f, "{{{}}}", fields.join(", "))
            }
        }
    }
}
