//! The laws of tasks: what is spawned into a scope batches like everything else of it.

use std::future::{Future, pending};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, join, join_all};
use pent::{Cx, Found, Result, Scope, Source, SourceLoader, Task};

/// Answers each key with itself, and notes what it is asked for.
#[derive(Default)]
struct Echo {
    calls: Calls,
}

type Calls = Arc<Mutex<Vec<Vec<u64>>>>;

impl Source for Echo {
    type Unary = ();
    type Key = u64;
    type Value = u64;

    fn name(&self) -> &str {
        "echo"
    }

    async fn load(&self, _: &(), keys: &[u64]) -> Result<Found<u64, u64>> {
        self.calls.lock().unwrap().push(keys.to_vec());
        Ok(keys.iter().map(|key| (*key, *key)).collect())
    }
}

/// What the programs below are written with.
#[derive(Clone)]
struct Program {
    cx: Cx,
    echo: SourceLoader<Echo>,
}

impl Program {
    async fn load(&self, key: u64) -> u64 {
        self.echo.load((), key).await.expect("it answers").expect("every key has a value")
    }

    /// Loads one after the other.
    async fn chain(self, keys: impl IntoIterator<Item = u64>) -> u64 {
        let mut sum = 0;
        for key in keys {
            sum += self.load(key).await;
        }
        sum
    }
}

fn scope() -> (Scope, Program) {
    let scope = Scope::without_store();
    let cx = scope.cx();
    let echo = cx.source(Echo::default());
    (scope, Program { cx, echo })
}

/// Runs a program in a fresh scope and counts its rounds.
async fn expect_rounds<F: Future>(rounds: usize, program: impl FnOnce(Program) -> F) -> F::Output {
    let (mut scope, handles) = scope();
    let output = bounded(scope.run(program(handles))).await;
    assert_eq!(scope.stats().rounds.len(), rounds, "{:#?}", scope.stats());
    output
}

async fn bounded<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("the scope does not hang")
}

