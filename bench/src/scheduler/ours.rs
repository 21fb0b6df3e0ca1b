//! Scopes of pent, over sources of one's own.

use std::sync::Arc;

use pent::{Cx, Found, Result, Scope, Source, SourceLoader};

use super::backend::Backend;
use super::view::Loads;

pub(super) struct Nodes(Arc<Backend>);
pub(super) struct Ends(Arc<Backend>);

impl Source for Nodes {
    type Unary = ();
    type Key = u64;
    type Value = u64;

    fn name(&self) -> &str {
        "nodes"
    }

    async fn load(&self, (): &(), keys: &[u64]) -> Result<Found<u64, u64>> {
        Ok(self.0.nodes(keys).await.into_iter().collect())
    }
}

impl Source for Ends {
    type Unary = ();
    type Key = u64;
    type Value = Arc<[u64]>;

    fn name(&self) -> &str {
        "ends"
    }

    async fn load(&self, (): &(), keys: &[u64]) -> Result<Found<u64, Arc<[u64]>>> {
        Ok(self.0.ends(keys).await.into_iter().collect())
    }
}

/// The loaders of one scope.
#[derive(Clone)]
pub(super) struct Ours {
    nodes: SourceLoader<Nodes>,
    ends: SourceLoader<Ends>,
}

impl Ours {
    pub(super) fn in_scope(scope: &Scope, backend: &Arc<Backend>) -> Self {
        let cx = scope.cx();
        Self { nodes: cx.source(Nodes(backend.clone())), ends: cx.source(Ends(backend.clone())) }
    }
}

impl Loads for Ours {
    async fn node(&self, id: u64) -> u64 {
        self.nodes.load((), id).await.expect("the backend answers").expect("every node is there")
    }

    async fn ends(&self, from: u64) -> Arc<[u64]> {
        self.ends.load((), from).await.expect("the backend answers").expect("every node has edges")
    }
}

impl Ours {
    /// As `node`, by a future that is known to be fit for another thread.
    pub(super) fn owned_node(&self, id: u64) -> impl Future<Output = u64> + Send {
        let load = self.nodes.load((), id);
        async { load.await.expect("the backend answers").expect("every node is there") }
    }

    /// As `ends`, by a future that is known to be fit for another thread.
    pub(super) fn owned_ends(&self, from: u64) -> impl Future<Output = Arc<[u64]>> + Send {
        let load = self.ends.load((), from);
        async { load.await.expect("the backend answers").expect("every node has edges") }
    }
}

/// Does something in a scope of its own, with tasks of it.
pub(super) async fn in_tasks<T>(backend: &Arc<Backend>, work: impl AsyncFnOnce(Cx, Ours) -> T) -> T {
    let mut scope = Scope::without_store();
    let (cx, loads) = (scope.cx(), Ours::in_scope(&scope, backend));
    scope.run(work(cx, loads)).await
}

/// Does something in a scope of its own.
pub(super) async fn scoped<T>(backend: &Arc<Backend>, work: impl AsyncFnOnce(Ours) -> T) -> T {
    let mut scope = Scope::without_store();
    let loads = Ours::in_scope(&scope, backend);
    scope.run(work(loads)).await
}
