//! One Rust type that stands for every type of a table in juniper's type system.

use std::sync::Arc;

use juniper::meta::{
    Argument, DeprecationStatus, EnumMeta, EnumValue, Field, InputObjectMeta, MetaType, ObjectMeta, ScalarMeta,
};
use juniper::{
    ArcStr, Arguments, BoxFuture, DefaultScalarValue, ExecutionResult, Executor, FromInputValue, GraphQLType,
    GraphQLValue, GraphQLValueAsync, InputValue, ParseScalarResult, ParseScalarValue, Registry, ScalarToken,
};

use super::embed;
use crate::table::{FieldDef, InputDef, Literal, Table, Type, TypeKind};
use crate::types::Types;

/// A value of any type of the table. Only roots exist as values: what is below them is the planner's.
#[derive(Debug, Clone)]
pub struct Dynamic {
    pub(super) types: Arc<Types>,
}

/// Which type of which table.
#[derive(Debug, Clone, Copy)]
pub struct DynamicInfo {
    pub(super) table: &'static Table,
    pub(super) name: &'static str,
}

/// The names by which juniper knows that a root is absent.
pub(super) const NO_MUTATION: &str = "_EmptyMutation";
pub(super) const NO_SUBSCRIPTION: &str = "_EmptySubscription";

impl GraphQLType for Dynamic {
    fn name(info: &DynamicInfo) -> Option<ArcStr> {
        Some(info.name.into())
    }

    fn meta(info: &DynamicInfo, registry: &mut Registry) -> MetaType {
        if info.name == info.table.query {
            register_all(info.table, registry);
        }
        let known = info.table.types.iter().find(|def| def.name == info.name);
        let Some(def) = known else {
            return match info.name {
                "UUID" => ScalarMeta::new::<Unchecked>("UUID").description(UUID_DESCRIPTION).into_meta(),
                "Float" => ScalarMeta::new::<UncheckedFloat>("Float").description(FLOAT_DESCRIPTION).into_meta(),
                "ID" => ScalarMeta::new::<UncheckedId>("ID").description(ID_DESCRIPTION).into_meta(),
                absent => object(absent, "", &[]),
            };
        };
        match &def.kind {
            TypeKind::Object(inner) => object(def.name, def.description, inner.fields),
            TypeKind::Enum(values) => {
                let values = values.iter().map(|value| EnumValue {
                    name: value.name.into(),
                    description: text(value.description),
                    deprecation_status: deprecation(value.deprecated),
                });
                let mut meta = EnumMeta::new::<Unchecked>(def.name, &values.collect::<Vec<_>>());
                meta.description = text(def.description);
                meta.into_meta()
            }
            TypeKind::Input(fields) => {
                let fields = fields.iter().map(argument).collect::<Vec<_>>();
                let mut meta = InputObjectMeta::new::<Unchecked>(def.name, &fields);
                meta.description = text(def.description);
                meta.into_meta()
            }
        }
    }
}

const FLOAT_DESCRIPTION: &str = "A signed double-precision number, as IEEE 754 has it.";
const ID_DESCRIPTION: &str = "A unique identifier, written as a string.";
const UUID_DESCRIPTION: &str = "A universally unique identifier, as 32 hexadecimal digits in five groups.";

/// Registers every type once. Types refer to each other by name alone, so that nothing here recurses and the
/// depth of a schema has no limit.
fn register_all(table: &'static Table, registry: &mut Registry) {
    for def in table.types {
        registry.get_type::<Dynamic>(&DynamicInfo { table, name: def.name });
    }
    for name in ["UUID", "Float", "ID"] {
        registry.get_type::<Dynamic>(&DynamicInfo { table, name });
    }
    registry.get_type::<i32>(&());
    registry.get_type::<bool>(&());
    registry.get_type::<String>(&());
}

fn object(name: &str, description: &str, fields: &'static [FieldDef]) -> MetaType {
    let typename = Field {
        name: "__typename".into(),
        description: None,
        arguments: None,
        field_type: juniper::Type::nullable("String").wrap_non_null(),
        deprecation_status: DeprecationStatus::Current,
    };
    let fields = fields.iter().map(|def| Field {
        name: def.name.into(),
        description: text(def.description),
        arguments: (!def.args.is_empty()).then(|| def.args.iter().map(argument).collect()),
        field_type: type_expression(def.ty),
        deprecation_status: deprecation(def.deprecated),
    });
    let mut meta = ObjectMeta::new(name, &fields.chain([typename]).collect::<Vec<_>>());
    meta.description = text(description);
    meta.into_meta()
}