#[tokio::test]
async fn spawned_branches_batch_like_join_all() {
    for width in [1, 30, 300] {
        let sums = expect_rounds(2, |program| async move {
            let tasks = (0..width).map(|n| program.cx.spawn(program.clone().chain([n, 1_000 + n])));
            join_all(tasks.collect::<Vec<_>>()).await
        });
        let sums: Vec<u64> = sums.await.into_iter().map(|sum| sum.expect("the task ends")).collect();
        assert_eq!(sums, (0..width).map(|n| 1_000 + 2 * n).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_task_and_the_future_beside_it_share_their_rounds() {
    expect_rounds(2, |program| async move {
        let task = program.cx.spawn(program.clone().chain([1, 2]));
        let (sum, other) = join(task, program.clone().chain([3, 4])).await;
        assert_eq!((sum.expect("the task ends"), other), (3, 7));
    })
    .await;
}

#[tokio::test]
async fn a_task_of_a_task_joins_the_same_round() {
    expect_rounds(1, |program| async move {
        let inner = program.clone();
        let outer = program.cx.spawn(async move {
            let task = inner.cx.spawn(inner.clone().chain([1]));
            let (sum, _) = join(task, inner.chain([2])).await;
            sum.expect("its task ends")
        });
        let (outer, _) = join(outer, program.load(3)).await;
        assert_eq!(outer.expect("the task ends"), 1);
    })
    .await;
}

/// A tower of tasks, each spawned by the one before: the last of them still leaves with the first.
#[tokio::test]
async fn a_task_at_any_depth_of_spawning_joins_the_same_round() {
    fn tower(program: Program, height: u64) -> BoxFuture<'static, u64> {
        async move {
            if height == 0 {
                return 0;
            }
            let above = program.cx.spawn(tower(program.clone(), height - 1));
            let (above, own) = join(above, program.load(height)).await;
            above.expect("the task ends") + own
        }
        .boxed()
    }
    let sum = expect_rounds(1, |program| tower(program, 500)).await;
    assert_eq!(sum, 500 * 501 / 2);
}

#[tokio::test]
async fn tasks_of_unequal_depth_take_as_many_rounds_as_the_deepest() {
    expect_rounds(5, |program| async move {
        let depths = (1..=5_u64).map(|depth| program.clone().chain((0..depth).map(move |step| depth * 10 + step)));
        let tasks: Vec<_> = depths.map(|chain| program.cx.spawn(chain)).collect();
        join_all(tasks).await
    })
    .await;
}

#[tokio::test]
async fn a_task_whose_handle_is_dropped_goes_on() {
    expect_rounds(2, |program| async move {
        drop(program.cx.spawn(program.clone().chain([1, 2])));
        // Both keys of the task leave with these; the second is answered from what the task has loaded.
        program.clone().chain([3, 2]).await;
    })
    .await;
}

#[tokio::test]
async fn a_task_that_panics_is_an_error_for_who_awaits_it() {
    expect_rounds(2, |program| async move {
        let inner = program.clone();
        let task = program.cx.spawn(async move {
            inner.load(1).await;
            panic!("number {}", 13);
        });
        let (outcome, _) = join(task, program.load(2)).await;
        let error = outcome.map(|never: ()| never).expect_err("it panicked");
        assert_eq!(error.to_string(), "a task panicked: number 13");
        // The scope goes on.
        program.load(3).await
    })
    .await;
}

#[tokio::test]
async fn a_panic_that_nobody_awaits_harms_nobody() {
    expect_rounds(1, |program| async move {
        drop(program.cx.spawn(async { panic!("unheard") }));
        program.load(1).await
    })
    .await;
}

#[tokio::test]
async fn a_task_that_is_not_done_goes_on_in_the_next_run() {
    let (mut scope, program) = scope();
    let mut task = None;
    bounded(scope.run(async {
        task = Some(program.cx.spawn(program.clone().chain([1, 2, 3])));
        program.load(10).await;
    }))
    .await;
    let task = task.expect("it was spawned");
    assert_eq!(bounded(scope.run(task)).await.expect("the task ends"), 6);
    assert_eq!(scope.stats().rounds.len(), 3, "{:#?}", scope.stats());
}

#[tokio::test]
async fn a_task_may_be_spawned_before_the_scope_runs() {
    let (mut scope, program) = scope();
    let task = program.cx.spawn(program.clone().chain([1]));
    assert_eq!(bounded(scope.run(join(task, program.load(2)))).await.0.expect("the task ends"), 1);
    assert_eq!(scope.stats().rounds.len(), 1);
}

/// Two threads poll the tasks, in whatever order; rounds leave as if they were joined.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_on_other_threads_batch_like_join_all() {
    for _ in 0..30 {
        expect_rounds(2, |program| async move {
            let tasks = (0..300).map(|n| program.cx.spawn_on(elsewhere, program.clone().chain([n, 1_000 + n])));
            for (n, sum) in (0..).zip(join_all(tasks.collect::<Vec<_>>()).await) {
                assert_eq!(sum.expect("the task ends"), 1_000 + 2 * n);
            }
        })
        .await;
    }
}

/// Has a thread of the runtime poll a task.
fn elsewhere(task: BoxFuture<'static, ()>) {
    drop(tokio::spawn(task));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_on_other_threads_of_unequal_depth_take_as_many_rounds_as_the_deepest() {
    for _ in 0..30 {
        expect_rounds(5, |program| async move {
            let depths = (1..=5_u64).map(|depth| program.clone().chain((0..depth).map(move |step| depth * 10 + step)));
            let tasks: Vec<_> = depths.map(|chain| program.cx.spawn_on(elsewhere, chain)).collect();
            join(join_all(tasks), program.clone().chain([100, 101, 102])).await
        })
        .await;
    }
}

/// Tasks here and there, spawned by each other, that wait for each other: still as if all were joined.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_here_and_on_other_threads_share_their_rounds() {
    fn tower(program: Program, height: u64) -> BoxFuture<'static, u64> {
        async move {
            if height == 0 {
                return 0;
            }
            let above = tower(program.clone(), height - 1);
            let above =
                if height.is_multiple_of(3) { program.cx.spawn(above) } else { program.cx.spawn_on(elsewhere, above) };
            let (above, own) = join(above, program.load(height)).await;
            above.expect("the task ends") + own
        }
        .boxed()
    }
    for _ in 0..30 {
        let sum = expect_rounds(1, |program| tower(program, 60)).await;
        assert_eq!(sum, 60 * 61 / 2);
    }
}

