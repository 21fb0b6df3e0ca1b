//! Random writes and reads against a plain model of the same promises, on 1, 3 and 16 shards.
//!
//! `GRAPHSCALE_LONG=1` asks for 10,000 sequences, `KVETCH_MODEL_CASES` for any number.

use std::collections::{BTreeMap, BTreeSet};

use kvetch::{
    Answer, Create, Delete, DeleteEdge, EdgeAfter, EdgeRead, EdgeType, IndexId, IndexRead, Kvetch, Node, NodeId,
    NodeType, Order, Props, PutEdge, Read, Timestamp, Update, Upsert, Value, VirtualShard, Write,
};
use proptest::prelude::*;

use crate::fixture::*;

const NODES: usize = 12;

/// A node of the model and of the store, by a small number. The first few are users if all goes well.
type Slot = usize;

#[derive(Debug, Clone)]
enum Step {
    Create { slot: Slot, node_type: NodeType, props: Props, created: i64 },
    CreateMany { first: Slot, count: usize, owner: Slot },
    Update { slot: Slot, node_type: NodeType, set: Props, expected: Option<u64> },
    Delete { slot: Slot, node_type: NodeType, expected: Option<u64> },
    Upsert { set: Props },
    PutEdge { edge: EdgeType, from: Slot, to: Slot, sort_key: i64 },
    DeleteEdge { edge: EdgeType, from: Slot, to: Slot },
    Together { slot: Slot, set: Props, expected: Option<u64> },
    Read { first: u32, order: Order },
}

fn id(slot: Slot) -> NodeId {
    let bucket = (slot * 1237 % usize::from(VirtualShard::COUNT)) as u16;
    NodeId::from_parts(1000 + slot as u64 / 2, VirtualShard::new(bucket).expect("it is below 4096"), slot as u64)
}

fn a_type() -> impl Strategy<Value = NodeType> {
    prop_oneof![Just(USER), Just(LIST), Just(LIST)]
}

fn a_prop(key: &'static str, value: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Option<(String, Value)>> {
    prop_oneof![
        2 => Just(None),
        1 => Just(Some((key.to_owned(), Value::Null))),
        6 => value.prop_map(move |value| Some((key.to_owned(), value))),
    ]
    .boxed()
}

fn some_props() -> impl Strategy<Value = Props> {
    (
        a_prop("ownerId", (0..NODES).prop_map(|slot| id(slot).into())),
        a_prop("rank", (-2..3i64).prop_map(Value::Int)),
        a_prop("color", prop_oneof![Just("red".into()), Just("blue".into())]),
        a_prop("username", (0..4u8).prop_map(|number| format!("name{number}").into())),
    )
        .prop_map(|(owner, rank, color, username)| [owner, rank, color, username].into_iter().flatten().collect())
}

fn a_stored_edge() -> impl Strategy<Value = EdgeType> {
    prop_oneof![Just(FOLLOWS), Just(LIKES)]
}

fn a_step() -> impl Strategy<Value = Step> {
    let expected = || prop_oneof![3 => Just(None), 1 => (1..4u64).prop_map(Some)];
    let order = prop_oneof![Just(Order::Ascending), Just(Order::Descending)];
    prop_oneof![
        6 => (0..NODES, a_type(), some_props(), 0..3i64)
            .prop_map(|(slot, node_type, props, created)| Step::Create { slot, node_type, props, created }),
        1 => (0..NODES, 1..5usize, 0..NODES)
            .prop_map(|(first, count, owner)| Step::CreateMany { first, count, owner }),
        6 => (0..NODES, a_type(), some_props(), expected())
            .prop_map(|(slot, node_type, set, expected)| Step::Update { slot, node_type, set, expected }),
        2 => (0..NODES, a_type(), expected())
            .prop_map(|(slot, node_type, expected)| Step::Delete { slot, node_type, expected }),
        2 => (some_props(), 0..4u8).prop_map(|(mut set, number)| {
            set.insert("username", format!("name{number}"));
            Step::Upsert { set }
        }),
        4 => (a_stored_edge(), 0..NODES, 0..NODES, 0..3i64)
            .prop_map(|(edge, from, to, sort_key)| Step::PutEdge { edge, from, to, sort_key }),
        1 => (a_stored_edge(), 0..NODES, 0..NODES).prop_map(|(edge, from, to)| Step::DeleteEdge { edge, from, to }),
        1 => (0..NODES, some_props(), expected())
            .prop_map(|(slot, set, expected)| Step::Together { slot, set, expected }),
        2 => (1..5u32, order).prop_map(|(first, order)| Step::Read { first, order }),
    ]
}

