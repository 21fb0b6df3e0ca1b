//! Sources of one's own: batched with everything else of the scope, each key once.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::{join, join_all, select};
use kvetch::{Create, Kvetch, NodeType, NodeTypeDef, Props};
use pent::{Error, Found, Result, Scope, Source, SourceLoader};

/// The calls that a source has had: the unary argument and the keys.
type Calls = Arc<Mutex<Vec<(u64, Vec<u64>)>>>;

/// Multiplies. Does not know multiples of 7, fails for 13, and panics for 666.
struct Times {
    calls: Calls,
    keys_per_call: usize,
}

impl Source for Times {
    type Unary = u64;
    type Key = u64;
    type Value = u64;

    fn name(&self) -> &str {
        "times"
    }

    fn keys_per_call(&self) -> usize {
        self.keys_per_call
    }

    async fn load(&self, by: &u64, keys: &[u64]) -> Result<Found<u64, u64>> {
        self.calls.lock().unwrap().push((*by, keys.to_vec()));
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert!(!keys.contains(&666), "the number of the beast");
        if keys.contains(&1313) {
            return Err(Error::internal("the service is down"));
        }
        // In another order than asked, and with more than was asked for.
        let mut found: Found<u64, u64> =
            keys.iter().rev().filter(|key| **key % 7 != 0).map(|key| (*key, by * key)).collect();
        found.insert(1_000_000, 1);
        if keys.contains(&13) {
            found.fail(13, Error::internal("unlucky"));
        }
        Ok(found)
    }
}

fn times(scope: &Scope, keys_per_call: usize) -> (SourceLoader<Times>, Calls) {
    let calls = Calls::default();
    (scope.cx().source(Times { calls: calls.clone(), keys_per_call }), calls)
}

fn taken(calls: &Calls) -> Vec<(u64, Vec<u64>)> {
    std::mem::take(&mut *calls.lock().unwrap())
}

#[tokio::test]
async fn what_is_asked_for_at_once_is_one_call_with_each_key_once() {
    let mut scope = Scope::without_store();
    let (loader, calls) = times(&scope, usize::MAX);
    let loads = [3, 1, 3, 14, 2, 1].map(|key| loader.load(10, key));
    let answers = scope.run(join_all(loads)).await.into_iter().collect::<Result<Vec<_>>>().unwrap();
    assert_eq!(answers, [Some(30), Some(10), Some(30), None, Some(20), Some(10)]);
    assert_eq!(taken(&calls), [(10, vec![3, 1, 14, 2])]);
    // What is known is not asked for again, and neither is what is known to have no value.
    let again = scope.run(loader.load_many(10, vec![14, 1])).await;
    assert_eq!(again.into_iter().map(Result::unwrap).collect::<Vec<_>>(), [None, Some(10)]);
    assert!(taken(&calls).is_empty());
    let stats = scope.stats();
    assert_eq!((stats.rounds.len(), stats.keys()), (1, 4));
    assert_eq!(stats.rounds[0].reads[0].operation, "times");
}

#[tokio::test]
async fn loads_that_depend_on_one_another_are_one_call_for_each_step() {
    let mut scope = Scope::without_store();
    let (loader, calls) = times(&scope, usize::MAX);
    let chain = async |start: u64| {
        let first = loader.load(2, start).await.unwrap().unwrap();
        loader.load(3, first).await.unwrap().unwrap()
    };
    let ends = scope.run(join_all([1, 2, 4, 5].map(&chain))).await;
    assert_eq!(ends, [6, 12, 24, 30]);
    assert_eq!(taken(&calls), [(2, vec![1, 2, 4, 5]), (3, vec![2, 4, 8, 10])]);
}

#[tokio::test]
async fn unary_arguments_part_batches_that_leave_together() {
    let mut scope = Scope::without_store();
    let (loader, calls) = times(&scope, usize::MAX);
    let loads = [(2, 1), (3, 1), (2, 2), (3, 2)].map(|(by, key)| loader.load(by, key));
    let answers: Vec<_> = scope.run(join_all(loads)).await.into_iter().map(|answer| answer.unwrap().unwrap()).collect();
    assert_eq!(answers, [2, 3, 4, 6]);
    assert_eq!(taken(&calls), [(2, vec![1, 2]), (3, vec![1, 2])]);
    assert_eq!(scope.stats().rounds.len(), 1);
}

