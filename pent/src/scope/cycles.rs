//! Loads that a source makes while it is asked, and that wait for one another in a circle: none of them would end.
//!
//! A batch waits for another one as long as a load that it makes does. What is noted is who waits for whom, and a load
//! that would close a circle is refused. Loads are known to be made by a batch while that is polled; what it has others
//! do for it, such as tasks, is not seen.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::num::NonZeroU32;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use super::loader::RoundNumber;

/// The keys of a source with one unary argument, by a number of its own in the scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LaneNumber(u32);

/// What leaves of a lane at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Leg {
    pub(super) lane: LaneNumber,
    pub(super) round: RoundNumber,
}

/// Who waits for whom in a scope.
#[derive(Debug, Default)]
pub(crate) struct Cycles {
    lanes: AtomicU32,
    waits: Mutex<Vec<Wait>>,
}

/// Loads that are made by one batch and wait for another.
#[derive(Debug)]
struct Wait {
    batch: Leg,
    awaited: Leg,
    /// How many there are; none for a place that is free.
    loads: usize,
}

/// The place of the wait that a load belongs to, counted from one.
#[derive(Debug, Clone, Copy)]
pub(super) struct WaitPlace(NonZeroU32);

/// The load would wait for itself.
#[derive(Debug)]
pub(super) struct Circular;

thread_local! {
    /// The batch that this thread polls, and the address of the scope's circles that it belongs to.
    static POLLED: Cell<Option<(usize, Leg)>> = const { Cell::new(None) };
}

impl Cycles {
    /// A number for a new lane.
    pub(super) fn lane(&self) -> LaneNumber {
        LaneNumber(self.lanes.fetch_add(1, Ordering::Relaxed))
    }

    /// A batch: whatever it loads while it is polled is known to be made by it.
    pub(super) async fn of_batch<F: Future>(self: Arc<Self>, batch: Leg, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|context| {
            let _polled = Polled::begin((self.address(), batch));
            future.as_mut().poll(context)
        })
        .await
    }

    /// The batch of this scope that makes what this thread polls.
    pub(super) fn polled(&self) -> Option<Leg> {
        POLLED.get().filter(|(address, _)| *address == self.address()).map(|(_, batch)| batch)
    }

    /// A load that a batch makes waits for another batch.
    ///
    /// # Errors
    /// That one waits for the batch already, or is the batch itself.
    pub(super) fn wait(&self, batch: Leg, awaited: Leg) -> Result<WaitPlace, Circular> {
        let mut waits = self.lock();
        let known = waits.iter().position(|wait| wait.loads > 0 && wait.batch == batch && wait.awaited == awaited);
        if known.is_none() && leads(&waits, awaited, batch) {
            return Err(Circular);
        }
        let place = known.or_else(|| waits.iter().position(|wait| wait.loads == 0)).unwrap_or_else(|| {
            waits.push(Wait { batch, awaited, loads: 0 });
            waits.len() - 1
        });
        waits[place] = Wait { batch, awaited, loads: waits[place].loads + 1 };
        let number = u32::try_from(place + 1).ok().and_then(NonZeroU32::new);
        Ok(WaitPlace(number.expect("there are fewer batches at a time than fit into 32 bits")))
    }

    /// A load waits no more.
    pub(super) fn leave(&self, WaitPlace(place): WaitPlace) {
        self.lock()[place.get() as usize - 1].loads -= 1;
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Wait>> {
        self.waits.lock().expect("nothing that runs under the lock panics")
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

/// Whether one batch waits for another, by however many between. There are no circles among those that wait.
fn leads(waits: &[Wait], from: Leg, to: Leg) -> bool {
    let next = waits.iter().filter(|wait| wait.loads > 0 && wait.batch == from);
    from == to || next.into_iter().any(|wait| leads(waits, wait.awaited, to))
}

/// For as long as a batch is polled.
struct Polled {
    before: Option<(usize, Leg)>,
}

impl Polled {
    fn begin(batch: (usize, Leg)) -> Self {
        Self { before: POLLED.replace(Some(batch)) }
    }
}

impl Drop for Polled {
    fn drop(&mut self) {
        POLLED.set(self.before);
    }
}
