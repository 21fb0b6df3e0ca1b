//! What a user's crate takes to build: the module that grapple generates for entities with all of create, read, update
//! and delete, and a server for it, against the same structs without GraphQL.
//!
//! Both crates are a library and a program with the same dependencies, which are built before; a build is one of
//! `cargo build` in the development profile, linking included. What the plain one has is told at [`entities::plain`].

use std::path::Path;

use super::crates::{Build, Crates};
use super::entities::{self, GENERATED_CUSTOM, PLAIN_CUSTOM, SERDE, generated, generated_custom, plain, plain_custom};
use crate::contest::Effort;
use crate::figure::{Bound, Figure};

/// The generated crate's build over that of the plain structs.
const OVER_PLAIN: f64 = 2.0;

/// The same after one function written by hand was changed.
const REBUILD_OVER_PLAIN: f64 = 1.5;

/// How much more than in proportion a larger crate may take.
const OVER_PROPORTION: f64 = 1.15;

/// How often the library is compiled after a change, at most. The function is in it, so that it is at least once.
const COMPILED: f64 = 1.0;

/// Entities of the small crates and of the large one.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    small: usize,
    large: usize,
}

/// A round builds four crates anew, which takes minutes: few of them have to do.
const ROUNDS: usize = 3;

/// Rebuilds, of which there may be more.
const REBUILDS: usize = 7;

/// Names of the crates.
const GENERATED: &str = "generated";
const LARGE: &str = "generated_large";
const PLAIN: &str = "plain";
const BARE: &str = "bare";

/// Runs all of it.
pub(crate) fn figures(effort: Effort) -> Vec<Figure> {
    let (sizes, rounds, rebuilds) = if effort.is_quick() {
        (Sizes { small: 10, large: 50 }, 1, 1)
    } else {
        (Sizes { small: 100, large: 500 }, ROUNDS, REBUILDS)
    };
    let Sizes { small, large } = sizes;
    let crates = Crates::new(&[
        (GENERATED, generated(GENERATED, small)),
        (LARGE, generated(LARGE, large)),
        (PLAIN, plain(PLAIN, small, SERDE)),
        (BARE, plain(BARE, small, "")),
    ]);
    // The dependencies are built with the first.
    crates.build(BARE);
    let mut figures = builds(&crates, sizes, rounds);
    figures.extend(rebuilds_of(&crates, small, rebuilds));
    figures
}

/// The crates built from nothing, in turn.
fn builds(crates: &Crates, Sizes { small, large }: Sizes, rounds: usize) -> Vec<Figure> {
    let anew = |name| crates.build_anew(name).seconds;
    let rounds: Vec<[f64; 4]> = (0..rounds).map(|_| [GENERATED, PLAIN, BARE, LARGE].map(anew)).collect();
    let each = |value: &dyn Fn(&[f64; 4]) -> f64| rounds.iter().map(value).collect::<Vec<_>>();
    let proportion = large as f64 / small as f64;
    vec![
        Figure::of(format!("{small} entities: build"), "s", each(&|round| round[0]), Bound::None),
        Figure::of(
            format!("{small} entities: build / plain structs"),
            "x",
            each(&|round| round[0] / round[1]),
            Bound::AtMost(OVER_PLAIN),
        ),
        Figure::of(
            format!("{small} entities: build / without serde"),
            "x",
            each(&|round| round[0] / round[2]),
            Bound::None,
        ),
        Figure::of(format!("{large} entities: build"), "s", each(&|round| round[3]), Bound::None),
        Figure::of(
            format!("{large} entities / {small}, over {proportion}"),
            "x",
            each(&|round| round[3] / round[0] / proportion),
            Bound::AtMost(OVER_PROPORTION),
        ),
    ]
}

/// One function changed in each of both crates, in turn.
fn rebuilds_of(crates: &Crates, entities: usize, rounds: usize) -> Vec<Figure> {
    let files = entities::generated(GENERATED, entities);
    let custom = files.iter().find(|(path, _)| *path == GENERATED_CUSTOM).map(|(_, text)| text);
    let custom = custom.expect("it has fields written by hand");
    // The first change is for what a first incremental build does once.
    let rounds: Vec<[Build; 2]> = (0..=rounds)
        .map(|round| {
            let change = round + 1;
            crates.write(&Path::new(GENERATED).join(GENERATED_CUSTOM), &generated_custom(custom, change));
            crates.write(&Path::new(PLAIN).join(PLAIN_CUSTOM), &plain_custom(change));
            [crates.build(GENERATED), crates.build(PLAIN)]
        })
        .skip(1)
        .collect();
    let each = |value: &dyn Fn(&[Build; 2]) -> f64| rounds.iter().map(value).collect::<Vec<_>>();
    vec![
        Figure::of("one function changed: build".to_owned(), "s", each(&|round| round[0].seconds), Bound::None),
        Figure::of(
            "one function changed: / plain structs".to_owned(),
            "x",
            each(&|round| round[0].seconds / round[1].seconds),
            Bound::AtMost(REBUILD_OVER_PLAIN),
        ),
        Figure::of(
            "one function changed: library compiled".to_owned(),
            "",
            each(&|round| round[0].compiled as f64),
            Bound::AtMost(COMPILED),
        ),
    ]
}
