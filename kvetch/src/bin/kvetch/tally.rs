//! What became of what was put into a store.

use kvetch::Restored;
use serde_json::{Value as Json, json};

use crate::failure::Failure;
use crate::output::grouped;
use crate::restoring::Line;
use crate::transfer::Totals;

/// What was refused and is named one by one; more is counted.
pub(crate) const REFUSALS_SHOWN: u64 = 100;

/// What became of everything so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// What was to be put.
    pub(crate) seen: Totals,
    pub(crate) nodes: Put,
    pub(crate) edges: Put,
    /// Edges that were left out because a node of theirs is not there.
    pub(crate) without_end: u64,
    pub(crate) refused: u64,
    refusals: Vec<Json>,
    /// What could not be read where it comes from.
    pub(crate) unreadable: u64,
}

/// What became of nodes, or of edges.
#[derive(Debug, Default)]
pub(crate) struct Put {
    put: u64,
    already: u64,
    pending: u64,
}

impl Put {
    pub(crate) fn add(&mut self, restored: Restored) {
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
    pub(crate) fn refuse(&mut self, line: Line, code: &str, message: &str) {
        if self.refused < REFUSALS_SHOWN {
            let mut refusal = json!({"code": code, "message": message});
            if let Some(line) = line {
                refusal["line"] = line.into();
            }
            self.refusals.push(refusal);
        }
        self.refused += 1;
    }

    /// The failure, with what is in the store all the same.
    pub(crate) fn add_to(&self, failure: Failure) -> Failure {
        if failure.is_unread() {
            return failure;
        }
        let put = self.put();
        Failure {
            message: format!("{}; before it: {put}; once that is mended, the same command goes on", failure.message),
            ..failure
        }
    }

    /// Whether all of it is in the store now.
    pub(crate) fn is_whole(&self) -> bool {
        self.refused == 0 && self.unreadable == 0
    }

    /// Whether rows are still on their way to other shards.
    pub(crate) fn is_pending(&self) -> bool {
        self.nodes.pending > 0
    }

    pub(crate) fn text(&self, done: &str) -> String {
        let mut text = format!("{done}: {}\n", self.put());
        for (count, what) in [
            (self.without_end, "stored edges were left out, because a node of theirs is not there"),
            (self.nodes.pending, "nodes have rows on other shards that are still to follow"),
            (self.refused, "were refused"),
            (self.unreadable, "could not be read where they come from, and are not in it"),
        ] {
            if count > 0 {
                text += &format!("{} {what}\n", grouped(count));
            }
        }
        text
    }

    pub(crate) fn json(&self) -> Json {
        json!({
            "nodes": self.nodes.json(),
            "edges": self.edges.json(),
            "edgesWithoutEnd": self.without_end,
            "refused": self.refused,
            "refusals": self.refusals,
            "unreadable": self.unreadable,
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
