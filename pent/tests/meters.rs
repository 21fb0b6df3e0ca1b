//! What scopes tell a recorder of metrics.
#![cfg(feature = "metrics")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex};

use futures::future::{join, join3};
use kvetch::{Create, Kvetch, NodeId, NodeType, NodeTypeDef, Props};
use metrics::{
    Counter, CounterFn, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use pent::{Cx, Error, Found, Result, Scope, Source};

const THING: NodeType = NodeType(1);

/// Knows even keys, and fails for 13; two keys a call.
struct Even;

impl Source for Even {
    type Unary = ();
    type Key = u64;
    type Value = u64;

    fn name(&self) -> &str {
        "even"
    }

    fn keys_per_call(&self) -> usize {
        2
    }

    async fn load(&self, (): &(), keys: &[u64]) -> Result<Found<u64, u64>> {
        let mut found: Found<_, _> = keys.iter().filter(|key| *key % 2 == 0).map(|key| (*key, *key)).collect();
        found.fail(13, Error::internal("unlucky"));
        Ok(found)
    }
}

/// Keeps sums of counters, and how many values histograms got.
#[derive(Default)]
struct Sums {
    sums: Arc<Mutex<BTreeMap<String, u64>>>,
    described: Mutex<BTreeMap<String, String>>,
}

struct Sum {
    name: String,
    sums: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl Sums {
    fn sum(&self, key: &Key) -> Arc<Sum> {
        let labels: Vec<_> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        Arc::new(Sum { name: format!("{}{{{}}}", key.name(), labels.join(",")), sums: self.sums.clone() })
    }

    /// All that is not zero.
    fn text(&self) -> String {
        let mut text = String::new();
        for (name, sum) in self.sums.lock().unwrap().iter().filter(|(_, sum)| **sum > 0) {
            writeln!(text, "{name} {sum}").unwrap();
        }
        text
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> =
            self.sums.lock().unwrap().keys().map(|name| name[..name.find('{').unwrap()].to_owned()).collect();
        names.dedup();
        names
    }
}

impl Sum {
    fn add(&self, number: u64) {
        *self.sums.lock().unwrap().entry(self.name.clone()).or_default() += number;
    }
}

impl CounterFn for Sum {
    fn increment(&self, value: u64) {
        self.add(value);
    }

    fn absolute(&self, _: u64) {
        panic!("counters are only incremented");
    }
}

impl HistogramFn for Sum {
    fn record(&self, seconds: f64) {
        assert!((0.0..10.0).contains(&seconds), "{seconds}");
        self.add(1);
    }
}

impl Recorder for Sums {
    fn describe_counter(&self, key: KeyName, _: Option<Unit>, description: SharedString) {
        self.described.lock().unwrap().insert(key.as_str().to_owned(), description.into_owned());
    }

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {
        panic!("there are no gauges");
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        assert_eq!(unit, Some(Unit::Seconds));
        self.described.lock().unwrap().insert(key.as_str().to_owned(), description.into_owned());
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.sum(key))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        panic!("there are no gauges");
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.sum(key))
    }
}

async fn three_rounds(cx: Cx, known: NodeId) {
    let even = cx.source(Even);
    let nodes = cx.nodes(vec![known, NodeId::generate(), known]);
    drop(join3(nodes, cx.browse(THING, None, 5), even.load_many((), vec![1, 2, 3, 13, 2])).await);
    drop(join(cx.nodes(vec![known, NodeId::generate()]), even.load((), 2)).await);
    even.load((), 4).await.expect("it answers");
}

/// Runs it with a recorder.
fn recorded() -> Sums {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (kvetch, id) = runtime.block_on(async {
        let schema = kvetch::Schema::builder().node_type(NodeTypeDef { id: THING, name: "Thing".to_owned() });
        let url = "memory:?shards=1".parse().expect("a url");
        let kvetch = Kvetch::open(&[url], schema.build().expect("a schema")).await.expect("a store");
        let id = kvetch.create(Create::new(THING, Props::new())).await.expect("created").node.id;
        (kvetch, id)
    });
    let sums = Sums::default();
    metrics::with_local_recorder(&sums, || {
        pent::describe_metrics();
        let mut scope = Scope::new(kvetch);
        let program = three_rounds(scope.cx(), id);
        runtime.block_on(scope.run(program));
    });
    sums
}

#[test]
fn keys_and_statements_are_counted_by_kind() {
    let expected = "\
pent_calls_total{kind=even} 3
pent_keys_asked_total{kind=browse} 1
pent_keys_asked_total{kind=even} 7
pent_keys_asked_total{kind=nodes} 5
pent_keys_failed_total{kind=even} 1
pent_keys_missing_total{kind=even} 2
pent_keys_missing_total{kind=nodes} 2
pent_keys_saved_total{kind=even} 2
pent_keys_saved_total{kind=nodes} 2
pent_keys_sent_total{kind=browse} 1
pent_keys_sent_total{kind=even} 5
pent_keys_sent_total{kind=nodes} 3
pent_round_duration_seconds{of=even} 2
pent_round_duration_seconds{of=store} 2
pent_rounds_total{} 3
pent_statements_total{} 3
";
    assert_eq!(recorded().text(), expected);
}

/// Whoever makes a dashboard looks there.
#[test]
fn every_metric_is_described_and_documented() {
    let sums = recorded();
    let described = sums.described.lock().unwrap();
    assert_eq!(sums.names(), described.keys().cloned().collect::<Vec<_>>());
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/batching.md")).expect("the page");
    let rows: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("| `pent_")?.split_once('`')).collect();
    let documented: Vec<_> = rows.iter().map(|(name, _)| format!("pent_{name}")).collect();
    assert_eq!(documented.len(), described.len(), "{documented:?}");
    for (name, description) in described.iter() {
        let row = page.lines().find(|line| line.contains(&format!("`{name}`"))).unwrap_or_else(|| panic!("{name}"));
        assert!(row.contains(description), "{name} is described as: {description}");
    }
}
