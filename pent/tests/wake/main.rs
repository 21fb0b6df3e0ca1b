//! The wake protocol of a scope under all interleavings of a few threads, as [loom](https://docs.rs/loom) tries them. A
//! wake-up that is lost is a deadlock there.
//!
//! The files of the protocol are those of the crate, with primitives that loom sees. Threads change places at any point
//! of at most so many; `GRAPHSCALE_LONG=1` allows more of them.

mod primitives;
#[path = "../../src/scope/wake/turn.rs"]
mod turn;
#[path = "../../src/scope/wake/signal.rs"]
mod signal;
#[path = "../../src/scope/wake/tracked.rs"]
mod tracked;
#[path = "../../src/scope/wake/drive.rs"]
mod drive;
mod model;

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering as Counting};
use std::task::{Poll, Wake, Waker};
use std::time::Duration;

use futures::future::join;
use loom::future::block_on;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::sync::{Condvar, Mutex};
use loom::thread;

use crate::drive::drive;
use crate::model::{Event, Model, Running, poll_with};

/// How long one program is tried in the long run: with many changes there is no end to some of them.
const LONGEST: Duration = Duration::from_secs(60);

/// Tries all interleavings with so many involuntary changes of threads: few, and many.
fn check(name: &str, [few, many]: [usize; 2], program: impl Fn() + Send + Sync + 'static) {
    let is_long = std::env::var_os("GRAPHSCALE_LONG").is_some();
    let tried = Arc::new(AtomicU64::new(0));
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(if is_long { many } else { few });
    model.max_duration = is_long.then_some(LONGEST);
    model.check({
        let tried = tried.clone();
        move || {
            tried.fetch_add(1, Counting::Relaxed);
            program();
        }
    });
    if is_long {
        eprintln!("{name}: {} interleavings", tried.load(Counting::Relaxed));
    }
}

#[test]
fn a_load_of_another_thread_reaches_a_scope_that_rests_or_polls() {
    check("a load of another thread", [2, 4], || {
        let (model, done) = (Model::new(), Arc::new(Event::default()));
        let outside = thread::spawn({
            let (model, done) = (model.clone(), done.clone());
            move || {
                block_on(model.load(1));
                done.happen();
            }
        });
        model.run(async move { done.wait().await });
        outside.join().unwrap();
        assert_eq!(model.rounds(), [[1]]);
    });
}

#[test]
fn loads_of_two_threads_both_reach_the_scope() {
    check("loads of two threads", [1, 2], || {
        let (model, done) = (Model::new(), [(); 2].map(|()| Arc::new(Event::default())));
        let outside = [1, 2].map(|key| {
            let (model, done) = (model.clone(), done[usize::from(key) - 1].clone());
            thread::spawn(move || {
                block_on(model.load(key));
                done.happen();
            })
        });
        model.run(async move {
            for done in done {
                done.wait().await;
            }
        });
        outside.into_iter().for_each(|outside| outside.join().unwrap());
        assert_eq!(model.rounds().concat().len(), 2);
    });
}

/// What is written before a wake-up is seen by the poll after it, even if that was asked for by somebody else before.
#[test]
fn a_wake_up_is_not_lost_beside_another() {
    check("a wake-up beside another", [2, 4], || {
        let model = Model::new();
        let is_done = Arc::new(AtomicBool::new(false));
        let one = thread::spawn({
            let inside = model.inside();
            move || inside.wake()
        });
        let other = thread::spawn({
            let (inside, is_done) = (model.inside(), is_done.clone());
            move || {
                is_done.store(true, Ordering::Relaxed);
                inside.wake();
            }
        });
        model.run(poll_fn(move |_| if is_done.load(Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending }));
        one.join().unwrap();
        other.join().unwrap();
    });
}

/// Wakes a thread that waits for it.
#[derive(Default)]
struct Parker {
    is_woken: Mutex<bool>,
    condition: Condvar,
}