#[derive(Debug, Clone)]
struct ModelNode {
    node_type: NodeType,
    version: u64,
    created: i64,
    props: BTreeMap<String, Value>,
}

impl ModelNode {
    fn has(&self, key: &str, value: &Value) -> bool {
        self.props.get(key) == Some(value)
    }

    fn is(&self, node: &Node) -> bool {
        let props = node.body.to_props().expect("the body decodes");
        (self.node_type, self.version, self.created) == (node.node_type, node.version, node.created.0)
            && props == self.props.clone().into_iter().collect()
    }
}

#[derive(Debug, Default)]
struct Model {
    nodes: BTreeMap<NodeId, ModelNode>,
    gone: BTreeSet<NodeId>,
    /// Sort keys of stored edges.
    edges: BTreeMap<(EdgeType, NodeId, NodeId), i64>,
}

type Outcome = Result<u64, &'static str>;

impl Model {
    fn create(&mut self, id: NodeId, node_type: NodeType, props: &Props, created: i64) -> Outcome {
        if self.nodes.contains_key(&id) {
            return Err("exists");
        }
        if self.gone.contains(&id) {
            return Err("gone");
        }
        let node = ModelNode { node_type, version: 1, created, props: BTreeMap::new() };
        self.put(id, node, props)
    }

    fn update(&mut self, id: NodeId, node_type: NodeType, set: &Props, expected: Option<u64>) -> Outcome {
        let mut node = self.existing(id, node_type, expected)?.clone();
        node.version += 1;
        self.put(id, node, set)
    }

    fn delete(&mut self, id: NodeId, node_type: NodeType, expected: Option<u64>) -> Outcome {
        let version = self.existing(id, node_type, expected)?.version;
        self.nodes.remove(&id);
        self.gone.insert(id);
        self.edges.retain(|(_, from, to), _| *from != id && *to != id);
        Ok(version)
    }

    fn put_edge(&mut self, edge: EdgeType, from: NodeId, to: NodeId, sort_key: i64) -> Outcome {
        self.existing(to, if edge == FOLLOWS { USER } else { LIST }, None)?;
        let version = self.touch(from)?;
        self.edges.insert((edge, from, to), sort_key);
        Ok(version)
    }

    fn delete_edge(&mut self, edge: EdgeType, from: NodeId, to: NodeId) -> Outcome {
        self.existing(from, USER, None)?;
        self.edges.remove(&(edge, from, to)).ok_or("edge_not_found")?;
        self.touch(from)
    }

    fn touch(&mut self, from: NodeId) -> Outcome {
        self.existing(from, USER, None)?;
        let node = self.nodes.get_mut(&from).expect("it exists");
        node.version += 1;
        Ok(node.version)
    }

    fn existing(&self, id: NodeId, node_type: NodeType, expected: Option<u64>) -> Result<&ModelNode, &'static str> {
        let node = self.nodes.get(&id).ok_or("not_found")?;
        if node.node_type != node_type {
            return Err("wrong_type");
        }
        if expected.is_some_and(|expected| expected != node.version) {
            return Err("conflict");
        }
        Ok(node)
    }

    fn put(&mut self, id: NodeId, mut node: ModelNode, set: &Props) -> Outcome {
        for (key, value) in set {
            if *value == Value::Null {
                node.props.remove(key);
            } else {
                node.props.insert(key.clone(), value.clone());
            }
        }
        let taken = |other: &NodeId, name: &Value| *other != id && self.nodes[other].has("username", name);
        if node.node_type == USER
            && let Some(name) = node.props.get("username")
            && self.of_type(USER).any(|other| taken(&other, name))
        {
            return Err("duplicate");
        }
        let version = node.version;
        self.nodes.insert(id, node);
        Ok(version)
    }

    fn of_type(&self, node_type: NodeType) -> impl Iterator<Item = NodeId> {
        self.nodes.iter().filter(move |(_, node)| node.node_type == node_type).map(|(id, _)| *id)
    }

    fn edges(&self, edge: EdgeType, from: NodeId) -> Vec<(i64, NodeId)> {
        if [FOLLOWS, LIKES, FOLLOWERS, LIKED_BY].contains(&edge) {
            return self.stored_edges(edge, from);
        }
        let place = |node: &ModelNode| match node.props.get("rank") {
            _ if edge == LISTS => node.created,
            Some(Value::Int(rank)) => *rank,
            _ => i64::MIN,
        };
        let lists = self.of_type(LIST).filter(|id| self.nodes[id].has("ownerId", &from.into()));
        let mut edges: Vec<_> = lists.map(|id| (place(&self.nodes[&id]), id)).collect();
        edges.sort_unstable();
        edges
    }

    fn stored_edges(&self, edge: EdgeType, from: NodeId) -> Vec<(i64, NodeId)> {
        let ends = self.edges.iter().filter_map(|((stored, a, b), sort_key)| {
            let forward = (*stored == edge && *a == from).then_some((*sort_key, *b));
            let back = EdgeType(stored.0 + 1) == edge && *b == from;
            forward.or(back.then_some((*sort_key, *a)))
        });
        let mut ends: Vec<_> = ends.collect();
        ends.sort_unstable();
        ends
    }

    fn find(&self, node_type: NodeType, key: &str, value: &Value) -> Vec<NodeId> {
        self.of_type(node_type).filter(|id| self.nodes[id].has(key, value)).collect()
    }
}

