//! Who writes with whom.
//!
//! A write that comes while others are under way waits for a lane to become free, and then goes into one transaction
//! with all that wait: *group commit* (DeWitt and others, "Implementation Techniques for Main Memory Database Systems",
//! SIGMOD 1984). Nobody waits for company: a write that finds a free lane leaves at once, alone. A lane is free again
//! when its transaction has done its work and commits: servers put commits together themselves.
//!
//! A group has one attempt. If that does not come to a commit, each of its writes goes on alone, so that nobody suffers
//! for long from what stands in the way of another.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::convert::Infallible;
use std::fmt;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::future::{Either, join_all, select};
use futures::{StreamExt, stream};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::decide::other_end;
use crate::error::{Error, Result};
use crate::id::{NodeId, WriteId};
use crate::limits::MYSQL_WRITE_DEADLINE;
use crate::shard::{NodeWrite, Outcome, Place, WriteOp};

use super::group::Fate;
use super::marks::Marks;
use super::pool::Pool;
use super::writing::Writing;

/// Transactions at work at once, beside those that commit. With more of them there would be fewer writes in each, and
/// more of them that wait for each other's counts.
const LANES: usize = 2;

/// How long a transaction keeps its lane. One that takes longer waits for a row that somebody else has locked, or for
/// the network, and would hold up those that need not wait.
const LANE_TIME_MAX: Duration = Duration::from_millis(20);

/// Writes of one transaction: its locks are held for all of them.
const GROUP_WRITES_MAX: usize = 64;

/// Writes in the line that are looked at for a group.
const LOOK_AHEAD: usize = 4 * GROUP_WRITES_MAX;

/// Writes of a group that had no common end and go on at once, each alone.
const ALONE_AT_ONCE: usize = 4;

/// The writes that wait to be done on one shard. Cheap to clone.
#[derive(Clone)]
pub(super) struct Line {
    inner: Arc<Inner>,
}

struct Inner {
    pool: Pool,
    marks: Marks,
    runtime: Handle,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// One write to each node at most, and none to a node that is being written to.
    waiting: VecDeque<Waiting>,
    /// The nodes that are written to or have a write in the line, and what comes after that.
    behind: HashMap<NodeId, VecDeque<Waiting>>,
    /// Lanes that are taken.
    lanes: usize,
    /// Groups that are not done yet.
    groups: usize,
}

/// A write, and who waits for it.
struct Waiting {
    place: Arc<Place>,
    write: NodeWrite,
    since: Instant,
    answer: oneshot::Sender<Result<Outcome>>,
}

impl Line {
    pub(super) fn new(pool: Pool, runtime: Handle) -> Self {
        Self { inner: Arc::new(Inner { pool, marks: Marks::default(), runtime, state: Mutex::default() }) }
    }

    pub(super) fn marks(&self) -> &Marks {
        &self.inner.marks
    }

