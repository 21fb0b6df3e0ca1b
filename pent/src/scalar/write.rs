//! Values as JSON, whatever they are.

use kvetch::{Timestamp, ValueRef};

use super::civil;
use crate::error::{Error, Result};
use crate::output::OutputRef;

/// Writes a value as the JSON that it is nearest to.
///
/// # Errors
/// When it is an object of the schema, or what JSON has no word for: bytes, an infinite number.
pub fn write_json(output: OutputRef<'_>, out: &mut Vec<u8>) -> Result<()> {
    match output {
        OutputRef::Null => out.extend_from_slice(b"null"),
        OutputRef::Bool(value) => written(serde_json::to_writer(out, &value)),
        OutputRef::Int(value) => written(serde_json::to_writer(out, &value)),
        OutputRef::Float(value) if value.is_finite() => written(serde_json::to_writer(out, &value)),
        OutputRef::Text(value) => text(value, out),
        OutputRef::Id(id) => text(&id.to_string(), out),
        OutputRef::Time(time) => text(&moment(time)?, out),
        OutputRef::Json(value) => written(serde_json::to_writer(out, value)),
        OutputRef::Scalar(value) => written(serde_json::to_writer(out, &value.json())),
        OutputRef::Stored(value) => stored(value, out)?,
        OutputRef::List(list) => {
            out.push(b'[');
            for index in 0..list.len() {
                separate(index, out);
                write_json(list.item(index), out)?;
            }
            out.push(b']');
        }
        OutputRef::Float(_) | OutputRef::Node(_) | OutputRef::Object(_) => {
            return Err(Error::internal(format_args!("{output:?} is not a value of a scalar")));
        }
    }
    Ok(())
}

/// A moment as RFC 3339 has it.
pub(crate) fn moment(time: Timestamp) -> Result<String> {
    civil::format(time).ok_or_else(|| Error::internal(format_args!("{time} lies outside the years 0 to 9999")))
}

fn stored(value: ValueRef<'_>, out: &mut Vec<u8>) -> Result<()> {
    match value {
        ValueRef::Null => write_json(OutputRef::Null, out),
        ValueRef::Bool(value) => write_json(OutputRef::Bool(value), out),
        ValueRef::Int(value) => write_json(OutputRef::Int(value), out),
        ValueRef::Float(value) => write_json(OutputRef::Float(value), out),
        ValueRef::Text(text) => write_json(OutputRef::Text(text), out),
        ValueRef::Id(id) => write_json(OutputRef::Id(id), out),
        ValueRef::Timestamp(time) => write_json(OutputRef::Time(time), out),
        ValueRef::List(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                separate(index, out);
                stored(item?, out)?;
            }
            out.push(b']');
            Ok(())
        }
        ValueRef::Map(fields) => {
            out.push(b'{');
            for (index, field) in fields.iter().enumerate() {
                let (name, value) = field?;
                separate(index, out);
                text(name, out);
                out.push(b':');
                stored(value, out)?;
            }
            out.push(b'}');
            Ok(())
        }
        ValueRef::Bytes(_) => Err(Error::internal("bytes are not a value of a scalar")),
    }
}

/// A stored value as the JSON that it is nearest to.
///
/// # Errors
/// As [`write_json`].
pub(crate) fn stored_as_json(value: ValueRef<'_>) -> Result<serde_json::Value> {
    let mut out = Vec::new();
    stored(value, &mut out)?;
    serde_json::from_slice(&out).map_err(Error::internal)
}

fn separate(index: usize, out: &mut Vec<u8>) {
    if index > 0 {
        out.push(b',');
    }
}

pub(super) fn text(text: &str, out: &mut Vec<u8>) {
    written(serde_json::to_writer(out, text));
}

fn written(result: serde_json::Result<()>) {
    result.expect("these values can be written to memory");
}
