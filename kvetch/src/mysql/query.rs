//! Statements as data: their text and their parameters.
//!
//! Every statement is prepared, and a server keeps each prepared one of each connection. So there are few texts: a
//! list of keys is filled up to one of a few lengths.

use std::borrow::Cow;
use std::fmt::Write;

use mysql_async::Value;

use crate::id::{NodeId, Nonce, WriteId};
use crate::index_key::IndexKey;

/// Lengths of lists of keys.
const LIST_LENGTHS: [usize; 4] = [1, 10, 100, KEYS_PER_STATEMENT];

/// Limited selects that one statement puts together. Fewer cost more statements; with more of them preparing and
/// planning takes longer than it saves.
pub(super) const SELECTS_PER_STATEMENT: usize = 25;

/// How many selects a statement has.
const SELECT_COUNTS: [usize; 4] = [1, 4, 10, SELECTS_PER_STATEMENT];

/// Keys of one list. More are asked for in several statements at once, which a server answers sooner than one.
pub(super) const KEYS_PER_STATEMENT: usize = 250;

/// Rows that one statement puts at most, and bytes of what is in them, unless it puts one row.
const ROWS_PER_STATEMENT: usize = 100;
const BYTES_PER_STATEMENT: usize = 16 << 10;

/// A statement and its parameters.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Query {
    pub(super) sql: Cow<'static, str>,
    pub(super) parameters: Vec<Value>,
}

/// A statement with fixed text.
pub(super) fn query<const N: usize>(sql: &'static str, parameters: [Value; N]) -> Query {
    Query { sql: sql.into(), parameters: parameters.into() }
}

/// A statement that ends with a list of keys: `head (?,?,...) tail`. The list is filled up by its last key,
/// which the server looks up once.
pub(super) fn with_keys<K: Parameter>(head: &str, unary: Vec<Value>, keys: &[K], tail: &str) -> Query {
    let length = LIST_LENGTHS.into_iter().find(|length| *length >= keys.len()).unwrap_or(keys.len());
    let mut sql = String::with_capacity(head.len() + 2 * length + 2 + tail.len());
    sql.push_str(head);
    for place in 0..length {
        sql.push(if place == 0 { '(' } else { ',' });
        sql.push('?');
    }
    sql.push(')');
    sql.push_str(tail);
    let mut parameters = unary;
    parameters.reserve(length);
    parameters.extend((0..length).map(|place| keys[place.min(keys.len() - 1)].value()));
    Query { sql: sql.into(), parameters }
}

/// A statement that puts several rows: `head (?, ?), (?, ?) tail`.
pub(super) fn with_rows<const N: usize>(head: &str, rows: &[[Value; N]], tail: &str) -> Query {
    let row = format!("({})", vec!["?"; N].join(", "));
    let sql = format!("{head}{}{tail}", vec![row; rows.len()].join(", "));
    Query { sql: sql.into(), parameters: rows.iter().flatten().cloned().collect() }
}

/// Rows of so many bytes, put together to what one statement puts: one of them at least, and no more than stay a short
/// text.
pub(super) fn by_bytes<T>(rows: impl Iterator<Item = (usize, T)>) -> Vec<Vec<T>> {
    let mut statements: Vec<Vec<T>> = Vec::new();
    let mut room = 0;
    for (bytes, row) in rows {
        match statements.last_mut() {
            Some(statement) if bytes <= room && statement.len() < ROWS_PER_STATEMENT => {
                room -= bytes;
                statement.push(row);
            }
            _ => {
                room = BYTES_PER_STATEMENT.saturating_sub(bytes);
                statements.push(vec![row]);
            }
        }
    }
    statements
}

/// One select for each key, put together by `UNION ALL`, each with its number `k` in front of its columns. What is
/// missing to one of the fixed numbers of selects is filled up with `nobody`, which finds nothing.
pub(super) fn union_all<K>(
    columns_and_rest: &str,
    keys: &[K],
    nobody: &K,
    mut parameters_of: impl FnMut(&K, &mut Vec<Value>),
) -> Query {
    let count = SELECT_COUNTS.into_iter().find(|count| *count >= keys.len()).unwrap_or(keys.len());
    let mut sql = String::with_capacity(count * (columns_and_rest.len() + 28));
    let mut parameters = Vec::new();
    for number in 0..count {
        let union = if number == 0 { "" } else { " UNION ALL " };
        write!(sql, "{union}(SELECT {number} AS k, {columns_and_rest})").expect("text takes text");
        parameters_of(keys.get(number).unwrap_or(nobody), &mut parameters);
    }
    Query { sql: sql.into(), parameters }
}

