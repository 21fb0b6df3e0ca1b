//! Damage to derived rows, done to the files: what a crash leaves is found among worse.

use std::path::Path;

use crate::dice::Dice;
use crate::tables::{Tables, change, read};

/// Kinds of damage. What is canonical stays: nodes, and the halves of stored edges that lie with their sources.
const DAMAGES: [&str; 8] = [
    "DELETE FROM kvetch_edges WHERE edge NOT IN (6, 8) AND (edge, from_id, to_id) IN
         (SELECT edge, from_id, to_id FROM kvetch_edges WHERE edge NOT IN (6, 8) ORDER BY to_id, edge LIMIT 1 OFFSET ?)",
    "UPDATE kvetch_edges SET sort_key = sort_key + 77 WHERE (edge, from_id, to_id) IN
         (SELECT edge, from_id, to_id FROM kvetch_edges WHERE edge NOT IN (6, 8) ORDER BY to_id, edge LIMIT 1 OFFSET ?)",
    "UPDATE kvetch_counts SET count = count + 3 WHERE (edge, from_id) IN
         (SELECT edge, from_id FROM kvetch_counts ORDER BY from_id, edge LIMIT 1 OFFSET ?)",
    "DELETE FROM kvetch_counts WHERE (edge, from_id) IN
         (SELECT edge, from_id FROM kvetch_counts ORDER BY from_id, edge LIMIT 1 OFFSET ?)",
    "DELETE FROM kvetch_index WHERE (index_id, value, target) IN
         (SELECT index_id, value, target FROM kvetch_index ORDER BY target, index_id LIMIT 1 OFFSET ?)",
    "INSERT OR IGNORE INTO kvetch_index
         SELECT index_id, value, x'00000000000080008000000000000001' FROM kvetch_index
         WHERE index_id IN (1, 2) ORDER BY target LIMIT 1 OFFSET ?",
    "INSERT OR IGNORE INTO kvetch_edges
         SELECT edge, from_id, 5, x'00000000000080008000000000000002', NULL FROM kvetch_edges
         WHERE edge NOT IN (6, 8) ORDER BY to_id, edge LIMIT 1 OFFSET ?",
    "DELETE FROM kvetch_claims WHERE nonce IS NULL AND (index_id, value) IN
         (SELECT index_id, value FROM kvetch_claims WHERE nonce IS NULL ORDER BY value LIMIT 1 OFFSET ?)",
];

/// Does a few of them to each shard, as the seed says. The first count is always wrong afterwards.
pub(crate) fn damage(directory: &Path, shards: usize, seed: u64) {
    let mut dice = Dice(seed ^ 0xdead);
    for shard in 0..shards {
        for _ in 0..3 {
            let kind = DAMAGES[dice.roll(DAMAGES.len() as u64) as usize];
            change(directory, [shard], &kind.replace('?', &dice.roll(6).to_string()));
        }
    }
    let found = read(directory, shards).expect("the files can be read");
    if let Some(shard) = found.iter().position(|tables: &Tables| !tables.counts.is_empty()) {
        change(directory, [shard], &DAMAGES[2].replace('?', "0"));
    }
}
