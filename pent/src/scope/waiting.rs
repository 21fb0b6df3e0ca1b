//! Who waits for which round.

use std::task::Waker;

use super::loader::RoundNumber;

/// Rounds that have not been answered, with those who wait for them. The next one to leave is among them as soon as
/// somebody waits for it.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// In no order; few at a time.
    rounds: Vec<Open>,
    last_sent: RoundNumber,
}

#[derive(Debug)]
struct Open {
    round: RoundNumber,
    wakers: Vec<Waker>,
}

impl Waiting {
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
        place.map(|place| self.rounds.swap_remove(place).wakers).unwrap_or_default()
    }

    /// Waits for a round; the answer is the place of the waker, for [`Waiting::rewait`].
    pub(super) fn wait(&mut self, round: RoundNumber, waker: &Waker) -> usize {
        let wakers = self.open(round);
        wakers.push(waker.clone());
        wakers.len() - 1
    }

    /// Renews the waker of somebody who waits. False when the round has been answered.
    pub(super) fn rewait(&mut self, round: RoundNumber, place: usize, waker: &Waker) -> bool {
        let Some(wakers) = self.find(round) else { return false };
        wakers[place].clone_from(waker);
        true
    }

    /// Somebody waits no more: what the waker holds on to is let go.
    pub(super) fn leave(&mut self, round: RoundNumber, place: usize) {
        if let Some(wakers) = self.find(round) {
            wakers[place] = Waker::noop().clone();
        }
    }

    /// No more rounds will come: whoever waits is to be woken.
    pub(super) fn end(&mut self) -> Vec<Waker> {
        self.rounds.drain(..).flat_map(|open| open.wakers).collect()
    }

    fn find(&mut self, round: RoundNumber) -> Option<&mut Vec<Waker>> {
        self.rounds.iter_mut().find(|open| open.round == round).map(|open| &mut open.wakers)
    }

    fn open(&mut self, round: RoundNumber) -> &mut Vec<Waker> {
        let place = self.rounds.iter().position(|open| open.round == round).unwrap_or_else(|| {
            self.rounds.push(Open { round, wakers: Vec::new() });
            self.rounds.len() - 1
        });
        &mut self.rounds[place].wakers
    }
}
