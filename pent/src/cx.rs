//! The handle through which code inside a scope loads and writes.

use std::future::Future;
use std::sync::Arc;

use kvetch::{
    Create, Delete, EdgePage, EdgeRead, EdgeType, IdPage, IndexRead, Kvetch, Node, NodeId, NodeType, Update, Value,
    Written,
};

use crate::error::{Error, Result};
use crate::scope::{
    Browses, Counts, Edges, Finds, Load, NodeListing, Nodes, Scope, Shared, Source, SourceLoader, Task,
};

/// The context of a request: cheap to clone, handed to all custom code.
///
/// Loads made through it are batched with all others of the scope; a batch of keys is answered in the order
/// asked, one result per key, with duplicates allowed.
#[derive(Clone)]
pub struct Cx {
    shared: Arc<Shared>,
}

impl Scope {
    /// The handle through which code inside the scope loads and writes.
    pub fn cx(&self) -> Cx {
        Cx { shared: self.shared() }
    }
}

impl Cx {
    /// Nodes by id; `None` for an id that no node has.
    pub async fn nodes(&self, ids: Vec<NodeId>) -> Vec<Result<Option<Arc<Node>>>> {
        Load::new(self.shared.clone(), Nodes, ids).await
    }

    /// A page of edges from each node. What they lead to may have changed since: see
    /// [`kvetch::Schema::edge_holds`].
    pub async fn edges(&self, read: EdgeRead, from: Vec<NodeId>) -> Vec<Result<Arc<EdgePage>>> {
        Load::new(self.shared.clone(), Edges(read), from).await
    }

    /// How many edges leave each node.
    pub async fn counts(&self, edge: EdgeType, from: Vec<NodeId>) -> Vec<Result<u64>> {
        Load::new(self.shared.clone(), Counts(edge), from).await
    }

    /// A page of the ids that an index holds for each value. The nodes may have changed since: see
    /// [`kvetch::Schema::index_holds`].
    pub async fn find(&self, read: IndexRead, values: Vec<Value>) -> Vec<Result<Arc<IdPage>>> {
        Load::new(self.shared.clone(), Finds(read), values).await
    }

    /// At most `first` nodes of a type in id order, after an id.
    ///
    /// # Errors
    /// When a shard could not be read.
    pub async fn browse(&self, node_type: NodeType, after: Option<NodeId>, first: u32) -> Result<NodeListing> {
        let mut answers = Load::new(self.shared.clone(), Browses(node_type), vec![(after, first)]).await;
        answers.pop().expect("one answer per key")
    }

    /// Creates a node, and forgets what was known of what it changes.
    ///
    /// Like all writes it is carried out whether or not its caller waits for it.
    ///
    /// # Errors
    /// As [`Kvetch::create`].
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub async fn create(&self, create: Create) -> Result<Written> {
        let kvetch = self.shared.kvetch()?.clone();
        self.write(async move { kvetch.create(create).await }).await
    }

    /// Updates a node, and forgets what was known of what it changes.
    ///
    /// # Errors
    /// As [`Kvetch::update`].
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub async fn update(&self, update: Update) -> Result<Written> {
        let kvetch = self.shared.kvetch()?.clone();
        self.write(async move { kvetch.update(update).await }).await
    }

    /// Deletes a node, and forgets what was known of what it changes.
    ///
    /// # Errors
    /// As [`Kvetch::delete`].
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub async fn delete(&self, delete: Delete) -> Result<Written> {
        let kvetch = self.shared.kvetch()?.clone();
        self.write(async move { kvetch.delete(delete).await }).await
    }

    /// Has the scope poll a future beside the one that it runs: a task. It counts like everything else of the scope: a
    /// round leaves when no task can move either, so that its loads are batched with all others. (A task of the runtime's,
    /// `tokio::spawn`, is foreign to the scope: it may load, but rounds do not wait for it.)
    ///
    /// The task is polled by [`Scope::run`], on its thread and by no other. When its handle is dropped it goes on, as
    /// elsewhere in Rust. A task that is not done when the future of `run` is goes on in the next `run`, and is dropped
    /// with its scope; so await what has to be done. A panic is caught, and is an error for who awaits the task.
    pub fn spawn<F>(&self, future: F) -> Task<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.shared.spawn(future)
    }

    /// Has the scope load from a source of one's own, too. What is known of it ends with the scope.
    pub fn source<S: Source>(&self, source: S) -> SourceLoader<S> {
        SourceLoader::new(self.shared.clone(), source)
    }

    /// The loader of a source that the scope has been given, for code that is handed the context alone. Of several of one
    /// type it is the first.
    pub fn loader<S: Source>(&self) -> Option<SourceLoader<S>> {
        SourceLoader::find(&self.shared)
    }

    /// The store, for what is not read through the scope.
    ///
    /// # Panics
    /// In a scope without one ([`Scope::without_store`]).
    pub fn kvetch(&self) -> &Kvetch {
        self.shared.kvetch().expect("only a scope that was made without a store has none")
    }

    /// Writes in a task of its own: a caller who goes away must not leave the scope with what it knew before.
    async fn write(&self, write: impl Future<Output = kvetch::Result<Written>> + Send + 'static) -> Result<Written> {
        let shared = self.shared.clone();
        let task = tokio::spawn(async move {
            let outcome = write.await;
            shared.wrote(&outcome);
            outcome
        });
        Ok(task.await.map_err(|_| Error::internal("a write panicked"))??)
    }
}

impl std::fmt::Debug for Cx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cx").finish_non_exhaustive()
    }
}
