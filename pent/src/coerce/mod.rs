//! Input coercion (GraphQL, September 2025, 3.5 to 3.12 and 6.4.1): a written value becomes a checked one.

mod json;

use std::collections::HashMap;

use kvetch::NodeId;

use crate::input::Input;
use crate::operation::{Literal, VariableDef, VariableType};
use crate::table::{InputDef, Type};
use crate::types::{InputObject, Named, Scalar, Types};

/// The values of an operation's variables; an absent one is missing.
pub(crate) type Variables = HashMap<String, Input>;

/// Why a value is refused: a sentence without its place.
pub(crate) type Refusal = String;

/// What is known of variables while a value is coerced.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope<'a> {
    /// A literal is checked before any request: its variables may have any value.
    Planning,
    /// A literal of a request.
    Request(&'a Variables),
    /// The value of a variable: JSON, where enum values are strings.
    Json,
}

/// Coerces the variables of a request; the refusals of all of them.
pub(crate) fn variables(
    types: &Types,
    defs: &[VariableDef],
    given: &serde_json::Map<String, serde_json::Value>,
) -> Result<Variables, Vec<(Refusal, crate::operation::Location)>> {
    let mut values = Variables::new();
    let mut refusals = Vec::new();
    for def in defs {
        let value = match (given.get(&def.name), &def.default) {
            (Some(value), _) => variable(types, &def.ty, &Literal::from_json(value), Scope::Json),
            (None, Some(default)) => variable(types, &def.ty, default, Scope::Planning),
            (None, None) if matches!(def.ty, VariableType::NonNull(_)) => Err("it is required".to_owned()),
            (None, None) => continue,
        };
        match value {
            Ok(value) => {
                values.insert(def.name.clone(), value);
            }
            Err(refusal) => {
                let message = format!("Variable \"${}\" of type \"{}\": {refusal}.", def.name, def.ty);
                refusals.push((message, def.location));
            }
        }
    }
    if refusals.is_empty() { Ok(values) } else { Err(refusals) }
}

/// Coerces the default of a variable before any request.
pub(crate) fn check_default(types: &Types, ty: &VariableType, default: &Literal) -> Result<(), Refusal> {
    variable(types, ty, default, Scope::Planning).map(drop)
}

/// Coerces a literal at a place of a type; `None` when it is a variable that is absent.
pub(crate) fn literal(types: &Types, ty: Type, value: &Literal, scope: Scope<'_>) -> Result<Option<Input>, Refusal> {
    if let Literal::Variable(name) = value {
        return match scope {
            Scope::Planning | Scope::Json => Ok(Some(Input::Null)),
            Scope::Request(variables) => match (variables.get(name), ty.nullable().1) {
                (Some(Input::Null), true) => Err(format!("\"${name}\" is null where \"{ty}\" is expected")),
                (value, _) => Ok(value.cloned()),
            },
        };
    }
    match (ty, value) {
        (Type::NonNull(_), Literal::Null) => Err(format!("null where \"{ty}\" is expected")),
        (Type::NonNull(inner), value) => literal(types, *inner, value, scope),
        (_, Literal::Null) => Ok(Some(Input::Null)),
        (Type::List(item), Literal::List(values)) => {
            let items = values.iter().enumerate().map(|(position, value)| {
                list_item(types, *item, value, scope).map_err(|refusal| format!("in item {position}: {refusal}"))
            });
            items.collect::<Result<_, _>>().map(|items| Some(Input::List(items)))
        }
        (Type::List(item), single) => Ok(Some(Input::List(vec![list_item(types, *item, single, scope)?]))),
        (Type::Named(name), value) => named(types, name, types.named(ty), value, scope).map(Some),
    }
}

/// Coerces the arguments, or the fields of an input object, that `given` holds.
pub(crate) fn fields(
    types: &Types,
    defs: &'static [InputDef],
    given: &[(String, Literal)],
    scope: Scope<'_>,
) -> Result<Vec<(&'static str, Input)>, Refusal> {
    if let Some((name, _)) = given.iter().find(|(name, _)| !defs.iter().any(|def| def.name == name)) {
        return Err(format!("unknown field \"{name}\""));
    }
    let mut fields = Vec::with_capacity(given.len());
    for def in defs {
        if let Some(value) = field(types, def, given, scope)? {
            fields.push((def.name, value));
        }
    }
    Ok(fields)
}

