//! Random programs of loads, as plain trees.

use fastrand::Rng;

/// What is loaded, of which kind. The kinds are listed in `program.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) kind: usize,
    pub(crate) number: u64,
}

/// How many keys of a kind there are: few, so that branches meet.
pub(crate) const NUMBERS: u64 = 16;

/// A program.
#[derive(Debug, Clone)]
pub(crate) enum Tree {
    /// One load of many keys, all of one kind, with duplicates.
    Load(Vec<Key>),
    /// One after the other.
    Then(Vec<Tree>),
    /// Side by side, by `join_all`.
    Join(Vec<Tree>),
    /// Side by side, by `FuturesUnordered`.
    Unordered(Vec<Tree>),
    /// Side by side, as tasks of the scope that are awaited.
    Spawn(Vec<Tree>),
    /// Side by side, as tasks of the scope that threads of the runtime poll, and that are awaited.
    Elsewhere(Vec<Tree>),
    /// Side by side, as tasks of the runtime that are awaited.
    Outside(Vec<Tree>),
    /// A task that nobody awaits.
    Detach(Box<Tree>),
    /// Until one of both is done; the other is dropped.
    Race(Box<Tree>, Box<Tree>),
    /// Polled once and dropped.
    Abandon(Box<Tree>),
    /// A load that is dropped once its key is on its way.
    InFlight(Key),
    /// Not ready at once.
    Yield,
}

/// What the trees of a test may consist of.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) kinds: std::ops::Range<usize>,
    /// The first kind that belongs to a source: what it has sent can be seen, so that a load can be dropped then.
    pub(crate) sources_from: usize,
    /// Whether tasks of the runtime take part.
    pub(crate) outside: bool,
    /// Whether tasks of the scope are polled by threads of the runtime, too.
    pub(crate) elsewhere: bool,
}

impl Shape {
    /// The tree of a seed.
    pub(crate) fn tree(&self, random: &mut Rng) -> Tree {
        let depth = random.usize(2..6);
        Tree::Then((0..random.usize(1..4)).map(|_| self.grow(random, depth, true)).collect())
    }

    /// Without tasks in what may be dropped: whether a task was spawned before the drop is a matter of who is polled
    /// first, so that its loads may be made or not.
    fn grow(&self, random: &mut Rng, depth: usize, tasks: bool) -> Tree {
        if depth == 0 {
            return self.leaf(random);
        }
        let below = |random: &mut Rng, tasks| Box::new(self.grow(random, depth - 1, tasks));
        let some = |random: &mut Rng| {
            let width = if random.u8(..40) == 0 { random.usize(30..50) } else { random.usize(1..4) };
            let depth = if width > 4 { depth.min(2) - 1 } else { depth - 1 };
            (0..width).map(|_| self.grow(random, depth, tasks)).collect()
        };
        match random.u8(..20) {
            0..5 => Tree::Then(some(random)),
            5..8 => Tree::Join(some(random)),
            8..11 => Tree::Unordered(some(random)),
            11..13 if tasks && self.elsewhere && random.bool() => Tree::Elsewhere(some(random)),
            11..13 if tasks => Tree::Spawn(some(random)),
            13 if tasks && self.outside => Tree::Outside(some(random)),
            14 if tasks => Tree::Detach(below(random, true)),
            15..17 => Tree::Race(below(random, false), below(random, false)),
            17 => Tree::Abandon(below(random, false)),
            _ => self.leaf(random),
        }
    }

    fn leaf(&self, random: &mut Rng) -> Tree {
        let kind = random.usize(self.kinds.clone());
        match random.u8(..8) {
            0 => Tree::Yield,
            1 if self.sources_from < self.kinds.end => {
                let kind = random.usize(self.sources_from.max(self.kinds.start)..self.kinds.end);
                Tree::InFlight(Key { kind, number: random.u64(..NUMBERS) })
            }
            _ => {
                let keys = random.usize(1..4);
                Tree::Load((0..keys).map(|_| Key { kind, number: random.u64(..NUMBERS) }).collect())
            }
        }
    }
}

impl Tree {
    /// What it comes to, each load being answered by itself: the order of everything is of no account.
    pub(crate) fn value(&self, of: &impl Fn(Key) -> u64) -> u64 {
        match self {
            Self::Load(keys) => in_order(keys.iter().map(|key| of(*key))),
            Self::Then(trees)
            | Self::Join(trees)
            | Self::Spawn(trees)
            | Self::Elsewhere(trees)
            | Self::Outside(trees) => in_order(trees.iter().map(|tree| tree.value(of))),
            Self::Unordered(trees) => in_any_order(trees.iter().map(|tree| tree.value(of))),
            Self::Detach(_) | Self::Race(..) | Self::Abandon(_) | Self::InFlight(_) | Self::Yield => 0,
        }
    }
}

pub(crate) fn in_order(values: impl IntoIterator<Item = u64>) -> u64 {
    values.into_iter().fold(1, |all, value| all.wrapping_mul(31).wrapping_add(value))
}

pub(crate) fn in_any_order(values: impl IntoIterator<Item = u64>) -> u64 {
    values.into_iter().fold(1, u64::wrapping_add)
}