#[tokio::test]
async fn many_keys_are_asked_for_in_calls_of_about_the_same_size() {
    let mut scope = Scope::without_store();
    let (loader, calls) = times(&scope, 10);
    let keys: Vec<u64> = (0..23).map(|key| key * 7 + 1).collect();
    let answers = scope.run(loader.load_many(1, keys.clone())).await;
    assert_eq!(answers.into_iter().map(|answer| answer.unwrap().unwrap()).collect::<Vec<_>>(), keys);
    assert_eq!(taken(&calls).iter().map(|(_, keys)| keys.len()).collect::<Vec<_>>(), [8, 8, 7]);
    assert_eq!(scope.stats().rounds.len(), 1);
}

#[tokio::test]
async fn a_failure_reaches_those_who_asked_and_nobody_else() {
    let mut scope = Scope::without_store();
    let (loader, _) = times(&scope, usize::MAX);
    let (one, unlucky) = scope.run(join(loader.load(1, 1), loader.load(1, 13))).await;
    assert_eq!((one.unwrap(), unlucky.unwrap_err().to_string().contains("unlucky")), (Some(1), true));
    let whole = scope.run(loader.load_many(2, vec![1, 1313])).await;
    assert!(whole.iter().all(|answer| answer.as_ref().unwrap_err().to_string().contains("the service is down")));
    let panicked = scope.run(loader.load(3, 666)).await;
    assert!(panicked.unwrap_err().to_string().contains("times panicked"));
    // The scope goes on, and a failed key is remembered until it is cleared.
    assert_eq!(scope.run(loader.load(4, 2)).await.unwrap(), Some(8));
}

#[tokio::test]
async fn values_are_primed_and_cleared() {
    let mut scope = Scope::without_store();
    let (loader, calls) = times(&scope, usize::MAX);
    loader.prime(&2, 5, Some(100));
    assert_eq!(scope.run(loader.load(2, 5)).await.unwrap(), Some(100));
    assert!(taken(&calls).is_empty());
    // What is known is not replaced.
    loader.prime(&2, 5, None);
    assert_eq!(scope.run(loader.load(2, 5)).await.unwrap(), Some(100));
    loader.clear(&2, &5);
    assert_eq!(scope.run(loader.load(2, 5)).await.unwrap(), Some(10));
    loader.clear_all();
    scope.run(loader.load(2, 5)).await.unwrap();
    assert_eq!(taken(&calls), [(2, vec![5]), (2, vec![5])]);
}

/// Keys that nobody waits for any more are not sent.
#[tokio::test]
async fn a_load_that_is_dropped_takes_its_keys_back() {
    let mut scope = Scope::without_store();
    let (loader, calls) = times(&scope, usize::MAX);
    scope
        .run(async {
            let lost = Box::pin(loader.load(1, 99));
            let ready = Box::pin(async {});
            drop(select(lost, ready).await);
            loader.load(1, 1).await.unwrap();
        })
        .await;
    assert_eq!(taken(&calls), [(1, vec![1])]);
}

#[tokio::test]
async fn a_load_after_its_scope_is_an_error() {
    let scope = Scope::without_store();
    let (loader, calls) = times(&scope, usize::MAX);
    let cx = scope.cx();
    let waiting = tokio::spawn({
        let loader = loader.clone();
        async move { loader.load(1, 1).await }
    });
    tokio::task::yield_now().await;
    drop(scope);
    assert!(waiting.await.unwrap().is_err());
    assert!(loader.load(1, 2).await.is_err());
    assert!(cx.source(Times { calls: calls.clone(), keys_per_call: 1 }).load(1, 3).await.is_err());
    assert!(taken(&calls).is_empty());
}

/// What a source is asked for leaves at the same moments as what the store is asked for.
#[tokio::test]
async fn sources_and_the_store_share_their_rounds() {
    let thing = NodeType(1);
    let schema = kvetch::Schema::builder().node_type(NodeTypeDef { id: thing, name: "Thing".into() }).build().unwrap();
    let kvetch = Kvetch::open(&["memory:".parse().unwrap()], schema).await.unwrap();
    let id = kvetch.create(Create::new(thing, Props::new())).await.unwrap().node.id;
    let mut scope = Scope::new(kvetch);
    let (loader, calls) = times(&scope, usize::MAX);
    let cx = scope.cx();
    let found = cx.loader::<Times>().expect("the scope has it");
    scope
        .run(join(
            async {
                cx.nodes(vec![id]).await;
                found.load(2, 3).await.unwrap();
            },
            async {
                loader.load(2, 1).await.unwrap();
                loader.load(2, 2).await.unwrap();
            },
        ))
        .await;
    let rounds = scope.stats().rounds;
    let operations =
        |round: usize| rounds[round].reads.iter().map(|read| read.operation.to_string()).collect::<Vec<_>>();
    assert_eq!(operations(0), ["nodes", "times"]);
    // The store may answer before or after the source does.
    assert_eq!(taken(&calls).iter().map(|(_, keys)| keys.len()).sum::<usize>(), 3);
}

