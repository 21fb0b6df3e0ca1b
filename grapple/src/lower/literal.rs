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
    let told = catalog.interfaces().flat_map(|(_, fields)| fields);
    let arguments = catalog.objects().flat_map(|object| object.fields).chain(told).flat_map(|field| &field.args);
    let fields = catalog.inputs().flat_map(|(_, fields)| fields);
    for value in arguments.chain(fields) {
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

fn as_written(literal: &Literal) -> model::Literal {
    value(&TypeRef::named(""), literal)
}

/// Whether all numbers of a literal are: there is no other in JSON.
fn is_finite(literal: &Literal) -> bool {
    match &literal.value {
        Value::Int(text) | Value::Float(text) => text.parse().is_ok_and(f64::is_finite),
        Value::List(items) => items.iter().all(is_finite),
        Value::Object(fields) => fields.iter().all(|(_, value)| is_finite(value)),
        _ => true,
    }
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
    let fits = match (name, value) {
        ("Int", Value::Int(text)) => text.parse::<i32>().is_ok(),
        ("Float", Value::Int(_) | Value::Float(_)) => is_finite(literal),
        ("Boolean", Value::Bool(_)) => true,
        ("String", Value::Text(_)) => true,
        ("ID", Value::Text(_) | Value::Int(_)) => true,
        ("UUID", Value::Text(text)) => is_uuid(text),
        ("Int" | "Float" | "Boolean" | "String" | "ID" | "UUID", _) => false,
        ("BigInt", Value::Int(text) | Value::Text(text)) if catalog.is_ready_scalar(name) => {
            text.parse::<i64>().is_ok()
        }
        ("Date", Value::Text(text)) if catalog.is_ready_scalar(name) => is_date(text),
        ("DateTime", Value::Text(text)) if catalog.is_ready_scalar(name) => is_date_time(text),
        ("BigInt" | "Date" | "DateTime", _) if catalog.is_ready_scalar(name) => false,
        _ => match (catalog.definition(name).map(|ty| &ty.kind), value) {
            (Some(Kind::Enum(values)), Value::Enum(value)) => values.iter().any(|known| known.name.value == *value),
            (Some(Kind::Input(fields)), Value::Object(given)) => {
                let is_one_of = catalog.definition(name).is_some_and(is_one_of);
                let is_one = given.len() == 1 && !matches!(given[0].1.value, Value::Null);
                let unfit = object_misfit(catalog, fields, given, literal);
                return unfit.or((is_one_of && !is_one).then_some(literal));
            }
            (Some(Kind::Enum(_) | Kind::Input(_)), _) => false,
            _ => is_finite(literal),
        },
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

/// Whether a text is a day that there is.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| bytes[range].iter().all(u8::is_ascii_digit);
    let number = |range: std::ops::Range<usize>| text[range].parse::<u32>().unwrap_or_default();
    let has_form =
        bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-' && digits(0..4) && digits(5..7) && digits(8..10);
    has_form && (1..=days(number(0..4), number(5..7))).contains(&number(8..10))
}

/// The days of a month; none of one that there is not.
fn days(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(is_leap),
        1..=12 => 31,
        _ => 0,
    }
}

/// Whether a text has the form of a moment with its offset; that it exists is seen when it is used.
fn is_date_time(text: &str) -> bool {
    let Some((day, rest)) = text.split_at_checked(10) else { return false };
    let is_offset = |rest: &str| matches!(rest, "Z" | "z") || (rest.len() == 6 && rest.starts_with(['+', '-']));
    let rest =
        rest.trim_start_matches(|letter: char| matches!(letter, 'T' | 't' | ':' | '.') || letter.is_ascii_digit());
    is_date(day) && text.as_bytes().get(10).is_some_and(|letter| matches!(letter, b'T' | b't')) && is_offset(rest)
}

fn is_uuid(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
    let dashes: Vec<usize> = text.match_indices('-').map(|(at, _)| at).collect();
    digits == 32 && ((text.len() == 36 && dashes == [8, 13, 18, 23]) || text.len() == 32)
}
