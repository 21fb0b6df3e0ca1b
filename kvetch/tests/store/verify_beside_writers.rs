//! Comparing and mending a store that others write to.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kvetch::{Change, Create, Delete, DriftClass, Kvetch, Props, PutEdge, Report, Update, Value};

use crate::fixture::*;
use crate::verify::{classes, on_filled, put_edge, repaired, verified};

/// What was found, without stored edges to a node that was deleted while they were put: these are
/// the one thing that writers leave to a repair.
fn but_for_lost_ends(report: &Report) -> BTreeMap<DriftClass, u64> {
    let mut classes = classes(report);
    classes.remove(&DriftClass::HalfDangling);
    classes
}

async fn write_at_random(store: Kvetch, seed: u64, rounds: u64) {
    for round in 0..rounds {
        let roll = |salt: u64| (seed * 7919 + round * 104_729 + salt * 31).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        let (list, owner) = (spread(100 + roll(1) % 60), spread(roll(2) % 6));
        let props = Props::from([("ownerId", Value::Id(owner)), ("rank", Value::Int((roll(3) % 5) as i64))]);
        let name = Props::from([("username", format!("name{}", roll(6) % 8))]);
        // Whatever the answer: many are refused.
        match roll(4) % 8 {
            0 | 1 => drop(store.create(Create { id: Some(list), ..Create::new(LIST, props) }).await),
            2 | 3 => drop(store.update(Update::new(LIST, list, props)).await),
            4 => drop(store.put_edge(PutEdge::new(FOLLOWS, owner, spread(roll(5) % 6))).await),
            5 => drop(store.update(Update::new(USER, owner, name)).await),
            6 => drop(store.put_edge(PutEdge::new(LIKES, owner, list)).await),
            _ => drop(store.delete(Delete::new(LIST, list)).await),
        }
    }
}

#[test]
fn comparing_and_mending_beside_writers_finds_and_breaks_nothing() {
    on_filled(async |filled| {
        let written = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (1..7)
            .map(|seed| {
                let (store, written) = (filled.store.clone(), written.clone());
                tokio::spawn(async move {
                    let mut turn = 0;
                    while !written.load(Ordering::Relaxed) {
                        turn += 1;
                        write_at_random(store.clone(), seed + 100 * turn, 10).await;
                    }
                })
            })
            .collect();
        for turn in 0..8 {
            let report = if turn % 2 == 0 { verified(&filled.store).await } else { repaired(&filled.store).await };
            let unseen = (report.unseen.len(), report.unreadable.len());
            assert_eq!((but_for_lost_ends(&report), unseen), (BTreeMap::new(), (0, 0)), "{report:?}");
        }
        written.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.await.expect("no writer panics");
        }
        filled.quiet().await;
        assert_eq!(but_for_lost_ends(&repaired(&filled.store).await), BTreeMap::new());
        filled.expect(&[]).await;
    });
}

#[test]
fn any_sequence_of_writes_leaves_a_store_in_step() {
    on_filled(async |filled| {
        for seed in 1..6 {
            write_at_random(filled.store.clone(), seed * 1000, 60).await;
            filled.quiet().await;
            let report = verified(&filled.store).await;
            assert!(report.is_clean() && report.pending == 0, "{report:?}");
        }
        filled.expect(&[]).await;
    });
}

/// Mending races with writes to the same nodes: they may be refused, and nothing may be lost.
#[test]
fn drift_is_mended_while_others_write_to_the_same_nodes() {
    on_filled(async |filled| {
        let writers: Vec<_> =
            (1..5).map(|seed| tokio::spawn(write_at_random(filled.store.clone(), seed, 80))).collect();
        for turn in 0..8u64 {
            let (owner, list) = (spread(turn % 6), spread(100 + turn));
            filled.stray(filled.home(owner), put_edge(LISTS, owner, spread(800 + turn), 3)).await;
            filled.stray(filled.home(owner), Change::RemoveEdge { edge: RANKED, from: owner, to: list }).await;
            repaired(&filled.store).await;
        }
        for writer in writers {
            writer.await.expect("no writer panics");
        }
        filled.quiet().await;
        repaired(&filled.store).await;
        filled.expect(&[]).await;
    });
}