/// What can be a parameter. A trait of our own, because a `From` would show the foreign type to users of the crate.
pub(super) trait Parameter {
    fn value(&self) -> Value;
}

impl Parameter for NodeId {
    fn value(&self) -> Value {
        Value::Bytes(self.as_bytes().to_vec())
    }
}

impl Parameter for Nonce {
    fn value(&self) -> Value {
        Value::Bytes(self.as_bytes().to_vec())
    }
}

impl Parameter for WriteId {
    fn value(&self) -> Value {
        Value::Bytes(self.as_bytes().to_vec())
    }
}

impl Parameter for IndexKey {
    fn value(&self) -> Value {
        Value::Bytes(self.as_bytes().to_vec())
    }
}

impl Parameter for i64 {
    fn value(&self) -> Value {
        Value::Int(*self)
    }
}

impl Parameter for u32 {
    fn value(&self) -> Value {
        Value::Int(i64::from(*self))
    }
}

/// A version as it is stored.
impl Parameter for u64 {
    fn value(&self) -> Value {
        Value::Int(i64::try_from(*self).expect("a version counts single writes, and nobody writes 2^63 times"))
    }
}

impl Parameter for &[u8] {
    fn value(&self) -> Value {
        Value::Bytes(self.to_vec())
    }
}

impl Parameter for Vec<u8> {
    fn value(&self) -> Value {
        Value::Bytes(self.clone())
    }
}

/// Nothing is null.
impl<T: Parameter> Parameter for Option<T> {
    fn value(&self) -> Value {
        self.as_ref().map_or(Value::NULL, Parameter::value)
    }
}

/// The place after which a page starts: no bytes sort before every id.
pub(super) fn after<T: Parameter>(place: Option<&T>) -> Value {
    place.map_or(Value::Bytes(Vec::new()), Parameter::value)
}

/// Above every version that there is.
pub(super) const ANY_VERSION: u64 = i64::MAX as u64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_keys_has_one_of_a_few_lengths() {
        let lengths = |keys: usize| {
            let keys: Vec<i64> = (0..keys as i64).collect();
            with_keys("SELECT 1 WHERE 1 IN ", Vec::new(), &keys, "").parameters.len()
        };
        assert_eq!([1, 2, 10, 11, 101, 250].map(lengths), [1, 10, 10, 100, 250, 250]);
        let few = with_keys("WHERE id IN ", vec![Value::Int(9)], &[1i64, 2], " AND x");
        assert!(few.sql.starts_with("WHERE id IN (?,?,") && few.sql.ends_with("?) AND x"), "{}", few.sql);
        assert_eq!(few.parameters[..4], [9, 1, 2, 2].map(Value::Int));
    }

    #[test]
    fn rows_of_one_statement_are_few_and_short() {
        let lengths = |bytes: Vec<usize>| {
            by_bytes(bytes.into_iter().map(|bytes| (bytes, ()))).iter().map(Vec::len).collect::<Vec<_>>()
        };
        assert_eq!(lengths(vec![]), [0; 0]);
        assert_eq!(lengths(vec![0; 250]), [100, 100, 50]);
        assert_eq!(lengths(vec![BYTES_PER_STATEMENT / 2; 5]), [2, 2, 1]);
        assert_eq!(lengths(vec![1, 1 << 20, 1, 1]), [1, 1, 2], "a long one goes alone");
        let two = with_rows("PUT ", &[[1i64.value(), 2i64.value()], [3i64.value(), 4i64.value()]], " END");
        assert_eq!(two.sql, "PUT (?, ?), (?, ?) END");
        assert_eq!(two.parameters, [1, 2, 3, 4].map(Value::Int));
    }

    #[test]
    fn selects_are_put_together_and_filled_up() {
        let put = |key: &i64, parameters: &mut Vec<Value>| parameters.push(Value::Int(*key));
        let two = union_all("a FROM t WHERE a = ? LIMIT 1", &[1i64, 2], &-1, put);
        assert_eq!(
            two.sql,
            "(SELECT 0 AS k, a FROM t WHERE a = ? LIMIT 1) UNION ALL (SELECT 1 AS k, a FROM t WHERE a = ? LIMIT 1) \
             UNION ALL (SELECT 2 AS k, a FROM t WHERE a = ? LIMIT 1) UNION ALL (SELECT 3 AS k, a FROM t WHERE a = ? LIMIT 1)"
        );
        assert_eq!(two.parameters, [1, 2, -1, -1].map(Value::Int));
    }
}
