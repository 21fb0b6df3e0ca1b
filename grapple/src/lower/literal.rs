//! Default values: the GraphQL compiler does not compare them with their types.

use super::Report;
use super::catalog::Catalog;
use super::input::is_one_of;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::document::{InputValue, Kind, Literal, Value};
use crate::model;
use crate::type_ref::TypeRef;

pub(super) fn check(catalog: &Catalog<'_>, report: &mut Report) {
    let fields = catalog.inputs().flat_map(|(_, fields)| fields);
    for value in catalog.arguments().chain(fields) {
        check_default(catalog, value, report);
    }
}

fn check_default(catalog: &Catalog<'_>, value: &InputValue, report: &mut Report) {
    let Some(default) = &value.default else { return };
    if let Some(unfit) = misfit(catalog, &value.ty.value, default) {
        let message = format!("the default of `{}` is no `{}`", value.name.value, value.ty.value);
        report
            .push(Diagnostic::error(Code::WrongValue, unfit.span, message).help("write a value of that type, or none"));
    }
}

/// A default value that fits its type, as a value of that type: what GraphQL lets a literal stand for is resolved.
pub(super) fn value(ty: &TypeRef, literal: &Literal) -> model::Literal {
    match (ty.nullable(), &literal.value) {
        (_, Value::Null) => model::Literal::Null,
        (TypeRef::List(item), Value::List(items)) => {
            model::Literal::List(items.iter().map(|literal| value(item, literal)).collect())
        }
        (TypeRef::List(item), _) => model::Literal::List(vec![value(item, literal)]),
        (_, Value::Int(text)) if ty.base() == "ID" => model::Literal::Text(text.clone()),
        (_, Value::Int(text)) if ty.base() == "Float" => float(text),
        (_, Value::Int(text)) => text.parse().map_or_else(|_| float(text), model::Literal::Int),
        (_, Value::Float(text)) => float(text),
        (_, Value::Bool(value)) => model::Literal::Bool(*value),
        (_, Value::Text(text)) => model::Literal::Text(text.clone()),
        (_, Value::Enum(name)) => model::Literal::Enum(name.clone()),
        // Within a list or an object of a scalar, or an input object, a literal stays as it is written; coercion knows
        // the fields.
        (_, Value::List(items)) => model::Literal::List(items.iter().map(as_written).collect()),
        (_, Value::Object(fields)) => {
            let fields = fields.iter().map(|(name, literal)| (name.clone(), as_written(literal)));
            model::Literal::Object(fields.collect())
        }
        (_, Value::Variable) => model::Literal::Null,
    }
}

/// A literal of any type, as it is written.
pub(super) fn as_written(literal: &Literal) -> model::Literal {
    value(&TypeRef::named(""), literal)
}

fn float(text: &str) -> model::Literal {
    text.parse().map_or(model::Literal::Null, model::Literal::Float)
}

/// The part of a literal that does not fit a type.
pub(super) fn misfit<'a>(catalog: &Catalog<'_>, ty: &TypeRef, literal: &'a Literal) -> Option<&'a Literal> {
    match (ty, &literal.value) {
        (TypeRef::NonNull(_), Value::Null) => Some(literal),
        (TypeRef::NonNull(inner), _) => misfit(catalog, inner, literal),
        (_, Value::Null) => None,
        (TypeRef::List(inner), Value::List(items)) => items.iter().find_map(|item| misfit(catalog, inner, item)),
        // GraphQL takes a single value for a list of one.
        (TypeRef::List(inner), _) => misfit(catalog, inner, literal),
        (TypeRef::Named(name), value) => named_misfit(catalog, name, literal, value),
    }
}

fn named_misfit<'a>(catalog: &Catalog<'_>, name: &str, literal: &'a Literal, value: &'a Value) -> Option<&'a Literal> {
    if let Some(scalar) = catalog.scalar(name) {
        return (!(scalar.is_literal)(literal)).then_some(literal);
    }
    let fits = match (catalog.definition(name).map(|ty| &ty.kind), value) {
        (Some(Kind::Enum(values)), Value::Enum(value)) => values.iter().any(|known| known.name.value == *value),
        (Some(Kind::Input(fields)), Value::Object(given)) => {
            let is_one_of = catalog.definition(name).is_some_and(is_one_of);
            let is_one = given.len() == 1 && !matches!(given[0].1.value, Value::Null);
            let unfit = object_misfit(catalog, fields, given, literal);
            return unfit.or((is_one_of && !is_one).then_some(literal));
        }
        (Some(Kind::Enum(_) | Kind::Input(_)), _) => false,
        _ => literal.is_finite(),
    };
    (!fits).then_some(literal)
}

fn object_misfit<'a>(
    catalog: &Catalog<'_>,
    fields: &[InputValue],
    given: &'a [(String, Literal)],
    whole: &'a Literal,
) -> Option<&'a Literal> {
    let unfit = given.iter().find_map(|(name, value)| match fields.iter().find(|field| field.name.value == *name) {
        Some(field) => misfit(catalog, &field.ty.value, value),
        None => Some(value),
    });
    let lacks = fields.iter().any(|field| {
        field.ty.value.is_non_null()
            && field.default.is_none()
            && !given.iter().any(|(name, _)| *name == field.name.value)
    });
    unfit.or(lacks.then_some(whole))
}
