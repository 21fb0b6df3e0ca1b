//! Two answers to one request: the same data to the byte, and the same errors at the same places.

use pent::Response;
use serde_json::Value as Json;

use super::reference::{Entry, Verdict};

/// How many errors a response lists at most (pent: `MAX_ERRORS`).
const LISTED: usize = 100;

/// The first difference; `None` for none.
pub(crate) fn difference(verdict: &Verdict, response: &Response) -> Option<String> {
    let body = std::str::from_utf8(&response.body).expect("JSON is UTF-8");
    match verdict {
        Verdict::Invalid(why) if response.is_executed => Some(format!("an invalid document ran: {why}")),
        Verdict::Refused(errors) if response.is_executed => Some(format!("ran what is to be refused: {errors:?}")),
        Verdict::Invalid(_) | Verdict::Refused(_) => refusal(body),
        Verdict::Answered(..) if !response.is_executed => Some("a valid request was refused".to_owned()),
        Verdict::Answered(data, errors) => answers(data, errors, body),
    }
}

/// What a refusal lacks.
fn refusal(body: &str) -> Option<String> {
    let json = serde_json::from_str::<Json>(body).expect("a response is JSON");
    let is_one = json.get("data").is_none() && json["errors"].as_array().is_some_and(|errors| !errors.is_empty());
    (!is_one).then(|| "a refusal has errors and no data".to_owned())
}

fn answers(data: &str, errors: &[Entry], body: &str) -> Option<String> {
    let (found, rest) = split(body);
    let (data, found) = (numbers_alike(data), numbers_alike(found));
    if data != found {
        let same = data.bytes().zip(found.bytes()).take_while(|(a, b)| a == b).count();
        let around = |text: &str| {
            let bytes = &text.as_bytes()[same.saturating_sub(60)..(same + 60).min(text.len())];
            String::from_utf8_lossy(bytes).into_owned()
        };
        return Some(format!("data differs at byte {same}: {} against {}", around(&data), around(&found)));
    }
    let rest = serde_json::from_str::<Json>(&format!("{{{rest}")).expect("a response is JSON");
    let found = rest.get("errors").and_then(Json::as_array).cloned().unwrap_or_default();
    same_errors(errors, &found)
}

fn same_errors(wanted: &[Entry], found: &[Json]) -> Option<String> {
    if found.len() != wanted.len().min(LISTED) {
        return Some(format!("{} errors, not {}", found.len(), wanted.len()));
    }
    let mut wanted = wanted.iter().collect::<Vec<_>>();
    for error in found {
        let Some(position) = wanted.iter().position(|wanted| wanted.path == error["path"]) else {
            return Some(format!("an error that is not there: {error}"));
        };
        let same = wanted.swap_remove(position);
        let places = error["locations"].as_array().cloned().unwrap_or_default();
        if places.is_empty() {
            return Some(format!("an error without a place: {error}"));
        }
        if same.is_of_field && !places.iter().all(|place| same.locations.contains(place)) {
            return Some(format!("an error at another place than {:?}: {error}", same.locations));
        }
    }
    None
}

/// The text of `data`, and what follows it.
fn split(body: &str) -> (&str, &str) {
    let rest = body.strip_prefix("{\"data\":").expect("a response that ran begins with its data");
    let (mut depth, mut in_string, mut escaped) = (0_i32, false, false);
    for (position, byte) in rest.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b',' if depth == 0 => {
                return (&rest[..position], rest[position..].trim_start_matches(','));
            }
            b'}' | b']' => depth -= 1,
            _ => {}
        }
    }
    panic!("a response ends: {body}")
}

