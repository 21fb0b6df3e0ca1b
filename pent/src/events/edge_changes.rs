//! `@subscribeEdge`: an event for each entity that comes into a list, or leaves it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::StreamExt;
use futures::future::{BoxFuture, join};
use futures::stream::{self, BoxStream};
use kvetch::{Commit, EdgeRead, EdgeType, Fed, Feed, Node, NodeId, NodeType, OnDelete, Schema, Touched};

use super::seen::Seen;
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
    schema: Schema,
    /// Whether the subscriber knows that the source is there: then its end is the end of the events.
    is_known: AtomicBool,
    is_over: AtomicBool,
    /// Those that the viewer has seen in the list; `None` where anybody may see all of them.
    seen: Mutex<Option<Seen>>,
}

/// Something that may be a change.
struct Happened {
    watch: Arc<Watch>,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// The source was written.
    Source,
    /// An entity came, or left.
    Member(NodeId),
    /// A deletion took others along, which may have been in the list.
    Others,
    /// More than is known.
    Missed,
}

/// A change as it is shown. One with neither says that more has changed than is told.
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

    fn seen(&self) -> MutexGuard<'_, Option<Seen>> {
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
            What::Source | What::Others | What::Missed => Vec::new(),
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
            What::Others => {
                let before = self.seen().take();
                self.look(cx).await?;
                let is_less = before.zip(self.seen().as_ref()).is_none_or(|(before, now)| before.has_more_than(now));
                return Ok(if is_less { self.change(None, None) } else { None });
            }
            What::Missed => {
                self.look(cx).await?;
                return Ok(self.change(None, None));
            }
        };
        let node = members.pop().expect("one answer per key")?;
        match node.filter(|node| cx.kvetch().schema().edge_holds(edge, self.from, node)) {
            Some(node) => {
                if let Some(seen) = self.seen().as_mut() {
                    seen.add(to);
                }
                Ok(self.change(Some(node), None))
            }
            // Whoever has not seen it in the list must not hear that it was there.
            None if self.seen().as_mut().is_none_or(|seen| seen.remove(to)) => Ok(self.change(None, Some(to))),
            None => Ok(None),
        }
    }

    /// What a write may be to the list.
    fn happened(&self, fed: &Fed) -> Option<What> {
        let commit = match fed {
            Fed::Commit(commit) => commit,
            Fed::Missed(_) => return Some(What::Missed),
        };
        if commit.node == self.from || commit.touched.contains(&Touched::Node(self.from)) {
            return Some(What::Source);
        }
        let is_touched = commit.touched.contains(&Touched::Edges(self.changes.edge, self.from));
        let took_members = || takes_others(commit) && takes_along(&self.schema, commit.node_type, self.changes.of);
        is_touched.then(|| if took_members() { What::Others } else { What::Member(commit.node) })
    }
}

/// Whether a write was a deletion that took others along.
fn takes_others(commit: &Commit) -> bool {
    commit.touched.iter().any(|touched| matches!(touched, Touched::Node(id) if *id != commit.node))
}

/// Whether deleting nodes of a type may delete nodes of another with them.
fn takes_along(schema: &Schema, deleted: NodeType, other: NodeType) -> bool {
    let mut reached = vec![deleted];
    let mut next = 0;
    while let Some(owner) = reached.get(next).copied() {
        next += 1;
        let cascades = schema.edges().filter(|edge| edge.from == owner && edge.on_delete == OnDelete::Cascade);
        for owned in cascades.map(|edge| edge.to) {
            if owned == other {
                return true;
            }
            if !reached.contains(&owned) {
                reached.push(owned);
            }
        }
    }
    false
}

impl Origin for EdgeChanges {
    fn begin(&self, cx: Cx, args: Args) -> BoxFuture<'static, Result<BoxStream<'static, Event>>> {
        let changes = *self;
        Box::pin(async move {
            let from = args.get("id")?;
            // Before anything is looked at, so that no write falls between.
            let feed = cx.kvetch().feed();
            let (is_known, is_over) = (AtomicBool::new(false), AtomicBool::new(false));
            let (schema, seen) = (cx.kvetch().schema().clone(), Mutex::default());
            let watch = Arc::new(Watch { from, changes, schema, is_known, is_over, seen });
            let (may_follow, looked) = join(cx.may_follow(changes.edge, from), watch.look(&cx)).await;
            looked?;
            watch.is_known.store(may_follow?, Ordering::Relaxed);
            let next = async |(mut feed, watch): (Feed, Arc<Watch>)| {
                // Asked for after the event before this one was shown.
                while !watch.is_over.load(Ordering::Relaxed) {
                    let fed = feed.next().await?;
                    if let Some(what) = watch.happened(&fed) {
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

#[cfg(test)]
mod tests {
    use std::slice;

    use kvetch::DerivedEdge;

    use super::*;

    const OWNER: NodeType = NodeType(1);
    const MEMBER: NodeType = NodeType(2);
    const OWNED: EdgeType = EdgeType(3);
    const WATCHED: EdgeType = EdgeType(4);

    fn id(number: u8) -> NodeId {
        NodeId::from_bytes([number; 16])
    }

    fn watch() -> Watch {
        let edge = |id, name: &str, from, on_delete| DerivedEdge {
            on_delete,
            ..DerivedEdge::new(id, name, from, MEMBER, name)
        };
        let schema = Schema::builder()
            .node_type(kvetch::NodeTypeDef { id: OWNER, name: "Owner".to_owned() })
            .node_type(kvetch::NodeTypeDef { id: MEMBER, name: "Member".to_owned() })
            .edge(edge(OWNED, "owner", OWNER, OnDelete::Cascade))
            .edge(edge(WATCHED, "other", OWNER, OnDelete::Keep));
        Watch {
            from: id(1),
            changes: EdgeChanges {
                edge: WATCHED,
                of: MEMBER,
                payload: Payload { name: "Changes", added: 0, removed: 1 },
            },
            schema: schema.build().expect("it is sound"),
            is_known: AtomicBool::new(true),
            is_over: AtomicBool::new(false),
            seen: Mutex::default(),
        }
    }

    /// The id of an owner that was deleted was told to those who watched another list of what it owned, as if it had been
    /// in that; and nothing of what had.
    #[test]
    fn what_a_deletion_took_along_is_no_member_that_left() {
        let (watched, member) = (Touched::Edges(WATCHED, id(1)), Touched::Node(id(8)));
        let told = |node_type, node, touched: &[Touched]| {
            let touched = [&[Touched::Node(node)], touched].concat();
            watch().happened(&Fed::Commit(Arc::new(Commit { node_type, node, version: 1, touched })))
        };
        assert_eq!(told(OWNER, id(9), &[member.clone(), watched.clone()]), Some(What::Others));
        assert_eq!(told(OWNER, id(9), &[member, Touched::Node(id(1)), watched.clone()]), Some(What::Source));
        assert_eq!(told(MEMBER, id(8), slice::from_ref(&watched)), Some(What::Member(id(8))));
        assert_eq!(told(OWNER, id(1), &[]), Some(What::Source));
        assert_eq!(told(MEMBER, id(8), &[]), None);
    }
}
