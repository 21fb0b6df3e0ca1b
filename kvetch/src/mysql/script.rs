//! Statements that are sent together, as text.
//!
//! A transaction has many small statements, and most of its time is the way to the server and back. So those whose
//! answers nobody waits for go along with the next: one way for all. Prepared statements cannot be sent so; what the
//! server takes longer to read text is less than a way costs.

use std::fmt::Write;

use mysql_async::Value;

use super::query::Query;

/// Bytes of text that are sent at once. A server takes a packet of some megabytes.
const TEXT_BYTES_MAX: usize = 1 << 18;

/// Bytes of parameters from which on a statement goes alone: as text they would be twice as many.
const LONG_BYTES: usize = 1 << 16;

/// What is sent to the server at once.
#[derive(Debug, PartialEq)]
pub(super) enum Packet {
    /// One statement, prepared.
    Prepared(Query),
    /// Some statements, and how many.
    Text(String, usize),
}

/// The packets of some statements, in their order. A statement that is alone is prepared, unless it has no parameters,
/// as those have none that begin and end a transaction.
pub(super) fn packets(queries: Vec<Query>) -> Vec<Packet> {
    let is_alone = queries.len() == 1;
    let mut packets = Vec::new();
    for query in queries {
        let may_be_text = !(is_alone && !query.parameters.is_empty() || is_long(&query));
        match packets.last_mut() {
            _ if !may_be_text => packets.push(Packet::Prepared(query)),
            Some(Packet::Text(text, statements)) if text.len() < TEXT_BYTES_MAX => {
                text.push_str("; ");
                write_text(&query, text);
                *statements += 1;
            }
            _ => {
                let mut text = String::new();
                write_text(&query, &mut text);
                packets.push(Packet::Text(text, 1));
            }
        }
    }
    packets
}

fn is_long(query: &Query) -> bool {
    let bytes = |value: &Value| if let Value::Bytes(bytes) = value { bytes.len() } else { 0 };
    query.parameters.iter().map(bytes).sum::<usize>() >= LONG_BYTES
}

/// Puts the parameters into the text. Bytes are written in hexadecimal digits, so that there is nothing to escape.
fn write_text(query: &Query, text: &mut String) {
    let mut parts = query.sql.split('?');
    text.push_str(parts.next().expect("a text has a first part"));
    let mut parameters = query.parameters.iter();
    for part in parts {
        match parameters.next().expect("there is a parameter for each mark") {
            Value::Bytes(bytes) => write_bytes(bytes, text),
            Value::Int(number) => write!(text, "{number}").expect("text takes text"),
            Value::NULL => text.push_str("NULL"),
            other => unreachable!("no parameter is of the kind of {other:?}"),
        }
        text.push_str(part);
    }
}

fn write_bytes(bytes: &[u8], text: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    text.reserve(2 * bytes.len() + 3);
    text.push_str("x'");
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)].into());
        text.push(DIGITS[usize::from(byte & 15)].into());
    }
    text.push('\'');
}

#[cfg(test)]
mod tests {
    use super::super::query::{Parameter, query};
    use super::*;

    #[test]
    fn statements_go_together_as_text() {
        let begin = query("START TRANSACTION", []);
        let select = query("SELECT a FROM t WHERE a = ? AND b = ?", [(-7i64).value(), vec![0u8, 255].value()]);
        let update = query("UPDATE t SET a = ?, b = ?", [None::<i64>.value(), Vec::new().value()]);
        let text = "START TRANSACTION; SELECT a FROM t WHERE a = -7 AND b = x'00ff'; UPDATE t SET a = NULL, b = x''";
        assert_eq!(packets(vec![begin, select, update]), [Packet::Text(text.to_owned(), 3)]);
    }

    #[test]
    fn a_statement_that_is_alone_or_long_is_prepared() {
        let short = || query("DO ?", [1i64.value()]);
        let long = || query("DO ?", [vec![7u8; LONG_BYTES].value()]);
        assert_eq!(packets(vec![short()]), [Packet::Prepared(short())]);
        assert_eq!(packets(vec![query("COMMIT", [])]), [Packet::Text("COMMIT".to_owned(), 1)]);
        let one = || Packet::Text("DO 1".to_owned(), 1);
        assert_eq!(packets(vec![short(), long(), short()]), [one(), Packet::Prepared(long()), one()]);
        let many = packets((0..100).map(|_| query("DO ?", [vec![7u8; 5_000].value()])).collect());
        assert!(many.len() > 2 && many.iter().all(|packet| matches!(packet, Packet::Text(..))), "{}", many.len());
    }
}