/// The same JSON with each number written in one way: JavaScript writes 1.0 as 1, and 1e21 as 1e+21.
fn numbers_alike(json: &str) -> String {
    let mut alike = String::with_capacity(json.len());
    let mut rest = json;
    let mut in_string = false;
    while let Some(first) = rest.chars().next() {
        if !in_string && (first == '-' || first.is_ascii_digit()) {
            let end = rest.find(|char: char| !matches!(char, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'));
            let (number, after) = rest.split_at(end.unwrap_or(rest.len()));
            let number = number.parse::<f64>().expect("a number of JSON is one of Rust");
            alike += &format!("{:?}", if number == 0.0 { 0.0 } else { number });
            rest = after;
            continue;
        }
        let taken = if in_string && first == '\\' { 2 } else { first.len_utf8() };
        in_string ^= first == '"';
        let (piece, after) = rest.split_at(taken);
        alike += piece;
        rest = after;
    }
    alike
}

#[cfg(test)]
mod tests {
    use pent::Response;
    use serde_json::json;

    use super::super::reference::{Entry, Verdict};
    use super::{difference, numbers_alike, split};

    /// The harness sees each difference that is planted into an answer that is the same.
    #[test]
    fn a_planted_difference_is_found() {
        let entry = Entry {
            path: json!(["a", 0]),
            locations: vec![json!({ "line": 2, "column": 3 }), json!({ "line": 4, "column": 5 })],
            is_of_field: true,
        };
        let same = concat!(
            r#"{"data":{"a":[null],"b":1.0},"#,
            r#""errors":[{"message":"m","locations":[{"line":2,"column":3}],"path":["a",0]}]}"#,
        );
        let answered = Verdict::Answered(r#"{"a":[null],"b":1}"#.to_owned(), vec![entry]);
        let compared = |verdict: &Verdict, body: &str, is_executed: bool| {
            difference(verdict, &Response { body: body.into(), is_executed, has_errors: body.contains("errors") })
        };
        assert_eq!(compared(&answered, same, true), None);
        for (from, to) in [
            (r#""a":[null],"b":1.0"#, r#""b":1.0,"a":[null]"#),
            ("[null]", "null"),
            ("1.0", "1.5"),
            ("1.0", r#"1.0,"b":1.0"#),
            (r#"["a",0]"#, r#"["a",1]"#),
            (r#"["a",0]"#, r#"["a"]"#),
            (r#""line":2"#, r#""line":1"#),
            (r#"[{"line":2,"column":3}]"#, "[]"),
            (r#"[{"message""#, r#"[{"message":"m","locations":[{"line":2,"column":3}],"path":["a",0]},{"message""#),
        ] {
            assert!(same.contains(from), "{from} is in the answer");
            let planted = same.replacen(from, to, 1);
            assert!(compared(&answered, &planted, true).is_some(), "{planted} is another answer");
        }
        let refusal = r#"{"errors":[{"message":"m"}]}"#;
        assert!(compared(&answered, refusal, false).is_some());
        for refused in [Verdict::Invalid(String::new()), Verdict::Refused(Vec::new())] {
            assert_eq!(compared(&refused, refusal, false), None);
            assert!(compared(&refused, same, true).is_some());
            assert!(compared(&refused, r#"{"data":null,"errors":[{"message":"m"}]}"#, false).is_some());
        }
    }

    #[test]
    fn numbers_are_alike_and_nothing_else_is() {
        assert_eq!(numbers_alike(r#"{"a":1,"b":[1.0,1e+21,-0]}"#), numbers_alike(r#"{"a":1.0,"b":[1,1e21,0.0]}"#));
        assert_ne!(numbers_alike(r#"["1"]"#), numbers_alike(r#"["1.0"]"#));
        assert_ne!(numbers_alike(r#"["\"1"]"#), numbers_alike(r#"["\"1.0"]"#));
    }

    #[test]
    fn a_response_is_split_behind_its_data() {
        assert_eq!(split(r#"{"data":{"a":"}\",{"}}"#), (r#"{"a":"}\",{"}"#, "}"));
        assert_eq!(split(r#"{"data":null,"errors":[]}"#), ("null", r#""errors":[]}"#));
    }
}
