//! Scalars and enum values as JSON, checked against the type that the schema gives them.

use std::fmt::Display;

use super::writer::{Writer, Written, misplaced_list};
use crate::error::Error;
use crate::output::OutputRef;
use crate::plan::Field;
use crate::table::Type;
use crate::types::{Named, Scalar};

impl<'a> Writer<'a> {
    /// A scalar, an enum value or a list of them. In place wherever it is called: there one kind of output is known, and
    /// nothing is left but the way it is written.
    #[inline(always)]
    pub(super) fn leaf(&mut self, field: &'a Field, ty: Type, output: OutputRef<'_>) -> Written {
        match (field.named, output) {
            (_, OutputRef::Null) => Written::Null,
            (_, OutputRef::List(list)) => {
                let Type::List(item) = ty else { return misplaced_list() };
                self.list(0..list.len(), |writer, index| {
                    writer.complete(field, *item, |writer, ty| writer.leaf(field, ty, list.item(index)))
                })
            }
            (_, other) if ty.is_list() => no_value(field, other),
            (Named::Scalar(Scalar::Boolean), OutputRef::Bool(value)) => self.raw(if value { "true" } else { "false" }),
            (Named::Scalar(Scalar::Int), OutputRef::Int(value)) => self.int(value),
            (Named::Scalar(Scalar::Float), OutputRef::Int(value)) => self.number(value as f64),
            (Named::Scalar(Scalar::Float), OutputRef::Float(value)) => self.number(value),
            (Named::Scalar(Scalar::String | Scalar::Id), OutputRef::Text(text)) => self.text(text),
            (Named::Scalar(Scalar::Uuid), OutputRef::Id(id)) => self.text(&id.to_string()),
            (Named::Custom(def), other) => match (def.write)(other, &mut self.out) {
                Ok(()) => Written::Value,
                Err(error) => Written::failed(error),
            },
            (Named::Enum(values), OutputRef::Text(text)) if values.iter().any(|value| value.name == text) => {
                self.text(text)
            }
            (_, other) => no_value(field, other),
        }
    }

    #[inline]
    fn raw(&mut self, text: &str) -> Written {
        self.out.extend_from_slice(text.as_bytes());
        Written::Value
    }

    #[inline]
    pub(super) fn text(&mut self, text: &str) -> Written {
        if stands_for_itself(text.as_bytes()) {
            self.out.reserve(text.len() + 2);
            self.out.push(b'"');
            self.out.extend_from_slice(text.as_bytes());
            self.out.push(b'"');
        } else {
            serde_json::to_writer(&mut self.out, text).expect("text can be written to memory");
        }
        Written::Value
    }

    #[inline]
    fn int(&mut self, value: i64) -> Written {
        if i32::try_from(value).is_err() {
            return no_number(value, "Int");
        }
        serde_json::to_writer(&mut self.out, &value).expect("numbers can be written to memory");
        Written::Value
    }

    #[inline]
    fn number(&mut self, value: f64) -> Written {
        if !value.is_finite() {
            return no_number(value, "Float");
        }
        serde_json::to_writer(&mut self.out, &value).expect("numbers can be written to memory");
        Written::Value
    }
}

#[cold]
fn no_value(field: &Field, output: OutputRef<'_>) -> Written {
    Written::failed(Error::internal(format_args!("{output:?} is not a value of {}", field.ty)))
}

#[cold]
fn no_number(value: impl Display, ty: &str) -> Written {
    Written::failed(Error::internal(format_args!("{value} is not a value of {ty}")))
}

/// Whether JSON shows a text without escapes, as nearly all texts are. Blocks of bytes are compared at once, which takes
/// a fraction of the time of looking at one after the other.
fn stands_for_itself(text: &[u8]) -> bool {
    let is_plain = |byte: &u8| *byte >= 0x20 && *byte != b'"' && *byte != b'\\';
    let (blocks, rest) = text.as_chunks::<8>();
    let is_plain_block = |block: &[u8; 8]| block.iter().fold(true, |all, byte| all & is_plain(byte));
    blocks.iter().all(is_plain_block) && rest.iter().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::stands_for_itself;

    /// Texts are looked at in blocks: one byte that needs an escape is seen wherever it stands.
    #[test]
    fn a_text_stands_for_itself_where_json_writes_it_without_escapes() {
        for length in 0..40 {
            let plain = "é".repeat(length) + &"x".repeat(length);
            assert!(stands_for_itself(plain.as_bytes()));
            for at in 0..length {
                for special in ['\0', '\n', '\u{1f}', '"', '\\', ' ', '\u{7f}', '/', '\u{2028}'] {
                    let mut text = "x".repeat(length);
                    text.insert(at, special);
                    let is_plain = serde_json::to_string(&text).expect("text is JSON") == format!("\"{text}\"");
                    assert_eq!(stands_for_itself(text.as_bytes()), is_plain, "{text:?}");
                }
            }
        }
    }
}
