//! What this process writes, told to whoever listens within it.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::broadcast::{self, error::RecvError};

use crate::change::Touched;
use crate::id::{NodeId, NodeType};
use crate::write::Written;

/// Writes that a listener may be behind. One that is further behind misses the oldest of them, and is told how many.
const FEED_LENGTH: usize = 1024;

/// A write that is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The type of the node that was written.
    pub node_type: NodeType,
    /// The node that was written; for an edge, the one that it leads from.
    pub node: NodeId,
    /// Its version after the write.
    pub version: u64,
    /// What the write may have changed the answer to.
    pub touched: Vec<Touched>,
}

/// What a [`Feed`] tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fed {
    /// A write.
    Commit(Arc<Commit>),
    /// So many writes were not told, because the listener was too far behind. What it knows is to be read again.
    Missed(u64),
}

/// The writes of this process to a store, from the moment that it was asked for: [`Kvetch::feed`](crate::Kvetch::feed).
///
/// A write is told once its derived rows are where readers find them, or at its deadline when a shard is away; a write
/// whose caller has gone is told all the same. Writes to one node may be told in another order than they were made:
/// [`Commit::version`] says which is newer. One that is repeated under its write id is told again. What other processes
/// write, and what is deleted later on behalf of a deletion that could not finish, is not told.
#[derive(Debug)]
pub struct Feed(broadcast::Receiver<Arc<Commit>>);

impl Feed {
    /// The next write, once there is one; `None` after the store is closed and the last write was told.
    pub async fn next(&mut self) -> Option<Fed> {
        match self.0.recv().await {
            Ok(commit) => Some(Fed::Commit(commit)),
            Err(RecvError::Lagged(missed)) => Some(Fed::Missed(missed)),
            Err(RecvError::Closed) => None,
        }
    }
}

/// Whoever tells the listeners.
#[derive(Debug)]
pub(crate) struct Teller(Mutex<Option<broadcast::Sender<Arc<Commit>>>>);

impl Default for Teller {
    fn default() -> Self {
        Self(Mutex::new(Some(broadcast::Sender::new(FEED_LENGTH))))
    }
}

impl Teller {
    /// A listener to what is told from now on.
    pub(crate) fn feed(&self) -> Feed {
        let sender = self.sender();
        // That of a store that is closed has nothing to tell.
        Feed(sender.unwrap_or_else(|| broadcast::Sender::new(1)).subscribe())
    }

    /// Tells a write, if anybody listens.
    pub(crate) fn tell(&self, written: &Written) {
        let Some(sender) = self.sender().filter(|sender| sender.receiver_count() > 0) else { return };
        let node = &written.node;
        let commit = Commit {
            node_type: node.node_type,
            node: node.id,
            version: node.version,
            touched: written.touched.clone(),
        };
        // The last listener may have gone just now.
        let _ = sender.send(Arc::new(commit));
    }

    /// Nothing more will be told.
    pub(crate) fn close(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    fn sender(&self) -> Option<broadcast::Sender<Arc<Commit>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
