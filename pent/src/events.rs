//! Where the events of subscriptions come from.

mod seen;
mod edge_changes;
mod node_changes;

use std::any::Any;
use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, Stream};
use kvetch::{EdgeType, Fed, NodeId};

use self::edge_changes::{EdgeChanges, Payload};
use self::node_changes::NodeChanges;
use crate::custom::caught;
use crate::cx::Cx;
use crate::entity::Entity;
use crate::error::{Error, Result};
use crate::input::Args;
use crate::output::{OutputColumn, ToOutput};
use crate::table::{FieldDef, Source, Type};
use crate::types::{Object, Types};

/// For each field of the subscription root, where its events come from and what each of them shows.
///
/// ```
/// use futures::StreamExt;
/// use pent::Events;
///
/// let events = Events::new().on(
///     "countdown",
///     // Once for each subscriber: the events, as a stream. What may fail, fails here.
///     |_cx, args| async move {
///         let from = args.get::<i32>("from")?;
///         Ok(futures::stream::iter((0..from).rev()).boxed())
///     },
///     // Once for each event, in a scope of its own for the same viewer: what it shows, or nothing at all.
///     |_cx, number| async move { Ok(Some(number)) },
/// );
/// # let _ = events;
/// ```
#[derive(Clone, Default)]
pub struct Events {
    by_field: HashMap<String, Arc<dyn Origin>>,
}

/// An event, of a type that only its origin knows.
pub(crate) type Event = Box<dyn Any + Send>;

/// What an event shows: the value of the field; `None` when its subscriber is to hear nothing of it.
pub(crate) type Shown = Option<Box<dyn OutputColumn>>;

/// Where the events of one field come from.
pub(crate) trait Origin: Send + Sync {
    /// The events of one subscriber.
    fn begin(&self, cx: Cx, args: Args) -> BoxFuture<'static, Result<BoxStream<'static, Event>>>;

    /// What one of them shows.
    fn show(&self, cx: Cx, event: Event) -> BoxFuture<'static, Shown>;
}

impl Events {
    /// Of no field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says where the events of a field come from. `begin` is asked once for each subscriber, with the field's
    /// arguments: the stream that it answers is polled only as fast as the subscriber reads, and dropped when the
    /// subscriber goes.
    /// `show` is asked for each event, in a scope of its own for the same viewer: it loads what the event is about, so
    /// that privacy rules judge it, and answers `None` for what the viewer is not to hear of. A panic of either is an
    /// error.
    #[must_use]
    pub fn on<E, T, S, B, F, G>(
        mut self,
        field: impl Into<String>,
        begin: impl Fn(Cx, Args) -> B + Send + Sync + 'static,
        show: F,
    ) -> Self
    where
        E: Send + 'static,
        T: ToOutput + 'static,
        S: Stream<Item = E> + Send + 'static,
        B: Future<Output = Result<S>> + Send + 'static,
        F: Fn(Cx, E) -> G + Send + Sync + 'static,
        G: Future<Output = Result<Option<T>>> + Send + 'static,
    {
        let begin = move |cx, args| {
            let begun = begin(cx, args);
            let events: BoxFuture<'static, Result<BoxStream<'static, Event>>> = Box::pin(async move {
                let events = caught(begun).await?;
                Ok(events.map(|event| Box::new(event) as Event).boxed())
            });
            events
        };
        let show = move |cx: Cx, event: Event| {
            let shown = event.downcast::<E>().map(|event| show(cx, *event));
            let shown: BoxFuture<'static, Shown> = Box::pin(async move {
                let Ok(shown) = shown else {
                    return Some(failed(Error::internal("an event came from another origin")));
                };
                match caught(shown).await {
                    Ok(Some(value)) => Some(Box::new(vec![Ok(value)]) as Box<dyn OutputColumn>),
                    Ok(None) => None,
                    Err(error) => Some(failed(error)),
                }
            });
            shown
        };
        self.by_field.insert(field.into(), Arc::new(Functions { begin, show }));
        self
    }

    /// Whether no field has any.
    pub(crate) fn is_empty(&self) -> bool {
        self.by_field.is_empty()
    }

    /// Of the fields whose events the store tells: `@subscribeNode` and `@subscribeEdge`.
    pub(crate) fn of_store(types: &Types) -> Self {
        let fields = types.table.subscription.map(|root| types.object(root).def.fields).unwrap_or_default();
        let told = fields.iter().filter_map(|field| Some((field.name.to_owned(), told_by_store(types, field)?)));
        Self { by_field: told.collect() }
    }

    /// These, and others that take the place of those of the same field.
    pub(crate) fn with(mut self, others: Self) -> Self {
        self.by_field.extend(others.by_field);
        self
    }

    /// Where the events of a field come from.
    pub(crate) fn of(&self, field: &str) -> Option<Arc<dyn Origin>> {
        self.by_field.get(field).cloned()
    }
}

