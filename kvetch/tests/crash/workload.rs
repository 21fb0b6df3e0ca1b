//! The writes of a run. They follow from its seed alone, so that the process that is killed and the one that checks
//! it agree on what was asked without telling each other.

use kvetch::conformance::fixture::*;
use kvetch::{
    Create, Delete, DeleteEdge, EdgeType, NodeId, NodeType, Props, PutEdge, Timestamp, Update, Upsert, Value, Write,
    WriteId,
};

use crate::dice::Dice;
use crate::plan::Kind;

/// Tasks that write at once.
pub(crate) const TASKS: u64 = 4;
/// What each of them does.
pub(crate) const STEPS: u64 = 14;
/// The task that fills the store before the others begin.
pub(crate) const FILLING: u64 = 9;
pub(crate) const FILLING_STEPS: u64 = 5;

const USERS: u64 = 10;
const LISTS_IN_ALL: u64 = 16;
const NOTES_IN_ALL: u64 = 20;
const NAMES: u64 = 12;

/// The prop that every write sets to a number of its own: whoever wrote a node last can be told from it.
pub(crate) const MARK: &str = "mark";

/// Creates of one step that are to fill the log, with bytes that do not compress: two such steps make a checkpoint due.
const LOG_FILLERS: u64 = 100;
const LOG_FILLER_BYTES: usize = 60_000;

/// What one step of a task asks for.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    One(Write),
    Creates(Vec<Create>),
    Edges(Vec<PutEdge>),
    Together(Vec<Write>, Option<WriteId>),
    Upsert(Upsert),
}

impl Op {
    /// The same with a write id for each write that can have one.
    fn named(mut self, task: u64, step: u64) -> Self {
        let id = |position: usize| {
            Some(WriteId::from_bytes(
                [task as u8, step as u8, position as u8, 7].repeat(4).try_into().expect("four times four"),
            ))
        };
        match &mut self {
            Self::One(write) => *write_id_of(write) = id(0),
            Self::Creates(creates) => creates.iter_mut().enumerate().for_each(|(at, create)| create.write_id = id(at)),
            Self::Edges(edges) => edges.iter_mut().enumerate().for_each(|(at, edge)| edge.write_id = id(at)),
            Self::Together(_, write_id) => *write_id = id(0),
            Self::Upsert(upsert) => upsert.write_id = id(0),
        }
        self
    }
}

fn write_id_of(write: &mut Write) -> &mut Option<WriteId> {
    match write {
        Write::Create(write) => &mut write.write_id,
        Write::Update(write) => &mut write.write_id,
        Write::Delete(write) => &mut write.write_id,
        Write::PutEdge(write) => &mut write.write_id,
        Write::DeleteEdge(write) => &mut write.write_id,
    }
}

/// Whether the writes of a run have write ids, so that they can be sent again.
pub(crate) fn is_named(seed: u64) -> bool {
    seed % 4 == 3
}

/// Whether a run of bulk writes makes so many that a checkpoint becomes due.
pub(crate) fn fills_the_log(seed: u64) -> bool {
    seed % 16 == 1
}

fn user_id(number: u64) -> NodeId {
    spread(number)
}

fn list_id(number: u64) -> NodeId {
    spread(100 + number)
}

fn note_id(number: u64) -> NodeId {
    spread(200 + number)
}

/// One step of one task, with its mark.
pub(crate) fn op(seed: u64, kind: Kind, task: u64, step: u64) -> Op {
    let op = nameless(seed, kind, task, step);
    if is_named(seed) { op.named(task, step) } else { op }
}

fn nameless(seed: u64, kind: Kind, task: u64, step: u64) -> Op {
    let mark = (task * 100 + step + 1) as i64;
    if task == FILLING {
        return filling(step, mark);
    }
    let mut dice = Dice(seed.wrapping_mul(1_000_003) ^ (task << 32) ^ (step << 8));
    let new = |number: u64| spread(10_000 + task * 1000 + step * 10 + number);
    let mut maker = Maker { dice: &mut dice, mark };
    match kind {
        Kind::Create => Op::One(maker.create(new(0))),
        Kind::Update => Op::One(maker.update()),
        Kind::Delete => Op::One(maker.delete()),
        Kind::Bulk if task == 0 && step < 3 && fills_the_log(seed) => Op::Creates(log_fillers(step, mark)),
        Kind::Bulk => maker.bulk(new),
        Kind::Edges => Op::One(maker.edge()),
        Kind::Upsert => maker.upsert(),
        Kind::Together => maker.together(10_000 + task * 1000 + step * 10),
        Kind::Open | Kind::Mixed | Kind::Leftovers | Kind::Repair => match maker.dice.roll(16) {
            0..3 => Op::One(maker.create(new(0))),
            3..7 => Op::One(maker.update()),
            7..9 => Op::One(maker.delete()),
            9..11 => maker.bulk(new),
            11..14 => Op::One(maker.edge()),
            14 => maker.upsert(),
            _ => maker.together(10_000 + task * 1000 + step * 10),
        },
    }
}

