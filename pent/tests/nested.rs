//! Sources that load in the scope while they are asked: what they need joins the next round, and what would wait for
//! itself is an error.

use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures::future::{join, join_all};
use pent::{Found, Result, Scope, Source, SourceLoader};

/// Numbers whose value is found by loading others: each key leads to the keys that it is told to load.
struct Sums {
    name: &'static str,
    leads_to: LeadsTo,
    sources: Sources,
}

/// The sources and keys that a key leads to.
type LeadsTo = fn(u64) -> Vec<(usize, u64)>;

/// The loaders of all sources of a test, which are made before any of them is asked.
type Sources = Arc<OnceLock<Vec<SourceLoader<Sums>>>>;

impl Source for Sums {
    type Unary = ();
    type Key = u64;
    type Value = u64;

    fn name(&self) -> &str {
        self.name
    }

    async fn load(&self, (): &(), keys: &[u64]) -> Result<Found<u64, u64>> {
        let sources = self.sources.get().expect("all are made");
        let mut found = Found::new();
        let sums = join_all(keys.iter().map(|key| async move {
            let parts = (self.leads_to)(*key);
            let parts = join_all(parts.into_iter().map(|(source, key)| sources[source].load((), key))).await;
            parts.into_iter().map(|part| part.map(Option::unwrap_or_default)).sum::<Result<u64>>()
        }));
        for (key, sum) in keys.iter().zip(sums.await) {
            match sum {
                Ok(sum) => found.insert(*key, key + sum),
                Err(error) => found.fail(*key, error),
            }
        }
        Ok(found)
    }
}

/// A scope with some such sources.
fn scope<const N: usize>(lead_to: [LeadsTo; N]) -> (Scope, [SourceLoader<Sums>; N]) {
    let (scope, sources) = (Scope::without_store(), Sources::default());
    let cx = scope.cx();
    let made = lead_to.map(|leads_to| cx.source(Sums { name: "sums", leads_to, sources: sources.clone() }));
    assert!(sources.set(made.to_vec()).is_ok());
    (scope, made)
}

async fn expect_rounds<F: Future>(rounds: usize, mut scope: Scope, future: F) -> F::Output {
    let output = tokio::time::timeout(Duration::from_secs(20), scope.run(future)).await;
    scope.stats().assert_rounds(rounds);
    output.expect("the scope does not hang")
}

fn assert_circular(answer: Result<Option<u64>>) {
    let error = answer.expect_err("it waits for itself").to_string();
    assert!(error.starts_with("a source waits for an answer of its own"), "{error}");
}

#[tokio::test]
async fn a_load_inside_a_load_takes_a_round_more() {
    let (scope, [above, _]) = scope([|key| vec![(1, 10 * key)], |_| vec![]]);
    let sums = expect_rounds(2, scope, join_all((1..5).map(|key| above.load((), key)))).await;
    assert_eq!(sums.into_iter().map(|sum| sum.unwrap().unwrap()).collect::<Vec<_>>(), [11, 22, 33, 44]);
}

/// The second batch of the source is asked while the first waits for it.
#[tokio::test]
async fn a_source_may_ask_itself_for_other_keys() {
    let (scope, [towers]) = scope([|key| key.checked_sub(1).map(|below| (0, below)).into_iter().collect()]);
    assert_eq!(expect_rounds(11, scope, towers.load((), 10)).await.unwrap(), Some(55));
}

#[tokio::test]
async fn a_load_that_waits_for_itself_is_an_error() {
    let (scope, [own]) = scope([|key| vec![(0, key)]]);
    assert_circular(expect_rounds(1, scope, own.load((), 1)).await);
}

/// A batch is answered as a whole: a key that needs another one of it waits as well.
#[tokio::test]
async fn a_load_that_waits_for_its_own_batch_is_an_error_and_others_of_it_are_answered() {
    let (scope, [own]) = scope([|key| if key == 1 { vec![(0, 2)] } else { vec![] }]);
    let (one, two) = expect_rounds(1, scope, join(own.load((), 1), own.load((), 2))).await;
    assert_circular(one);
    assert_eq!(two.unwrap(), Some(2));
}

#[tokio::test]
async fn two_sources_that_wait_for_each_other_are_an_error() {
    let (scope, [one, _]) = scope([|key| vec![(1, key)], |key| vec![(0, key)]]);
    assert_circular(expect_rounds(2, scope, one.load((), 1)).await);
}

/// The circle is closed by the third batch of the source, which asks for the key of the first.
#[tokio::test]
async fn a_circle_of_keys_of_one_source_is_an_error() {
    let (scope, [own]) = scope([|key| vec![(0, key % 3 + 1)]]);
    assert_circular(expect_rounds(3, scope, own.load((), 1)).await);
}

/// Two that wait for the same third one are no circle.
#[tokio::test]
async fn waiting_for_what_another_waits_for_is_no_circle() {
    let (scope, [one, other, _]) = scope([|_| vec![(2, 7)], |_| vec![(2, 7), (0, 1)], |_| vec![]]);
    let sums = expect_rounds(2, scope, join(one.load((), 1), other.load((), 1))).await;
    assert_eq!((sums.0.unwrap(), sums.1.unwrap()), (Some(8), Some(1 + 7 + 8)));
}

#[tokio::test]
async fn a_scope_goes_on_after_a_circle() {
    let (mut scope, [own]) = scope([|key| if key == 1 { vec![(0, 1)] } else { vec![] }]);
    assert_circular(scope.run(own.load((), 1)).await);
    assert_eq!(scope.run(own.load((), 2)).await.unwrap(), Some(2));
}
