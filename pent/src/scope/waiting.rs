//! Who waits for which round.

use std::task::Waker;

use super::cycles::LaneNumber;
use super::loader::RoundNumber;

/// Rounds that have not been answered, with those who wait for them. The next one to leave is among them as soon as
/// somebody waits for it.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// In no order; few at a time.
    rounds: Vec<Open>,
    last_sent: RoundNumber,
    /// Of sources, which may load more while they are asked.
    lane: Option<LaneNumber>,
}

#[derive(Debug)]
struct Open {
    round: RoundNumber,
    /// Loads that are polled by the same task have the same waker, most often one after the other: they share it.
    wakers: Vec<Shared>,
}

#[derive(Debug)]
struct Shared {
    waker: Waker,
    waiters: usize,
}

impl Waiting {
    pub(super) fn of_lane(lane: LaneNumber) -> Self {
        Self { lane: Some(lane), ..Self::default() }
    }

    pub(super) fn lane(&self) -> Option<LaneNumber> {
        self.lane
    }

    /// The round that a key queued now will leave with.
    pub(super) fn next_round(&self) -> RoundNumber {
        self.last_sent + 1
    }

    /// The next round leaves.
    pub(super) fn depart(&mut self) {
        self.last_sent += 1;
        self.open(self.last_sent);
    }

    /// A round has been answered: those who wait for it are to be woken.
    pub(super) fn arrive(&mut self, round: RoundNumber) -> Vec<Waker> {
        let place = self.rounds.iter().position(|open| open.round == round);
        place.map(|place| self.rounds.swap_remove(place).into_wakers()).unwrap_or_default()
    }

    /// Waits for a round; the answer is the place of the waker, for [`Waiting::rewait`].
    pub(super) fn wait(&mut self, round: RoundNumber, waker: &Waker) -> u32 {
        self.open(round).add(waker)
    }

    /// Renews the waker of somebody who waits, and answers its place. `None` when the round has been answered.
    pub(super) fn rewait(&mut self, round: RoundNumber, place: u32, waker: &Waker) -> Option<u32> {
        let open = self.find(round)?;
        let shared = &mut open.wakers[place as usize];
        if shared.waiters == 1 {
            shared.waker.clone_from(waker);
            return Some(place);
        }
        if shared.waker.will_wake(waker) {
            return Some(place);
        }
        open.leave(place);
        Some(open.add(waker))
    }

    /// Somebody waits no more: what the waker holds on to is let go.
    pub(super) fn leave(&mut self, round: RoundNumber, place: u32) {
        if let Some(open) = self.find(round) {
            open.leave(place);
        }
    }

    /// No more rounds will come: whoever waits is to be woken.
    pub(super) fn end(&mut self) -> Vec<Waker> {
        self.rounds.drain(..).flat_map(Open::into_wakers).collect()
    }

    fn find(&mut self, round: RoundNumber) -> Option<&mut Open> {
        self.rounds.iter_mut().find(|open| open.round == round)
    }

    fn open(&mut self, round: RoundNumber) -> &mut Open {
        let place = self.rounds.iter().position(|open| open.round == round).unwrap_or_else(|| {
            self.rounds.push(Open { round, wakers: Vec::new() });
            self.rounds.len() - 1
        });
        &mut self.rounds[place]
    }
}

impl Open {
    fn add(&mut self, waker: &Waker) -> u32 {
        match self.wakers.last_mut() {
            Some(last) if last.waker.will_wake(waker) => last.waiters += 1,
            _ => self.wakers.push(Shared { waker: waker.clone(), waiters: 1 }),
        }
        u32::try_from(self.wakers.len() - 1).expect("there are no more wakers than keys")
    }

    fn leave(&mut self, place: u32) {
        let shared = &mut self.wakers[place as usize];
        shared.waiters -= 1;
        if shared.waiters == 0 {
            shared.waker = Waker::noop().clone();
        }
    }

    fn into_wakers(self) -> Vec<Waker> {
        self.wakers.into_iter().map(|shared| shared.waker).collect()
    }
}
