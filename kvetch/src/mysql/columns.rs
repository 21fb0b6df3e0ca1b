//! The columns of a row, taken from left to right. Of a prepared statement numbers come as numbers, of one that was
//! sent as text they come as digits.

use mysql_async::{Row, Value};

use crate::body::Body;
use crate::error::{Error, Result};
use crate::id::{EdgeType, NodeId, Timestamp};
use crate::index_key::IndexKey;

/// What is left of a row.
pub(super) struct Columns(std::vec::IntoIter<Value>);

impl Columns {
    pub(super) fn of(row: Row) -> Self {
        Self(row.unwrap().into_iter())
    }

    pub(super) fn number(&mut self) -> Result<i64> {
        self.number_or_null()?.ok_or_else(corrupt)
    }

    pub(super) fn number_or_null(&mut self) -> Result<Option<i64>> {
        match self.0.next() {
            Some(Value::NULL) => Ok(None),
            Some(Value::Int(number)) => Ok(Some(number)),
            Some(Value::UInt(number)) => i64::try_from(number).map(Some).map_err(|_| corrupt()),
            Some(Value::Bytes(digits)) => digits_of(&digits).map(Some),
            _ => Err(corrupt()),
        }
    }

    /// The number in the next column, which stays there.
    pub(super) fn peek(&self) -> Result<i64> {
        match self.0.as_slice().first() {
            Some(Value::Int(number)) => Ok(*number),
            Some(Value::Bytes(digits)) => digits_of(digits),
            _ => Err(corrupt()),
        }
    }

    /// Leaves some columns out.
    pub(super) fn skip(&mut self, columns: usize) {
        self.0.by_ref().take(columns).for_each(drop);
    }

    /// A number of rows or a position.
    pub(super) fn count(&mut self) -> Result<usize> {
        usize::try_from(self.number()?).map_err(|_| corrupt())
    }

    pub(super) fn version(&mut self) -> Result<u64> {
        u64::try_from(self.number()?).map_err(|_| corrupt())
    }

    pub(super) fn time(&mut self) -> Result<Timestamp> {
        self.number().map(Timestamp)
    }

    pub(super) fn bytes_or_null(&mut self) -> Result<Option<Vec<u8>>> {
        match self.0.next() {
            Some(Value::Bytes(bytes)) => Ok(Some(bytes)),
            Some(Value::NULL) => Ok(None),
            _ => Err(corrupt()),
        }
    }

    pub(super) fn bytes(&mut self) -> Result<Vec<u8>> {
        self.bytes_or_null()?.ok_or_else(corrupt)
    }

    pub(super) fn sixteen(&mut self) -> Result<[u8; 16]> {
        self.bytes()?.try_into().map_err(|_| corrupt())
    }

    pub(super) fn sixteen_or_null(&mut self) -> Result<Option<[u8; 16]>> {
        self.bytes_or_null()?.map(|bytes| bytes.try_into().map_err(|_| corrupt())).transpose()
    }

    pub(super) fn id(&mut self) -> Result<NodeId> {
        self.sixteen().map(NodeId::from_bytes)
    }

    pub(super) fn edge_type(&mut self) -> Result<EdgeType> {
        self.number()?.try_into().map(EdgeType).map_err(|_| corrupt())
    }

    pub(super) fn value(&mut self) -> Result<IndexKey> {
        self.bytes().map(|bytes| IndexKey::from_bytes(&bytes))
    }

    pub(super) fn body_or_null(&mut self) -> Result<Option<Body>> {
        self.bytes_or_null()?.map(|stored| Body::from_stored(&stored)).transpose()
    }

    pub(super) fn text(&mut self) -> Result<String> {
        String::from_utf8(self.bytes()?).map_err(|_| corrupt())
    }
}

fn digits_of(digits: &[u8]) -> Result<i64> {
    str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).ok_or_else(corrupt)
}

fn corrupt() -> Error {
    Error::corrupt_record("row", "a column holds something else than it should")
}
