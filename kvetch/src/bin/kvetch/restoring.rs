//! Putting nodes and stored edges into a store just as they were.

use kvetch::{EdgeToRestore, Error, Kvetch, Node};

use crate::failure::Failure;
use crate::output::Output;
use crate::tally::{REFUSALS_SHOWN, Tally};

/// Nodes, or edges, that are put at a time.
pub(crate) const BATCH: usize = 256;

/// How often a node is put whose unique value is being claimed. Each time the store tries for five seconds, and takes
/// a claim for abandoned after ten.
const ATTEMPTS: u32 = 4;

/// Where something comes from: the number of its line, if it has one. Else its own id says enough.
pub(crate) type Line = Option<u64>;

/// What is to be put together.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) nodes: Vec<(Line, Node)>,
    pub(crate) edges: Vec<(Line, EdgeToRestore)>,
}

impl Batch {
    pub(crate) fn is_full(&self) -> bool {
        self.nodes.len() >= BATCH || self.edges.len() >= BATCH
    }
}

/// The store that is filled, and what became of what was put so far.
pub(crate) struct Restoring<'a> {
    pub(crate) store: &'a Kvetch,
    /// What is put, for complaints.
    pub(crate) name: String,
    pub(crate) output: &'a Output,
    pub(crate) tally: Tally,
}

impl<'a> Restoring<'a> {
    pub(crate) fn into(store: &'a Kvetch, name: String, output: &'a Output) -> Self {
        Self { store, name, output, tally: Tally::default() }
    }

    /// Puts a batch: nodes first, because edges need them.
    pub(crate) async fn put(&mut self, batch: Batch) -> Result<(), Failure> {
        let Batch { nodes, edges } = batch;
        self.tally.seen.nodes += nodes.len() as u64;
        self.tally.seen.edges += edges.len() as u64;
        self.put_nodes(nodes).await?;
        let (lines, edges): (Vec<Line>, Vec<EdgeToRestore>) = edges.into_iter().unzip();
        for (line, restored) in lines.into_iter().zip(self.store.restore_edges(edges).await) {
            match restored {
                Ok(restored) => self.tally.edges.add(restored),
                // Where others write meanwhile, an edge may come with a node that was passed before it was there.
                // Readers would not show it.
                Err(Error::NotFound { .. }) => self.tally.without_end += 1,
                Err(error) => self.refuse(line, &error)?,
            }
        }
        Ok(())
    }

    /// Puts nodes. The claims of a run that was killed stand in the way of their own nodes until they are old enough
    /// to be taken for abandoned.
    async fn put_nodes(&mut self, mut nodes: Vec<(Line, Node)>) -> Result<(), Failure> {
        for attempt in 1..=ATTEMPTS {
            let restored = self.store.restore(nodes.iter().map(|(_, node)| node.clone()).collect()).await;
            let mut again = Vec::new();
            for ((line, node), restored) in nodes.into_iter().zip(restored) {
                match restored {
                    Ok(restored) => self.tally.nodes.add(restored),
                    Err(Error::ClaimPending { .. }) if attempt < ATTEMPTS => again.push((line, node)),
                    Err(error) => self.refuse(line, &error)?,
                }
            }
            nodes = again;
        }
        Ok(())
    }

    /// Notes what the store refuses. What would befall everything after it ends the work.
    fn refuse(&mut self, line: Line, error: &Error) -> Result<(), Failure> {
        let place = line.map_or_else(|| self.name.clone(), |line| format!("{}:{line}", self.name));
        if matches!(error, Error::Engine { .. } | Error::Unavailable { .. }) {
            return Err(Failure::from(error.clone()).of(place));
        }
        let message = match error {
            Error::Exists { node } => format!("node {node} is there already in another state, and was left as it is"),
            Error::Gone { node } => format!("node {node} was deleted in this store, which gives no id out again"),
            error => error.to_string(),
        };
        if self.tally.refused < REFUSALS_SHOWN {
            self.output.note(format_args!("{place}: {message}"));
        }
        self.tally.refuse(line, error.code(), &message);
        Ok(())
    }
}
