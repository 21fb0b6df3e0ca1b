//! A small schema, stores of several sizes, and single reads.

use std::future::Future;

use kvetch::{
    Answer, Create, DerivedEdge, Edge, EdgePage, EdgeRead, EdgeType, IdPage, IndexDef, IndexId, IndexKind, IndexRead,
    Kvetch, Node, NodeId, NodePage, NodeType, NodeTypeDef, Order, Props, Read, Result, Round, Schema, Value,
};

pub(crate) const USER: NodeType = NodeType(1);
pub(crate) const LIST: NodeType = NodeType(2);

/// From a user to the lists that store it as their owner, by creation.
pub(crate) const LISTS: EdgeType = EdgeType(1);
/// The same, by rank.
pub(crate) const RANKED: EdgeType = EdgeType(2);

pub(crate) const BY_USERNAME: IndexId = IndexId(1);
pub(crate) const BY_COLOR: IndexId = IndexId(2);
pub(crate) const BY_RANK: IndexId = IndexId(3);

pub(crate) const SHARD_COUNTS: [usize; 3] = [1, 3, 16];

pub(crate) fn schema() -> Schema {
    let edge = |id, name: &str, order_by: Option<&str>| DerivedEdge {
        id,
        name: name.into(),
        from: USER,
        to: LIST,
        key: "ownerId".into(),
        order_by: order_by.map(Into::into),
    };
    let index = |id, name: &str, node_type, key: &str, kind, unique| IndexDef {
        id,
        name: name.into(),
        node_type,
        key: key.into(),
        kind,
        unique,
    };
    Schema::builder()
        .node_type(NodeTypeDef { id: USER, name: "User".into() })
        .node_type(NodeTypeDef { id: LIST, name: "List".into() })
        .edge(edge(LISTS, "lists", None))
        .edge(edge(RANKED, "rankedLists", Some("rank")))
        .index(index(BY_USERNAME, "byUsername", USER, "username", IndexKind::Equality, true))
        .index(index(BY_COLOR, "byColor", LIST, "color", IndexKind::Equality, false))
        .index(index(BY_RANK, "byRank", LIST, "rank", IndexKind::Range, false))
        .build()
        .expect("the schema of the tests is valid")
}

pub(crate) async fn memory(shards: usize) -> Kvetch {
    let url = format!("memory:?shards={shards}").parse().expect("the address is valid");
    Kvetch::open(&[url], schema()).await.expect("a store in memory opens")
}

/// Runs a test on a fresh store of each size.
pub(crate) fn on_every_size<F: Future<Output = ()>>(test: impl Fn(Kvetch) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime starts");
    for shards in SHARD_COUNTS {
        runtime.block_on(async {
            let store = memory(shards).await;
            test(store.clone()).await;
            store.close().await.expect("a store closes");
        });
    }
}

pub(crate) fn user(username: &str) -> Create {
    Create::new(USER, Props::from([("username", username)]))
}

pub(crate) fn list(owner: NodeId, rank: i64) -> Create {
    Create::new(LIST, Props::from([("ownerId", Value::Id(owner)), ("rank", Value::Int(rank))]))
}

pub(crate) async fn created(store: &Kvetch, create: Create) -> Node {
    let written = store.create(create).await.expect("the node is created");
    assert_eq!(written.pending, 0);
    written.node
}

async fn one(store: &Kvetch, read: Read) -> Answer {
    let Round { mut answers, .. } = store.round(vec![read]).await;
    assert_eq!(answers.len(), 1);
    answers.remove(0)
}

pub(crate) async fn nodes(store: &Kvetch, ids: &[NodeId]) -> Vec<Result<Option<Node>>> {
    let Answer::Nodes(nodes) = one(store, Read::Nodes { ids: ids.to_vec() }).await else { panic!("another answer") };
    nodes
}

pub(crate) async fn node(store: &Kvetch, id: NodeId) -> Option<Node> {
    nodes(store, &[id]).await.remove(0).expect("the node can be read")
}

pub(crate) fn all(edge: EdgeType) -> EdgeRead {
    EdgeRead { edge, first: 1000, after: None, order: Order::Ascending }
}

pub(crate) async fn pages(store: &Kvetch, read: EdgeRead, from: &[NodeId]) -> Vec<Result<EdgePage>> {
    let read = Read::Edges { read, from: from.to_vec() };
    let Answer::Edges(pages) = one(store, read).await else { panic!("another answer") };
    pages
}

pub(crate) async fn page(store: &Kvetch, read: EdgeRead, from: NodeId) -> EdgePage {
    pages(store, read, &[from]).await.remove(0).expect("the edges can be read")
}

/// All nodes an edge leads to.
pub(crate) async fn ends(store: &Kvetch, edge: EdgeType, from: NodeId) -> Vec<NodeId> {
    ids_of(&page(store, all(edge), from).await)
}

pub(crate) fn ids_of(page: &EdgePage) -> Vec<NodeId> {
    page.edges.iter().map(|Edge { to, .. }| *to).collect()
}

pub(crate) async fn count(store: &Kvetch, edge: EdgeType, from: NodeId) -> u64 {
    let Answer::Counts(mut counts) = one(store, Read::Counts { edge, from: vec![from] }).await else {
        panic!("another answer")
    };
    counts.remove(0).expect("the count can be read")
}

pub(crate) async fn find_page(store: &Kvetch, read: IndexRead, value: Value) -> Result<IdPage> {
    let Answer::Find(mut pages) = one(store, Read::Find { read, values: vec![value] }).await else {
        panic!("another answer")
    };
    pages.remove(0)
}

pub(crate) async fn find(store: &Kvetch, index: IndexId, value: impl Into<Value>) -> Vec<NodeId> {
    let read = IndexRead { index, first: 1000, after: None };
    find_page(store, read, value.into()).await.expect("the index can be read").ids
}

pub(crate) async fn browse(store: &Kvetch, node_type: NodeType, after: Option<NodeId>, first: u32) -> NodePage {
    let Answer::Browse(page) = one(store, Read::Browse { node_type, after, first }).await else {
        panic!("another answer")
    };
    page.expect("the type can be browsed")
}
