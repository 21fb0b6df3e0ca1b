//! One Rust type that stands for every type of a table in juniper's type system.

use std::future;
use std::sync::Arc;

use juniper::meta::{
    Argument, DeprecationStatus, EnumMeta, EnumValue, Field, InputObjectMeta, InterfaceMeta, MetaType, ObjectMeta,
    ScalarMeta, UnionMeta,
};
use juniper::{
    ArcStr, Arguments, BoxFuture, DefaultScalarValue, ExecutionResult, Executor, FieldError, FromInputValue,
    GraphQLSubscriptionValue, GraphQLType, GraphQLValue, GraphQLValueAsync, InputValue, ParseScalarResult,
    ParseScalarValue, Registry, ScalarToken, ValuesStream,
};

use super::embed;
use crate::table::{FieldDef, InputDef, InterfaceFieldDef, Literal, ScalarDef, Table, Type, TypeDef, TypeKind};
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
    pub(super) view: View,
}

/// What juniper is to know of the types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    /// Nothing.
    Syntax,
    /// All there is.
    Exact,
    /// What lets juniper's own validation pass all that is right.
    Embedded,
}

/// The names by which juniper knows that a root is absent.
pub(super) const NO_MUTATION: &str = "_EmptyMutation";
pub(super) const NO_SUBSCRIPTION: &str = "_EmptySubscription";
/// The name of a root that nothing is asked of.
pub(super) const NO_QUERY: &str = "_EmptyQuery";

impl GraphQLType for Dynamic {
    fn name(info: &DynamicInfo) -> Option<ArcStr> {
        Some(info.name.into())
    }

    fn meta(info: &DynamicInfo, registry: &mut Registry) -> MetaType {
        if info.name == info.table.query || info.name == NO_QUERY {
            register_all(info, registry);
        }
        let known = info.table.types.iter().find(|def| def.name == info.name);
        match known.filter(|_| info.view != View::Syntax) {
            Some(def) => defined(def, info.view),
            None => builtin(info.name),
        }
    }
}

fn defined(def: &'static TypeDef, view: View) -> MetaType {
    let description = text(def.description);
    match &def.kind {
        TypeKind::Object(inner) => {
            let mut meta = ObjectMeta::new(def.name, &fields(inner.fields, view)).interfaces(&named(inner.interfaces));
            meta.description = description;
            meta.into_meta()
        }
        TypeKind::Interface(inner) => {
            let fields = fields(inner.fields, view);
            let mut meta = InterfaceMeta::new(def.name, &fields).interfaces(&named(inner.interfaces));
            meta.description = description;
            meta.into_meta()
        }
        TypeKind::Union(members) => {
            let mut meta = UnionMeta::new(def.name, &named(members));
            meta.description = description;
            meta.into_meta()
        }
        TypeKind::Scalar(ScalarDef { specified_by, .. }) => {
            let mut meta = ScalarMeta::new::<Unchecked>(def.name);
            meta.description = description;
            meta.specified_by_url = specified_by.map(Into::into);
            meta.into_meta()
        }
        TypeKind::Enum(values) => {
            let values = values.iter().map(|value| EnumValue {
                name: value.name.into(),
                description: text(value.description),
                deprecation_status: deprecation(value.deprecated),
            });
            let mut meta = EnumMeta::new::<Unchecked>(def.name, &values.collect::<Vec<_>>());
            meta.description = description;
            meta.into_meta()
        }
        TypeKind::Input(fields) | TypeKind::OneOf(fields) => {
            let fields = fields.iter().map(|def| argument(def, view)).collect::<Vec<_>>();
            let mut meta = InputObjectMeta::new::<Unchecked>(def.name, &fields);
            meta.description = description;
            meta.is_one_of = matches!(def.kind, TypeKind::OneOf(_));
            meta.into_meta()
        }
    }
}

/// A type that no table defines.
fn builtin(name: &str) -> MetaType {
    let scalar = |description: &str, meta: ScalarMeta<DefaultScalarValue>| meta.description(description).into_meta();
    match name {
        "UUID" => scalar(UUID_DESCRIPTION, ScalarMeta::new::<Unchecked>(name)),
        "Float" => scalar(FLOAT_DESCRIPTION, ScalarMeta::new::<UncheckedNumber>(name)),
        "Int" => scalar(INT_DESCRIPTION, ScalarMeta::new::<UncheckedNumber>(name)),
        "ID" => scalar(ID_DESCRIPTION, ScalarMeta::new::<UncheckedId>(name)),
        "String" => scalar(STRING_DESCRIPTION, ScalarMeta::new::<Unchecked>(name)),
        "Boolean" => scalar(BOOLEAN_DESCRIPTION, ScalarMeta::new::<Unchecked>(name)),
        absent => ObjectMeta::new(absent, &fields::<FieldDef>(&[], View::Exact)).into_meta(),
    }
}