impl Parker {
    fn park(&self) {
        let mut is_woken = self.is_woken.lock().unwrap();
        while !*is_woken {
            is_woken = self.condition.wait(is_woken).unwrap();
        }
        *is_woken = false;
    }
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        *self.is_woken.lock().unwrap() = true;
        self.condition.notify_one();
    }
}

/// A task may move to another one that polls it from then on: only that is woken.
#[test]
fn the_waker_of_the_last_poll_is_woken() {
    check("a waker that was replaced", [2, 4], || {
        let (model, done) = (Model::new(), Arc::new(Event::default()));
        let outside = thread::spawn({
            let (model, done) = (model.clone(), done.clone());
            move || {
                block_on(model.load(1));
                done.happen();
            }
        });
        let future = Box::pin(async move { done.wait().await });
        let (inside, mut running) = (model.inside(), Running { model: model.clone(), future });
        let mut driving = poll_fn(|context| drive(&mut running, &model.signal, &inside, context.waker()));
        let [first, second] = [(); 2].map(|()| Arc::new(Parker::default()));
        let mut driving = std::pin::Pin::new(&mut driving);
        if poll_with(driving.as_mut(), &Waker::from(first)).is_pending() {
            while poll_with(driving.as_mut(), &Waker::from(second.clone())).is_pending() {
                second.park();
            }
        }
        outside.join().unwrap();
    });
}

/// The load of one never leaves before that of the other was made.
#[test]
fn tracked_tasks_on_two_threads_share_their_rounds() {
    check("tracked tasks", [1, 2], || {
        let (model, done) = (Model::new(), [(); 2].map(|()| Arc::new(Event::default())));
        let tasks = [1, 2].map(|key| {
            let done = done[usize::from(key) - 1].clone();
            let program = model.clone();
            let task = model.track(async move {
                program.load(key).await;
                done.happen();
            });
            thread::spawn(move || block_on(task))
        });
        let [one, other] = done;
        model.run(async move {
            join(one.wait(), other.wait()).await;
        });
        tasks.into_iter().for_each(|task| task.join().unwrap());
        assert_eq!(model.rounds(), [[1, 2]]);
    });
}

/// What the task wakes as its last deed still moves before a round leaves.
#[test]
fn a_tracked_task_and_the_scope_itself_share_their_rounds() {
    check("a tracked task beside the scope", [2, 3], || {
        let (model, done) = (Model::new(), Arc::new(Event::default()));
        let (program, is_done) = (model.clone(), done.clone());
        let task = model.track(async move {
            program.load(1).await;
            is_done.happen();
        });
        let task = thread::spawn(move || block_on(task));
        let program = model.clone();
        model.run(async move {
            let after_the_task = async {
                done.wait().await;
                program.load(4).await;
            };
            let beside_it = async {
                program.load(2).await;
                program.load(3).await;
            };
            join(after_the_task, beside_it).await;
        });
        task.join().unwrap();
        assert_eq!(model.rounds(), [[1, 2], [3, 4]]);
    });
}

/// Whatever its executor does with it, polling it for no reason and dropping it while somebody wakes it: it counts no
/// more afterwards, and others have their answers.
#[test]
fn a_tracked_task_that_is_dropped_holds_nobody_up() {
    check("a tracked task that is dropped", [2, 3], || {
        let (model, event) = (Model::new(), Arc::new(Event::default()));
        let waits = event.clone();
        let mut task = Box::pin(model.track(async move { waits.wait().await }));
        let executor = thread::spawn(move || {
            let waker = Waker::noop();
            let _ = poll_with(task.as_mut(), waker);
            let _ = poll_with(task.as_mut(), waker);
        });
        let elsewhere = thread::spawn(move || event.happen());
        let program = model.clone();
        model.run(async move { program.load(1).await });
        executor.join().unwrap();
        elsewhere.join().unwrap();
        assert!(model.signal.is_alone());
        assert_eq!(model.rounds(), [[1]]);
    });
}
