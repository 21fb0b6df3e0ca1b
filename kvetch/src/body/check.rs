//! One strict pass over bytes that should be a body: known types only, definite lengths, keys in
//! ascending order and each once. What passes can be walked without surprises.

use minicbor::Decoder;
use minicbor::data::Type;

use crate::error::Result;
use crate::limits::VALUE_DEPTH_MAX;

use super::encode::{ID_TAG, TIMESTAMP_TAG};
use super::{corrupt, undecodable};

pub(super) fn body(bytes: &[u8]) -> Result<()> {
    let mut cbor = Decoder::new(bytes);
    map(&mut cbor, 0)?;
    if cbor.position() != bytes.len() {
        return Err(corrupt("bytes follow the body"));
    }
    Ok(())
}

fn value(cbor: &mut Decoder<'_>, depth: usize) -> Result<()> {
    match cbor.datatype().map_err(undecodable)? {
        Type::Null => cbor.null().map_err(undecodable),
        Type::Bool => cbor.bool().map(drop).map_err(undecodable),
        Type::F64 => cbor.f64().map(drop).map_err(undecodable),
        Type::String => cbor.str().map(drop).map_err(undecodable),
        Type::Bytes => cbor.bytes().map(drop).map_err(undecodable),
        Type::Tag => tagged(cbor),
        Type::Array => list(cbor, depth + 1),
        Type::Map => map(cbor, depth + 1),
        _ => cbor.i64().map(drop).map_err(undecodable),
    }
}

fn tagged(cbor: &mut Decoder<'_>) -> Result<()> {
    match cbor.tag().map_err(undecodable)? {
        ID_TAG if cbor.bytes().map_err(undecodable)?.len() == 16 => Ok(()),
        ID_TAG => Err(corrupt("an id has not 16 bytes")),
        TIMESTAMP_TAG => cbor.i64().map(drop).map_err(undecodable),
        tag => Err(corrupt(format!("unknown tag {}", tag.as_u64()))),
    }
}

fn list(cbor: &mut Decoder<'_>, depth: usize) -> Result<()> {
    let length = cbor.array().map_err(undecodable)?;
    for _ in 0..enterable(length, depth)? {
        value(cbor, depth)?;
    }
    Ok(())
}

fn map(cbor: &mut Decoder<'_>, depth: usize) -> Result<()> {
    let length = cbor.map().map_err(undecodable)?;
    let mut last = "";
    for _ in 0..enterable(length, depth)? {
        let key = cbor.str().map_err(undecodable)?;
        if key <= last {
            return Err(corrupt("keys are not in ascending order"));
        }
        value(cbor, depth)?;
        last = key;
    }
    Ok(())
}

fn enterable(length: Option<u64>, depth: usize) -> Result<u64> {
    if depth > VALUE_DEPTH_MAX {
        return Err(corrupt("lists and maps are nested too deep"));
    }
    length.ok_or_else(|| corrupt("a list or map of indefinite length"))
}
