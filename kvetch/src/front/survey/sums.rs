//! Sums of rows: what nodes say is added, what is there is taken away, and the same rows come to nothing.

use std::collections::HashMap;

use xxhash_rust::xxh64::xxh64;

use crate::body::Body;
use crate::change::Row;
use crate::limits::{VERIFY_BUCKETS, VERIFY_ROWS_HELD};

use super::look::Suspect;

/// Which of the two sides of the comparison a row is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// What has to be there.
    Said,
    /// What is there.
    There,
}

/// Where rows go: into sums first, and then, of the buckets that differ, into memory.
#[derive(Debug)]
pub(super) enum Sink {
    Sums(Sums),
    Held(Held),
}

#[derive(Debug)]
pub(super) struct Sums(Vec<Bucket>);

#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    sum: u128,
    rows: u32,
}

/// Rows of some buckets that have nothing on the other side.
#[derive(Debug)]
pub(super) struct Held {
    wanted: Vec<bool>,
    rows: HashMap<u128, (Side, Suspect)>,
}

/// What is to be the same of a row on both sides, beside its key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Content<'a> {
    pub(super) sort_key: i64,
    pub(super) props: Option<&'a Body>,
    /// Sets the half of a stored edge whose own end is not there apart from the other, so that
    /// the two never come to nothing.
    pub(super) dead_end: Option<Side>,
}

impl Content<'_> {
    pub(super) const NONE: Self = Self { sort_key: 0, props: None, dead_end: None };

    pub(super) fn at(sort_key: i64) -> Self {
        Self { sort_key, ..Self::NONE }
    }
}

impl Sink {
    /// Whether this is the first reading of a section, which also counts and compares counts.
    pub(super) fn is_first(&self) -> bool {
        matches!(self, Self::Sums(_))
    }

    pub(super) fn take(&mut self, side: Side, row: &Row, content: Content<'_>, suspect: impl FnOnce(Row) -> Suspect) {
        let mut bytes = Vec::with_capacity(128);
        key_into(&mut bytes, row);
        let bucket = (xxh64(&bytes, 2) % VERIFY_BUCKETS as u64) as usize;
        if let Self::Held(held) = &self
            && !held.wanted[bucket]
        {
            return;
        }
        bytes.extend_from_slice(&content.sort_key.to_be_bytes());
        bytes.push(match content.dead_end {
            None => 0,
            Some(Side::Said) => 1,
            Some(Side::There) => 2,
        });
        bytes.extend_from_slice(content.props.map_or(&[], Body::as_cbor));
        let print = u128::from(xxh64(&bytes, 0)) << 64 | u128::from(xxh64(&bytes, 1));
        match self {
            Self::Sums(Sums(buckets)) => {
                let bucket = &mut buckets[bucket];
                bucket.rows = bucket.rows.saturating_add(1);
                bucket.sum = match side {
                    Side::Said => bucket.sum.wrapping_add(print),
                    Side::There => bucket.sum.wrapping_sub(print),
                };
            }
            Self::Held(held) => match held.rows.get(&print) {
                Some((other, _)) if *other != side => drop(held.rows.remove(&print)),
                _ => drop(held.rows.insert(print, (side, suspect(row.clone())))),
            },
        }
    }
}

impl Sums {
    pub(super) fn new() -> Self {
        Self(vec![Bucket::default(); VERIFY_BUCKETS])
    }

    /// The buckets that differ, in groups of no more rows than may be held at once.
    pub(super) fn differing(&self) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut rows = 0;
        for (number, bucket) in self.0.iter().enumerate().filter(|(_, bucket)| bucket.sum != 0) {
            rows += u64::from(bucket.rows);
            match groups.last_mut() {
                Some(group) if rows <= VERIFY_ROWS_HELD => group.push(number),
                _ => {
                    groups.push(vec![number]);
                    rows = u64::from(bucket.rows);
                }
            }
        }
        groups
    }
}

impl Held {
    pub(super) fn new(buckets: Vec<usize>) -> Self {
        let mut wanted = vec![false; VERIFY_BUCKETS];
        for bucket in buckets {
            wanted[bucket] = true;
        }
        Self { wanted, rows: HashMap::new() }
    }

    pub(super) fn into_suspects(self) -> impl Iterator<Item = Suspect> {
        self.rows.into_values().map(|(_, suspect)| suspect)
    }
}

fn key_into(bytes: &mut Vec<u8>, row: &Row) {
    let (kind, number, value, ids) = match row {
        Row::Edge(edge, from, to) => (1, edge.0, None, [Some(from), Some(to)]),
        Row::Entry(index, value, target) => (2, index.0, Some(value), [Some(target), None]),
        Row::Claim(index, value, holder) => (3, index.0, Some(value), [Some(holder), None]),
    };
    bytes.push(kind);
    bytes.extend_from_slice(&number.to_be_bytes());
    for id in ids.into_iter().flatten() {
        bytes.extend_from_slice(id.as_bytes());
    }
    if let Some(value) = value {
        bytes.extend_from_slice(value.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use crate::id::{EdgeType, NodeId};

    use super::*;

    fn row(number: u64) -> Row {
        let id = |number: u64| NodeId::from_bytes(u128::from(number).to_be_bytes());
        Row::Edge(EdgeType(1), id(number % 7), id(number))
    }

    fn take(sink: &mut Sink, side: Side, number: u64, sort_key: i64) {
        sink.take(side, &row(number), Content::at(sort_key), Suspect::Row);
    }

    /// Both sides in different orders, and on one of them a row less and one in another place.
    fn fill(sink: &mut Sink) {
        (0..5000).for_each(|number| take(sink, Side::Said, number, 1));
        (0..5000).rev().filter(|number| *number != 77).for_each(|number| {
            take(sink, Side::There, number, if number == 78 { 2 } else { 1 });
        });
    }

    #[test]
    fn only_rows_that_differ_are_left_over() {
        let mut sums = Sink::Sums(Sums::new());
        fill(&mut sums);
        let Sink::Sums(sums) = sums else { panic!("another sink") };
        let groups = sums.differing();
        assert_eq!((groups.len(), groups[0].len()), (1, 2));
        let mut held = Sink::Held(Held::new(groups[0].clone()));
        fill(&mut held);
        let Sink::Held(held) = held else { panic!("another sink") };
        let mut left: Vec<Suspect> = held.into_suspects().collect();
        left.sort();
        left.dedup();
        let mut expected = [77, 78].map(|number| Suspect::Row(row(number)));
        expected.sort();
        assert_eq!(left, expected);
    }

    #[test]
    fn buckets_that_differ_are_taken_in_groups_that_fit_into_memory() {
        let each = (VERIFY_ROWS_HELD / 4) as u32;
        let mut sums = Sums::new();
        for number in 0..10 {
            sums.0[number * 100] = Bucket { sum: 1, rows: each };
        }
        // One that is too large for any group is taken alone.
        sums.0[5000] = Bucket { sum: 1, rows: each * 9 };
        let sizes: Vec<usize> = sums.differing().iter().map(Vec::len).collect();
        assert_eq!(sizes, [4, 4, 2, 1]);
    }
}