    /// Does writes, each for itself; those to one node in their order. Once asked for they are done, whether or not
    /// anybody waits for it, unless they have stood in the line for longer than a write is tried.
    pub(super) async fn write(&self, place: &Place, writes: Vec<NodeWrite>) -> Vec<Result<Outcome>> {
        let (place, since) = (Arc::new(place.clone()), Instant::now());
        let enqueue = |write: NodeWrite| {
            let (answer, answered) = oneshot::channel();
            (Waiting { place: place.clone(), write, since, answer }, answered)
        };
        let (waiting, answered): (Vec<_>, Vec<_>) = writes.into_iter().map(enqueue).unzip();
        self.inner.enqueue(waiting);
        let lost = || Error::Engine { reason: "the write ended without an outcome".into() };
        join_all(answered).await.into_iter().map(|answer| answer.unwrap_or_else(|_| Err(lost()))).collect()
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enqueue(self: &Arc<Self>, waiting: Vec<Waiting>) {
        let mut state = self.state();
        waiting.into_iter().for_each(|one| state.enqueue(one));
        drop(state);
        self.set_off();
    }

    /// Sets off as many groups as there are free lanes.
    fn set_off(self: &Arc<Self>) {
        while let Some(group) = self.next_group() {
            let lane = Lane { inner: self.clone(), is_taken: AtomicBool::new(true) };
            let underway = Underway { inner: self.clone(), nodes: group.iter().map(|one| one.write.id).collect() };
            self.runtime.spawn(write(group, lane, underway));
        }
    }

    /// The next group, if there is a lane for it.
    fn next_group(&self) -> Option<Vec<Waiting>> {
        let mut state = self.state();
        // Half of the connections are left to others: who asks for one must not wait for the writes of a large batch.
        if state.lanes >= LANES || state.groups >= self.pool.size().div_ceil(2) {
            return None;
        }
        let group = state.next_group()?;
        state.lanes += 1;
        state.groups += 1;
        Some(group)
    }

    /// What becomes of the writes of a group in its one attempt.
    async fn fates(&self, place: &Place, writes: &[NodeWrite], lane: Arc<Lane>) -> Vec<Fate> {
        let mut writing = Writing::grouped(&self.marks, place, writes).before_commit(move || lane.leave());
        match self.pool.transact(&mut writing).await {
            Ok(fates) => fates,
            // What the server has against one write must not be the end of the others. One that is away is another
            // thing, and so is a commit that may have been heard.
            Err(error) if writes.len() > 1 && error.code() != "unavailable" && writing.is_settled() => {
                vec![Fate::Later; writes.len()]
            }
            Err(error) => vec![Fate::Refused(error); writes.len()],
        }
    }

    async fn alone(&self, place: &Place, write: &NodeWrite) -> Result<Outcome> {
        let mut writing = Writing::grouped(&self.marks, place, std::slice::from_ref(write));
        match self.pool.transact(&mut writing).await?.pop() {
            Some(Fate::Done(outcome)) => Ok(outcome),
            Some(Fate::Refused(error)) => Err(error),
            Some(Fate::Later) | None => unreachable!("a write that is alone has one fate, and waits for nobody"),
        }
    }
}

async fn write(group: Vec<Waiting>, lane: Lane, mut underway: Underway) {
    let (inner, lane) = (underway.inner.clone(), Arc::new(lane));
    let place = group[0].place.clone();
    let (writes, waiting): (Vec<_>, Vec<_>) = group.into_iter().map(|one| (one.write, (one.since, one.answer))).unzip();
    let fates = pin!(inner.fates(&place, &writes, lane.clone()));
    let fates = match select(fates, pin!(lane.leave_late())).await {
        Either::Left((fates, _)) => fates,
        Either::Right((never, _)) => match never {},
    };
    let mut later = Vec::new();
    for ((write, (since, answer)), fate) in writes.iter().zip(waiting).zip(fates) {
        match fate {
            Fate::Done(outcome) => underway.answer(write.id, answer, Ok(outcome)),
            Fate::Refused(error) => underway.answer(write.id, answer, Err(error)),
            Fate::Later => later.push((write.clone(), since, answer)),
        }
    }
    let alone = later.into_iter().map(|(write, since, answer)| {
        let (inner, place) = (inner.clone(), place.clone());
        async move {
            // Those before it may have waited in vain for a shard that is away, each for as long as a write is tried.
            let outcome = if is_late(since) { Err(late()) } else { inner.alone(&place, &write).await };
            (write.id, answer, outcome)
        }
    });
    let mut alone = stream::iter(alone).buffer_unordered(ALONE_AT_ONCE);
    // What waits for a node that has its answer need not wait for the others.
    inner.set_off();
    while let Some((node, answer, outcome)) = alone.next().await {
        underway.answer(node, answer, outcome);
        inner.set_off();
    }
}

/// Whether a write that came at this moment is not begun any more.
fn is_late(since: Instant) -> bool {
    since.elapsed() > MYSQL_WRITE_DEADLINE
}

fn late() -> Error {
    Error::unavailable("the write has stood in line for too long and was not begun")
}

impl State {
    fn enqueue(&mut self, one: Waiting) {
        match self.behind.entry(one.write.id) {
            Entry::Occupied(mut behind) => behind.get_mut().push_back(one),
            Entry::Vacant(entry) => {
                entry.insert(VecDeque::new());
                self.waiting.push_back(one);
            }
        }
    }

    /// Lets the next write to a node into the line.
    fn release(&mut self, node: NodeId) {
        let Entry::Occupied(mut behind) = self.behind.entry(node) else { return };
        match behind.get_mut().pop_front() {
            Some(next) => self.waiting.push_back(next),
            None => drop(behind.remove()),
        }
    }

    /// The writes at the front of the line that can be done together.
    fn next_group(&mut self) -> Option<Vec<Waiting>> {
        let mut group = Company::default();
        let mut taken: Vec<Waiting> = Vec::new();
        let mut passed_over = VecDeque::new();
        while !group.is_full() && passed_over.len() < LOOK_AHEAD {
            let Some(one) = self.waiting.pop_front() else { break };
            if is_late(one.since) {
                self.release(one.write.id);
                let _ = one.answer.send(Err(late()));
            } else if taken.first().is_none_or(|first| first.place.is(&one.place)) && group.admits(&one) {
                group.add(&one);
                taken.push(one);
            } else {
                passed_over.push_back(one);
            }
        }
        while let Some(one) = passed_over.pop_back() {
            self.waiting.push_front(one);
        }
        (!taken.is_empty()).then_some(taken)
    }
}

/// A group that is being put together.
#[derive(Default)]
struct Company {
    nodes: HashSet<NodeId>,
    ends: HashSet<NodeId>,
    write_ids: HashSet<WriteId>,
    is_closed: bool,
}

impl Company {
    fn is_full(&self) -> bool {
        self.is_closed || self.nodes.len() >= GROUP_WRITES_MAX
    }

