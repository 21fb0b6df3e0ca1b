//! Writers that remember what they were answered.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::future::join_all;
use kvetch::{Create, Delete, DeleteEdge, Error, Kvetch, NodeId, Props, PutEdge, Result, Update, WriteId, Written};

use crate::dice::Dice;
use crate::fixture::*;

/// Users that all writers hang their lists on.
const OWNERS: u64 = 40;

/// Names that all writers want.
const WANTED_NAMES: u64 = 30;

/// Nodes that are read together when they are looked for.
const NODES_PER_READ: usize = 500;

/// What a writer was told of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Absent,
    Alive { version: u64, rank: i64 },
    Deleted,
}

/// A node that one writer alone writes to.
#[derive(Debug, Clone)]
struct Own {
    id: NodeId,
    state: State,
    /// What it may be instead: the last write had no answer. Then it is not written to any more.
    in_doubt: Option<State>,
    /// The owner that likes it, if an answer says so.
    liked_by: Option<NodeId>,
    /// A write of the edge to it had no answer.
    edge_in_doubt: bool,
}

/// One of many writers.
pub(crate) struct Writer {
    store: Kvetch,
    owners: Arc<[NodeId]>,
    dice: Dice,
    pulse: Arc<Pulse>,
    lists: Vec<Own>,
    names: Vec<(String, NodeId)>,
    number: u64,
    next_name: u64,
}

/// When something was acknowledged last, and how long nothing was.
pub(crate) struct Pulse(Mutex<Beats>);

#[derive(Clone, Copy)]
pub(crate) struct Beats {
    last: Instant,
    pub(crate) longest_pause: Duration,
    pub(crate) acknowledged: u64,
    pub(crate) unanswered: u64,
}

impl Pulse {
    fn new() -> Self {
        let beats = Beats { last: Instant::now(), longest_pause: Duration::ZERO, acknowledged: 0, unanswered: 0 };
        Self(Mutex::new(beats))
    }

    /// Nothing was expected until now.
    pub(crate) fn begin(&self) {
        self.0.lock().expect("nothing panics while it is held").last = Instant::now();
    }

    fn beat<T>(&self, answer: &Result<T>) {
        let mut beats = self.0.lock().expect("nothing panics while it is held");
        match answer {
            Err(error) if has_no_answer(error) => beats.unanswered += 1,
            _ => {
                beats.acknowledged += 1;
                beats.longest_pause = beats.longest_pause.max(beats.last.elapsed());
                beats.last = Instant::now();
            }
        }
    }

    pub(crate) fn beats(&self) -> Beats {
        *self.0.lock().expect("nothing panics while it is held")
    }
}

/// Whether the write may be done or not.
fn has_no_answer(error: &Error) -> bool {
    matches!(error, Error::Unavailable { .. } | Error::ClaimPending { .. })
}

/// Writers on a store, with the users that they share.
pub(crate) async fn writers(store: &Kvetch, number: u64, seed: u64) -> (Vec<Writer>, Arc<Pulse>) {
    let owners = join_all((0..OWNERS).map(|owner| created(store, user(&format!("owner{owner}"))))).await;
    let owners: Arc<[NodeId]> = owners.into_iter().map(|owner| owner.id).collect();
    let pulse = Arc::new(Pulse::new());
    let writer = |number| Writer {
        store: store.clone(),
        owners: owners.clone(),
        dice: Dice(seed.wrapping_mul(1_000).wrapping_add(number)),
        pulse: pulse.clone(),
        lists: Vec::new(),
        names: Vec::new(),
        number,
        next_name: 0,
    };
    ((0..number).map(writer).collect(), pulse)
}

impl Writer {
    /// Writes until it is told to stop.
    pub(crate) async fn write(mut self, stop: Arc<AtomicBool>) -> Self {
        while !stop.load(Ordering::SeqCst) {
            match self.dice.roll(10) {
                0..4 => self.create().await,
                4..6 => self.update().await,
                6 => self.like().await,
                7 => self.unlike().await,
                8 => self.delete().await,
                _ => self.name().await,
            }
        }
        self
    }

    /// The answer, if there is one.
    fn answered(&self, answer: Result<Written>) -> Option<Result<Written>> {
        self.pulse.beat(&answer);
        if answer.as_ref().is_err_and(has_no_answer) { None } else { Some(answer) }
    }

    fn write_id(&mut self) -> Option<WriteId> {
        self.dice.one_in(2).then(WriteId::generate)
    }

    fn owner(&mut self) -> NodeId {
        self.owners[self.dice.roll(OWNERS) as usize]
    }

    /// A list that can be written to.
    fn list(&mut self) -> Option<usize> {
        let at = self.dice.roll(self.lists.len().max(1) as u64) as usize;
        let own = self.lists.get(at)?;
        (own.in_doubt.is_none() && !own.edge_in_doubt && matches!(own.state, State::Alive { .. })).then_some(at)
    }

