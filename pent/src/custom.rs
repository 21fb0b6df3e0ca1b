//! How functions written by the user become steps of a plan.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use futures::future::{BoxFuture, join_all};

use crate::cx::Cx;
use crate::entity::Entity;
use crate::error::{Error, Result};
use crate::input::Args;
use crate::output::{OutputColumn, ToOutput};
use crate::rows::{NodeSlot, Rows};
use crate::text;

/// One run of a custom step: the batch of parents and the arguments they share.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The request.
    pub cx: &'a Cx,
    /// The arguments: one value for all parents.
    pub args: &'a Args,
    pub(crate) parents: Rows<'a>,
}

/// One run of a custom step that knows no parents: what it answers is the same for all of them.
#[derive(Debug, Clone, Copy)]
pub struct UnaryCall<'a> {
    /// The request.
    pub cx: &'a Cx,
    /// The arguments.
    pub args: &'a Args,
}

/// What a custom step will answer: one result per parent.
pub type Column<'a> = BoxFuture<'a, Box<dyn OutputColumn>>;

/// A custom step, as generated code puts it into the table.
pub type CustomFn = for<'a> fn(Call<'a>) -> Column<'a>;

/// A custom step that depends on unary values alone, the request and the arguments: it runs once for a whole batch of
/// parents. What depends on a parent is no such function, and does not compile as one:
///
/// ```compile_fail
/// use pent::{Call, Column, table::Source};
///
/// fn names(call: Call<'_>) -> Column<'_> {
///     pent::custom::per_request(call, |_, _| async { Ok(1) })
/// }
///
/// const SOURCE: Source = Source::Unary(names);
/// ```
///
/// ```
/// use pent::{Column, UnaryCall, table::Source};
///
/// fn number(call: UnaryCall<'_>) -> Column<'_> {
///     pent::custom::once(call, |_, _| async { Ok(1) })
/// }
///
/// const SOURCE: Source = Source::Unary(number);
/// ```
pub type UnaryFn = for<'a> fn(UnaryCall<'a>) -> Column<'a>;

/// Runs a function for each entity of the batch at once, so that their loads coalesce. `read` takes the arguments apart,
/// once: they are the same for all.
///
/// A panic is an error of its own item and harms no other.
pub fn per_item_with<'a, A, P, T, R, F, Fut>(call: Call<'a>, read: R, function: F) -> Column<'a>
where
    A: Clone + Send + Sync + 'a,
    P: Entity,
    T: ToOutput + 'static,
    R: FnOnce(&'a Args) -> Result<A>,
    F: Fn(&'a Cx, A, P) -> Fut + Send + Sync + 'a,
    Fut: Future<Output = Result<T>> + Send + 'a,
{
    match read(call.args) {
        Ok(args) => per_item(call, move |cx, _, parent| function(cx, args.clone(), parent)),
        Err(error) => {
            let failed = (0..call.parents.len()).map(|_| Err::<T, _>(error.clone())).collect();
            Box::pin(async move { column(failed) })
        }
    }
}

/// Runs a function for each entity of the batch at once, so that their loads coalesce.
///
/// A panic is an error of its own item and harms no other.
pub fn per_item<'a, P, T, F, Fut>(call: Call<'a>, function: F) -> Column<'a>
where
    P: Entity,
    T: ToOutput + 'static,
    F: Fn(&'a Cx, &'a Args, P) -> Fut + Send + Sync + 'a,
    Fut: Future<Output = Result<T>> + Send + 'a,
{
    Box::pin(async move {
        let Rows::Nodes(nodes) = call.parents else {
            let error = || Error::internal("a custom field of an entity was asked of something else");
            return column((0..call.parents.len()).map(|_| Err::<T, _>(error())).collect());
        };
        let items = nodes.iter().map(|node| async {
            let node = node.clone()?.ok_or_else(|| Error::internal("a custom field was asked of an absent entity"))?;
            let parent = P::from_node(node)?;
            caught(async { function(call.cx, call.args, parent).await }).await
        });
        column(join_all(items).await)
    })
}

/// Runs a function once for all entities of the batch. It answers one result for each, in their order; too few are an
/// error of those that have none.
///
/// Parents that are absent, or that the viewer may not see, are not among them.
pub fn per_batch<'a, P, T, F, Fut>(call: Call<'a>, function: F) -> Column<'a>
where
    P: Entity,
    T: ToOutput + 'static,
    F: FnOnce(&'a Cx, &'a Args, Vec<P>) -> Fut + Send + 'a,
    Fut: Future<Output = Vec<Result<T>>> + Send + 'a,
{
    Box::pin(async move {
        let Rows::Nodes(nodes) = call.parents else {
            let error = || Error::internal("a custom field of an entity was asked of something else");
            return column((0..call.parents.len()).map(|_| Err::<T, _>(error())).collect());
        };
        let mut parents = Vec::with_capacity(nodes.len());
        let read = |slot: &NodeSlot| {
            let node = slot.clone()?.ok_or_else(|| Error::internal("a custom field was asked of an absent entity"))?;
            parents.push(P::from_node(node)?);
            Ok(())
        };
        let read = nodes.iter().map(read).collect::<Vec<Result<()>>>();
        let asked = parents.len();
        let answers = caught(async { Ok(function(call.cx, call.args, parents).await) }).await;
        let answers = answers.unwrap_or_else(|error| (0..asked).map(|_| Err(error.clone())).collect());
        let mut answers = answers.into_iter();
        let missing = || Err(Error::internal("a custom field answered too few results"));
        let results = read.into_iter().map(|read| read.and_then(|()| answers.next().unwrap_or_else(missing)));
        column(results.collect())
    })
}

/// Runs a function once: for the custom fields of a root.
pub fn per_request<'a, T, F, Fut>(call: Call<'a>, function: F) -> Column<'a>
where
    T: ToOutput + 'static,
    F: FnOnce(&'a Cx, &'a Args) -> Fut + Send + 'a,
    Fut: Future<Output = Result<T>> + Send + 'a,
{
    Box::pin(async move { column(vec![caught(async { function(call.cx, call.args).await }).await]) })
}

/// Runs a function once, for a field that is the same for all its parents.
pub fn once<'a, T, F, Fut>(call: UnaryCall<'a>, function: F) -> Column<'a>
where
    T: ToOutput + 'static,
    F: FnOnce(&'a Cx, &'a Args) -> Fut + Send + 'a,
    Fut: Future<Output = Result<T>> + Send + 'a,
{
    Box::pin(async move { column(vec![caught(async { function(call.cx, call.args).await }).await]) })
}

fn column<T: ToOutput + 'static>(results: Vec<Result<T>>) -> Box<dyn OutputColumn> {
    Box::new(results)
}

/// Turns a panic of custom code into an error.
pub(crate) async fn caught<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    AssertUnwindSafe(future)
        .catch_unwind()
        .await
        .unwrap_or_else(|panic| Err(Error::Panicked("custom code".into(), text::of_panic(&*panic).into())))
}
