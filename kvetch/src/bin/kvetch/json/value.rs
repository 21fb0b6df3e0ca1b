//! Values in JSON, each type told apart from every other.
//!
//! Null, bools, texts, lists and maps are what they are in JSON, and numbers are whole. What JSON has no form of is
//! an object with one key: `{"$id": "019a…"}`, `{"$time": 1763656842123456}` in microseconds since 1970,
//! `{"$bytes": "00ff"}`, `{"$float": "1.5"}`. A float is a text because many programs would read `1.0` as a whole
//! number, or round it. A map that has a key with `$` in front is wrapped: `{"$map": {"$id": 1}}`.

use kvetch::{Props, Timestamp, Value};
use serde_json::{Map, Value as Json, json};

use super::hex;

/// The JSON form of a value.
pub(crate) fn write(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Int(value) => json!(value),
        Value::Float(value) => json!({"$float": float(*value)}),
        Value::Text(value) => json!(value),
        Value::Bytes(bytes) => json!({"$bytes": hex::write(bytes)}),
        Value::Id(id) => json!({"$id": id.to_string()}),
        Value::Timestamp(at) => json!({"$time": at.0}),
        Value::List(values) => values.iter().map(write).collect(),
        Value::Map(props) if props.iter().any(|(key, _)| key.starts_with('$')) => json!({"$map": write_props(props)}),
        Value::Map(props) => write_props(props),
    }
}

/// The JSON form of props: an object, never wrapped.
pub(crate) fn write_props(props: &Props) -> Json {
    props.iter().map(|(key, value)| (key.clone(), write(value))).collect::<Map<_, _>>().into()
}

/// The value with this JSON form, or why there is none.
pub(crate) fn read(json: &Json) -> Result<Value, String> {
    match json {
        Json::Null => Ok(Value::Null),
        Json::Bool(value) => Ok((*value).into()),
        Json::Number(number) => number.as_i64().map(Value::Int).ok_or_else(|| {
            format!("{number} is no whole number of 64 bits; write a float as {{\"$float\": \"{number}\"}}")
        }),
        Json::String(text) => Ok(text.clone().into()),
        Json::Array(values) => values.iter().map(read).collect::<Result<Vec<_>, _>>().map(Value::List),
        Json::Object(map) => match map.iter().next() {
            Some((key, value)) if map.len() == 1 && key.starts_with('$') => read_tagged(key, value),
            _ => match map.keys().find(|key| key.starts_with('$')) {
                Some(key) => Err(format!("a map with the key `{key}` is written as {{\"$map\": {{...}}}}")),
                None => read_map(map).map(Value::Map),
            },
        },
    }
}

/// The props with this JSON form.
pub(crate) fn read_props(json: &Json) -> Result<Props, String> {
    json.as_object().ok_or("props are an object".to_owned()).and_then(read_map)
}

fn read_map(map: &Map<String, Json>) -> Result<Props, String> {
    let one = |(key, value): (&String, &Json)| Ok((key.clone(), read(value).map_err(|why| format!("{key}: {why}"))?));
    map.iter().map(one).collect::<Result<Vec<_>, String>>().map(|pairs| pairs.into_iter().collect())
}

fn read_tagged(tag: &str, json: &Json) -> Result<Value, String> {
    let value = match (tag, json) {
        ("$float", Json::String(text)) => read_float(text).map(Value::Float),
        ("$bytes", Json::String(text)) => hex::read(text).map(Value::Bytes),
        ("$id", Json::String(text)) => text.parse().ok().map(Value::Id),
        ("$time", Json::Number(micros)) => micros.as_i64().map(|micros| Value::Timestamp(Timestamp(micros))),
        ("$map", map @ Json::Object(_)) => return read_props(map).map(Value::Map),
        _ => None,
    };
    value.ok_or_else(|| format!("{} is no value", json!({tag: json})))
}

/// The shortest text that reads back as this float; of what is no number, its bits.
fn float(value: f64) -> String {
    if value.is_nan() { format!("nan:{:016x}", value.to_bits()) } else { format!("{value:?}") }
}

fn read_float(text: &str) -> Option<f64> {
    match text.strip_prefix("nan:") {
        Some(bits) => u64::from_str_radix(bits, 16).ok().map(f64::from_bits).filter(|value| value.is_nan()),
        None => text.parse().ok().filter(|value: &f64| !value.is_nan()),
    }
}

#[cfg(test)]
mod tests {
    use kvetch::NodeId;

    use super::*;

    #[test]
    fn every_value_reads_back_as_what_it_was() {
        let floats = [0.0, -0.0, 1.0, 0.1 + 0.2, f64::MIN_POSITIVE, f64::MAX, f64::INFINITY, f64::NEG_INFINITY];
        let nan = [f64::NAN, f64::from_bits(0xfff8_0000_0000_0001)];
        let plain = [Value::Null, true.into(), i64::MIN.into(), i64::MAX.into(), "a \"text\" \u{1}\u{1F600}".into()];
        let own = [
            Value::Bytes(vec![0, 255]),
            Value::Bytes(Vec::new()),
            NodeId::from_bytes([7; 16]).into(),
            Timestamp(-1).into(),
        ];
        let values = floats.into_iter().chain(nan).map(Value::Float).chain(plain).chain(own);
        let values: Vec<Value> = values.collect();
        let map = Value::Map(Props::from([("$id", 1.into()), ("all", Value::List(values.clone()))]));
        for value in values.into_iter().chain([map, Value::Map(Props::new()), Value::List(Vec::new())]) {
            let text = write(&value).to_string();
            assert_eq!(read(&text.parse().expect("it is JSON")), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_is_no_value_is_refused() {
        for wrong in [
            "1.5",
            "18446744073709551615",
            r#"{"$id": "x"}"#,
            r#"{"$bytes": "0"}"#,
            r#"{"$bytes": "+1"}"#,
            r#"{"$float": "nan"}"#,
            r#"{"$float": 1}"#,
            r#"{"$new": 1}"#,
            r#"{"$id": "x", "y": 1}"#,
            r#"{"$map": []}"#,
        ] {
            let refused = read(&wrong.parse().expect("it is JSON"));
            assert!(refused.is_err(), "{wrong}: {refused:?}");
        }
    }
}
