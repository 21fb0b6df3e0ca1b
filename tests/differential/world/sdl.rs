//! A table in the schema definition language.

use std::fmt::Write as _;

use pent::table::{FieldDef, InputDef, Table, TypeKind};

/// The schema that graphql-js builds.
pub(crate) fn print(table: &Table) -> String {
    let mut sdl = String::from("scalar UUID\n");
    let mutation = table.mutation.map(|name| format!(" mutation: {name}")).unwrap_or_default();
    let _ = writeln!(sdl, "schema {{ query: {}{mutation} }}", table.query);
    for def in table.types {
        description(def.description, &mut sdl);
        match &def.kind {
            TypeKind::Object(object) => {
                let interfaces = object.interfaces.join(" & ");
                let implements = if interfaces.is_empty() { "" } else { " implements " };
                let _ = writeln!(sdl, "type {}{implements}{interfaces} {{", def.name);
                object.fields.iter().for_each(|def| field(def, &mut sdl));
            }
            TypeKind::Interface(interface) => {
                let _ = writeln!(sdl, "interface {} {{", def.name);
                interface.fields.iter().for_each(|def| {
                    let _ = writeln!(sdl, "{}: {}", def.name, def.ty);
                });
            }
            TypeKind::Union(members) => {
                let _ = writeln!(sdl, "union {} = {}", def.name, members.join(" | "));
                continue;
            }
            TypeKind::Scalar(_) => unreachable!("random schemas have no {}", def.name),
            TypeKind::Enum(values) => {
                let _ = writeln!(sdl, "enum {} {{", def.name);
                for value in *values {
                    description(value.description, &mut sdl);
                    let _ = writeln!(sdl, "{}{}", value.name, deprecated(value.deprecated));
                }
            }
            TypeKind::Input(fields) | TypeKind::OneOf(fields) => {
                let one_of = if matches!(def.kind, TypeKind::OneOf(_)) { " @oneOf" } else { "" };
                let _ = writeln!(sdl, "input {}{one_of} {{", def.name);
                for def in *fields {
                    input(def, &mut sdl);
                    sdl.push('\n');
                }
            }
        }
        sdl.push_str("}\n");
    }
    sdl
}

fn field(def: &FieldDef, sdl: &mut String) {
    description(def.description, sdl);
    sdl.push_str(def.name);
    if !def.args.is_empty() {
        sdl.push('(');
        for def in def.args {
            input(def, sdl);
            sdl.push(' ');
        }
        sdl.push(')');
    }
    let _ = writeln!(sdl, ": {}{}", def.ty, deprecated(def.deprecated));
}

fn input(def: &InputDef, sdl: &mut String) {
    description(def.description, sdl);
    let _ = write!(sdl, "{}: {}", def.name, def.ty);
    if let Some(default) = &def.default {
        let _ = write!(sdl, " = {default}");
    }
}

fn description(text: &str, sdl: &mut String) {
    if !text.is_empty() {
        let _ = writeln!(sdl, "{}", serde_json::to_string(text).expect("a string is JSON"));
    }
}

fn deprecated(reason: Option<&str>) -> String {
    let quoted = |reason| serde_json::to_string(reason).expect("a string is JSON");
    reason.map(|reason| format!(" @deprecated(reason: {})", quoted(reason))).unwrap_or_default()
}
