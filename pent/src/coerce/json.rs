//! What a client wrote for a scalar of the schema's own, as JSON.

use serde_json::Value as Json;

use super::Scope;
use crate::input::Input;
use crate::operation::Literal;

/// A literal, with the variables inside it; `None` when it is no JSON: a number that is none, or a variable whose value
/// is not known.
///
/// An enum value is a string. A field whose variable is absent is absent, and an item null, as elsewhere.
pub(super) fn of_literal(literal: &Literal, scope: Scope<'_>) -> Option<Json> {
    Some(match literal {
        Literal::Null => Json::Null,
        Literal::Bool(value) => Json::Bool(*value),
        Literal::Int(value) => Json::from(*value),
        Literal::Digits(digits) => serde_json::from_str(digits).ok()?,
        Literal::Float(value) => Json::Number(serde_json::Number::from_f64(*value)?),
        Literal::Text(text) | Literal::Enum(text) => Json::from(text.as_str()),
        Literal::Variable(name) => match scope {
            Scope::Request(variables) => variables.get(name).map_or(Json::Null, of_input),
            Scope::Planning | Scope::Json => return None,
        },
        Literal::List(items) => items.iter().map(|item| of_literal(item, scope)).collect::<Option<_>>()?,
        Literal::Object(fields) => {
            let present = fields.iter().filter(|(_, value)| !is_absent(value, scope));
            let fields = present.map(|(name, value)| Some((name.clone(), of_literal(value, scope)?)));
            Json::Object(fields.collect::<Option<_>>()?)
        }
    })
}

fn is_absent(literal: &Literal, scope: Scope<'_>) -> bool {
    matches!((literal, scope), (Literal::Variable(name), Scope::Request(variables)) if !variables.contains_key(name))
}

/// A value that has been coerced for another type.
fn of_input(input: &Input) -> Json {
    match input {
        Input::Null => Json::Null,
        Input::Bool(value) => Json::Bool(*value),
        Input::Int(value) => Json::from(*value),
        Input::Float(value) => serde_json::Number::from_f64(*value).map_or(Json::Null, Json::Number),
        Input::Text(text) => Json::from(text.as_str()),
        Input::Id(id) => Json::from(id.to_string()),
        Input::Long(value) => Json::from(*value),
        Input::Time(time) => crate::scalar::moment(*time).map_or(Json::Null, Json::from),
        Input::Json(value) | Input::Own { written: value, .. } => value.clone(),
        Input::List(items) => items.iter().map(of_input).collect(),
        Input::Object(fields) => {
            Json::Object(fields.iter().map(|(name, value)| ((*name).to_owned(), of_input(value))).collect())
        }
    }
}