/// Runs one step on both, and compares what they say of it.
async fn step(store: &Kvetch, model: &mut Model, step: &Step) {
    match step {
        Step::Create { slot, node_type, props, created } => {
            let create = Create {
                id: Some(id(*slot)),
                created: Some(Timestamp(*created)),
                ..Create::new(*node_type, props.clone())
            };
            let written = store.create(create).await.map(|written| written.node.version).map_err(|e| e.code());
            assert_eq!(written, model.create(id(*slot), *node_type, props, *created), "{step:?}");
        }
        Step::CreateMany { first, count, owner } => {
            let props = Props::from([("ownerId", id(*owner))]);
            let slots = (0..*count).map(|more| (first + more) % NODES);
            let creates = slots.clone().map(|slot| Create {
                id: Some(id(slot)),
                created: Some(Timestamp(9)),
                ..Create::new(LIST, props.clone())
            });
            let written = store.create_many(creates.collect()).await;
            for (slot, written) in slots.zip(written) {
                let written = written.map(|written| written.node.version).map_err(|error| error.code());
                assert_eq!(written, model.create(id(slot), LIST, &props, 9), "{step:?}");
            }
        }
        Step::Update { slot, node_type, set, expected } => {
            let update = Update { expected_version: *expected, ..Update::new(*node_type, id(*slot), set.clone()) };
            let written = store.update(update).await.map(|written| written.node.version).map_err(|e| e.code());
            assert_eq!(written, model.update(id(*slot), *node_type, set, *expected), "{step:?}");
        }
        Step::Delete { slot, node_type, expected } => {
            let delete = Delete { expected_version: *expected, ..Delete::new(*node_type, id(*slot)) };
            let written = store.delete(delete).await.map(|written| written.node.version).map_err(|e| e.code());
            assert_eq!(written, model.delete(id(*slot), *node_type, *expected), "{step:?}");
        }
        Step::Upsert { set } => {
            let written = store.upsert(Upsert::new(USER, BY_USERNAME, set.clone())).await.unwrap().node;
            let name = set.get("username").expect("it is there");
            let expected = match model.find(USER, "username", name).first() {
                Some(holder) => model.update(*holder, USER, set, None).map(|version| (*holder, version)),
                None => model.create(written.id, USER, set, written.created.0).map(|version| (written.id, version)),
            };
            assert_eq!(Ok((written.id, written.version)), expected, "{step:?}");
        }
        Step::PutEdge { edge, from, to, sort_key } => {
            let put = PutEdge { sort_key: Some(*sort_key), ..PutEdge::new(*edge, id(*from), id(*to)) };
            let written = store.put_edge(put).await.map(|written| written.node.version).map_err(|e| e.code());
            assert_eq!(written, model.put_edge(*edge, id(*from), id(*to), *sort_key), "{step:?}");
        }
        Step::DeleteEdge { edge, from, to } => {
            let delete = DeleteEdge::new(*edge, id(*from), id(*to));
            let written = store.delete_edge(delete).await.map(|written| written.node.version).map_err(|e| e.code());
            assert_eq!(written, model.delete_edge(*edge, id(*from), id(*to)), "{step:?}");
        }
        Step::Together { slot, set, expected } => {
            let (id, plain) = (id(*slot), Props::from([("color", "green")]));
            let second = Update { expected_version: *expected, ..Update::new(LIST, id, set.clone()) };
            let writes = vec![Write::Update(Update::new(LIST, id, plain.clone())), Write::Update(second)];
            let written = store.write_together(writes, None).await;
            let before = model.nodes.get(&id).cloned();
            let first = model.update(id, LIST, &plain, None);
            let both = first.and_then(|_| model.update(id, LIST, set, *expected));
            if let (Err(_), Some(before)) = (&both, before) {
                model.nodes.insert(id, before);
            }
            let written = written.map(|written| written[1].node.version).map_err(|error| error.code());
            assert_eq!(written, both, "{step:?}");
        }
        Step::Read { first, order } => compare(store, model, *first, *order).await,
    }
}

