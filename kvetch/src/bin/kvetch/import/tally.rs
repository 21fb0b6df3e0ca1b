//! What became of the lines of an import.

use kvetch::Restored;
use serde_json::{Value as Json, json};

use crate::failure::Failure;
use crate::output::grouped;
use crate::transfer::Totals;

/// Lines that were refused and are named one by one; more are counted.
pub(super) const REFUSALS_SHOWN: u64 = 100;

/// What became of the lines so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) lines: Totals,
    pub(super) nodes: Put,
    pub(super) edges: Put,
    /// Edges that were left out because a node of theirs is not there.
    pub(super) without_end: u64,
    pub(super) refused: u64,
    refusals: Vec<Json>,
    /// What the export itself says it lacks.
    pub(super) not_exported: u64,
}

/// What became of nodes, or of edges.
#[derive(Debug, Default)]
pub(super) struct Put {
    put: u64,
    already: u64,
    pending: u64,
}

impl Put {
    pub(super) fn add(&mut self, restored: Restored) {
        match restored {
            Restored::Put { pending } => {
                self.put += 1;
                self.pending += u64::from(pending > 0);
            }
            Restored::Already => self.already += 1,
        }
    }

    fn json(&self) -> Json {
        json!({"put": self.put, "already": self.already, "pending": self.pending})
    }
}

impl Tally {
    pub(super) fn refuse(&mut self, line: u64, code: &str, message: &str) {
        if self.refused < REFUSALS_SHOWN {
            self.refusals.push(json!({"line": line, "code": code, "message": message}));
        }
        self.refused += 1;
    }

    /// The failure, with what is in the store all the same.
    pub(super) fn add_to(&self, failure: Failure) -> Failure {
        if failure.is_unread() {
            return failure;
        }
        let put = self.put();
        Failure {
            message: format!("{}; before it: {put}; once that is mended, the same command goes on", failure.message),
            ..failure
        }
    }

    pub(super) fn text(&self, name: &str) -> String {
        let mut text = format!("imported {name}: {}\n", self.put());
        for (count, what) in [
            (self.without_end, "stored edges were left out, because a node of theirs is not there"),
            (self.nodes.pending, "nodes have rows on other shards that are still to follow"),
            (self.refused, "lines were refused"),
            (self.not_exported, "could not be read when it was exported, and are not in it"),
        ] {
            if count > 0 {
                text += &format!("{} {what}\n", grouped(count));
            }
        }
        text
    }

    pub(super) fn json(&self) -> Json {
        json!({
            "nodes": self.nodes.json(),
            "edges": self.edges.json(),
            "edgesWithoutEnd": self.without_end,
            "refused": self.refused,
            "refusals": self.refusals,
            "notExported": self.not_exported,
        })
    }

    fn put(&self) -> String {
        format!(
            "put {} nodes and {} stored edges, {} and {} were there already",
            grouped(self.nodes.put),
            grouped(self.edges.put),
            grouped(self.nodes.already),
            grouped(self.edges.already)
        )
    }
}
