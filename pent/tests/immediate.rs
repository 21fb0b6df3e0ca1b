//! Sources whose keys leave at once: what depends on them still leaves with the next round.

use std::sync::{Arc, Mutex};

use futures::future::{join, join_all};
use pent::{Found, Result, Scope, Source, SourceLoader};

type Calls = Arc<Mutex<Vec<Vec<u64>>>>;

/// Adds one to each key, at once or not.
struct Next<const IMMEDIATE: bool>(Calls);

impl<const IMMEDIATE: bool> Source for Next<IMMEDIATE> {
    type Unary = ();
    type Key = u64;
    type Value = u64;

    fn name(&self) -> &str {
        if IMMEDIATE { "near" } else { "far" }
    }

    fn immediate(&self) -> bool {
        IMMEDIATE
    }

    async fn load(&self, (): &(), keys: &[u64]) -> Result<Found<u64, u64>> {
        self.0.lock().unwrap().push(keys.to_vec());
        Ok(keys.iter().map(|key| (*key, key + 1)).collect())
    }
}

type Loaders = (SourceLoader<Next<true>>, SourceLoader<Next<false>>);

fn scope() -> (Scope, Loaders, Calls) {
    let (scope, calls) = (Scope::without_store(), Calls::default());
    let cx = scope.cx();
    let loaders = (cx.source(Next(calls.clone())), cx.source(Next(Calls::default())));
    (scope, loaders, calls)
}

async fn next<const IMMEDIATE: bool>(loader: &SourceLoader<Next<IMMEDIATE>>, key: u64) -> u64 {
    loader.load((), key).await.unwrap().unwrap()
}

#[tokio::test]
async fn what_follows_from_it_leaves_with_the_round_of_the_others() {
    let (mut scope, (near, far), _) = scope();
    let branches = join(next(&far, 10), async {
        let mut key = 1;
        for _ in 0..5 {
            key = next(&near, key).await;
        }
        next(&far, key).await
    });
    assert_eq!(scope.run(branches).await, (11, 7));
    let stats = scope.stats();
    stats.assert_rounds(1);
    assert_eq!((stats.immediate.len(), stats.keys(), stats.asked()), (5, 7, 7));
}

#[tokio::test]
async fn what_is_asked_for_in_one_poll_is_one_batch_and_each_key_is_sent_once() {
    let (mut scope, (near, _), calls) = scope();
    scope.run(join_all([3, 1, 3, 2].map(|key| next(&near, key)))).await;
    scope.run(next(&near, 1)).await;
    assert_eq!(*calls.lock().unwrap(), [[3, 1, 2]]);
    scope.stats().assert_rounds(0);
}

#[tokio::test]
async fn an_explanation_shows_it_beside_the_rounds() {
    let (mut scope, (near, far), _) = scope();
    scope.run(async { next(&far, next(&near, 1).await).await }).await;
    let text = scope.explain();
    assert!(text.starts_with("1 round, 0 statements: 2 keys asked for, 2 sent\n"), "{text}");
    let at_once = text.lines().skip_while(|line| *line != "at once").nth(1).map(str::trim_start);
    assert!(at_once.is_some_and(|line| line.starts_with("near ")), "{text}");
    assert_eq!(scope.stats().to_json()["immediate"][0]["sent"], 1);
}

/// It does not wait until tasks on other threads rest, and reaches a scope that rests itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_leaves_while_tasks_on_other_threads_move() {
    let (mut scope, (near, far), _) = scope();
    let cx = scope.cx();
    for first in (0..2_000).step_by(10) {
        let (near, far) = (near.clone(), far.clone());
        let task =
            cx.spawn_on(|task| drop(tokio::spawn(task)), async move { next(&far, next(&near, first).await).await });
        let outside = scope.run(task);
        let sum = tokio::time::timeout(std::time::Duration::from_secs(20), outside).await.expect("it does not hang");
        assert_eq!(sum.unwrap(), first + 2);
    }
    scope.stats().assert_rounds(200);
}