/// An argument or input field. One with a default is declared nullable, since juniper would otherwise refuse a
/// nullable variable there, and an input object without it; a null is refused when the value is coerced.
fn argument(def: &InputDef) -> Argument<DefaultScalarValue> {
    Argument {
        name: def.name.into(),
        description: text(def.description),
        arg_type: type_expression(if def.default.is_some() { def.ty.nullable().0 } else { def.ty }),
        // juniper prints the name of an enum value verbatim: any literal can pass through there.
        default_value: def.default.map(|default| InputValue::Enum(default.to_string())),
        deprecation_status: DeprecationStatus::Current,
    }
}

fn type_expression(ty: Type) -> juniper::Type {
    match ty {
        Type::Named(name) => juniper::Type::nullable(name),
        Type::List(inner) => type_expression(*inner).wrap_list(None),
        Type::NonNull(inner) => type_expression(*inner).wrap_non_null(),
    }
}

fn text(description: &str) -> Option<ArcStr> {
    (!description.is_empty()).then(|| description.into())
}

fn deprecation(reason: Option<&str>) -> DeprecationStatus {
    reason.map_or(DeprecationStatus::Current, |reason| DeprecationStatus::Deprecated(Some(reason.into())))
}

/// What juniper parses inputs of our types as: anything. It knows a parser as a bare function, which cannot
/// tell the types of a table apart; the planner checks every literal and variable itself.
struct Unchecked;

impl FromInputValue for Unchecked {
    type Error = std::convert::Infallible;

    fn from_input_value(_: &InputValue) -> Result<Self, Self::Error> {
        Ok(Self)
    }
}

impl ParseScalarValue for Unchecked {
    fn from_str(token: ScalarToken<'_>) -> ParseScalarResult {
        match token {
            ScalarToken::String(_) => <String as ParseScalarValue>::from_str(token),
            ScalarToken::Int(_) => <i32 as ParseScalarValue>::from_str(token),
            ScalarToken::Float(_) => <f64 as ParseScalarValue>::from_str(token),
        }
    }
}

/// The same for `Float`: juniper's own refuses whole numbers of more than 32 bits.
struct UncheckedFloat;

impl FromInputValue for UncheckedFloat {
    type Error = std::convert::Infallible;

    fn from_input_value(_: &InputValue) -> Result<Self, Self::Error> {
        Ok(Self)
    }
}

impl ParseScalarValue for UncheckedFloat {
    fn from_str(token: ScalarToken<'_>) -> ParseScalarResult {
        match token {
            ScalarToken::Int(digits) => <f64 as ParseScalarValue>::from_str(ScalarToken::Float(digits)),
            other => Unchecked::from_str(other),
        }
    }
}

/// The same for `ID`, of which a whole number is another way to write the text.
struct UncheckedId;

impl FromInputValue for UncheckedId {
    type Error = std::convert::Infallible;

    fn from_input_value(_: &InputValue) -> Result<Self, Self::Error> {
        Ok(Self)
    }
}

impl ParseScalarValue for UncheckedId {
    fn from_str(token: ScalarToken<'_>) -> ParseScalarResult {
        match token {
            ScalarToken::Int(digits) => Ok(DefaultScalarValue::String(digits.to_owned())),
            other => Unchecked::from_str(other),
        }
    }
}

impl GraphQLValue for Dynamic {
    type Context = embed::Context;
    type TypeInfo = DynamicInfo;

    fn type_name(&self, info: &DynamicInfo) -> Option<ArcStr> {
        Some(info.name.into())
    }

    fn concrete_type_name(&self, _: &embed::Context, info: &DynamicInfo) -> String {
        info.name.to_owned()
    }
}

impl GraphQLValueAsync for Dynamic {
    fn resolve_field_async<'a>(
        &'a self,
        info: &'a DynamicInfo,
        field_name: &'a str,
        arguments: &'a Arguments<'_>,
        executor: &'a Executor<'_, '_, embed::Context>,
    ) -> BoxFuture<'a, ExecutionResult> {
        embed::resolve_root_field(&self.types, info.name, field_name, arguments, executor)
    }
}

/// A default as it is written in the schema.
impl std::fmt::Display for Literal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Text(text) => f.write_str(&serde_json::to_string(text).expect("a string is JSON")),
            Self::Enum(name) => f.write_str(name),
            Self::List(items) => {
                let items = items.iter().map(ToString::to_string).collect::<Vec<_>>();
                write!(f, "[{}]", items.join(", "))
            }
            Self::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>();
                write!(f, "{{{}}}", fields.join(", "))
            }
        }
    }
}
