//! The form of a body on disk: a format byte, then the body.

use std::borrow::Cow;

use crate::error::{Result, within};
use crate::limits::{BODY_BYTES_MAX, COMPRESS_FROM_BYTES};

use super::corrupt;

/// The CBOR map follows as it is.
const PLAIN: u8 = 1;

/// Its length as a little-endian `u32` follows, then one lz4 block of it.
const LZ4: u8 = 2;

pub(super) fn write(cbor: &[u8]) -> Vec<u8> {
    if cbor.len() >= COMPRESS_FROM_BYTES {
        let block = lz4_flex::block::compress_prepend_size(cbor);
        if block.len() < cbor.len() {
            return prefixed(LZ4, &block);
        }
    }
    prefixed(PLAIN, cbor)
}

pub(super) fn read(stored: &[u8]) -> Result<Cow<'_, [u8]>> {
    match stored.split_first() {
        Some((&PLAIN, cbor)) => Ok(Cow::Borrowed(cbor)),
        Some((&LZ4, block)) => decompress(block).map(Cow::Owned),
        Some((format, _)) => Err(corrupt(format!("unknown format byte {format}"))),
        None => Err(corrupt("no format byte")),
    }
}

/// Checks the length before it is believed: a damaged one must not ask for gigabytes.
fn decompress(block: &[u8]) -> Result<Vec<u8>> {
    let (length, block) = lz4_flex::block::uncompressed_size(block).map_err(|error| corrupt(error.to_string()))?;
    within("a stored body in bytes", length, BODY_BYTES_MAX).map_err(|error| corrupt(error.to_string()))?;
    let cbor = lz4_flex::block::decompress(block, length).map_err(|error| corrupt(error.to_string()))?;
    if cbor.len() != length {
        return Err(corrupt("the compressed block has another length than it says"));
    }
    Ok(cbor)
}

fn prefixed(format: u8, bytes: &[u8]) -> Vec<u8> {
    let mut stored = Vec::with_capacity(1 + bytes.len());
    stored.push(format);
    stored.extend_from_slice(bytes);
    stored
}
