//! The handle through which code inside a scope loads and writes.
//!
//! Whatever is loaded through it has passed the privacy rules of the scope's viewer, on every path.

mod definition;
mod guard;
mod held;
mod shown;
mod reads;
mod masks;
mod draft;
mod writes;
mod creates;
mod upserts;

use std::future::Future;
use std::sync::Arc;

use futures::future::BoxFuture;
use kvetch::{Kvetch, NodeType};

pub use self::definition::{
    AfterHook, Answers, Asked, BeforeHook, CreationDef, HooksDef, NodeChange, NodeDraft, NodeRules, NodeTypeDef,
    PrivacyDef, WriteRules,
};
pub(crate) use self::guard::{Guard, Guarded};
pub(crate) use self::upserts::UNIQUE_CANDIDATES;
use crate::scope::{Scope, Shared, Source, SourceLoader, Task};

/// The context of a request: cheap to clone, handed to all custom code.
///
/// Loads made through it are batched with all others of the scope; a batch of keys is answered in the order
/// asked, one result per key, with duplicates allowed. What the viewer of the scope may not see is absent.
#[derive(Clone)]
pub struct Cx {
    shared: Arc<Shared>,
    /// Nothing, where no type has rules or hooks.
    guard: Option<Arc<Guard>>,
    is_system: bool,
    /// Whether it is that of a rule: what a rule writes would have it asked anew, without end.
    is_read_only: bool,
}

impl Scope {
    /// The handle through which code inside the scope loads and writes.
    pub fn cx(&self) -> Cx {
        Cx::of(self.shared())
    }
}

impl Cx {
    pub(crate) fn of(shared: Arc<Shared>) -> Self {
        let guard = shared.guard().cloned().and_then(|guard| guard.downcast::<Guard>().ok());
        let is_system = shared.held().is_system();
        Self { shared, guard, is_system, is_read_only: false }
    }

    /// The same context without privacy rules: for what has to be known or done whoever asks, such as the account that
    /// belongs to a password. Rules are asked with such a context. What it loads is shown to nobody by itself: an
    /// entity that custom code answers passes the rules of the viewer again.
    #[must_use]
    pub fn system(&self) -> Self {
        Self { is_system: true, ..self.clone() }
    }

    /// The context of rules: the system's, for reading only.
    fn for_rules(&self) -> Self {
        Self { is_system: true, is_read_only: true, ..self.clone() }
    }

    /// Has the scope poll a future beside the one that it runs: a task. It counts like everything else of the scope: a
    /// round leaves when no task can move either, so that its loads are batched with all others. (A task of the
    /// runtime's, `tokio::spawn`, is foreign to the scope: it may load, but rounds do not wait for it.)
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

    /// Has an executor poll a task of the scope: on threads of its own, for what computes much between loads. `spawn`
    /// hands the future over, with tokio `|task| drop(tokio::spawn(task))`.
    ///
    /// It is counted, and batches like everything else of the scope: a round leaves when no such task can move either,
    /// and the last that comes to rest has it leave. So the executor must have a thread to poll it on while the scope
    /// runs; [`Cx::spawn`] needs none. Otherwise it is as there, except that it does not end with its scope: what it
    /// loads from then on is an error.
    pub fn spawn_on<F>(&self, spawn: impl FnOnce(BoxFuture<'static, ()>), future: F) -> Task<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.shared.spawn_on(spawn, future)
    }

    /// Has the scope load from a source of one's own, too. What is known of it ends with the scope.
    pub fn source<S: Source>(&self, source: S) -> SourceLoader<S> {
        SourceLoader::new(self.shared.clone(), source)
    }

    /// The loader of a source that the scope has been given, for code that is handed the context alone. Of several of
    /// one type it is the first.
    pub fn loader<S: Source>(&self) -> Option<SourceLoader<S>> {
        SourceLoader::find(&self.shared)
    }

    /// The store, for what is not read through the scope. It knows no viewer and no rules.
    ///
    /// # Panics
    /// In a scope without one ([`Scope::without_store`]).
    pub fn kvetch(&self) -> &Kvetch {
        self.shared.kvetch().expect("only a scope that was made without a store has none")
    }

    /// What the table says of nodes of a type, where rules or hooks are among it.
    pub(crate) fn definition(&self, node_type: NodeType) -> Option<&'static NodeTypeDef> {
        self.guard.as_ref()?.definition(node_type)
    }

    /// Whether the scope knows all these types with rules or hooks, and none other.
    pub(crate) fn knows(&self, types: &Guarded) -> bool {
        match &self.guard {
            Some(guard) => guard.knows(types),
            None => types.is_empty(),
        }
    }

    /// What stands between writes to nodes of a type and the store; `None` where nothing does.
    fn guarded(&self, node_type: NodeType) -> Option<&'static NodeTypeDef> {
        self.definition(node_type).filter(|def| def.hooks.is_some() || !self.is_system)
    }

    /// The guard, where there are rules to be asked.
    fn judging(&self) -> Option<&Guard> {
        self.guard.as_deref().filter(|_| !self.is_system)
    }

    /// The rules for nodes of a type, where they are to be asked.
    fn rules(&self, node_type: NodeType) -> Option<&'static PrivacyDef> {
        self.judging()?.rules(node_type)
    }

    /// Whether some viewers may not see nodes of a type, and this is the context of one.
    pub(crate) fn has_rules(&self, node_type: NodeType) -> bool {
        self.rules(node_type).is_some()
    }
}

impl std::fmt::Debug for Cx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cx").field("is_system", &self.is_system).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever awaits a hundred thousand loads keeps as many futures. With the rules inside they were several times as
    /// large, for scopes that have none.
    #[test]
    fn a_load_is_about_as_large_without_rules_as_if_there_were_none() {
        let scope = Scope::without_store();
        let cx = scope.cx();
        let bare = size_of::<crate::scope::Load<crate::scope::Nodes>>();
        let found = size_of_val(&cx.nodes(Vec::new()));
        assert!(found <= 3 * bare, "{found} bytes, and a load alone {bare}");
    }
}
