//! Writers of one random sequence, at work at the same time, and a record of what they asked and were answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::join_all;
use kvetch::{
    Create, Delete, DeleteEdge, EdgeType, Error, Kvetch, NodeId, NodeType, Props, PutEdge, Result, Timestamp, Update,
    Upsert, Value, Write, Written,
};

use crate::dice::Dice;
use crate::fixture::*;

use super::plain::target_type;

/// Few nodes for each type, so that writers get into each other's way.
const USERS: u64 = 4;
const LISTS_IN_ALL: u64 = 4;
const NOTES_IN_ALL: u64 = 5;
const BADGES_IN_ALL: u64 = 2;
const NAMES: u64 = 4;

/// How large a sequence is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) shards: usize,
    writers: u64,
    steps: u64,
}

impl Size {
    pub(super) fn of(seed: u64) -> Self {
        let mut dice = Dice(seed);
        Self { shards: 1 + dice.roll(16) as usize, writers: 2 + dice.roll(4), steps: 3 + dice.roll(10) }
    }
}

#[derive(Debug, Clone)]
pub(super) enum Asked {
    Write(Write),
    Upsert(Upsert),
}

/// A write, its answer, and the moments between which it was done.
#[derive(Debug, Clone)]
pub(super) struct Done {
    pub(super) began: u64,
    pub(super) ended: u64,
    pub(super) asked: Asked,
    pub(super) answer: Result<Written>,
}

enum Op {
    One(Asked),
    Creates(Vec<Create>),
    Edges(Vec<PutEdge>),
    Together(Vec<Write>),
}

/// Runs a sequence and returns all that was asked and answered, in no order.
pub(super) async fn run(store: &Kvetch, seed: u64, size: Size) -> Vec<Done> {
    let clock = Arc::new(AtomicU64::new(0));
    let mut dice = Dice(seed ^ 0x5eed);
    let mut done = Vec::new();
    for op in beginning(&mut dice) {
        done.extend(one(store, &clock, op).await);
    }
    let writers = (0..size.writers).map(|writer| {
        let (store, clock) = (store.clone(), clock.clone());
        tokio::spawn(async move {
            let mut done = Vec::new();
            for step in 0..size.steps {
                let mut maker =
                    Maker { dice: Dice(seed ^ (writer << 40) ^ (step << 48)), new: writer * 100 + step * 5 };
                done.extend(one(&store, &clock, maker.op()).await);
            }
            done
        })
    });
    for of_writer in join_all(writers).await {
        done.extend(of_writer.expect("no writer panics"));
    }
    done
}

async fn one(store: &Kvetch, clock: &AtomicU64, op: Op) -> Vec<Done> {
    let began = clock.fetch_add(1, Ordering::SeqCst);
    let (asked, answers): (Vec<Asked>, Vec<Result<Written>>) = match op {
        Op::One(asked) => (vec![asked.clone()], vec![answer(store, asked).await]),
        Op::Creates(creates) => {
            let asked = creates.iter().cloned().map(Write::Create).map(Asked::Write).collect();
            (asked, store.create_many(creates).await)
        }
        Op::Edges(edges) => {
            let asked = edges.iter().cloned().map(Write::PutEdge).map(Asked::Write).collect();
            (asked, store.put_edges(edges).await)
        }
        Op::Together(writes) => {
            let asked: Vec<Asked> = writes.iter().cloned().map(Asked::Write).collect();
            let answers = match store.write_together(writes, None).await {
                Ok(written) => written.into_iter().map(Ok).collect(),
                Err(error) => asked.iter().map(|_| Err(error.clone())).collect(),
            };
            (asked, answers)
        }
    };
    let ended = clock.fetch_add(1, Ordering::SeqCst);
    assert_eq!(asked.len(), answers.len(), "every write is answered");
    let done = asked.into_iter().zip(answers).map(|(asked, answer)| Done { began, ended, asked, answer });
    let done: Vec<Done> = done.collect();
    done.iter().for_each(check_answer);
    done
}

async fn answer(store: &Kvetch, asked: Asked) -> Result<Written> {
    match asked {
        Asked::Upsert(upsert) => store.upsert(upsert).await,
        Asked::Write(Write::Create(create)) => store.create(create).await,
        Asked::Write(Write::Update(update)) => store.update(update).await,
        Asked::Write(Write::Delete(delete)) => store.delete(delete).await,
        Asked::Write(Write::PutEdge(put)) => store.put_edge(put).await,
        Asked::Write(Write::DeleteEdge(delete)) => store.delete_edge(delete).await,
    }
}

/// Nothing is slow or broken here: what follows from a write has come when it is answered, and a refusal has a reason
/// in what was asked.
fn check_answer(done: &Done) {
    match &done.answer {
        Ok(written) => assert_eq!(written.pending, 0, "{done:?}"),
        Err(Error::Conflict { expected, found, .. }) => assert_ne!(expected, found, "{done:?}"),
        Err(Error::Exists { .. } | Error::Gone { .. } | Error::Duplicate { .. } | Error::Restricted { .. }) => {}
        Err(error) => assert!(error.is_not_found(), "{done:?}"),
    }
}

