//! Nodes by id. Both sides take every column of each row apart; Kvetch also checks the body, and answers in order.

use std::cell::RefCell;
use std::hint::black_box;

use kvetch::{Answer, NodeId, Read};

use super::bare::{Bare, in_list};
use super::compared::compare;
use super::filled::Filled;
use crate::contest::{Contender, Effort};
use crate::figure::Figure;

/// How many ids one request asks for.
const SIZES: [usize; 4] = [1, 10, 100, 1_000];

/// The columns of a node.
type NodeRow = (Vec<u8>, u32, u64, i64, i64, Vec<u8>);

pub(super) fn run(filled: &Filled, effort: Effort) -> Vec<Figure> {
    let bare = RefCell::new(Bare::connect(&filled.runtime, &filled.url(), 4));
    let by_hand = |ids: Vec<NodeId>, per_statement: usize| {
        let queries = ids.chunks(per_statement).map(in_list).collect();
        let rows: Vec<NodeRow> = filled.runtime.block_on(bare.borrow_mut().rows(queries));
        black_box(rows).len()
    };
    let mut figures = Vec::new();
    for size in SIZES {
        let mut keys = [(); 3].map(|()| Keys::of(&filled.nodes));
        let [one, two, three] = &mut keys;
        let mut contenders = vec![
            Contender { name: "kvetch", answer: Box::new(|| nodes(filled, one.next(size))) },
            Contender { name: "one list", answer: Box::new(|| by_hand(two.next(size), size)) },
        ];
        if size > 100 {
            let answer = Box::new(|| by_hand(three.next(size), size / 4));
            contenders.push(Contender { name: "4 lists at once", answer });
        }
        figures.extend(compare(&format!("get {size}"), contenders, effort));
    }
    bare.into_inner().close(&filled.runtime);
    figures
}

/// Keys to ask for, all different, the same sequence for each contender.
struct Keys<'a> {
    all: &'a [NodeId],
    random: fastrand::Rng,
}

impl<'a> Keys<'a> {
    fn of(all: &'a [NodeId]) -> Self {
        Self { all, random: fastrand::Rng::with_seed(11) }
    }

    fn next(&mut self, size: usize) -> Vec<NodeId> {
        let step = self.all.len() / size;
        (0..size).map(|part| self.all[part * step + self.random.usize(..step)]).collect()
    }
}

fn nodes(filled: &Filled, ids: Vec<NodeId>) -> usize {
    let round = filled.runtime.block_on(filled.kvetch.round(vec![Read::Nodes { ids }]));
    match &round.answers[..] {
        [Answer::Nodes(nodes)] => nodes.iter().filter(|node| matches!(node, Ok(Some(_)))).count(),
        other => panic!("{other:?}"),
    }
}