/// What every run begins with.
fn filling(step: u64, mark: i64) -> Op {
    let create = |node_type, id, created: u64, props: Vec<(&str, Value)>| {
        let mut props = props.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Props>();
        props.insert(MARK, mark);
        Create { id: Some(id), created: Some(Timestamp(created as i64)), ..Create::new(node_type, props) }
    };
    let user = |n: u64| create(USER, user_id(n), n, vec![("username", format!("n{n}").into())]);
    let list = |n: u64| {
        let color = if n.is_multiple_of(2) { "red" } else { "blue" };
        let (owner, rank) = (user_id(n % USERS).into(), Value::Int((n % 4) as i64));
        create(LIST, list_id(n), n, vec![("ownerId", owner), ("rank", rank), ("color", color.into())])
    };
    let note = |n: u64| {
        let parent = if n < 12 { ("listId", list_id(n % LISTS_IN_ALL)) } else { ("noteId", note_id(n % 12)) };
        create(NOTE, note_id(n), n, vec![(parent.0, parent.1.into())])
    };
    let badge = |n: u64| create(BADGE, spread(300 + n), n, vec![("userId", user_id(n).into())]);
    let props = || Props::from([(MARK, mark)]);
    let edge = |edge, from, to| PutEdge { props: props(), ..PutEdge::new(edge, from, to) };
    match step {
        0 => Op::Creates((0..USERS).map(user).collect()),
        1 => Op::Creates((0..LISTS_IN_ALL).map(list).collect()),
        2 => Op::Creates((0..NOTES_IN_ALL).map(note).collect()),
        3 => Op::Creates((0..2).map(badge).collect()),
        _ => {
            let follows = [(0, 1), (1, 2), (2, 0), (3, 4), (5, 5)].map(|(a, b)| edge(FOLLOWS, user_id(a), user_id(b)));
            let likes = (0..8).map(|n| edge(LIKES, user_id(n), list_id(n)));
            Op::Edges(follows.into_iter().chain(likes).collect())
        }
    }
}

/// Large writes to one shard.
fn log_fillers(step: u64, mark: i64) -> Vec<Create> {
    let place = spread(1).virtual_shard();
    let id = |number| NodeId::from_parts(2000, place, step * LOG_FILLERS + number);
    let bytes: Vec<u8> = (0..LOG_FILLER_BYTES as u64).map(|at| ((at * at * 2_654_435_761) >> 24) as u8).collect();
    let props = || Props::from([(MARK, Value::Int(mark)), ("filler", Value::Bytes(bytes.clone()))]);
    (0..LOG_FILLERS).map(|number| Create { id: Some(id(number)), ..Create::new(BADGE, props()) }).collect()
}

/// Makes writes by rolling a dice.
struct Maker<'a> {
    dice: &'a mut Dice,
    mark: i64,
}

