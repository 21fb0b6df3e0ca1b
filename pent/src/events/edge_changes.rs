//! `@subscribeEdge`: an event for each entity that comes into a list, or leaves it.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::StreamExt;
use futures::future::{BoxFuture, join};
use futures::stream::{self, BoxStream};
use kvetch::{EdgeRead, EdgeType, Fed, Feed, Node, NodeId, NodeType, Touched};

use super::{Event, Origin, Shown, failed};
use crate::cx::Cx;
use crate::error::Result;
use crate::input::Args;
use crate::output::{OutputColumn, OutputRef, Plain, ToOutput};

/// Of a list of entities with rules, so many from its beginning are known to a subscriber from the start: what leaves
/// it is told of those, and of what has come since. Of others it cannot be told any more whether the viewer might see
/// them.
const KNOWN: u32 = 1_000;

/// The changes of the list that a kind of edge makes from the entity `id`.
#[derive(Debug, Clone, Copy)]
pub(super) struct EdgeChanges {
    pub(super) edge: EdgeType,
    /// What the list is of.
    pub(super) of: NodeType,
    pub(super) payload: Payload,
}

/// The object that tells of a change, and where in it what is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Payload {
    pub(super) name: &'static str,
    /// The position of the entity that came.
    pub(super) added: usize,
    /// The position of the id of the one that left.
    pub(super) removed: usize,
}

/// What one subscriber watches.
#[derive(Debug)]
struct Watch {
    from: NodeId,
    changes: EdgeChanges,
    /// Whether the subscriber knows that the source is there: then its end is the end of the events.
    is_known: AtomicBool,
    is_over: AtomicBool,
    /// Those that the viewer has seen in the list; `None` where anybody may see all of them.
    seen: Mutex<Option<HashSet<NodeId>>>,
}

/// Something that may be a change.
struct Happened {
    watch: Arc<Watch>,
    what: What,
}

#[derive(Debug, Clone, Copy)]
enum What {
    /// The source was written.
    Source,
    /// An entity came, or left.
    Member(NodeId),
    /// More than is known.
    Missed,
}

/// A change as it is shown. One with neither says that more has changed than is known.
#[derive(Debug)]
struct Change {
    payload: Payload,
    added: Option<Arc<Node>>,
    removed: Option<NodeId>,
}

impl Plain for Change {
    fn field(&self, index: usize) -> OutputRef<'_> {
        if index == self.payload.added {
            self.added.as_ref().map_or(OutputRef::Null, OutputRef::Node)
        } else if index == self.payload.removed {
            self.removed.map_or(OutputRef::Null, OutputRef::Id)
        } else {
            crate::output::no_such_field(self.payload.name, index)
        }
    }

    fn type_name(&self) -> Option<&'static str> {
        Some(self.payload.name)
    }
}

impl ToOutput for Change {
    fn to_output(&self) -> OutputRef<'_> {
        OutputRef::Object(self)
    }
}

impl Watch {
    fn change(&self, added: Option<Arc<Node>>, removed: Option<NodeId>) -> Option<Change> {
        Some(Change { payload: self.changes.payload, added, removed })
    }

    fn seen(&self) -> MutexGuard<'_, Option<HashSet<NodeId>>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what the viewer sees in the list, where others see something else there.
    async fn look(&self, cx: &Cx) -> Result<()> {
        if cx.has_rules(self.changes.of) {
            let read = EdgeRead::new(self.changes.edge, KNOWN);
            let page = cx.edges(read, vec![self.from]).await.pop().expect("one answer per key")?;
            *self.seen() = Some(page.edges.iter().map(|edge| edge.to).collect());
        }
        Ok(())
    }

    /// What an event shows; `None` when the subscriber is to hear nothing of it.
    async fn show(&self, cx: &Cx, what: What) -> Result<Option<Change>> {
        let edge = self.changes.edge;
        let member = match what {
            What::Member(id) => vec![id],
            What::Source | What::Missed => Vec::new(),
        };
        let (may_follow, mut members) = join(cx.may_follow(edge, self.from), cx.nodes(member)).await;
        if !may_follow? {
            self.is_over.store(self.is_known.load(Ordering::Relaxed), Ordering::Relaxed);
            return Ok(None);
        }
        self.is_known.store(true, Ordering::Relaxed);
        let to = match what {
            What::Member(id) => id,
            What::Source => return Ok(None),
            What::Missed => {
                self.look(cx).await?;
                return Ok(self.change(None, None));
            }
        };
        let node = members.pop().expect("one answer per key")?;
        match node.filter(|node| cx.kvetch().schema().edge_holds(edge, self.from, node)) {
            Some(node) => {
                if let Some(seen) = self.seen().as_mut() {
                    seen.insert(to);
                }
                Ok(self.change(Some(node), None))
            }
            // Whoever has not seen it in the list must not hear that it was there.
            None if self.seen().as_mut().is_none_or(|seen| seen.remove(&to)) => Ok(self.change(None, Some(to))),
            None => Ok(None),
        }
    }

    /// What a write may be to the list.
    fn happened(&self, fed: &Fed) -> Option<What> {
        match fed {
            Fed::Commit(commit) if commit.node == self.from => Some(What::Source),
            Fed::Commit(commit) => {
                let is_touched = commit.touched.contains(&Touched::Edges(self.changes.edge, self.from));
                is_touched.then_some(What::Member(commit.node))
            }
            Fed::Missed(_) => Some(What::Missed),
        }
    }
}

impl Origin for EdgeChanges {
    fn begin(&self, cx: Cx, args: Args) -> BoxFuture<'static, Result<BoxStream<'static, Event>>> {
        let changes = *self;
        Box::pin(async move {
            let from = args.get("id")?;
            // Before anything is looked at, so that no write falls between.
            let feed = cx.kvetch().feed();
            let (is_known, is_over) = (AtomicBool::new(false), AtomicBool::new(false));
            let watch = Arc::new(Watch { from, changes, is_known, is_over, seen: Mutex::new(None) });
            let (may_follow, looked) = join(cx.may_follow(changes.edge, from), watch.look(&cx)).await;
            looked?;
            watch.is_known.store(may_follow?, Ordering::Relaxed);
            let next = async |(mut feed, watch): (Feed, Arc<Watch>)| {
                // Asked for after the event before this one was shown.
                while !watch.is_over.load(Ordering::Relaxed) {
                    if let Some(what) = watch.happened(&feed.next().await?) {
                        let event: Event = Box::new(Happened { watch: watch.clone(), what });
                        return Some((event, (feed, watch)));
                    }
                }
                None
            };
            Ok(stream::unfold((feed, watch), next).boxed())
        })
    }

    fn show(&self, cx: Cx, event: Event) -> BoxFuture<'static, Shown> {
        Box::pin(async move {
            let happened = event.downcast::<Happened>().ok()?;
            match happened.watch.show(&cx, happened.what).await.transpose()? {
                Ok(change) => Some(Box::new(vec![Ok(change)]) as Box<dyn OutputColumn>),
                Err(error) => Some(failed(error)),
            }
        })
    }
}
