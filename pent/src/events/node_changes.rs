//! `@subscribeNode`: an event for each write of one entity.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use kvetch::{Fed, Feed, Node, NodeId, NodeType, Touched};

use super::{Event, Origin, Shown, failed};
use crate::cx::Cx;
use crate::error::Result;
use crate::input::Args;
use crate::output::{OutputColumn, OutputRef, ToOutput};

/// The writes of the entity `id`, of one of these types.
#[derive(Debug)]
pub(super) struct NodeChanges {
    pub(super) node_types: Arc<[NodeType]>,
}

/// What one subscriber watches.
#[derive(Debug)]
struct Watch {
    id: NodeId,
    node_types: Arc<[NodeType]>,
    /// Whether the subscriber knows that the entity is there. Only then may they hear that it is gone: else the absence
    /// would tell of what they may not see.
    is_known: AtomicBool,
    /// Whether they have heard it: nothing follows.
    is_over: AtomicBool,
}

/// The entity, or that it is gone.
struct Entity(Option<Arc<Node>>);

impl ToOutput for Entity {
    fn to_output(&self) -> OutputRef<'_> {
        self.0.as_ref().map_or(OutputRef::Null, OutputRef::Node)
    }
}

impl Watch {
    /// The entity, if the viewer may see it.
    async fn look(&self, cx: &Cx) -> Result<Option<Arc<Node>>> {
        let node = cx.nodes(vec![self.id]).await.pop().expect("one answer per key")?;
        Ok(node.filter(|node| self.node_types.contains(&node.node_type)))
    }

    /// Whether it may be about the entity. That may be among what was missed, or among what a deletion took along.
    fn is_told(&self, fed: &Fed) -> bool {
        match fed {
            Fed::Commit(commit) => commit.node == self.id || commit.touched.contains(&Touched::Node(self.id)),
            Fed::Missed(_) => true,
        }
    }

    /// What an event shows; `None` when the subscriber is to hear nothing of it.
    async fn show(&self, cx: &Cx) -> Result<Option<Entity>> {
        let node = self.look(cx).await?;
        if node.is_some() {
            self.is_known.store(true, Ordering::Relaxed);
            return Ok(Some(Entity(node)));
        }
        let is_known = self.is_known.load(Ordering::Relaxed);
        self.is_over.store(is_known, Ordering::Relaxed);
        Ok(is_known.then_some(Entity(None)))
    }
}

impl Origin for NodeChanges {
    fn begin(&self, cx: Cx, args: Args) -> BoxFuture<'static, Result<BoxStream<'static, Event>>> {
        let node_types = self.node_types.clone();
        Box::pin(async move {
            let id = args.get("id")?;
            // Before it is looked at, so that no write falls between.
            let feed = cx.kvetch().feed();
            let (is_known, is_over) = (AtomicBool::new(false), AtomicBool::new(false));
            let watch = Arc::new(Watch { id, node_types, is_known, is_over });
            watch.is_known.store(watch.look(&cx).await?.is_some(), Ordering::Relaxed);
            let next = async |(mut feed, watch): (Feed, Arc<Watch>)| {
                // Asked for after the event before this one was shown.
                while !watch.is_over.load(Ordering::Relaxed) {
                    if watch.is_told(&feed.next().await?) {
                        return Some((Box::new(watch.clone()) as Event, (feed, watch)));
                    }
                }
                None
            };
            Ok(stream::unfold((feed, watch), next).boxed())
        })
    }

    fn show(&self, cx: Cx, event: Event) -> BoxFuture<'static, Shown> {
        Box::pin(async move {
            let watch = event.downcast::<Arc<Watch>>().ok()?;
            match watch.show(&cx).await.transpose()? {
                Ok(entity) => Some(Box::new(vec![Ok(entity)]) as Box<dyn OutputColumn>),
                Err(error) => Some(failed(error)),
            }
        })
    }
}
