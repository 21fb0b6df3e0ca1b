//! What a tree has to cost, found without futures: everything goes as far as it can with what is known; then all that
//! is wanted becomes known, which is a round.

use std::collections::BTreeSet;

use crate::tree::{Key, Tree};

/// The keys of each round.
pub(crate) fn rounds(tree: &Tree) -> Vec<BTreeSet<Key>> {
    let mut oracle = Oracle { known: BTreeSet::new(), tasks: Vec::new() };
    let mut root = oracle.begin(tree);
    let mut rounds = Vec::new();
    loop {
        oracle.settle(&mut root);
        if matches!(root, State::Done) {
            return rounds;
        }
        let mut wanted = BTreeSet::new();
        oracle.wanted(&root, &mut wanted);
        oracle.tasks.iter().for_each(|task| oracle.wanted(task, &mut wanted));
        assert!(!wanted.is_empty(), "what is not done wants something");
        oracle.known.extend(&wanted);
        rounds.push(wanted);
    }
}

struct Oracle<'t> {
    known: BTreeSet<Key>,
    tasks: Vec<State<'t>>,
}

/// How far a tree has come.
enum State<'t> {
    Wants(&'t [Key]),
    Then(Box<State<'t>>, &'t [Tree]),
    All(Vec<State<'t>>),
    Any(Box<[State<'t>; 2]>),
    /// Waits for a task.
    Task(usize),
    Done,
}

impl<'t> Oracle<'t> {
    fn begin(&mut self, tree: &'t Tree) -> State<'t> {
        match tree {
            Tree::Load(keys) => State::Wants(keys),
            Tree::InFlight(key) => State::Wants(std::slice::from_ref(key)),
            Tree::Then(trees) => State::Then(Box::new(State::Done), trees),
            Tree::Join(trees) | Tree::Unordered(trees) => {
                State::All(trees.iter().map(|tree| self.begin(tree)).collect())
            }
            Tree::Spawn(trees) | Tree::Elsewhere(trees) | Tree::Outside(trees) => {
                State::All(trees.iter().map(|tree| self.spawn(tree)).collect())
            }
            Tree::Detach(tree) => {
                self.spawn(tree);
                State::Done
            }
            Tree::Race(one, other) => State::Any(Box::new([self.begin(one), self.begin(other)])),
            Tree::Abandon(_) | Tree::Yield => State::Done,
        }
    }

    fn spawn(&mut self, tree: &'t Tree) -> State<'t> {
        let task = self.begin(tree);
        self.tasks.push(task);
        State::Task(self.tasks.len() - 1)
    }

    /// Lets everything go as far as it can.
    fn settle(&mut self, root: &mut State<'t>) {
        loop {
            let before = self.progress();
            self.advance(root);
            let mut number = 0;
            while number < self.tasks.len() {
                let mut task = std::mem::replace(&mut self.tasks[number], State::Task(number));
                self.advance(&mut task);
                self.tasks[number] = task;
                number += 1;
            }
            if self.progress() == before {
                return;
            }
        }
    }

    /// Changes when a task begins or ends, which others may have waited for.
    fn progress(&self) -> (usize, usize) {
        (self.tasks.len(), self.tasks.iter().filter(|task| matches!(task, State::Done)).count())
    }

    fn advance(&mut self, state: &mut State<'t>) {
        let done = match state {
            State::Wants(keys) => keys.iter().all(|key| self.known.contains(key)),
            State::Then(now, rest) => loop {
                self.advance(now);
                if !matches!(**now, State::Done) {
                    break false;
                }
                let Some((next, after)) = rest.split_first() else { break true };
                (**now, *rest) = (self.begin(next), after);
            },
            State::All(all) => {
                all.iter_mut().for_each(|state| self.advance(state));
                all.iter().all(|state| matches!(state, State::Done))
            }
            State::Any(both) => {
                both.iter_mut().for_each(|state| self.advance(state));
                both.iter().any(|state| matches!(state, State::Done))
            }
            State::Task(number) => matches!(self.tasks[*number], State::Done),
            State::Done => true,
        };
        if done {
            *state = State::Done;
        }
    }

    fn wanted(&self, state: &State<'t>, wanted: &mut BTreeSet<Key>) {
        match state {
            State::Wants(keys) => wanted.extend(keys.iter().filter(|key| !self.known.contains(key))),
            State::Then(now, _) => self.wanted(now, wanted),
            State::All(all) => all.iter().for_each(|state| self.wanted(state, wanted)),
            State::Any(both) => both.iter().for_each(|state| self.wanted(state, wanted)),
            State::Task(_) | State::Done => {}
        }
    }
}