    fn admits(&self, one: &Waiting) -> bool {
        let id = one.write.id;
        let is_free = !self.nodes.contains(&id) && !self.ends.contains(&id);
        let end_is_free = other_end(&one.place, &one.write).is_none_or(|end| !self.nodes.contains(&end));
        // The second of one name is to find what the first recorded.
        let name_is_free = one.write.write_id.is_none_or(|write_id| !self.write_ids.contains(&write_id));
        is_free && end_is_free && name_is_free && (self.nodes.is_empty() || is_sociable(&one.write))
    }

    fn add(&mut self, one: &Waiting) {
        self.nodes.insert(one.write.id);
        self.ends.extend(other_end(&one.place, &one.write));
        self.write_ids.extend(one.write.write_id);
        self.is_closed = !is_sociable(&one.write);
    }
}

/// Whether a write can be decided beside others: it looks at no rows that those may change.
fn is_sociable(write: &NodeWrite) -> bool {
    match write.op {
        WriteOp::Create { .. } | WriteOp::Update { .. } | WriteOp::PutEdge { .. } | WriteOp::DeleteEdge { .. } => true,
        WriteOp::Delete { .. } | WriteOp::Sweep { .. } | WriteOp::Rederive { .. } | WriteOp::Mend { .. } => false,
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.inner.state();
        f.debug_struct("Line").field("waiting", &state.waiting.len()).field("lanes", &state.lanes).finish()
    }
}

/// A lane that is taken until somebody leaves it.
struct Lane {
    inner: Arc<Inner>,
    is_taken: AtomicBool,
}

impl Lane {
    fn leave(&self) {
        if self.is_taken.swap(false, Ordering::Relaxed) {
            self.inner.state().lanes -= 1;
            self.inner.set_off();
        }
    }

    async fn leave_late(&self) -> Infallible {
        tokio::time::sleep(LANE_TIME_MAX).await;
        self.leave();
        std::future::pending().await
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.leave();
    }
}

/// A group that is under way until this is dropped, however its task ends, and the nodes that it still writes to.
struct Underway {
    inner: Arc<Inner>,
    nodes: HashSet<NodeId>,
}

impl Underway {
    /// Answers a write, and lets the next one to its node go on.
    fn answer(&mut self, node: NodeId, answer: oneshot::Sender<Result<Outcome>>, outcome: Result<Outcome>) {
        self.nodes.remove(&node);
        self.inner.state().release(node);
        // Whoever does not wait any more needs no answer.
        let _ = answer.send(outcome);
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        let mut state = self.inner.state();
        self.nodes.drain().for_each(|node| state.release(node));
        state.groups -= 1;
        drop(state);
        self.inner.set_off();
    }
}

#[cfg(test)]
mod tests {
    use crate::id::{EdgeType, NodeType, Timestamp, VirtualShard};
    use crate::schema::Schema;
    use crate::shard_map::{ShardIdx, ShardMap};
    use crate::value::Props;

    use super::*;

    fn id(number: u64) -> NodeId {
        NodeId::from_parts(1, VirtualShard::new(0).expect("it is below 4096"), number)
    }

    fn update() -> WriteOp {
        WriteOp::Update { set: Props::new(), expected_version: None, found_by: None }
    }

    fn delete() -> WriteOp {
        WriteOp::Delete { expected_version: None }
    }

    fn put_edge(to: u64) -> WriteOp {
        WriteOp::PutEdge { edge: EdgeType(1), to: id(to), sort_key: None, props: Props::new() }
    }

    fn place() -> Arc<Place> {
        let map = Arc::new(ShardMap::even(1).expect("one shard is a store"));
        let schema = Schema::builder().build().expect("it is empty");
        Arc::new(Place { schema, map, here: ShardIdx(0) })
    }

    fn waiting(writes: Vec<(u64, WriteOp)>) -> Vec<Waiting> {
        let place = place();
        let waiting = writes.into_iter().map(|(node, op)| {
            let (node_type, now) = (NodeType(1), Timestamp(1));
            let write = NodeWrite { id: id(node), node_type, op, now, write_id: None, claims: Vec::new() };
            Waiting { place: place.clone(), write, since: Instant::now(), answer: oneshot::channel().0 }
        });
        waiting.collect()
    }

