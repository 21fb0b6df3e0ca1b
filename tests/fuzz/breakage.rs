//! Ways to break a request.

use fastrand::Rng;
use serde_json::{Map, Value as Json, json};

use crate::differential::dice::{one_in, one_of};
use crate::differential::document;

/// Characters that parsers trip over.
const CHARACTERS: [&str; 22] = [
    "\u{0}",
    "\u{feff}",
    "\u{202e}",
    "\u{1F4D6}",
    "e\u{301}",
    "\u{2028}",
    "\u{7f}",
    "\u{ffff}",
    "\"",
    "\"\"\"",
    "\\",
    "\\u",
    "\\uD800",
    "\\u{110000}",
    "{",
    "}",
    "$",
    "@",
    "...",
    "#",
    "\r",
    "|",
];

/// A document with some things broken in it: mostly one, sometimes none, so that broken variables are seen to arrive.
pub(super) fn text(text: &str, other: &str, rng: &mut Rng) -> String {
    let mut text = text.to_owned();
    for _ in 0..one_of(rng, &[0, 0, 1, 1, 1, 2, 4]) {
        text = match rng.u8(..10) {
            0 | 1 => replaced(&text, rng),
            2 => document::mutant(&text, rng),
            3 => spliced(&text, other, rng),
            4 => repeated(&text, rng),
            5 => nested(&text, rng),
            6 => huge(&text, rng),
            7 => format!("{text}\n{other}"),
            8 => without(&text, rng),
            _ => text,
        };
    }
    text
}

/// A place between two characters.
fn place(text: &str, rng: &mut Rng) -> usize {
    let mut place = rng.usize(..=text.len());
    while !text.is_char_boundary(place) {
        place -= 1;
    }
    place
}

fn range(text: &str, rng: &mut Rng) -> (usize, usize) {
    let (one, other) = (place(text, rng), place(text, rng));
    (one.min(other), one.max(other))
}

fn inserted(text: &str, what: &str, rng: &mut Rng) -> String {
    let at = place(text, rng);
    format!("{}{what}{}", &text[..at], &text[at..])
}

fn replaced(text: &str, rng: &mut Rng) -> String {
    let at = place(text, rng);
    let rest = text[at..].chars().next().map_or("", |first| &text[at + first.len_utf8()..]);
    let character = one_of(rng, &CHARACTERS);
    let character = if one_in(rng, 4) { rng.char(..).to_string() } else { character.to_owned() };
    format!("{}{character}{rest}", &text[..at])
}

fn spliced(text: &str, other: &str, rng: &mut Rng) -> String {
    format!("{}{}", &text[..place(text, rng)], &other[place(other, rng)..])
}

fn without(text: &str, rng: &mut Rng) -> String {
    let (from, to) = range(text, rng);
    format!("{}{}", &text[..from], &text[to..])
}

fn repeated(text: &str, rng: &mut Rng) -> String {
    let (from, to) = range(text, rng);
    let times = if to - from < 200 { rng.usize(2..500) } else { 2 };
    format!("{}{}{}", &text[..from], text[from..to].repeat(times), &text[to..])
}

/// Something that opens very often, and closes as often or not.
fn nested(text: &str, rng: &mut Rng) -> String {
    let times = one_of(rng, &[2, 60, 70, 1_000, 20_000]);
    let (open, close) = one_of(
        rng,
        &[
            ("{ a ", "}"),
            ("... {", "}"),
            ("... on Query {", "}"),
            ("[", "]"),
            ("{a:", "}"),
            ("(", ")"),
            ("{", "}"),
            ("__schema { queryType { fields { type ", "} } }"),
            ("{ ofType ", "}"),
            ("echo0(a0: [", "])"),
            ("[", "]!"),
        ],
    );
    let closes = if rng.bool() { times } else { rng.usize(..times) };
    let what = format!("{}__typename{}", open.repeat(times), close.repeat(closes));
    inserted(text, &what, rng)
}

fn huge(text: &str, rng: &mut Rng) -> String {
    let length = one_of(rng, &[20, 400, 5_000, 200_000]);
    let what = match rng.u8(..9) {
        0 => "9".repeat(length),
        1 => format!("-{}.{}", "1".repeat(length), "5".repeat(length)),
        2 => format!("1e{}", "9".repeat(length)),
        3 => format!("\"{}\"", "\u{1F4D6}".repeat(length)),
        4 => format!("\"\"\"{}\"\"\"", "\n  \\\"\"\" ".repeat(length)),
        5 => "name".repeat(length),
        6 => format!("${}", "v".repeat(length)),
        7 => format!("#{}\n", "#".repeat(length)),
        _ => ", \t\r\n".repeat(length),
    };
    inserted(text, &what, rng)
}

/// Variables of which some are replaced by anything at all.
pub(super) fn variables(mut variables: Map<String, Json>, rng: &mut Rng) -> Map<String, Json> {
    for value in variables.values_mut() {
        if one_in(rng, 3) {
            *value = anything(rng, 0);
        }
    }
    if one_in(rng, 4) {
        variables.insert(format!("v{}", rng.u8(..8)), anything(rng, 0));
    }
    variables
}

fn anything(rng: &mut Rng, depth: usize) -> Json {
    match rng.u8(..14) {
        0 => Json::Null,
        1 => json!(rng.bool()),
        2 => json!(rng.i64(..)),
        3 => json!(rng.u64(..)),
        4 => json!(one_of(rng, &[0.5, -0.0, 1e308, 5e-324, 3.0, 9_007_199_254_740_993.0])),
        5 => json!(one_of(rng, &CHARACTERS)),
        6 => json!("x".repeat(one_of(rng, &[1, 1_000, 300_000]))),
        7 => json!("2147483648"),
        // As deep as a body of JSON may be: serde_json refuses more.
        8 => (0..120).fold(Json::Null, |inner, _| Json::Array(vec![inner])),
        9 => (0..100).fold(Json::Null, |inner, _| json!({ "i0": inner })),
        10 if depth < 3 => {
            let len = one_of(rng, &[0, 1, 3, 30]);
            (0..len).map(|_| anything(rng, depth + 1)).collect()
        }
        11 | 12 if depth < 3 => {
            let fields = (0..rng.usize(..4)).map(|field| (format!("i{field}"), anything(rng, depth + 1)));
            Json::Object(fields.collect())
        }
        _ => json!([]),
    }
}
