//! Coerced arguments as text: what both sides echo, and what a field's answer is picked by.

use std::fmt::Write as _;

use pent::table::InputDef;
use pent::{Args, Input};

/// The arguments of a field, in the order of their definitions, without those that are absent.
pub(crate) fn arguments(defs: &[InputDef], args: &Args) -> String {
    let present = defs.iter().filter_map(|def| Some((def.name, args.value(def.name)?)));
    let mut text = String::new();
    object(present, &mut text);
    text
}

/// FNV-1a over UTF-8.
pub(crate) fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

fn object<'a>(fields: impl Iterator<Item = (&'a str, &'a Input)>, text: &mut String) {
    text.push('{');
    for (position, (name, value)) in fields.enumerate() {
        let separator = if position == 0 { "" } else { "," };
        let _ = write!(text, "{separator}{name}:");
        write(value, text);
    }
    text.push('}');
}

fn write(value: &Input, text: &mut String) {
    match value {
        Input::Null => text.push_str("null"),
        Input::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Input::Int(value) => bits(f64::from(*value), text),
        Input::Float(value) => bits(*value, text),
        Input::Text(value) => quoted(value, text),
        Input::Id(id) => quoted(&id.to_string(), text),
        Input::Long(_) | Input::Time(_) | Input::Json(_) | Input::Own { .. } => {
            unreachable!("random schemas have no scalars of their own: {value:?}")
        }
        Input::List(items) => {
            text.push('[');
            for (position, item) in items.iter().enumerate() {
                text.push_str(if position == 0 { "" } else { "," });
                write(item, text);
            }
            text.push(']');
        }
        Input::Object(fields) => object(fields.iter().map(|(name, value)| (*name, value)), text),
    }
}

/// JavaScript does not tell 1 from 1.0, and writes numbers in ways of its own: their bits are the same on both sides.
/// Zero has no sign here.
fn bits(number: f64, text: &mut String) {
    let number = if number == 0.0 { 0.0 } else { number };
    let _ = write!(text, "{:x}", number.to_bits());
}

fn quoted(value: &str, text: &mut String) {
    text.push_str(&serde_json::to_string(value).expect("a string is JSON"));
}
