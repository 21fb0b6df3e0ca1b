//! Documents that nobody meant: words of right ones, shuffled. Whatever comes, the answer is a response.

use pent::Scope;
use serde_json::{Value, json};

use super::world::{Kennel, request};

/// Right documents that touch everything.
const DOCUMENTS: [&str; 9] = [
    "query($id: UUID!, $no: Boolean! = false) { node(id: $id) { __typename id ... on Named { name }
        ... on Dog @skip(if: $no) { barks growl owner { name } } ...pet @include(if: $no) } }
     fragment pet on Pet { owner { dogs(first: 2) { ... on Dog { growlRequired } } } }",
    "query($n: Int = 3, $size: Size) { echo(int: $n, list: [1, $n], deep: { size: $size, many: [{ b: 1 }] }, size: LARGE,
        any: { a: [$n, { b: null }] }, nested: [1, [2]], flag: true, ratio: -1.5e3, key: 12345678901234567890) }",
    "{ things(names: [\"dog\", \"cat\", \"robot\", \"stranger\"]) { ... on Robot { maker { name cats { id } } }
        ... on Pet { name owner { favourite { __typename owner { id } } } } } }",
    "{ nest(shape: { value: 1, child: { value: 2, list: [{ value: 3 }, null, {}] } }) { value child { childRequired
        { value } itemsRequired { valueRequired } list { value } again: list { child { value } } } } }",
    "mutation($id: UUID!) { a: rename(id: $id, text: \"!\") { name dogs { id } } b: rename(id: $id, text: \"\") { name } }",
    "query A { people(first: 5) { ...p favourite { ...p } } } fragment p on Named { name ... on Person { dogs { owner
        { name } } } }",
    "query($name: String!) { __type(name: $name) { kind fields(includeDeprecated: true) { name args { name } } }
        __schema { queryType { name } } }",
    "subscription($loud: Boolean) { barked(loud: $loud) { name } }",
    "query($c: Choice, $at: DateTime) { echo(choice: $c, at: $at, day: \"2024-02-29\", big: 99) half(half: 4)
        dogByName(name: \"Rex\") { id ... on Dog { growl } } }",
];

fn words(document: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for letter in document.chars() {
        if letter.is_alphanumeric() || matches!(letter, '_' | '"' | '.' | '-') {
            word.push(letter);
            continue;
        }
        words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
        if !letter.is_whitespace() {
            words.push(letter.to_string());
        }
    }
    words
}

/// A document with some words gone, doubled, moved, or taken from others.
fn shuffled(random: &mut fastrand::Rng, all: &[Vec<String>]) -> String {
    let mut words = all[random.usize(..all.len())].clone();
    for _ in 0..random.usize(..3) {
        let (at, other) = (random.usize(..words.len()), random.usize(..words.len()));
        match random.u8(..5) {
            0 if words.len() > 1 => drop(words.remove(at)),
            1 => words.insert(at, words[other].clone()),
            2 => words.swap(at, other),
            3 => {
                let from = &all[random.usize(..all.len())];
                words[at] = from[random.usize(..from.len())].clone();
            }
            _ => {
                // A whole selection or list again.
                let end = (at + random.usize(1..12)).min(words.len());
                let copied = words[at..end].to_vec();
                words.splice(other..other, copied);
            }
        }
    }
    words.join(" ")
}

fn value(random: &mut fastrand::Rng, ids: &[String], depth: usize) -> Value {
    match random.u8(..if depth < 3 { 12 } else { 9 }) {
        0 => Value::Null,
        1 => json!(random.bool()),
        2 => json!(random.i32(-3..100)),
        3 => json!(random.i64(..)),
        4 => json!(random.u64(..)),
        5 => json!(1.5),
        6 => json!("Named"),
        7 => json!("LARGE"),
        8 => json!(ids[random.usize(..ids.len())]),
        9 => (0..random.usize(..3)).map(|_| value(random, ids, depth + 1)).collect(),
        _ => {
            let names = ["number", "text", "self", "a", "b"];
            let fields = (0..random.usize(..3))
                .map(|_| (names[random.usize(..names.len())].to_owned(), value(random, ids, depth + 1)));
            Value::Object(fields.collect())
        }
    }
}

#[tokio::test]
async fn whatever_a_document_says_there_is_a_response() {
    let (kennel, ids) = Kennel::inhabited().await;
    let ids = [ids.person, ids.dog, ids.cat].map(|id| id.to_string());
    let all = DOCUMENTS.map(words);
    let runs = std::env::var("RANDOM_DOCUMENTS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(3_000);
    let mut executed = 0;
    for seed in 0..runs {
        let mut random = fastrand::Rng::with_seed(seed);
        let query = shuffled(&mut random, &all);
        let mut variables = json!({ "id": ids[0], "no": false, "name": "Pet" });
        for name in ["id", "no", "n", "size", "name", "loud", "c", "at"] {
            if random.u8(..4) == 0 {
                variables[name] = value(&mut random, &ids, 0);
            }
        }
        let request = request(&query, variables);
        // The second time the plan is known.
        let mut scope = Scope::new(kennel.kvetch.clone());
        let first = kennel.schema.execute(&request, &mut scope).await;
        let body =
            serde_json::from_slice::<Value>(&first.body).unwrap_or_else(|error| panic!("{seed} {query}: {error}"));
        let has_errors = body.get("errors").and_then(Value::as_array).is_some_and(|errors| !errors.is_empty());
        assert_eq!(first.is_executed, body.get("data").is_some(), "{seed} {query}: {body:#}");
        assert_eq!(first.has_errors, has_errors, "{seed} {query}: {body:#}");
        assert!(has_errors || !body["data"].is_null(), "{seed} {query}: {body:#}");
        executed += usize::from(first.is_executed);
        let _ = kennel.schema.explain(&request);
        if !query.contains("mutation") {
            let second = kennel.schema.execute(&request, &mut Scope::new(kennel.kvetch.clone())).await;
            assert_eq!(first, second, "{seed} {query}");
        }
    }
    assert!(executed as u64 > runs / 5, "of {runs} documents {executed} ran");
}
