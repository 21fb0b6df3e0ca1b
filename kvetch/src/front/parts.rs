//! A batch of keys cut into the parts that are asked of one shard at once, and put together again.

use crate::error::{Error, Result};
use crate::shard_map::ShardIdx;

/// The keys of one statement.
#[derive(Debug)]
pub(super) struct Part<K> {
    pub(super) shard: ShardIdx,
    pub(super) keys: Vec<K>,
    positions: Vec<usize>,
}

impl<K> Part<K> {
    /// The places of its keys in the batch.
    pub(super) fn positions(&self) -> impl Iterator<Item = usize> {
        self.positions.iter().copied()
    }
}

/// Cuts a batch by shard, and that by the number of keys a statement of the shard takes.
pub(super) fn split<K>(
    keys: impl IntoIterator<Item = (usize, K)>,
    shards: usize,
    shard_of: impl Fn(&K) -> ShardIdx,
    keys_per_statement: impl Fn(ShardIdx) -> usize,
) -> Vec<Part<K>> {
    let mut parts: Vec<Part<K>> = Vec::new();
    // The part of each shard that still takes keys.
    let mut open: Vec<Option<usize>> = vec![None; shards];
    for (position, key) in keys {
        let shard = shard_of(&key);
        let full = |part: &Part<K>| part.keys.len() >= keys_per_statement(shard).max(1);
        let place = match open[shard.get()] {
            Some(place) if !full(&parts[place]) => place,
            _ => {
                parts.push(Part { shard, keys: Vec::new(), positions: Vec::new() });
                open[shard.get()] = Some(parts.len() - 1);
                parts.len() - 1
            }
        };
        parts[place].keys.push(key);
        parts[place].positions.push(position);
    }
    parts
}

/// Puts answers into their places. An engine that answers with the wrong number of results fails its part.
pub(super) fn gather<K, T>(parts: Vec<Part<K>>, answers: Vec<Vec<Result<T>>>, into: &mut [Option<Result<T>>]) {
    for (part, answer) in parts.into_iter().zip(answers) {
        let complete = answer.len() == part.positions.len();
        let mut answer = answer.into_iter();
        for position in part.positions {
            into[position] = Some(match answer.next() {
                Some(result) if complete => result,
                _ => Err(Error::Engine { reason: "the shard did not answer every key".into() }),
            });
        }
    }
}

/// The results, once every key has one.
pub(super) fn complete<T>(results: Vec<Option<Result<T>>>) -> Vec<Result<T>> {
    results.into_iter().map(|result| result.expect("every key is in one part")).collect()
}