/// The round waits for it: it can move, and nobody knows what it will ask for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_on_another_thread_that_computes_is_waited_for() {
    expect_rounds(1, |program| async move {
        let computing = program.clone();
        let task = program.cx.spawn_on(elsewhere, async move {
            std::thread::sleep(Duration::from_millis(20));
            computing.load(1).await
        });
        assert_eq!(join(task, program.load(2)).await.0.expect("the task ends"), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_on_another_thread_that_panics_is_an_error_for_who_awaits_it() {
    expect_rounds(1, |program| async move {
        let task: Task<()> = program.cx.spawn_on(elsewhere, async { panic!("number {}", 13) });
        let (outcome, _) = join(task, program.load(2)).await;
        assert_eq!(outcome.expect_err("it panicked").to_string(), "a task panicked: number 13");
    })
    .await;
}

#[tokio::test]
async fn a_task_that_its_executor_drops_is_an_error_and_holds_no_round_up() {
    expect_rounds(1, |program| async move {
        let never_polled = program.cx.spawn_on(drop, program.clone().chain([1]));
        let polled_once = program.cx.spawn_on(
            |mut task| {
                let _ = task.poll_unpin(&mut std::task::Context::from_waker(std::task::Waker::noop()));
            },
            program.clone().chain([3]),
        );
        program.load(2).await;
        for task in [never_polled, polled_once] {
            let error = task.await.expect_err("it was dropped");
            assert_eq!(error.to_string(), "an executor dropped a task before it was done");
        }
    })
    .await;
}

/// What it computes still arrives; what it loads is an error.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_on_another_thread_may_outlive_its_scope() {
    let (scope, program) = scope();
    let cx = program.cx.clone();
    let (sender, receiver) = futures::channel::oneshot::channel();
    let task = cx.spawn_on(elsewhere, async move {
        receiver.await.expect("it is sent");
        program.echo.load((), 1).await
    });
    drop(scope);
    sender.send(()).expect("the task waits for it");
    let answer = bounded(task).await.expect("the task ends");
    assert!(answer.expect_err("the scope has ended").to_string().contains("after its scope ended"));
}

/// Counts how many of it there are.
struct Alive(Arc<AtomicUsize>);

impl Alive {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count.clone())
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A task holds the context, and so what the scope shares with it: that must be no ring that outlives the scope.
#[tokio::test]
async fn tasks_end_with_their_scope() {
    let (mut scope, program) = scope();
    let alive = Arc::default();
    let for_ever = || {
        let (guard, program) = (Alive::new(&alive), program.clone());
        program.clone().cx.spawn(async move {
            program.load(1).await;
            let _guard = guard;
            pending::<()>().await;
        })
    };
    let polled = for_ever();
    bounded(scope.run(program.load(2))).await;
    let never_polled = for_ever();
    assert_eq!(alive.load(Ordering::SeqCst), 2);
    drop(scope);
    assert_eq!(alive.load(Ordering::SeqCst), 0);
    let after = for_ever();
    assert_eq!(alive.load(Ordering::SeqCst), 0);
    for task in [polled, never_polled, after] {
        let error = bounded(task).await.expect_err("the scope ended");
        assert_eq!(error.to_string(), "a scope ended before its task did");
    }
}

#[tokio::test]
async fn a_task_that_a_thread_spawns_wakes_the_scope() {
    let sum = expect_rounds(1, |program| async move {
        let (sender, receiver) = futures::channel::oneshot::channel();
        std::thread::spawn(move || {
            // By now the scope rests: there is nothing for it to do.
            std::thread::sleep(Duration::from_millis(20));
            let task = program.cx.spawn(program.clone().chain([1]));
            let _ = sender.send(task);
        });
        receiver.await.expect("the thread sends it").await
    });
    assert_eq!(sum.await.expect("the task ends"), 1);
}

/// The handle may be awaited anywhere, and only the scope's own thread polls the task.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handle_may_be_awaited_outside_of_the_scope() {
    expect_rounds(2, |program| async move {
        let task = program.cx.spawn(program.clone().chain([1]));
        let outside = tokio::spawn(async move { task.await.expect("the task ends") });
        let answered = outside.await.expect("it does not panic");
        program.load(answered + 10).await
    })
    .await;
}

/// A foreign wake-up moves the task that it is for; meanwhile the rest of the scope goes on without it.
#[tokio::test]
async fn a_task_that_waits_on_something_foreign_only_delays_itself() {
    expect_rounds(3, |program| async move {
        let late = program.clone();
        let late = program.cx.spawn(async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            late.load(1).await
        });
        let (late, _) = join(late, program.clone().chain([2, 3])).await;
        assert_eq!(late.expect("the task ends"), 1);
    })
    .await;
}

/// Threads that spawn while the scope moves and rests: no task is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_from_many_threads_all_end() {
    let (mut scope, program) = scope();
    let outside: Vec<_> = (0..4_u64)
        .map(|thread| {
            let program = program.clone();
            tokio::spawn(async move {
                let mut sum = 0;
                for n in 0..200 {
                    let key = thread * 1_000 + n;
                    sum += program.cx.spawn(program.clone().chain([key])).await.expect("the task ends") - key + 1;
                }
                sum
            })
        })
        .collect();
    let sums = bounded(scope.run(join_all(outside))).await;
    assert!(sums.into_iter().all(|sum| sum.expect("it does not panic") == 200));
}

/// Tasks without end do not keep the runtime's other tasks from their turn.
#[tokio::test]
async fn tasks_that_never_rest_let_others_have_their_turn() {
    fn spawn_without_end(program: &Program) {
        let next = program.clone();
        drop(program.cx.spawn(async move { spawn_without_end(&next) }));
    }
    let (mut scope, program) = scope();
    let running = tokio::spawn(async move {
        spawn_without_end(&program);
        scope.run(pending::<()>()).await;
    });
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    running.abort();
    assert!(bounded(running).await.expect_err("it was aborted").is_cancelled());
}

/// A task that waits for itself waits for ever, like one that waits for something foreign that never comes: the scope
/// cannot tell the two apart. It harms nobody else, and ends with the scope.
#[tokio::test]
async fn a_task_that_waits_for_itself_harms_nobody_else() {
    expect_rounds(2, |program| async move {
        let (sender, own_handle) = futures::channel::oneshot::channel();
        let task: Task<()> = program.cx.spawn(async move {
            let own: Task<()> = own_handle.await.expect("it is sent");
            drop(own.await);
        });
        sender.send(task).expect("the task waits for it");
        program.clone().chain([1, 2]).await
    })
    .await;
}
