//! Timing contenders against each other on a noisy machine: interleaved rounds, medians, ratios per round.

use std::time::{Duration, Instant};

/// How much time to spend.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// How often each contender gets its turn.
    rounds: usize,
    /// How long one turn lasts, about.
    turn: Duration,
}

impl Effort {
    /// Whether this run is only to show that it runs.
    pub(crate) fn is_quick(self) -> bool {
        self.rounds == Self::QUICK.rounds
    }

    /// How often each contender gets its turn.
    pub(crate) fn rounds(self) -> usize {
        self.rounds
    }

    pub(crate) const FULL: Self = Self { rounds: 15, turn: Duration::from_millis(60) };
    pub(crate) const QUICK: Self = Self { rounds: 3, turn: Duration::from_millis(10) };
}

/// Something that does the same work as all others.
pub(crate) struct Contender<'a, T> {
    pub(crate) name: &'static str,
    pub(crate) answer: Box<dyn FnMut() -> T + 'a>,
}

/// The microseconds per answer of one contender, one value per round.
pub(crate) struct Timing {
    pub(crate) name: &'static str,
    pub(crate) rounds: Vec<f64>,
}

impl Timing {
    pub(crate) fn median(&self) -> f64 {
        let mut rounds = self.rounds.clone();
        rounds.sort_by(f64::total_cmp);
        rounds[rounds.len() / 2]
    }

    /// This one's time over the other's, round by round: what drifts in the machine drifts in both.
    pub(crate) fn over(&self, other: &Self) -> Vec<f64> {
        self.rounds.iter().zip(&other.rounds).map(|(own, other)| own / other).collect()
    }
}

/// Times all contenders in turn.
pub(crate) fn time<T>(contenders: &mut [Contender<'_, T>], effort: Effort) -> Vec<Timing> {
    let repeats = contenders.iter_mut().map(|contender| repeats(contender, effort.turn)).collect::<Vec<_>>();
    let mut timings =
        contenders.iter().map(|contender| Timing { name: contender.name, rounds: Vec::new() }).collect::<Vec<_>>();
    for _ in 0..effort.rounds {
        for ((contender, timing), repeats) in contenders.iter_mut().zip(&mut timings).zip(&repeats) {
            let start = Instant::now();
            for _ in 0..*repeats {
                std::hint::black_box((contender.answer)());
            }
            timing.rounds.push(start.elapsed().as_secs_f64() * 1e6 / f64::from(*repeats));
        }
    }
    timings
}

/// Checks that all contenders answer the same, as `read` understands it.
///
/// # Panics
/// When two of them answer differently: they would not be compared at the same work.
pub(crate) fn agree<T, U: PartialEq>(contenders: &mut [Contender<'_, T>], read: impl Fn(T) -> U) {
    let (first, others) = contenders.split_first_mut().expect("there is somebody to compare");
    let expected = read((first.answer)());
    for other in others {
        assert!(read((other.answer)()) == expected, "{} answers otherwise than {}", other.name, first.name);
    }
}

/// How many answers fill a turn.
fn repeats<T>(contender: &mut Contender<'_, T>, turn: Duration) -> u32 {
    let start = Instant::now();
    let mut count = 0;
    while start.elapsed() < turn {
        std::hint::black_box((contender.answer)());
        count += 1;
    }
    count
}