/// Coerces an input object of which exactly one field is to be given, and not null.
fn one_of(
    types: &Types,
    name: &str,
    object: InputObject,
    given: &[(String, Literal)],
    scope: Scope<'_>,
) -> Result<Vec<(&'static str, Input)>, Refusal> {
    let [(member, value)] = given else {
        let found = given.len();
        return Err(format!("exactly one field of \"{name}\" must be given, and there are {found}"));
    };
    let known = object.fields.iter().find(|def| def.name == member);
    let def = known.ok_or_else(|| format!("unknown field \"{member}\""))?;
    let read = literal(types, def.ty, value, scope).map_err(|refusal| format!("in \"{member}\": {refusal}"))?;
    match read {
        // Before a request, a variable stands for any value.
        Some(Input::Null) if matches!((value, scope), (Literal::Variable(_), Scope::Planning)) => {}
        None | Some(Input::Null) => return Err(format!("the one field \"{member}\" of \"{name}\" must not be null")),
        Some(_) => {}
    }
    Ok(read.map(|value| (def.name, value)).into_iter().collect())
}

/// One of them: the value given, else the default, else absent.
fn field(
    types: &Types,
    def: &'static InputDef,
    given: &[(String, Literal)],
    scope: Scope<'_>,
) -> Result<Option<Input>, Refusal> {
    let named = |refusal| format!("in \"{}\": {refusal}", def.name);
    let written = given.iter().find(|(name, _)| name == def.name);
    if let Some((_, value)) = written
        && let Some(value) = literal(types, def.ty, value, scope).map_err(named)?
    {
        return Ok(Some(value));
    }
    if let Some(default) = &def.default {
        return literal(types, def.ty, &Literal::from(default), Scope::Planning).map_err(named);
    }
    if def.ty.nullable().1 {
        return Err(format!("\"{}\" of type \"{}\" is required", def.name, def.ty));
    }
    Ok(None)
}

fn list_item(types: &Types, ty: Type, value: &Literal, scope: Scope<'_>) -> Result<Input, Refusal> {
    match literal(types, ty, value, scope)? {
        Some(item) => Ok(item),
        None if ty.nullable().1 => Err(format!("an absent variable where \"{ty}\" is expected")),
        None => Ok(Input::Null),
    }
}

fn variable(types: &Types, ty: &VariableType, value: &Literal, scope: Scope<'_>) -> Result<Input, Refusal> {
    match (ty, value) {
        (VariableType::NonNull(_), Literal::Null) => Err("null is not allowed".to_owned()),
        (VariableType::NonNull(inner), value) => variable(types, inner, value, scope),
        (_, Literal::Null) => Ok(Input::Null),
        (VariableType::List(item), Literal::List(values)) => {
            let items = values.iter().enumerate().map(|(position, value)| {
                variable(types, item, value, scope).map_err(|refusal| format!("in item {position}: {refusal}"))
            });
            items.collect::<Result<_, _>>().map(Input::List)
        }
        (VariableType::List(item), single) => Ok(Input::List(vec![variable(types, item, single, scope)?])),
        (VariableType::Named(name), value) => {
            let ty = types.get(name).ok_or_else(|| format!("there is no type \"{name}\""))?;
            named(types, name, ty, value, scope)
        }
    }
}

