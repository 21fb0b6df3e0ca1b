//! A valid document with one mistake, or none: is it one to both sides?

use fastrand::Rng;

use crate::differential::dice::{one_in, one_of};

/// What a token may be replaced by.
const TOKENS: [&str; 26] = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ":",
    "...",
    "!",
    "=",
    "$v0",
    "$v1",
    "null",
    "true",
    "1",
    "1.5",
    "\"text\"",
    "VALUE_0_0",
    "id",
    "on",
    "Query",
    "Fragment0",
    "@skip(if: true)",
    "@include(if: $v0)",
    "Int",
    "String",
];

/// A document with one token left out, repeated, replaced, or changed places with another.
pub(crate) fn mutant(text: &str, rng: &mut Rng) -> String {
    let tokens = tokens(text);
    let mut tokens = tokens.iter().map(String::as_str).collect::<Vec<_>>();
    let at = rng.usize(..tokens.len());
    match rng.u8(..5) {
        0 => drop(tokens.remove(at)),
        1 => tokens.insert(at, tokens[at]),
        2 => tokens[at] = one_of(rng, &TOKENS),
        3 => tokens.insert(at, one_of(rng, &TOKENS)),
        _ => {
            let other = rng.usize(..tokens.len());
            if one_in(rng, 2) { tokens.swap(at, other) } else { tokens[at] = tokens[other] }
        }
    }
    tokens.join(" ")
}

/// The tokens of a document, comments left out.
pub(crate) fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '#' => {
                rest = rest.find(['\n', '\r']).map_or("", |end| &rest[end..]);
                continue;
            }
            _ if first.is_whitespace() || first == ',' => {
                rest = &rest[first.len_utf8()..];
                continue;
            }
            '"' => string(rest),
            '.' => rest.find(|char| char != '.').unwrap_or(rest.len()),
            '$' | '@' | '_' | '-' | '+' | '0'..='9' | 'a'..='z' | 'A'..='Z' => {
                let is_inside = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '.' | '-' | '+');
                1 + rest[1..].find(|char| !is_inside(char)).unwrap_or(rest.len() - 1)
            }
            _ => first.len_utf8(),
        };
        tokens.push(rest[..length].to_owned());
        rest = &rest[length..];
    }
    tokens
}

/// How long the string literal is that a text begins with.
fn string(text: &str) -> usize {
    if let Some(block) = text.strip_prefix("\"\"\"") {
        return block.find("\"\"\"").map_or(text.len(), |end| end + 6);
    }
    let mut escaped = false;
    let end = text[1..].find(|char| {
        let is_end = char == '"' && !escaped;
        escaped = char == '\\' && !escaped;
        is_end
    });
    end.map_or(text.len(), |end| end + 2)
}