    async fn create(&mut self) {
        let (id, rank) = (NodeId::generate(), self.dice.roll(1_000) as i64);
        let create = Create { id: Some(id), write_id: self.write_id(), ..list(self.owner(), rank) };
        let answer = self.store.create(create).await;
        let alive = State::Alive { version: 1, rank };
        let (state, in_doubt) = match self.answered(answer) {
            Some(written) => {
                assert_eq!(written.expect("nobody else has the id").node.version, 1);
                (alive, None)
            }
            None => (State::Absent, Some(alive)),
        };
        self.lists.push(Own { id, state, in_doubt, liked_by: None, edge_in_doubt: false });
    }

    async fn update(&mut self) {
        let Some(at) = self.list() else { return };
        let State::Alive { version, .. } = self.lists[at].state else { return };
        let rank = self.dice.roll(1_000) as i64;
        let mut set = Props::from([("rank", rank)]);
        if self.dice.one_in(3) {
            set.insert("ownerId", kvetch::Value::Id(self.owner()));
        }
        let update = Update { write_id: self.write_id(), ..Update::new(LIST, self.lists[at].id, set) };
        let answer = self.store.update(update).await;
        let next = State::Alive { version: version + 1, rank };
        match self.answered(answer) {
            Some(written) => {
                assert_eq!(written.expect("the list is there").node.version, version + 1);
                self.lists[at].state = next;
            }
            None => self.lists[at].in_doubt = Some(next),
        }
    }

    async fn like(&mut self) {
        let Some(at) = self.list().filter(|at| self.lists[*at].liked_by.is_none()) else { return };
        let owner = self.owner();
        let answer = self.store.put_edge(PutEdge::new(LIKES, owner, self.lists[at].id)).await;
        match self.answered(answer) {
            Some(written) => {
                written.expect("both ends are there");
                self.lists[at].liked_by = Some(owner);
            }
            None => self.lists[at].edge_in_doubt = true,
        }
    }

    async fn unlike(&mut self) {
        let Some(at) = self.list() else { return };
        let Some(owner) = self.lists[at].liked_by else { return };
        let answer = self.store.delete_edge(DeleteEdge::new(LIKES, owner, self.lists[at].id)).await;
        match self.answered(answer) {
            Some(written) => {
                written.expect("the edge is there");
                self.lists[at].liked_by = None;
            }
            None => self.lists[at].edge_in_doubt = true,
        }
    }

    async fn delete(&mut self) {
        let Some(at) = self.list() else { return };
        let answer = self.store.delete(Delete::new(LIST, self.lists[at].id)).await;
        match self.answered(answer) {
            Some(written) => {
                written.expect("the list is there");
                (self.lists[at].state, self.lists[at].liked_by) = (State::Deleted, None);
            }
            None => self.lists[at].in_doubt = Some(State::Deleted),
        }
    }

    /// Takes a name, one that others want or one of its own.
    async fn name(&mut self) {
        let name = if self.dice.one_in(2) {
            format!("wanted{}", self.dice.roll(WANTED_NAMES))
        } else {
            self.next_name += 1;
            format!("name{}of{}", self.next_name, self.number)
        };
        let create = Create { write_id: self.write_id(), ..user(&name) };
        let answer = self.store.create(create).await;
        match self.answered(answer) {
            Some(Ok(written)) => self.names.push((name, written.node.id)),
            Some(Err(Error::Duplicate { .. })) => assert!(name.starts_with("wanted"), "nobody else takes {name}"),
            Some(Err(error)) => panic!("{error}"),
            None => {}
        }
    }

    /// Checks that everything that was acknowledged is there, and says how much that is.
    pub(crate) async fn check(&self, store: &Kvetch) -> usize {
        for own in self.lists.chunks(NODES_PER_READ) {
            let ids: Vec<NodeId> = own.iter().map(|own| own.id).collect();
            for (own, node) in own.iter().zip(nodes(store, &ids).await) {
                let found = match node.expect("the node can be read") {
                    Some(node) => {
                        let props = node.body.to_props().expect("the body decodes");
                        let Some(kvetch::Value::Int(rank)) = props.get("rank") else { panic!("{props:?}") };
                        State::Alive { version: node.version, rank: *rank }
                    }
                    None if own.state == State::Absent => State::Absent,
                    None => State::Deleted,
                };
                assert!(found == own.state || Some(found) == own.in_doubt, "{own:?} is {found:?}");
            }
        }
        for own in &self.lists {
            if let (State::Alive { .. }, None, false) = (own.state, own.in_doubt, own.edge_in_doubt) {
                assert_eq!(ends(store, LIKED_BY, own.id).await, Vec::from_iter(own.liked_by), "{own:?}");
            }
        }
        for (name, id) in &self.names {
            assert_eq!(find(store, BY_USERNAME, name.as_str()).await, [*id], "{name}");
        }
        self.lists.len() + self.names.len()
    }
}
