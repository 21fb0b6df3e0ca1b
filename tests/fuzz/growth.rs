//! Documents of n and of four times n parts: what takes four times as long is linear, and sixteen times would be
//! quadratic.

use std::fmt::Write as _;
use std::time::Duration;

use pent::{Limits, Request, Schema, Scope};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Map, Value as Json, json};
use tests::library::{LIBRARY, Library};

/// How much longer four times as much may take. Linear work comes to four, less what does not grow.
const RATIO: f64 = 8.0;
/// The best of so many runs of each size is compared.
const RUNS: usize = 3;
/// How often a comparison is repeated that came out wrong: others may have used the machine.
const ATTEMPTS: usize = 4;

/// How many fragments a document may define, unless somebody says otherwise.
const FRAGMENTS: u64 = 250;

/// A kind of document, by how many parts it has.
struct Kind {
    name: &'static str,
    /// The smaller size. juniper takes documents of 15,000 tokens at most.
    parts: usize,
    make: Make,
}

type Make = fn(usize) -> (String, Map<String, Json>);

const fn kind(name: &'static str, parts: usize, make: Make) -> Kind {
    Kind { name, parts, make }
}

const KINDS: [Kind; 24] = [
    kind("aliases of a field", 1_000, |n| of(format!("{{ books {{ {} }} }}", each(n, |i| format!("a{i}: title "))))),
    kind("fields at the root", 1_000, |n| of(format!("{{ {} }}", each(n, |i| format!("a{i}: fails "))))),
    kind("one field again", 2_500, |n| of(format!("{{ books {{ {} }} }}", "title ".repeat(n)))),
    kind("one object again", 500, |n| of(format!("{{ {} }}", each(n, |i| format!("books {{ a{i}: title }} "))))),
    kind("one argument again", 300, |n| of(format!("{{ {} }}", "echo(number: 1) ".repeat(n)))),
    kind("__typename again", 2_500, |n| of(format!("{{ {} }}", "__typename ".repeat(n)))),
    kind("one fragment again", 1_000, |n| {
        of(format!("{{ books {{ {} }} }} fragment f on Book {{ title }}", "...f ".repeat(n)))
    }),
    kind("inline fragments", 500, |n| {
        of(format!("{{ books {{ {} }} }}", each(n, |i| format!("... {{ a{i}: title }} "))))
    }),
    kind("selections in one another", 7, |n| {
        of(format!("{{ books {{ title {} title {} }} }}", "author { books { title ".repeat(n), "} } ".repeat(n)))
    }),
    kind("variables", 400, |n| {
        let declared = each(n, |i| format!("$v{i}: Int "));
        let variables = (0..n).map(|i| (format!("v{i}"), json!(i))).collect();
        (format!("query({declared}) {{ {} }}", each(n, |i| format!("a{i}: echo(number: $v{i}) "))), variables)
    }),
    kind("conditions", 400, |n| {
        let declared = each(n, |i| format!("$v{i}: Boolean! "));
        let variables = (0..n).map(|i| (format!("v{i}"), json!(i % 2 == 0))).collect();
        (
            format!("query({declared}) {{ books {{ {} }} }}", each(n, |i| format!("a{i}: title @skip(if: $v{i}) "))),
            variables,
        )
    }),
    kind("conditions of one field", 60, |n| {
        let declared = each(n, |i| format!("$v{i}: Boolean! "));
        let variables = (0..n).map(|i| (format!("v{i}"), json!(i % 2 == 0))).collect();
        (format!("query({declared}) {{ books {{ {} }} }}", each(n, |i| format!("title @skip(if: $v{i}) "))), variables)
    }),
    kind("spreads under conditions", 250, |n| {
        let declared = each(n, |i| format!("$v{i}: Boolean! "));
        let variables = (0..n).map(|i| (format!("v{i}"), json!(i % 2 == 0))).collect();
        let spreads = each(n, |i| format!("...f @skip(if: $v{i}) "));
        (format!("query({declared}) {{ books {{ {spreads} }} }} fragment f on Book {{ title }}"), variables)
    }),
    kind("directives on one field", 500, |n| of(format!("{{ books {{ title {} }} }}", "@skip(if: false) ".repeat(n)))),
    kind("operations", 500, |n| of(format!("query q {{ fails }} {}", each(n, |i| format!("query q{i} {{ fails }} "))))),
    kind("items of a list", 3_000, |n| of(format!("{{ echo(list: [{}]) }}", "1 ".repeat(n)))),
    kind("fields of an object that has none of them", 900, |n| {
        of(format!("{{ echo(range: {{from: 1 {}}}) }}", each(n, |i| format!("f{i}: 1 "))))
    }),
    kind("arguments that there are not", 900, |n| of(format!("{{ echo({}) }}", each(n, |i| format!("f{i}: 1 "))))),
    kind("fields that there are not", 2_500, |n| of(format!("{{ {} }}", each(n, |i| format!("n{i} "))))),
    kind("a long string", 100_000, |n| of(format!("{{ echo(key: \"{}\") }}", "\u{e9}".repeat(n)))),
    kind("much white space", 100_000, |n| of(format!("{{ {} fails }}", " ,\n".repeat(n)))),
    kind("questions about the schema", 300, |n| {
        of(format!("{{ {} }}", each(n, |i| format!("a{i}: __type(name: \"Book\") {{ name }} "))))
    }),
    kind("questions about the schema over long fragments", 200, |n| {
        let questions = each(n, |i| format!("a{i}: __type(name: \"Nothing\") {{ ...f }} "));
        of(format!("{{ {questions} }} fragment f on __Type {{ {} }}", each(n, |i| format!("n{i}: name "))))
    }),
    kind("variables that hold lists", 20_000, |n| {
        let list = json!([(0..n).map(|i| i % 7).collect::<Vec<_>>()]);
        ("query($l: [Int!]) { echo(list: $l) }".to_owned(), Map::from_iter([("l".to_owned(), list[0].clone())]))
    }),
];

