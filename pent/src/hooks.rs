//! Hooks: plain functions around the writes of an entity, whoever writes, and by whichever way.

use std::future::Future;

use futures::FutureExt;
use futures::future::BoxFuture;
use kvetch::Props;

use crate::change::{Change, Draft};
use crate::cx::Cx;
pub use crate::cx::{AfterHook, BeforeHook, HooksDef, NodeChange, NodeDraft};
use crate::entity::Entity;
use crate::error::{Error, Result};

/// What happens around the writes of an entity. A type with `@hooks` in the schema has to have it.
///
/// A write first finds the entity, if the viewer may see it; then `before_write` runs, then the privacy rules judge
/// what has become of the write, then it is sent, then `after_write` runs. Should somebody else write the entity in
/// between, all of it begins anew with what is there then: so `before_write` may run more than once, and must do
/// nothing that cannot be done again.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has `@hooks` in the schema, and no hooks",
    label = "its hooks are an `impl pent::Hooks for {Self}`",
    note = "`grapple generate` appends one that does nothing"
)]
pub trait Hooks: Entity {
    /// Runs before a write is sent, and may change what is set.
    ///
    /// # Errors
    /// Whatever it answers refuses the write.
    fn before_write(cx: &Cx, draft: &mut Draft<Self>) -> impl Future<Output = Result<()>> + Send {
        let _ = (cx, draft);
        async { Ok(()) }
    }

    /// Runs after a write, with the entity as it was and as it is. It is best effort: when the caller of the write goes
    /// away in between (a client hangs up), it does not run, and the write stands.
    ///
    /// # Errors
    /// Whatever it answers is what the caller of the write gets. The write stands.
    fn after_write(cx: &Cx, change: Change<Self>) -> impl Future<Output = Result<()>> + Send {
        let _ = (cx, change);
        async { Ok(()) }
    }
}

impl HooksDef {
    /// The hooks of an entity.
    pub const fn of<T: Hooks>() -> Self {
        Self { before: before::<T>, after: after::<T> }
    }
}

fn before<T: Hooks>(cx: &Cx, draft: NodeDraft) -> BoxFuture<'_, Result<Props>> {
    async move {
        let mut draft = Draft::<T>::of(draft)?;
        let deletes = draft.deletes();
        T::before_write(cx, &mut draft).await?;
        if draft.deletes() != deletes {
            // An entity would be written without what it has to have.
            return Err(Error::internal("a hook took away what is to be set, or set something in a deletion"));
        }
        Ok(draft.set.unwrap_or_default())
    }
    .boxed()
}

fn after<T: Hooks>(cx: &Cx, change: NodeChange) -> BoxFuture<'_, Result<()>> {
    async move { T::after_write(cx, Change::of(&change)?).await }.boxed()
}
