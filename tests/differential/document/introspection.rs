//! The types of the schema's own description (GraphQL, September 2025, 4.2), so that documents ask for them as for any.

use pent::table::{FieldDef, InputDef, Source, Type};

/// The fields of an introspection type; `None` for other types.
pub(super) fn fields(name: &str) -> Option<&'static [FieldDef]> {
    TYPES.iter().find(|(known, _)| *known == name).map(|(_, fields)| *fields)
}

/// Whether the arguments of a field of an introspection type may be left out.
pub(super) fn may_be_left_out(def: &FieldDef) -> bool {
    def.args.iter().all(|arg| arg.name == DEPRECATED[0].name)
}

/// The fields of the query root that ask for the schema.
pub(super) static META: [FieldDef; 2] = [
    field("__schema", Type::NonNull(&Type::Named("__Schema"))),
    FieldDef { args: &NAME, ..field("__type", Type::Named("__Type")) },
];

static NAME: [InputDef; 1] = [input("name", STRING_REQUIRED)];
/// `Boolean! = false` since September 2025, nullable to graphql-js 16: what is never null is both. It is left out by
/// [`may_be_left_out`] for lack of a default here, which would let nullable variables stand there.
static DEPRECATED: [InputDef; 1] = [input("includeDeprecated", BOOLEAN_REQUIRED)];

const STRING: Type = Type::Named("String");
const STRING_REQUIRED: Type = Type::NonNull(&STRING);
const BOOLEAN_REQUIRED: Type = Type::NonNull(&Type::Named("Boolean"));
const TYPE: Type = Type::Named("__Type");
const TYPE_REQUIRED: Type = Type::NonNull(&TYPE);

const fn field(name: &'static str, ty: Type) -> FieldDef {
    // Nobody resolves it here: the schema answers.
    FieldDef { name, description: "", deprecated: None, ty, args: &[], source: Source::Id }
}

const fn input(name: &'static str, ty: Type) -> InputDef {
    InputDef { name, description: "", deprecated: None, ty, default: None, stored: None }
}

const fn deprecable(name: &'static str, ty: Type) -> FieldDef {
    FieldDef { args: &DEPRECATED, ..field(name, ty) }
}

/// Lists of all types and directives, defaults and descriptions of types are compared once per schema instead: their
/// order and their wording are nobody's promise.
static TYPES: [(&str, &[FieldDef]); 5] = [
    ("__Schema", &[field("queryType", TYPE_REQUIRED), field("mutationType", TYPE), field("subscriptionType", TYPE)]),
    (
        "__Type",
        &[
            field("kind", Type::NonNull(&Type::Named("__TypeKind"))),
            field("name", STRING),
            deprecable("fields", Type::List(&Type::NonNull(&Type::Named("__Field")))),
            field("interfaces", Type::List(&TYPE_REQUIRED)),
            field("possibleTypes", Type::List(&TYPE_REQUIRED)),
            deprecable("enumValues", Type::List(&Type::NonNull(&Type::Named("__EnumValue")))),
            deprecable("inputFields", Type::List(&Type::NonNull(&Type::Named("__InputValue")))),
            field("ofType", TYPE),
        ],
    ),
    (
        "__Field",
        &[
            field("name", STRING_REQUIRED),
            field("description", STRING),
            deprecable("args", Type::NonNull(&Type::List(&Type::NonNull(&Type::Named("__InputValue"))))),
            field("type", TYPE_REQUIRED),
            field("isDeprecated", BOOLEAN_REQUIRED),
            field("deprecationReason", STRING),
        ],
    ),
    ("__InputValue", &[field("name", STRING_REQUIRED), field("description", STRING), field("type", TYPE_REQUIRED)]),
    (
        "__EnumValue",
        &[
            field("name", STRING_REQUIRED),
            field("description", STRING),
            field("isDeprecated", BOOLEAN_REQUIRED),
            field("deprecationReason", STRING),
        ],
    ),
];
