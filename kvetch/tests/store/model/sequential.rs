//! One write after another: each is answered as the model answers it, on 1, 3 and 16 shards.
//!
//! `GRAPHSCALE_LONG=1` asks for many sequences, `KVETCH_MODEL_CASES` for any number.

use kvetch::{
    Create, Delete, DeleteEdge, EdgeType, Kvetch, NodeId, NodeType, Order, Props, PutEdge, Timestamp, Update, Upsert,
    Value, VirtualShard, Write,
};
use proptest::prelude::*;

use crate::fixture::*;
use crate::stalls::unless_stalled;

use super::compare::compare;
use super::plain::Model;

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

fn ids() -> Vec<NodeId> {
    (0..NODES).rev().map(id).collect()
}

fn a_type() -> impl Strategy<Value = NodeType> {
    prop_oneof![4 => Just(USER), 7 => Just(LIST), 5 => Just(NOTE), 1 => Just(BADGE)]
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
        a_prop("listId", (0..NODES).prop_map(|slot| id(slot).into())),
        a_prop("noteId", (0..NODES).prop_map(|slot| id(slot).into())),
        a_prop("userId", (0..NODES).prop_map(|slot| id(slot).into())),
        a_prop("title", (0..3u8).prop_map(|number| format!("title{number}").into())),
    )
        .prop_map(|(owner, rank, color, username, list, note, user, title)| {
            [owner, rank, color, username, list, note, user, title].into_iter().flatten().collect()
        })
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
        Step::Read { first, order } => compare(store, model, &ids(), *first, *order).await,
    }
}

#[test]
fn a_store_behaves_like_a_plain_map() {
    let cases = std::env::var("KVETCH_MODEL_CASES").ok().and_then(|cases| cases.parse().ok());
    let cases = cases.unwrap_or(if is_long() { 400 } else { 16 });
    let begun = std::time::Instant::now();
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime starts");
    proptest!(config, |(steps in prop::collection::vec(a_step(), 1..60))| {
        for shards in SHARD_COUNTS {
            unless_stalled(|| runtime.block_on(on_a_new_store(shards, async |store| {
                let mut model = Model::default();
                for taken in &steps {
                    step(store, &mut model, taken).await;
                }
                compare(store, &model, &ids(), 2, Order::Ascending).await;
            })));
        }
    });
    let seconds = begun.elapsed().as_secs();
    eprintln!("model with one writer: {cases} sequences, each on {SHARD_COUNTS:?} shards, in {seconds} s");
}