fn named(types: &Types, name: &str, ty: Named, value: &Literal, scope: Scope<'_>) -> Result<Input, Refusal> {
    match ty {
        Named::Scalar(kind) => scalar(kind, value, scope).ok_or_else(|| mismatch(name, value)),
        // Nothing can be said of it before its variables are known.
        Named::Custom(_) if matches!(scope, Scope::Planning) && value.has_variables() => Ok(Input::Null),
        Named::Custom(def) => match json::of_literal(value, scope) {
            Some(written) => (def.parse)(&written).map_err(|why| format!("for \"{name}\": {why}")),
            None => Err(mismatch(name, value)),
        },
        Named::Enum(values) => {
            let text = match (value, scope) {
                (Literal::Enum(text), _) | (Literal::Text(text), Scope::Json) => text,
                _ => return Err(mismatch(name, value)),
            };
            if values.iter().any(|value| value.name == text) {
                return Ok(Input::Text(text.clone()));
            }
            let known = values.iter().map(|value| value.name).collect::<Vec<_>>().join(", ");
            Err(format!("\"{text}\" is not a value of \"{name}\"; its values are {known}"))
        }
        Named::Input(object) => match value {
            Literal::Object(given) if object.is_one_of => one_of(types, name, object, given, scope).map(Input::Object),
            Literal::Object(given) => fields(types, object.fields, given, scope).map(Input::Object),
            _ => Err(mismatch(name, value)),
        },
        Named::Object(_) | Named::Abstract(_) => Err(format!("\"{name}\" is not an input type")),
    }
}

fn scalar(scalar: Scalar, value: &Literal, scope: Scope<'_>) -> Option<Input> {
    match (scalar, value) {
        (Scalar::Int, Literal::Int(value)) => i32::try_from(*value).ok().map(Input::Int),
        // JSON does not tell 1 from 1.0.
        (Scalar::Int, Literal::Float(value)) if matches!(scope, Scope::Json) && value.fract() == 0.0 => {
            let whole = *value as i64;
            i32::try_from(whole).ok().map(Input::Int)
        }
        (Scalar::Float, Literal::Int(value)) => Some(Input::Float(*value as f64)),
        (Scalar::Float, Literal::Float(value)) if value.is_finite() => Some(Input::Float(*value)),
        (Scalar::Float, Literal::Digits(digits)) => {
            digits.parse().ok().filter(|value: &f64| value.is_finite()).map(Input::Float)
        }
        (Scalar::String | Scalar::Id, Literal::Text(text)) => Some(Input::Text(text.clone())),
        (Scalar::Id, Literal::Int(value)) => Some(Input::Text(value.to_string())),
        (Scalar::Id, Literal::Digits(digits)) => Some(Input::Text(digits.clone())),
        // Whole numbers up to here are exact: 2 to the power of 53.
        (Scalar::Id, Literal::Float(value))
            if matches!(scope, Scope::Json) && value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 =>
        {
            Some(Input::Text((*value as i64).to_string()))
        }
        (Scalar::Boolean, Literal::Bool(value)) => Some(Input::Bool(*value)),
        (Scalar::Uuid, Literal::Text(text)) => text.parse::<NodeId>().ok().map(Input::Id),
        _ => None,
    }
}

fn mismatch(name: &str, value: &Literal) -> Refusal {
    format!("{value} is not a value of \"{name}\"")
}

impl VariableType {
    /// The named type at the bottom.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Named(name) => name,
            Self::List(inner) | Self::NonNull(inner) => inner.name(),
        }
    }
}

impl std::fmt::Display for VariableType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::List(inner) => write!(f, "[{inner}]"),
            Self::NonNull(inner) => write!(f, "{inner}!"),
        }
    }
}

/// How a value is named in a message: short, whatever its size.
impl std::fmt::Display for Literal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        /// Longer texts are cut: a message is no place for a document.
        const SHOWN: usize = 60;
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Digits(digits) if digits.len() > SHOWN => write!(f, "{}...", &digits[..SHOWN]),
            Self::Digits(digits) => f.write_str(digits),
            Self::Float(value) => write!(f, "{value}"),
            Self::Text(text) if text.chars().count() > SHOWN => {
                write!(f, "{:?}...", text.chars().take(SHOWN).collect::<String>())
            }
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Enum(name) => f.write_str(name),
            Self::Variable(name) => write!(f, "${name}"),
            Self::List(_) => f.write_str("a list"),
            Self::Object(_) => f.write_str("an object"),
        }
    }
}
