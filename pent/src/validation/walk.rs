//! Fields and their arguments by the names of types, those of introspection among them.

use crate::operation::OperationKind;
use crate::table::{InputDef, InterfaceFieldDef, Literal, Type, TypeKind};
use crate::types::{Named, Types};

/// A field as far as values are concerned.
pub(super) struct Told<'a> {
    /// The name of its type.
    pub(super) ty: &'a str,
    pub(super) args: &'static [InputDef],
}

/// The argument of `@skip` and `@include`.
pub(super) static CONDITION: InputDef = InputDef {
    name: "if",
    description: "",
    deprecated: None,
    ty: Type::NonNull(&Type::Named("Boolean")),
    default: None,
    stored: None,
};

/// The argument of `__type`.
static NAME: [InputDef; 1] = [InputDef {
    name: "name",
    description: "",
    deprecated: None,
    ty: Type::NonNull(&Type::Named("String")),
    default: None,
    stored: None,
}];

/// The argument of the lists of introspection.
static DEPRECATED: [InputDef; 1] = [InputDef {
    name: "includeDeprecated",
    description: "",
    deprecated: None,
    ty: Type::NonNull(&Type::Named("Boolean")),
    default: Some(Literal::Bool(false)),
    stored: None,
}];

/// What stands for each type of introspection: all of its lists take the same argument.
const INTROSPECTION: &str = "__Type";

/// The name of a root.
pub(super) fn root(types: &Types, kind: OperationKind) -> &'static str {
    let table = types.table;
    match kind {
        OperationKind::Query => Some(table.query),
        OperationKind::Mutation => table.mutation,
        OperationKind::Subscription => table.subscription,
    }
    .unwrap_or_default()
}

/// The field of a type; `None` for one that is not there, or that has no arguments and nothing below it.
pub(super) fn field<'a>(types: &Types, on: &str, name: &str) -> Option<Told<'a>> {
    if on.starts_with("__") {
        let args = if matches!(name, "fields" | "args" | "inputFields" | "enumValues") { &DEPRECATED[..] } else { &[] };
        return Some(Told { ty: INTROSPECTION, args });
    }
    match name {
        "__schema" => return Some(Told { ty: INTROSPECTION, args: &[] }),
        "__type" => return Some(Told { ty: INTROSPECTION, args: &NAME }),
        _ => {}
    }
    match types.get(on)? {
        Named::Object(object) => object.field(name).map(|field| Told { ty: field.ty.name(), args: field.args }),
        Named::Abstract(interface) => {
            interface_field(types, interface, name).map(|field| Told { ty: field.ty.name(), args: field.args })
        }
        _ => None,
    }
}

fn interface_field(types: &Types, interface: &str, name: &str) -> Option<&'static InterfaceFieldDef> {
    let def = types.table.types.iter().find(|def| def.name == interface)?;
    match &def.kind {
        TypeKind::Interface(interface) => interface.fields.iter().find(|field| field.name == name),
        _ => None,
    }
}
