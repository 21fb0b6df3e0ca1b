//! What rows cost, out of a store: against typed structs, and with how many there are.

use std::hint::black_box;
use std::time::Instant;

use serde_json::Value;

use super::data;
use super::stored::{ITEMS, Stored};
use crate::contest::{Contender, Effort, Timing, agree, time};
use crate::figure::{Bound, Figure};
use crate::memory::{forget_peak, peak_mib, resident_mib};

/// At most this many times what serde_json takes to write as many typed structs.
const OF_SERDE: f64 = 4.0;
/// Lists in the largest response: a million items.
const LISTS: usize = 100;
const LISTS_IF_QUICK: usize = 4;
/// At most this many times what an item costs among ten thousand, beside typed structs: linear, but for what a processor
/// keeps near.
const LINEAR: f64 = 1.5;
const ROUNDS: usize = 3;

pub(super) fn run(effort: Effort) -> Vec<Figure> {
    let directory = std::env::temp_dir().join(format!("pent-bench-{}", std::process::id()));
    let lists = if effort.is_quick() { LISTS_IF_QUICK } else { LISTS };
    let stored = Stored::with_lists(&directory, lists);
    let mut figures = against_typed_structs(&stored, effort);
    figures.extend(growing(&stored, lists));
    stored.close();
    if let Err(error) = std::fs::remove_dir_all(&directory) {
        eprintln!("could not remove {}: {error}", directory.display());
    }
    figures
}

fn against_typed_structs(stored: &Stored, effort: Effort) -> Vec<Figure> {
    let mut contenders = [
        Contender {
            name: "serde_json",
            answer: Box::new(|| data::serialised("{ items { id name done rank score } }")),
        },
        Contender { name: "pent", answer: Box::new(|| stored.answer(1)) },
    ];
    agree(&mut contenders, |body| items(&body));
    let timings = time(&mut contenders, effort);
    let [serde, pent] = &timings[..] else { unreachable!("two contenders") };
    let figure = |timing: &Timing| {
        Figure::of(format!("10,000 x 5 stored: {}", timing.name), "us", timing.rounds.clone(), Bound::None)
    };
    let ratio =
        Figure::of("10,000 x 5 stored: pent / serde_json".into(), "x", pent.over(serde), Bound::AtMost(OF_SERDE));
    vec![figure(serde), figure(pent), ratio]
}

/// The items of a response, wherever they stand in it. Those that were made in the same microsecond have no order that
/// could be told beforehand.
fn items(body: &[u8]) -> Vec<Value> {
    let response: Value = serde_json::from_slice(body).expect("a response is JSON");
    let data = &response["data"];
    let items = data["items"].as_array().or_else(|| data["lists"][0]["items"].as_array());
    let mut items = items.expect("there are items").clone();
    items.sort_by_key(|item| item["rank"].as_i64());
    items
}

/// What a row costs in ever larger responses, beside typed structs of which there are as many: what a processor does not
/// keep near takes longer, whoever reads it.
fn growing(stored: &Stored, lists: usize) -> Vec<Figure> {
    let mut figures = Vec::new();
    let mut smallest = Vec::new();
    let sizes = [1, lists.div_ceil(10), lists];
    for size in sizes {
        let rows = size * ITEMS;
        let typed = data::items(rows);
        drop(black_box(stored.answer(size)));
        forget_peak();
        let before = resident_mib();
        let (mut times, mut growth) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let pent = micros_a_row(rows, || stored.answer(size));
            let serde = micros_a_row(rows, || data::serialised_items(&typed));
            times.push(pent);
            growth.push(pent / serde);
        }
        let bytes = (peak_mib() - before) * f64::from(1 << 20) / rows as f64;
        figures.push(Figure::of(format!("{rows} rows: time"), "us a row", times, Bound::None));
        figures.push(Figure::of(format!("{rows} rows: memory"), "bytes a row", vec![bytes], Bound::None));
        if size == 1 {
            smallest.clone_from(&growth);
        }
        let ratio = growth.iter().zip(&smallest).map(|(ratio, smallest)| ratio / smallest).collect();
        figures.push(Figure::of(format!("{rows} rows: pent / serde_json"), "x", growth, Bound::None));
        if size > 1 {
            let name = format!("{rows} rows / {ITEMS}: pent / serde_json");
            figures.push(Figure::of(name, "x", ratio, Bound::AtMost(LINEAR)));
        }
    }
    figures
}

fn micros_a_row(rows: usize, answer: impl FnOnce() -> Vec<u8>) -> f64 {
    let begun = Instant::now();
    drop(black_box(answer()));
    begun.elapsed().as_secs_f64() * 1e6 / rows as f64
}
