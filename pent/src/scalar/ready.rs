//! The scalars that many schemas define, ready to be put into a table.

use serde_json::Value as Json;

use super::write::{moment, text};
use super::{ScalarDef, civil, write_json};
use crate::error::{Error, Result};
use crate::input::Input;
use crate::output::OutputRef;

/// Any JSON, as [`serde_json::Value`]; in a literal, enum values are strings.
pub const JSON: ScalarDef = ScalarDef {
    specified_by: Some("https://www.rfc-editor.org/rfc/rfc8259"),
    parse: |written| Ok(Input::Json(written.clone())),
    write: write_json,
};

/// A whole number of 64 bits, as `i64`. It is written as a string, since programs that know all numbers as floats lose
/// digits after the 53rd bit, and read from numbers and strings.
pub const BIG_INT: ScalarDef = ScalarDef { specified_by: None, parse: parse_big_int, write: write_big_int };

/// A day as `2026-11-21`, as [`Date`](super::Date); stored as text, whose order is that of the days.
pub const DATE: ScalarDef = ScalarDef {
    specified_by: Some("https://www.rfc-editor.org/rfc/rfc3339#section-5.6"),
    parse: parse_date,
    write: write_date,
};

/// A moment as `2026-11-21T13:26:07Z`, with up to six digits of a second's fraction, as [`kvetch::Timestamp`]. Any
/// offset is read; UTC is written.
pub const DATE_TIME: ScalarDef = ScalarDef {
    specified_by: Some("https://www.rfc-editor.org/rfc/rfc3339#section-5.6"),
    parse: parse_date_time,
    write: write_date_time,
};

fn parse_big_int(written: &Json) -> Result<Input, String> {
    let value = match written {
        Json::Number(number) => number.as_i64(),
        Json::String(text) => text.parse().ok(),
        _ => None,
    };
    value.map(Input::Long).ok_or_else(|| format!("{} is not a whole number of 64 bits", shown(written)))
}

fn write_big_int(output: OutputRef<'_>, out: &mut Vec<u8>) -> Result<()> {
    match output {
        OutputRef::Int(value) => text(&value.to_string(), out),
        other => return Err(misfit(other, "BigInt")),
    }
    Ok(())
}

fn parse_date(written: &Json) -> Result<Input, String> {
    let day = written.as_str().filter(|day| civil::is_date(day));
    let refused = || format!("{} is not a day such as \"2026-11-21\"", shown(written));
    day.map(|day| Input::Text(day.to_owned())).ok_or_else(refused)
}

fn write_date(output: OutputRef<'_>, out: &mut Vec<u8>) -> Result<()> {
    match output {
        OutputRef::Text(day) if civil::is_date(day) => text(day, out),
        other => return Err(misfit(other, "Date")),
    }
    Ok(())
}

fn parse_date_time(written: &Json) -> Result<Input, String> {
    let moment = written.as_str().and_then(civil::parse);
    let refused = || format!("{} is not a moment such as \"2026-11-21T13:26:07Z\"", shown(written));
    moment.map(Input::Time).ok_or_else(refused)
}

fn write_date_time(output: OutputRef<'_>, out: &mut Vec<u8>) -> Result<()> {
    match output {
        OutputRef::Time(time) => text(&moment(time)?, out),
        other => return Err(misfit(other, "DateTime")),
    }
    Ok(())
}

fn misfit(output: OutputRef<'_>, scalar: &str) -> Error {
    Error::internal(format_args!("{output:?} is not a value of {scalar}"))
}

/// A value in a message: short, whatever its size.
fn shown(written: &Json) -> String {
    /// Longer values are cut.
    const SHOWN: usize = 60;
    let shown = written.to_string();
    if shown.chars().count() <= SHOWN { shown } else { shown.chars().take(SHOWN).chain("...".chars()).collect() }
}