/// Most nodes are there before the writers begin.
fn beginning(dice: &mut Dice) -> Vec<Op> {
    let mut maker = Maker { dice: dice.clone(), new: 9000 };
    let mut of_type = |node_type, count: u64| -> Op {
        let creates = (0..count).map(|number| {
            let mut create = maker.create(node_type);
            create.id = Some(slot(node_type, number));
            create
        });
        Op::Creates(creates.collect())
    };
    let nodes = [
        of_type(USER, USERS - 1),
        of_type(LIST, LISTS_IN_ALL - 1),
        of_type(NOTE, NOTES_IN_ALL - 1),
        of_type(BADGE, BADGES_IN_ALL - 1),
    ];
    let edges = (0..4).map(|_| maker.put_edge()).collect();
    nodes.into_iter().chain([Op::Edges(edges)]).collect()
}

/// The node of a type with this number.
fn slot(node_type: NodeType, number: u64) -> NodeId {
    spread(u64::from(node_type.0) * 10 + number)
}

/// All nodes that writers ask for by their ids.
pub(super) fn slots() -> Vec<NodeId> {
    let of = |node_type, count| (0..count).map(move |number| slot(node_type, number));
    of(USER, USERS)
        .chain(of(LIST, LISTS_IN_ALL))
        .chain(of(NOTE, NOTES_IN_ALL))
        .chain(of(BADGE, BADGES_IN_ALL))
        .collect()
}

/// Makes writes by rolling a dice.
struct Maker {
    dice: Dice,
    new: u64,
}

impl Maker {
    fn any(&mut self, node_type: NodeType) -> NodeId {
        let count = match node_type {
            USER => USERS,
            LIST => LISTS_IN_ALL,
            NOTE => NOTES_IN_ALL,
            _ => BADGES_IN_ALL,
        };
        slot(node_type, self.dice.roll(count))
    }

    fn a_type(&mut self) -> NodeType {
        [USER, USER, USER, LIST, LIST, LIST, NOTE, NOTE, BADGE][self.dice.roll(9) as usize]
    }

    fn name(&mut self) -> Value {
        format!("name{}", self.dice.roll(NAMES)).into()
    }

    /// Some of the props of a type, nulls among them.
    fn props(&mut self, node_type: NodeType) -> Props {
        let mut props = Props::new();
        let keys: &[&str] = match node_type {
            USER => &["username"],
            LIST => &["ownerId", "rank", "color", "title"],
            NOTE => &["listId", "noteId"],
            _ => &["userId"],
        };
        for key in keys {
            if self.dice.one_in(3) {
                continue;
            }
            let value = match *key {
                _ if self.dice.one_in(6) => Value::Null,
                "username" => self.name(),
                "rank" => Value::Int(self.dice.roll(5) as i64 - 2),
                "color" => ["red", "blue"][self.dice.roll(2) as usize].into(),
                "title" => format!("title{}", self.dice.roll(3)).into(),
                "listId" => self.any(LIST).into(),
                "noteId" => self.any(NOTE).into(),
                _ => self.any(USER).into(),
            };
            props.insert(*key, value);
        }
        props
    }

    fn expected(&mut self) -> Option<u64> {
        self.dice.one_in(4).then(|| 1 + self.dice.roll(4))
    }

    fn create(&mut self, node_type: NodeType) -> Create {
        let (id, created) = (self.any(node_type), self.dice.roll(3) as i64);
        Create { id: Some(id), created: Some(Timestamp(created)), ..Create::new(node_type, self.props(node_type)) }
    }

    fn update(&mut self) -> Update {
        let node_type = self.a_type();
        let expected_version = self.expected();
        Update { expected_version, ..Update::new(node_type, self.any(node_type), self.props(node_type)) }
    }

    fn delete(&mut self) -> Delete {
        let node_type = self.a_type();
        Delete { expected_version: self.expected(), ..Delete::new(node_type, self.any(node_type)) }
    }

    fn an_edge(&mut self) -> (EdgeType, NodeId, NodeId) {
        let edge = if self.dice.one_in(2) { FOLLOWS } else { LIKES };
        (edge, self.any(USER), self.any(target_type(edge)))
    }

    fn put_edge(&mut self) -> PutEdge {
        let (edge, from, to) = self.an_edge();
        PutEdge { sort_key: Some(self.dice.roll(3) as i64), ..PutEdge::new(edge, from, to) }
    }

    fn together(&mut self) -> Vec<Write> {
        let list = self.any(LIST);
        let id = NodeId::from_parts(2000, list.virtual_shard(), self.new);
        let second = Update { expected_version: self.expected(), ..Update::new(LIST, list, self.props(LIST)) };
        let user = Create { id: Some(id), created: Some(Timestamp(1)), ..Create::new(USER, self.props(USER)) };
        let mut writes = vec![Write::Update(Update::new(LIST, list, self.props(LIST))), Write::Update(second)];
        writes.insert(self.dice.roll(3) as usize, Write::Create(user));
        writes
    }

    fn op(&mut self) -> Op {
        Op::One(Asked::Write(match self.dice.roll(20) {
            0..3 => {
                let node_type = self.a_type();
                Write::Create(self.create(node_type))
            }
            3..9 => Write::Update(self.update()),
            9..11 => Write::Delete(self.delete()),
            11..14 => Write::PutEdge(self.put_edge()),
            14..16 => {
                let (edge, from, to) = self.an_edge();
                Write::DeleteEdge(DeleteEdge::new(edge, from, to))
            }
            16..18 => {
                let mut set = self.props(USER);
                set.insert("username", self.name());
                return Op::One(Asked::Upsert(Upsert::new(USER, BY_USERNAME, set)));
            }
            18 => {
                return Op::Creates(
                    (0..3)
                        .map(|_| {
                            let of = self.a_type();
                            self.create(of)
                        })
                        .collect(),
                );
            }
            _ => return Op::Together(self.together()),
        }))
    }
}
