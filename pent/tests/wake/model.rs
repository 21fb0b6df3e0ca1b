//! A scope that is nothing but its wake protocol: a queue under a lock, answered as soon as it leaves.

use std::collections::BTreeSet;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures::future::BoxFuture;
use loom::future::block_on;
use loom::sync::Mutex;

use crate::drive::{Driven, drive};
use crate::signal::Signal;
use crate::tracked::Tracked;

pub(crate) type Key = u8;

/// A scope's shared part.
pub(crate) struct Model {
    pub(crate) signal: Arc<Signal>,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    wanted: Vec<(Key, Waker)>,
    answered: BTreeSet<Key>,
    rounds: Vec<BTreeSet<Key>>,
}

impl Model {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { signal: Arc::default(), queue: Mutex::new(Queue::default()) })
    }

    /// A load: queued under the lock, then told of.
    pub(crate) async fn load(&self, key: Key) {
        let mut is_queued = false;
        poll_fn(|context| {
            {
                let mut queue = self.queue.lock().unwrap();
                if queue.answered.contains(&key) {
                    return Poll::Ready(());
                }
                if std::mem::replace(&mut is_queued, true) {
                    return Poll::Pending;
                }
                queue.wanted.push((key, context.waker().clone()));
            }
            self.signal.nudge_to_send();
            Poll::Pending
        })
        .await;
    }

    /// Runs a future in the scope, in this thread.
    pub(crate) fn run(self: &Arc<Self>, future: impl Future<Output = ()> + Send + 'static) {
        let (inside, mut running) = (self.inside(), Running { model: self.clone(), future: Box::pin(future) });
        block_on(poll_fn(|context| drive(&mut running, &self.signal, &inside, context.waker())));
    }

    /// The waker of everything inside.
    pub(crate) fn inside(&self) -> Waker {
        Waker::from(self.signal.clone())
    }

    /// A tracked task of the scope.
    pub(crate) fn track<F: Future<Output = ()>>(&self, future: F) -> Tracked<F> {
        Tracked::new(self.signal.clone(), future)
    }

    /// The keys that each round has carried.
    pub(crate) fn rounds(&self) -> Vec<Vec<Key>> {
        self.queue.lock().unwrap().rounds.iter().map(|keys| keys.iter().copied().collect()).collect()
    }
}

/// The model with the future that it runs.
pub(crate) struct Running {
    pub(crate) model: Arc<Model>,
    pub(crate) future: BoxFuture<'static, ()>,
}

impl Driven for Running {
    type Output = ();

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.future.as_mut().poll(context)
    }

    /// What leaves is answered at once.
    fn poll_sent(&mut self, _: &mut Context<'_>) {}

    fn has_new(&self) -> bool {
        false
    }

    fn has_queued(&self) -> bool {
        !self.model.queue.lock().unwrap().wanted.is_empty()
    }

    fn send(&mut self) -> bool {
        let (keys, wakers): (BTreeSet<Key>, Vec<Waker>) = {
            let mut queue = self.model.queue.lock().unwrap();
            let (keys, wakers): (BTreeSet<Key>, Vec<Waker>) = queue.wanted.drain(..).unzip();
            queue.answered.extend(&keys);
            if !keys.is_empty() {
                queue.rounds.push(keys.clone());
            }
            (keys, wakers)
        };
        wakers.into_iter().for_each(Waker::wake);
        !keys.is_empty()
    }
}

/// Something that happens once, and somebody who waits for it.
#[derive(Default)]
pub(crate) struct Event(Mutex<(bool, Option<Waker>)>);

impl Event {
    pub(crate) fn happen(&self) {
        let waker = {
            let mut event = self.0.lock().unwrap();
            event.0 = true;
            event.1.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut event = self.0.lock().unwrap();
        if event.0 {
            return Poll::Ready(());
        }
        event.1 = Some(context.waker().clone());
        Poll::Pending
    }

    pub(crate) async fn wait(&self) {
        poll_fn(|context| self.poll(context)).await;
    }
}

/// A task of some runtime that moves from thread to thread: whoever polls it last has to be woken.
pub(crate) fn poll_with<F: Future>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}
