//! Rounds in flight: how they leave, and how their answers come in.

use std::panic::AssertUnwindSafe;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use futures::FutureExt;
use futures::stream::StreamExt;
use kvetch::Kvetch;

use super::Scope;
use super::loader::RoundNumber;
use super::queue::{Departure, Sent};
use super::shared::no_store;
use super::source::Batch;
use super::stats::{Outcome, ReadPlace};
use crate::error::{Error, Result};

/// Something that left and has been answered.
pub(super) enum Arrival {
    Store(StoreArrival),
    /// Of a source, which takes its answers in by itself: what is to be noted of them.
    Batch {
        place: ReadPlace,
        outcome: Outcome,
    },
}

/// What left for the store with a round.
pub(super) struct StoreArrival {
    pub(super) round: RoundNumber,
    /// The place of the round in the statistics.
    pub(super) place: usize,
    pub(super) sent: Vec<Sent>,
    pub(super) answered: Result<kvetch::Round>,
}

impl Scope {
    /// Lets rounds in flight move, and takes in those that have been answered.
    pub(super) fn poll_rounds(&mut self, context: &mut Context<'_>) {
        while let Poll::Ready(Some((left, arrival))) = self.in_flight.poll_next_unpin(context) {
            let time = left.elapsed();
            match arrival {
                Arrival::Store(arrival) => {
                    let wakers = self.shared.lock().arrive(arrival, time);
                    wakers.into_iter().for_each(Waker::wake);
                }
                Arrival::Batch { place, outcome } => self.shared.lock().stats.note_answer(place, outcome, time),
            }
        }
    }

    /// Sends everything queued as one round. False when there is nothing to send.
    pub(super) fn dispatch(&mut self) -> bool {
        let schema = self.shared.kvetch.as_ref().map(Kvetch::schema);
        let departure = self.shared.lock().depart(schema);
        let sources = self.shared.lock_sources().clone();
        let batches: Vec<Batch> = sources.into_iter().flat_map(|source| source.depart()).collect();
        if departure.is_none() && batches.is_empty() {
            return false;
        }
        let left = Instant::now();
        if departure.is_none() {
            // Batches of sources leave with the round to the store; if there is none, they are a round by themselves.
            self.shared.lock().stats.begin_round();
        }
        for Batch { read, fetch } in batches {
            let place = self.shared.lock().stats.note_read(read);
            let arrival = fetch.map(move |outcome| (left, Arrival::Batch { place, outcome }));
            self.in_flight.push(arrival.boxed());
        }
        if let Some(departure) = departure {
            let arrival = fetch(self.shared.kvetch.clone(), departure).map(move |arrival| (left, arrival));
            self.in_flight.push(arrival.boxed());
        }
        true
    }
}

async fn fetch(kvetch: Option<Kvetch>, departure: Departure) -> Arrival {
    let Departure { round, place, reads, sent } = departure;
    let answered = match kvetch {
        None => Err(no_store()),
        Some(kvetch) => {
            let answered = AssertUnwindSafe(kvetch.round(reads)).catch_unwind().await;
            answered.map_err(|_| Error::internal("the storage engine panicked"))
        }
    };
    Arrival::Store(StoreArrival { round, place, sent, answered })
}
