//! A scope needs no runtime: no tokio, no timer and no thread.

use futures::executor::block_on;
use futures::future::{join, join_all};
use futures::stream::{FuturesUnordered, StreamExt};
use pent::{Cx, Found, Result, Scope, Source, SourceLoader};

/// Answers each key with itself.
#[derive(Clone)]
struct Echo;

impl Source for Echo {
    type Unary = ();
    type Key = u64;
    type Value = u64;

    fn name(&self) -> &str {
        "echo"
    }

    async fn load(&self, (): &(), keys: &[u64]) -> Result<Found<u64, u64>> {
        Ok(keys.iter().map(|key| (*key, *key)).collect())
    }
}

async fn chain(echo: SourceLoader<Echo>, keys: impl IntoIterator<Item = u64>) -> u64 {
    let mut sum = 0;
    for key in keys {
        sum += echo.load((), key).await.expect("it answers").expect("every key has a value");
    }
    sum
}

fn expect_rounds<T>(rounds: usize, program: impl AsyncFnOnce(Cx, SourceLoader<Echo>) -> T) -> T {
    let mut scope = Scope::without_store();
    let cx = scope.cx();
    let echo = cx.source(Echo);
    let output = block_on(scope.run(program(cx, echo)));
    scope.stats().assert_rounds(rounds);
    output
}

#[test]
fn loads_batch_as_elsewhere() {
    let sums = expect_rounds(2, async |_, echo| join_all((0..300).map(|n| chain(echo.clone(), [n, 1_000 + n]))).await);
    assert_eq!(sums.len(), 300);
    let sums = expect_rounds(2, async |_, echo| {
        let unordered: FuturesUnordered<_> = (0..300).map(|n| chain(echo.clone(), [n, 1_000 + n])).collect();
        unordered.collect::<Vec<_>>().await
    });
    assert_eq!(sums.len(), 300);
}

#[test]
fn tasks_batch_as_elsewhere() {
    expect_rounds(2, async |cx, echo| {
        let tasks = (0..300).map(|n| cx.spawn(chain(echo.clone(), [n, 1_000 + n])));
        join_all(tasks.collect::<Vec<_>>()).await
    });
}

/// Any executor will do, here a thread for each task.
#[test]
fn tasks_on_threads_batch_as_elsewhere() {
    for _ in 0..20 {
        expect_rounds(3, async |cx, echo| {
            let on_a_thread = |task| drop(std::thread::spawn(move || block_on(task)));
            let tasks = (0..8).map(|n| cx.spawn_on(on_a_thread, chain(echo.clone(), [n, 100 + n, 200 + n])));
            let (sums, own) = join(join_all(tasks.collect::<Vec<_>>()), chain(echo.clone(), [1_000, 1_001])).await;
            assert_eq!(own, 2_001);
            for (n, sum) in (0..).zip(sums) {
                assert_eq!(sum.expect("the task ends"), 300 + 3 * n);
            }
        });
    }
}

#[test]
fn a_load_from_a_thread_outside_reaches_a_scope_that_rests() {
    let value = expect_rounds(1, async |_, echo| {
        let (sender, receiver) = futures::channel::oneshot::channel();
        std::thread::spawn(move || sender.send(block_on(chain(echo, [7]))));
        receiver.await.expect("the thread sends it")
    });
    assert_eq!(value, 7);
}
