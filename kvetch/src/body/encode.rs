//! Props to CBOR.

use std::convert::Infallible;

use minicbor::Encoder;
use minicbor::data::Tag;

use crate::error::{Error, Result, within};
use crate::limits::{BODY_BYTES_MAX, KEY_BYTES_MAX, VALUE_DEPTH_MAX};
use crate::value::{Props, Value};

/// CBOR tag of an id: a UUID as 16 bytes (registered).
pub(super) const ID_TAG: Tag = Tag::new(37);

/// CBOR tag of a moment: a whole number of microseconds since 1970 in UTC. A number of ours ("kvts"
/// in ASCII): the registered tag 1 has seconds, as a float where they have a fraction, which
/// loses microseconds, and 1001 is a map that costs a walk for each value.
pub(super) const TIMESTAMP_TAG: Tag = Tag::new(0x6b76_7473);

type Cbor = Encoder<Vec<u8>>;

pub(super) fn props(props: &Props) -> Result<Vec<u8>> {
    let present = props.iter().filter(|(_, value)| **value != Value::Null).count();
    let mut cbor = Encoder::new(Vec::with_capacity(64));
    written(cbor.map(present as u64));
    for (key, value) in props.iter().filter(|(_, value)| **value != Value::Null) {
        put_key(&mut cbor, key)?;
        put_value(&mut cbor, value, 1)?;
    }
    let bytes = cbor.into_writer();
    within("a body in bytes", bytes.len(), BODY_BYTES_MAX)?;
    Ok(bytes)
}

fn put_key(cbor: &mut Cbor, key: &str) -> Result<()> {
    within("a key in bytes", key.len(), KEY_BYTES_MAX)?;
    if key.is_empty() {
        return Err(Error::invalid("a key of a map must not be empty"));
    }
    written(cbor.str(key));
    Ok(())
}

fn put_value(cbor: &mut Cbor, value: &Value, depth: usize) -> Result<()> {
    match value {
        Value::Null => written(cbor.null()),
        Value::Bool(value) => written(cbor.bool(*value)),
        Value::Int(value) => written(cbor.i64(*value)),
        Value::Float(value) => written(cbor.f64(*value)),
        Value::Text(value) => written(cbor.str(value)),
        Value::Bytes(value) => written(cbor.bytes(value)),
        Value::Id(id) => written(cbor.tag(ID_TAG).and_then(|cbor| cbor.bytes(id.as_bytes()))),
        Value::Timestamp(at) => written(cbor.tag(TIMESTAMP_TAG).and_then(|cbor| cbor.i64(at.0))),
        Value::List(values) => {
            within("lists and maps inside one another", depth, VALUE_DEPTH_MAX)?;
            written(cbor.array(values.len() as u64));
            for value in values {
                put_value(cbor, value, depth + 1)?;
            }
        }
        Value::Map(props) => {
            within("lists and maps inside one another", depth, VALUE_DEPTH_MAX)?;
            written(cbor.map(props.len() as u64));
            for (key, value) in props {
                put_key(cbor, key)?;
                put_value(cbor, value, depth + 1)?;
            }
        }
    }
    Ok(())
}

/// Writing into memory cannot fail, and what is encoded here carries no code of its own.
fn written(result: std::result::Result<&mut Cbor, minicbor::encode::Error<Infallible>>) {
    result.expect("a vector takes every byte");
}