impl Cx {
    /// The ids of the entities of a type that this process writes from now on, as they are written: for `begin` of
    /// [`Events::on`], whose `show` then loads them. One that is deleted is among them, and is not there when it is
    /// loaded. What is deleted with it, since it belonged to it (`onDelete: CASCADE`), is not among them: who wants to
    /// hear of that listens to what it belongs to as well. A subscriber that is a thousand writes behind misses some;
    /// the log says so. See [`kvetch::Feed`].
    ///
    /// # Panics
    /// In a scope without a store.
    pub fn written<T: Entity>(&self) -> impl Stream<Item = NodeId> + Send + 'static + use<T> {
        stream::unfold(self.kvetch().feed(), async |mut feed| {
            loop {
                match feed.next().await? {
                    Fed::Commit(commit) if commit.node_type == T::NODE_TYPE => return Some((commit.node, feed)),
                    Fed::Commit(_) => {}
                    Fed::Missed(missed) => tracing::warn!(missed, entity = T::NAME, "a subscriber is too slow"),
                }
            }
        })
    }
}

/// Where the events of a field come from, if the table says it.
fn told_by_store(types: &Types, field: &FieldDef) -> Option<Arc<dyn Origin>> {
    match field.source {
        Source::NodeChanges => {
            let name = field.ty.name();
            let own = types.get(name).and_then(|named| named.object());
            let objects = own.iter().chain(types.possible(name));
            Some(Arc::new(NodeChanges { node_types: objects.filter_map(Object::node_type).collect() }))
        }
        Source::EdgeChanges { edge } => {
            let target = types.edge(edge).to;
            let of = types.object(target).node_type()?;
            let payload = types.object(field.ty.name());
            let position = |ty: &'static str| payload.def.fields.iter().position(|field| field.ty == Type::Named(ty));
            let (added, removed) = (position(target)?, position("UUID")?);
            let payload = Payload { name: payload.name, added, removed };
            Some(Arc::new(EdgeChanges { edge: EdgeType(edge), of, payload }))
        }
        _ => None,
    }
}

fn failed(error: Error) -> Box<dyn OutputColumn> {
    Box::new(vec![Err::<bool, _>(error)])
}

struct Functions<B, F> {
    begin: B,
    show: F,
}

impl<B, F> Origin for Functions<B, F>
where
    B: Fn(Cx, Args) -> BoxFuture<'static, Result<BoxStream<'static, Event>>> + Send + Sync,
    F: Fn(Cx, Event) -> BoxFuture<'static, Shown> + Send + Sync,
{
    fn begin(&self, cx: Cx, args: Args) -> BoxFuture<'static, Result<BoxStream<'static, Event>>> {
        (self.begin)(cx, args)
    }

    fn show(&self, cx: Cx, event: Event) -> BoxFuture<'static, Shown> {
        (self.show)(cx, event)
    }
}

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.by_field.keys()).finish()
    }
}