impl Maker<'_> {
    fn user(&mut self) -> NodeId {
        user_id(self.dice.roll(USERS))
    }

    fn list(&mut self) -> NodeId {
        list_id(self.dice.roll(LISTS_IN_ALL))
    }

    fn note(&mut self) -> NodeId {
        note_id(self.dice.roll(NOTES_IN_ALL))
    }

    fn name(&mut self) -> Value {
        format!("n{}", self.dice.roll(NAMES)).into()
    }

    fn props(&mut self, node_type: NodeType) -> Props {
        let mut props = Props::from([(MARK, self.mark)]);
        match node_type {
            USER => drop(props.insert("username", self.name())),
            LIST => {
                props.insert("ownerId", self.user());
                props.insert("rank", self.dice.roll(4) as i64);
                props.insert("color", ["red", "blue", "green"][self.dice.roll(3) as usize]);
                props.insert("title", format!("title{}", self.dice.roll(3)));
            }
            _ if self.dice.one_in(2) => drop(props.insert("listId", self.list())),
            _ => drop(props.insert("noteId", self.note())),
        }
        props
    }

    fn new_node(&mut self, id: NodeId) -> Create {
        let node_type = [USER, USER, USER, LIST, LIST, NOTE][self.dice.roll(6) as usize];
        // Names of nobody yet, mostly; else few would be made.
        let mut props = self.props(node_type);
        if node_type == USER && self.dice.one_in(2) {
            props.insert("username", format!("m{}", self.dice.roll(60)));
        }
        Create { id: Some(id), created: Some(Timestamp(self.mark)), ..Create::new(node_type, props) }
    }

    fn create(&mut self, id: NodeId) -> Write {
        let create = self.new_node(id);
        // One that is refused, after its value was claimed.
        let id = if self.dice.one_in(5) { Some(self.user()) } else { create.id };
        Write::Create(Create { id, ..create })
    }

    fn update(&mut self) -> Write {
        let (node_type, id) = match self.dice.roll(8) {
            0..4 => (USER, self.user()),
            4..7 => (LIST, self.list()),
            _ => (NOTE, self.note()),
        };
        let mut set = self.props(node_type);
        match (node_type, self.dice.roll(5)) {
            (USER, 0) => drop(set.insert("username", Value::Null)),
            (USER, 1..3) => drop(set.insert("username", format!("m{}", self.dice.roll(60)))),
            (LIST, 0) => drop(set.insert("ownerId", Value::Null)),
            (LIST, 1) => set = Props::from([(MARK, self.mark)]),
            _ => {}
        }
        Write::Update(Update::new(node_type, id, set))
    }

    fn delete(&mut self) -> Write {
        Write::Delete(match self.dice.roll(4) {
            0 => Delete::new(USER, self.user()),
            1 => Delete::new(NOTE, self.note()),
            _ => Delete::new(LIST, self.list()),
        })
    }

    fn put_edge(&mut self) -> PutEdge {
        let (edge, to): (EdgeType, _) = if self.dice.one_in(2) { (FOLLOWS, self.user()) } else { (LIKES, self.list()) };
        PutEdge { props: Props::from([(MARK, self.mark)]), ..PutEdge::new(edge, self.user(), to) }
    }

    fn edge(&mut self) -> Write {
        let put = self.put_edge();
        if self.dice.roll(3) > 0 {
            Write::PutEdge(put)
        } else {
            Write::DeleteEdge(DeleteEdge::new(put.edge, put.from, put.to))
        }
    }

    fn bulk(&mut self, new: impl Fn(u64) -> NodeId) -> Op {
        if self.dice.one_in(4) {
            return Op::Edges((0..5).map(|_| self.put_edge()).collect());
        }
        let creates = (0..6).map(|number| {
            let create = self.new_node(new(number));
            let id = if self.dice.one_in(8) { Some(self.user()) } else { create.id };
            Create { id, ..create }
        });
        Op::Creates(creates.collect())
    }

    fn upsert(&mut self) -> Op {
        let name = if self.dice.one_in(2) { self.name() } else { format!("m{}", self.dice.roll(6)).into() };
        Op::Upsert(Upsert::new(USER, BY_USERNAME, Props::from([("username", name), (MARK, self.mark.into())])))
    }

    /// Two new nodes, and one that is there, in its virtual shard. The last write fails at times, and the others with
    /// it.
    fn together(&mut self, number: u64) -> Op {
        let there = self.list();
        let new = |more| Some(NodeId::from_parts(1000, there.virtual_shard(), number + more));
        let named = format!("m{}", self.dice.roll(60));
        let user = Props::from([("username", Value::from(named)), (MARK, self.mark.into())]);
        let list = self.props(LIST);
        let expected_version = (self.dice.one_in(4)).then_some(99);
        let set = self.props(LIST);
        let writes = vec![
            Write::Create(Create { id: new(0), ..Create::new(USER, user) }),
            Write::Create(Create { id: new(1), ..Create::new(LIST, list) }),
            Write::Update(Update { expected_version, ..Update::new(LIST, there, set) }),
        ];
        Op::Together(writes, None)
    }
}