const BOOLEAN_DESCRIPTION: &str = "True or false.";
const INT_DESCRIPTION: &str = "A signed whole number of 32 bits.";
const STRING_DESCRIPTION: &str = "Text, as UTF-8.";
const FLOAT_DESCRIPTION: &str = "A signed double-precision number, as IEEE 754 has it.";
const ID_DESCRIPTION: &str = "A unique identifier, written as a string.";
const UUID_DESCRIPTION: &str = "A universally unique identifier, as 32 hexadecimal digits in five groups.";

/// Registers every type once. Types refer to each other by name alone, so that nothing here recurses and the
/// depth of a schema has no limit.
fn register_all(info: &DynamicInfo, registry: &mut Registry) {
    let ours = |name| DynamicInfo { name, ..*info };
    let defined = info.table.types.iter().map(|def| def.name).filter(|_| info.view != View::Syntax);
    for name in defined.chain(["UUID", "Float", "ID"]) {
        registry.get_type::<Dynamic>(&ours(name));
    }
    if info.view == View::Embedded {
        // There juniper alone looks at what a document says.
        registry.get_type::<i32>(&());
        registry.get_type::<bool>(&());
        registry.get_type::<String>(&());
    } else {
        for name in ["Int", "Boolean", "String"] {
            registry.get_type::<Dynamic>(&ours(name));
        }
    }
}

/// What is told of a field, of an object or of an interface.
trait Told {
    fn told(&self, view: View) -> Field<DefaultScalarValue>;
}

impl Told for FieldDef {
    fn told(&self, view: View) -> Field<DefaultScalarValue> {
        told(self.name, self.description, self.deprecated, self.ty, self.args, view)
    }
}

impl Told for InterfaceFieldDef {
    fn told(&self, view: View) -> Field<DefaultScalarValue> {
        told(self.name, self.description, self.deprecated, self.ty, self.args, view)
    }
}

fn told(
    name: &str,
    description: &str,
    deprecated: Option<&str>,
    ty: Type,
    args: &[InputDef],
    view: View,
) -> Field<DefaultScalarValue> {
    Field {
        name: name.into(),
        description: text(description),
        arguments: (!args.is_empty()).then(|| args.iter().map(|def| argument(def, view)).collect()),
        field_type: type_expression(ty),
        deprecation_status: deprecation(deprecated),
    }
}

/// Fields, with `__typename`, which juniper wants to be told of.
fn fields<T: Told>(fields: &[T], view: View) -> Vec<Field<DefaultScalarValue>> {
    let typename = told("__typename", "", None, Type::NonNull(&Type::Named("String")), &[], view);
    fields.iter().map(|def| def.told(view)).chain([typename]).collect()
}

fn named(names: &[&str]) -> Vec<juniper::Type> {
    names.iter().map(|name| juniper::Type::nullable(*name)).collect()
}

/// An argument or input field. Where juniper validates alone, one with a default is nullable.
fn argument(def: &InputDef, view: View) -> Argument<DefaultScalarValue> {
    let is_nullable = def.default.is_some() && view == View::Embedded;
    Argument {
        name: def.name.into(),
        description: text(def.description),
        arg_type: type_expression(if is_nullable { def.ty.nullable().0 } else { def.ty }),
        // juniper prints the name of an enum value verbatim: any literal can pass through there.
        default_value: def.default.map(|default| InputValue::Enum(default.to_string())),
        deprecation_status: deprecation(def.deprecated),
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

/// The same for numbers: juniper's own refuses whole ones of more than 32 bits.
struct UncheckedNumber;

impl FromInputValue for UncheckedNumber {
    type Error = std::convert::Infallible;

    fn from_input_value(_: &InputValue) -> Result<Self, Self::Error> {
        Ok(Self)
    }
}

impl ParseScalarValue for UncheckedNumber {
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

/// Servers of juniper want to know how any root is subscribed to.
impl GraphQLSubscriptionValue for Dynamic {
    fn resolve_into_stream<'s, 'i, 'ref_e, 'e, 'res, 'f>(
        &'s self,
        _info: &'i DynamicInfo,
        _executor: &'ref_e Executor<'ref_e, 'e, embed::Context>,
    ) -> BoxFuture<'f, Result<juniper::Value<ValuesStream<'res>>, FieldError>>
    where
        'e: 'res,
        'i: 'res,
        's: 'f,
        'ref_e: 'f,
        'res: 'f,
    {
        let refused = "subscriptions are not served here: Schema::subscribe answers their events";
        Box::pin(future::ready(Err(FieldError::from(refused))))
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