#[tokio::test]
async fn a_scope_without_a_store_says_so() {
    let mut scope = Scope::without_store();
    let cx = scope.cx();
    let read = scope.run(cx.nodes(vec![kvetch::NodeId::generate()])).await.remove(0);
    assert!(read.unwrap_err().to_string().contains("no store"));
    let written = scope.run(cx.create(Create::new(NodeType(1), Props::new()))).await;
    assert!(written.unwrap_err().to_string().contains("no store"));
}

/// A source that waits until it is told to answer.
struct Gated(Arc<tokio::sync::Semaphore>);

impl Source for Gated {
    type Unary = ();
    type Key = u64;
    type Value = u64;

    fn name(&self) -> &str {
        "gated"
    }

    async fn load(&self, (): &(), keys: &[u64]) -> Result<Found<u64, u64>> {
        self.0.acquire().await.expect("it is open").forget();
        Ok(keys.iter().map(|key| (*key, *key)).collect())
    }
}

#[tokio::test]
async fn a_load_that_is_dropped_in_flight_harms_nobody_and_its_answer_is_kept() {
    let mut scope = Scope::without_store();
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let loader = scope.cx().source(Gated(gate.clone()));
    let value = scope.run(async {
        let mut dropped = Box::pin(loader.load((), 1));
        let mut kept = Box::pin(loader.load((), 2));
        assert!(futures::poll!(&mut dropped).is_pending() && futures::poll!(&mut kept).is_pending());
        // The scope rests here, so that both leave.
        tokio::time::sleep(Duration::from_millis(5)).await;
        drop(dropped);
        gate.add_permits(1);
        kept.await.unwrap();
        loader.load((), 1).await.unwrap()
    });
    assert_eq!(value.await, Some(1));
    scope.stats().assert_rounds(1);
}

#[tokio::test]
async fn a_load_that_is_given_up_at_a_time_out_harms_nobody_and_its_answer_is_kept() {
    let mut scope = Scope::without_store();
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let loader = scope.cx().source(Gated(gate.clone()));
    let late = scope.run(tokio::time::timeout(Duration::from_millis(5), loader.load((), 1))).await;
    assert!(late.is_err());
    gate.add_permits(1);
    assert_eq!(scope.run(loader.load((), 1)).await.unwrap(), Some(1));
    scope.stats().assert_rounds(1);
}

#[tokio::test]
async fn a_panic_of_a_source_is_an_error_for_each_key_and_costs_no_round_more() {
    let mut scope = Scope::without_store();
    let (loader, _) = times(&scope, usize::MAX);
    let (unlucky, other) = scope.run(join(loader.load(1, 666), loader.load(2, 1))).await;
    assert_eq!((unlucky.is_err(), other.unwrap()), (true, Some(2)));
    scope.stats().assert_rounds(1);
}

/// Answers at once.
struct Near;

impl Source for Near {
    type Unary = ();
    type Key = u64;
    type Value = u64;

    fn name(&self) -> &str {
        "near"
    }

    async fn load(&self, (): &(), keys: &[u64]) -> Result<Found<u64, u64>> {
        Ok(keys.iter().map(|key| (*key, key + 1)).collect())
    }
}

/// It was polled once more whenever a round had left, and with it all of its loads, though nothing of it could move.
#[tokio::test]
async fn a_future_is_polled_only_when_it_can_move() {
    let mut scope = Scope::without_store();
    let near = scope.cx().source(Near);
    let mut steps = pin!(async {
        let mut key = 0;
        for _ in 0..5 {
            key = near.load((), key).await?.expect("every key has a value");
        }
        Ok::<_, Error>(key)
    });
    let mut polls = 0;
    let counted = poll_fn(|context| {
        polls += 1;
        steps.as_mut().poll(context)
    });
    assert_eq!(scope.run(counted).await.unwrap(), 5);
    assert_eq!(polls, 6, "once to begin with, and once for each answer");
    assert_eq!(scope.stats().rounds.len(), 5);
}