    /// A line of writes to nodes; their numbers come back group by group while nothing of it is done.
    fn groups(writes: Vec<(u64, WriteOp)>) -> (State, Vec<Vec<u64>>) {
        let mut state = State::default();
        waiting(writes).into_iter().for_each(|one| state.enqueue(one));
        let mut groups = Vec::new();
        while let Some(group) = state.next_group() {
            let node = |one: &Waiting| (0..1_000).find(|number| id(*number) == one.write.id);
            groups.push(group.iter().filter_map(node).collect());
        }
        (state, groups)
    }

    #[test]
    fn writes_to_different_nodes_go_together() {
        let (_, groups) = groups((0..70).map(|node| (node, update())).collect());
        assert_eq!(groups, [(0..64).collect::<Vec<_>>(), (64..70).collect()]);
    }

    #[test]
    fn writes_to_one_node_keep_their_order() {
        let (mut state, groups) =
            groups(vec![(1, update()), (2, update()), (1, put_edge(3)), (4, update()), (1, delete())]);
        assert_eq!(groups, [[1, 2, 4]], "the others wait until the first is done");
        state.release(id(1));
        let next = state.next_group().expect("one can go");
        assert!(next.len() == 1 && matches!(next[0].write.op, WriteOp::PutEdge { .. }));
    }

    /// A line full of writes to one node was all that was looked at, while that one was busy.
    #[test]
    fn writes_to_one_node_hold_up_nobody_else() {
        let many = std::iter::repeat_with(|| (1, update())).take(2 * LOOK_AHEAD);
        let (_, groups) = groups(many.chain([(2, update()), (3, update())]).collect());
        assert_eq!(groups, [[1, 2, 3]]);
    }

    /// The record of the second met that of the first, again and again, and the whole group failed.
    #[test]
    fn two_writes_of_one_name_do_not_go_together() {
        let mut state = State::default();
        let write_id = Some(WriteId::generate());
        for mut one in waiting(vec![(1, update()), (2, update()), (3, update())]) {
            one.write.write_id = write_id.filter(|_| one.write.id != id(3));
            state.enqueue(one);
        }
        let nodes =
            |group: Option<Vec<Waiting>>| group.into_iter().flatten().map(|one| one.write.id).collect::<Vec<_>>();
        assert_eq!(nodes(state.next_group()), [id(1), id(3)]);
        assert_eq!(nodes(state.next_group()), [id(2)]);
    }

    /// A schema that is being changed is another from one write to the next: rows would follow from the wrong one.
    #[test]
    fn writes_under_two_schemas_do_not_go_together() {
        let mut state = State::default();
        let mut line = waiting(vec![(1, update()), (2, update()), (3, update())]);
        line[1].place = place();
        line.into_iter().for_each(|one| state.enqueue(one));
        let mut next = || state.next_group().map(|group| group.iter().map(|one| one.write.id).collect::<Vec<_>>());
        assert_eq!([next(), next()], [Some(vec![id(1), id(3)]), Some(vec![id(2)])]);
    }

    #[test]
    fn a_write_that_stood_in_line_for_too_long_is_not_begun() {
        let mut state = State::default();
        let mut line = waiting(vec![(1, update()), (1, update())]);
        let (answer, mut answered) = oneshot::channel();
        (line[0].answer, line[0].since) = (answer, Instant::now() - 2 * MYSQL_WRITE_DEADLINE);
        line.into_iter().for_each(|one| state.enqueue(one));
        let group = state.next_group().expect("the second is young enough");
        assert_eq!(group.len(), 1);
        let refused = answered.try_recv().expect("the first has its answer").expect_err("it was not done");
        assert_eq!(refused.code(), "unavailable");
    }

    #[test]
    fn a_write_that_looks_at_what_others_change_goes_alone() {
        let (_, groups) = groups(vec![(1, update()), (2, delete()), (3, update()), (4, delete())]);
        assert_eq!(groups, [vec![1, 3], vec![2], vec![4]]);
    }

    /// Whether the other end is there was asked before any of the group was done.
    #[test]
    fn an_edge_does_not_go_with_a_write_to_its_other_end() {
        let (_, ends_last) = groups(vec![(1, put_edge(2)), (2, update()), (3, put_edge(2))]);
        assert_eq!(ends_last, [vec![1, 3], vec![2]]);
        let (_, end_first) = groups(vec![(2, update()), (1, put_edge(2)), (3, put_edge(4))]);
        assert_eq!(end_first, [vec![2, 3], vec![1]]);
    }
}