/// Reads everything in every way, in pages, and compares it with the model.
async fn compare(store: &Kvetch, model: &Model, first: u32, order: Order) {
    let ids: Vec<NodeId> = (0..NODES).rev().map(id).collect();
    let edges = [LISTS, RANKED, FOLLOWS, FOLLOWERS, LIKES, LIKED_BY];
    let mut reads = vec![Read::Nodes { ids: ids.clone() }];
    reads.extend(edges.map(|edge| Read::Counts { edge, from: ids.clone() }));
    let mut answers = store.round(reads).await.answers.into_iter();

    let Some(Answer::Nodes(nodes)) = answers.next() else { panic!("another answer") };
    for (id, node) in ids.iter().zip(nodes) {
        let (node, expected) = (node.unwrap(), model.nodes.get(id));
        assert_eq!(node.is_some(), expected.is_some(), "{id}");
        assert!(node.iter().zip(expected).all(|(node, expected)| expected.is(node)), "{node:?} is not {expected:?}");
    }
    for edge in edges {
        let Some(Answer::Counts(counts)) = answers.next() else { panic!("another answer") };
        for (from, count) in ids.iter().zip(counts) {
            assert_eq!(count, Ok(model.edges(edge, *from).len() as u64));
        }
    }
    for edge in edges {
        for from in &ids {
            compare_edges(store, model, edge, *from, first, order).await;
        }
    }
    for name in 0..4 {
        compare_find(store, model, first, BY_USERNAME, USER, "username", format!("name{name}").into()).await;
    }
    for color in ["red", "blue"] {
        compare_find(store, model, first, BY_COLOR, LIST, "color", color.into()).await;
    }
    for rank in -2..3 {
        compare_find(store, model, first, BY_RANK, LIST, "rank", Value::Int(rank)).await;
    }
    for node_type in [USER, LIST] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = browse(store, node_type, after, first).await;
            found.extend(page.nodes.iter().map(|node| node.id));
            after = page.last;
            if !page.has_next {
                break;
            }
        }
        assert_eq!(found, model.of_type(node_type).collect::<Vec<_>>());
    }
}

async fn compare_edges(store: &Kvetch, model: &Model, edge: EdgeType, from: NodeId, first: u32, order: Order) {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = page(store, EdgeRead { after, order, ..EdgeRead::new(edge, first) }, from).await;
        assert!(page.edges.len() <= first as usize);
        found.extend(page.edges.iter().map(|edge| (edge.sort_key, edge.to)));
        let Some((sort_key, to)) = found.last().copied().filter(|_| page.has_next) else { break };
        // Both kinds of cursor lead on from the same place.
        after = Some(if found.len() % 2 == 0 { EdgeAfter::Node(to) } else { EdgeAfter::Position { sort_key, to } });
    }
    let mut expected = model.edges(edge, from);
    if order == Order::Descending {
        expected.reverse();
    }
    assert_eq!(found, expected, "edge {edge} from {from}");
}

async fn compare_find(
    store: &Kvetch,
    model: &Model,
    first: u32,
    index: IndexId,
    node_type: NodeType,
    key: &str,
    value: Value,
) {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = find_page(store, IndexRead { index, first, after }, value.clone()).await.unwrap();
        found.extend(page.ids);
        after = found.last().copied();
        if !page.has_next {
            break;
        }
    }
    assert_eq!(found, model.find(node_type, key, &value), "{key} {value:?}");
}

#[test]
fn a_store_behaves_like_a_plain_map() {
    let cases = std::env::var("KVETCH_MODEL_CASES").ok().and_then(|cases| cases.parse().ok());
    let cases = cases.unwrap_or(if is_long() { 10_000 } else { 16 });
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime starts");
    proptest!(config, |(steps in prop::collection::vec(a_step(), 1..60))| {
        for shards in SHARD_COUNTS {
            runtime.block_on(async {
                let store = memory(shards).await;
                let mut model = Model::default();
                for taken in &steps {
                    step(&store, &mut model, taken).await;
                }
                compare(&store, &model, 2, Order::Ascending).await;
                store.close().await.expect("a store closes");
            });
        }
    });
}
