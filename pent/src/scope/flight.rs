//! Rounds in flight: how they leave, and how their answers come in.

use std::panic::AssertUnwindSafe;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::StreamExt;
use kvetch::Kvetch;
use tracing::{Instrument, Span};

use super::Scope;
use super::departure::{Call, Departure};
use super::loader::RoundNumber;
#[cfg(feature = "metrics")]
use super::meters;
use super::shared::no_store;
use super::source::{AnySource, Batch};
use super::spans::{RoundSpans, answered};
use super::stats::{Outcome, ReadPlace, ReadStats};
use crate::error::{Error, Result};

/// Something that left and has been answered.
pub(super) enum Arrival {
    Store(StoreArrival),
    /// Of a source, which takes its answers in by itself: what is to be noted of them.
    Batch {
        place: ReadPlace,
        outcome: Outcome,
        span: Span,
    },
}

/// What left for the store with a round.
pub(super) struct StoreArrival {
    pub(super) round: RoundNumber,
    /// The place of the round in the statistics.
    pub(super) place: usize,
    pub(super) calls: Vec<Call>,
    pub(super) answered: Result<kvetch::Round>,
    pub(super) spans: RoundSpans,
}

impl Scope {
    /// Lets rounds in flight move, and takes in those that have been answered.
    pub(super) fn poll_rounds(&mut self, context: &mut Context<'_>) {
        while let Poll::Ready(Some((left, arrival))) = self.in_flight.poll_next_unpin(context) {
            let time = left.elapsed();
            match arrival {
                Arrival::Store(arrival) => {
                    let wakers = self.take_in(arrival, time);
                    wakers.into_iter().for_each(Waker::wake);
                }
                Arrival::Batch { place, outcome, span } => {
                    self.shared.lock().stats.note_answer(place, outcome, time);
                    answered(&span, outcome);
                    #[cfg(feature = "metrics")]
                    meters::source_answered(self.shared.lock().stats.operation(place), outcome, time);
                }
            }
        }
    }

    /// Takes in what the store answers, and says who has waited for it.
    fn take_in(&self, arrival: StoreArrival, time: Duration) -> Vec<Waker> {
        let StoreArrival { round, place, calls, answered, spans } = arrival;
        let arrived = self.shared.lock().arrive(round, place, calls, answered, time);
        spans.answered(arrived.statements, &arrived.outcomes);
        #[cfg(feature = "metrics")]
        meters::store_answered(arrived.statements, &arrived.outcomes, time);
        arrived.wakers
    }

    /// Sends everything queued as one round. False when there is nothing to send.
    pub(super) fn dispatch(&mut self) -> bool {
        let schema = self.shared.kvetch.as_ref().map(Kvetch::schema);
        let departure = self.shared.lock().depart(schema);
        let batches = self.batches(|source| !source.is_immediate());
        if departure.is_none() && batches.is_empty() {
            return false;
        }
        let left = Instant::now();
        // Batches of sources leave with the round to the store; if there is none, they are a round by themselves.
        let round = departure.as_ref().map(|departure| departure.place);
        let round = round.unwrap_or_else(|| self.shared.lock().stats.note_round(Vec::new()));
        let (places, fetches) = self.note(batches);
        let spans = self.shared.spans.round(round + 1, || self.reads(round));
        #[cfg(feature = "metrics")]
        meters::round_left(self.reads(round));
        for (place, fetch) in places.into_iter().zip(fetches) {
            self.send_batch(left, place, fetch, spans.read(place));
        }
        if let Some(departure) = departure {
            let span = spans.round().clone();
            let arrival = fetch(self.shared.kvetch.clone(), departure, spans).instrument(span);
            self.in_flight.push(arrival.map(move |arrival| (left, arrival)).boxed());
        }
        true
    }

    /// Sends what does not wait until nothing can move.
    pub(super) fn send_immediate(&mut self) {
        if !self.shared.take_immediate() {
            return;
        }
        let left = Instant::now();
        for Batch { read, fetch } in self.batches(|source| source.is_immediate()) {
            let span = self.shared.spans.read(&read);
            #[cfg(feature = "metrics")]
            meters::left(read.clone());
            let place = self.shared.lock().stats.note_immediate(read);
            self.send_batch(left, place, fetch, span);
        }
    }

    /// What some sources have to send.
    fn batches(&self, of: impl Fn(&dyn AnySource) -> bool) -> Vec<Batch> {
        let sources = self.shared.lock_sources().clone();
        sources.into_iter().filter(|source| of(&**source)).flat_map(|source| source.depart()).collect()
    }

    fn send_batch(&mut self, left: Instant, place: ReadPlace, fetch: BoxFuture<'static, Outcome>, span: Span) {
        let fetch = fetch.instrument(span.clone());
        let arrival = fetch.map(move |outcome| (left, Arrival::Batch { place, outcome, span }));
        self.in_flight.push(arrival.boxed());
    }

    /// What is read with a round.
    fn reads(&self, round: usize) -> Vec<ReadStats> {
        self.shared.lock().stats.rounds[round].reads.clone()
    }

    /// Notes batches as reads of the last round.
    fn note(&self, batches: Vec<Batch>) -> (Vec<ReadPlace>, Vec<BoxFuture<'static, Outcome>>) {
        let mut queue = self.shared.lock();
        batches.into_iter().map(|Batch { read, fetch }| (queue.stats.note_read(read), fetch)).unzip()
    }
}

async fn fetch(kvetch: Option<Kvetch>, departure: Departure, spans: RoundSpans) -> Arrival {
    let Departure { round, place, reads, calls } = departure;
    let answered = match kvetch {
        None => Err(no_store()),
        Some(kvetch) => {
            let answered = AssertUnwindSafe(kvetch.round(reads)).catch_unwind().await;
            answered.map_err(|_| Error::internal("the storage engine panicked"))
        }
    };
    Arrival::Store(StoreArrival { round, place, calls, answered, spans })
}