/// Kinds in which juniper's rule that fields can be merged compares each with each, up to its own limits: the size is
/// the one that takes longest among those that it takes.
const PAIRWISE: [Kind; 3] = [
    kind("fragments in one another, as deep as juniper takes them", 60, |n| {
        let chain = each(n, |i| format!("fragment f{i} on Book {{ a{i}: title ...f{} }} ", i + 1));
        of(format!("{{ books {{ ...f0 }} }} {chain} fragment f{n} on Book {{ title }}"))
    }),
    kind("one field again, as often as juniper takes it", 440, |n| {
        of(format!("{{ books {{ {} }} }}", "title ".repeat(n)))
    }),
    kind("fragments side by side, as many as there may be", FRAGMENTS as usize, |n| {
        let spreads = each(n, |i| format!("...f{i} "));
        let fragments = each(n, |i| format!("fragment f{i} on Book {{ a{i}: title }} "));
        of(format!("{{ books {{ {spreads} }} }} {fragments}"))
    }),
];
#[tokio::test]
async fn what_is_compared_pairwise_is_bounded() {
    let library = Library::open().await;
    library.add("Dune").await;
    for kind in &PAIRWISE {
        // Twice as many are refused, so that the time for these is the most that a document takes.
        once(&library, kind, kind.parts * 2, false).await;
        if std::env::var_os("GRAPHSCALE_LONG").is_some() {
            let taken = once(&library, kind, kind.parts, true).await;
            eprintln!("{}: {} parts {taken:?}", kind.name, kind.parts);
        }
    }
}

#[tokio::test]
async fn nothing_is_quadratic_in_the_size_of_a_document() {
    let library = Library::open().await;
    library.add("Dune").await;
    let mut slow = Vec::new();
    for kind in &KINDS {
        let mut ratio = f64::INFINITY;
        let mut times = (Duration::ZERO, Duration::ZERO);
        for _ in 0..ATTEMPTS {
            times = (best(&library, kind, kind.parts).await, best(&library, kind, kind.parts * 4).await);
            ratio = ratio.min(times.1.as_secs_f64() / times.0.as_secs_f64());
            if ratio <= RATIO {
                break;
            }
        }
        if std::env::var_os("GRAPHSCALE_LONG").is_some() || ratio > RATIO {
            eprintln!(
                "{}: {} parts {:?}, four times as many {:?}: {ratio:.1}",
                kind.name, kind.parts, times.0, times.1
            );
        }
        if ratio > RATIO {
            slow.push(kind.name);
        }
    }
    assert!(slow.is_empty(), "four times as much takes more than {RATIO} times as long: {slow:?}");
}

/// The least time that a document of so many parts took.
async fn best(library: &Library, kind: &Kind, parts: usize) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..RUNS {
        best = best.min(timed(library, kind, parts).await.0);
    }
    best
}

/// The time that one took which is answered, or else refused.
async fn once(library: &Library, kind: &Kind, parts: usize, is_answered: bool) -> Duration {
    let (taken, is_executed) = timed(library, kind, parts).await;
    assert_eq!(is_executed, is_answered, "{}: {parts} parts", kind.name);
    taken
}

/// How long this thread has had a processor: what others do on the machine meanwhile is none of it.
fn processor_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().expect("time is not negative")
}

/// How long an answer took, parsed and planned each time, and whether the document ran. Nothing of it runs elsewhere.
async fn timed(library: &Library, kind: &Kind, parts: usize) -> (Duration, bool) {
    let (query, variables) = (kind.make)(parts);
    let operation_name = (kind.name == "operations").then(|| "q".to_owned());
    let request = Request { query, operation_name, variables, ..Request::default() };
    // A schema that has not seen the document, and takes what juniper takes.
    let limits = Limits { aliases: u64::MAX, directives: u64::MAX, fragments: FRAGMENTS, ..Limits::default() };
    let schema = Schema::with_limits(&LIBRARY, limits);
    let mut scope = Scope::new(library.kvetch.clone());
    let begun = processor_time();
    let response = schema.execute(&request, &mut scope).await;
    (processor_time() - begun, response.is_executed)
}

fn of(query: String) -> (String, Map<String, Json>) {
    (query, Map::new())
}

fn each(count: usize, part: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for number in 0..count {
        let _ = write!(text, "{}", part(number));
    }
    text
}
