//! The node cache: fewer statements, and never anything older than the last answered write.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use kvetch::{
    Answer, Create, Delete, Kvetch, Node, NodeId, NodeType, NodeTypeDef, Options, Props, Read, Schema, Update,
};

const THING: NodeType = NodeType(1);

async fn cached(bytes: u64) -> Kvetch {
    let schema = Schema::builder().node_type(NodeTypeDef { id: THING, name: "Thing".to_owned() });
    let mut options = Options::default();
    options.cache_bytes = Some(bytes);
    let url = "memory:?shards=3".parse().expect("the URL is valid");
    Kvetch::open_with(&[url], schema.build().expect("the schema is consistent"), options).await.expect("it opens")
}

async fn create(store: &Kvetch) -> NodeId {
    let props = Props::from([("text", "some text"), ("more", "some more text")]);
    store.create(Create::new(THING, props)).await.expect("the node is created").node.id
}

async fn read(store: &Kvetch, ids: &[NodeId]) -> (Vec<Option<Arc<Node>>>, u64) {
    let mut round = store.round(vec![Read::Nodes { ids: ids.to_vec() }]).await;
    let Some(Answer::Nodes(nodes)) = round.answers.pop() else { panic!("a read of nodes answers nodes") };
    (nodes.into_iter().map(|node| node.expect("the shard answers")).collect(), round.stats.statements)
}

#[tokio::test]
async fn a_node_that_is_known_costs_no_statement() {
    let store = cached(1 << 20).await;
    let ids = [create(&store).await, create(&store).await, NodeId::generate()];
    let (first, statements) = read(&store, &ids).await;
    assert!(statements > 0);
    let (second, _) = read(&store, &ids).await;
    assert_eq!(first, second);
    // What is absent is not remembered: another process may create it.
    let (_, statements) = read(&store, &ids[..2]).await;
    assert_eq!(statements, 0);
}

#[tokio::test]
async fn every_write_is_seen_at_once() {
    let store = cached(1 << 20).await;
    let id = create(&store).await;
    read(&store, &[id]).await;
    for version in 2..10 {
        let set = Props::from([("number", i64::from(version))]);
        let written = store.update(Update::new(THING, id, set)).await.expect("the node is updated").node;
        assert_eq!(read(&store, &[id]).await.0, [Some(Arc::new(written))]);
    }
    store.delete(Delete::new(THING, id)).await.expect("the node is deleted");
    assert_eq!(read(&store, &[id]).await.0, [None]);
}

/// A fill used to be put in first and taken out again if a write had come between: for a moment the old node was there
/// after the write had been answered, and another reader could find it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_never_see_less_than_what_was_answered() {
    let store = cached(1 << 20).await;
    let ids = Arc::new([create(&store).await, create(&store).await, create(&store).await]);
    let answered = Arc::new([const { AtomicU64::new(1) }; 3]);
    let writes = if std::env::var_os("GRAPHSCALE_LONG").is_some() { 20_000 } else { 500 };
    let writer = {
        let (store, ids, answered) = (store.clone(), ids.clone(), answered.clone());
        tokio::spawn(async move {
            for number in 0..writes {
                let place = number % 3;
                let set = Props::from([("number", number as i64)]);
                let written = store.update(Update::new(THING, ids[place], set)).await.expect("the node is updated");
                answered[place].fetch_max(written.node.version, Ordering::SeqCst);
            }
        })
    };
    let readers = (0..3).map(|_| {
        let (store, ids, answered) = (store.clone(), ids.clone(), answered.clone());
        tokio::spawn(async move {
            let target = writes as u64 / 3;
            let mut seen = 0;
            while seen < target {
                let floors = answered.each_ref().map(|version| version.load(Ordering::SeqCst));
                let (nodes, _) = read(&store, &ids[..]).await;
                for (node, floor) in nodes.into_iter().zip(floors) {
                    let version = node.expect("the node is there").version;
                    assert!(version >= floor, "version {version} was read after {floor} had been answered");
                    seen = seen.max(version);
                }
                tokio::task::yield_now().await;
            }
        })
    });
    for reader in readers.collect::<Vec<_>>() {
        reader.await.expect("no reader panics");
    }
    writer.await.expect("the writer does not panic");
}
