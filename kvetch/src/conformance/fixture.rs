//! A small schema, nodes for it, and single reads.

use std::sync::Arc;

use crate::{
    Answer, Create, DerivedEdge, Edge, EdgePage, EdgeRead, EdgeType, IdPage, IndexDef, IndexId, IndexKind, IndexRead,
    Kvetch, Node, NodeId, NodePage, NodeType, NodeTypeDef, OnDelete, Props, Read, Result, Round, Schema, StoredEdge,
    Value, VirtualShard,
};

/// A type with a unique name.
pub const USER: NodeType = NodeType(1);
/// A type that stores its owner.
pub const LIST: NodeType = NodeType(2);
/// Goes with its list, or with the note that it answers.
pub const NOTE: NodeType = NodeType(3);
/// Keeps its user from being deleted.
pub const BADGE: NodeType = NodeType(4);

/// From a user to the lists that store it as their owner, by creation.
pub const LISTS: EdgeType = EdgeType(1);
/// The same, by rank.
pub const RANKED: EdgeType = EdgeType(2);

/// From a list to its notes, which are deleted with it.
pub const NOTES: EdgeType = EdgeType(3);
/// From a note to those that answer it, which are deleted with it.
pub const ANSWERS: EdgeType = EdgeType(4);
/// From a user to badges, which forbid its deletion.
pub const BADGES: EdgeType = EdgeType(5);
/// A stored edge from a user to users.
pub const FOLLOWS: EdgeType = EdgeType(6);
/// Its inverse.
pub const FOLLOWERS: EdgeType = EdgeType(7);
/// A stored edge from a user to lists.
pub const LIKES: EdgeType = EdgeType(8);
/// Its inverse.
pub const LIKED_BY: EdgeType = EdgeType(9);

/// Unique names of users.
pub const BY_USERNAME: IndexId = IndexId(1);
/// Colors of lists, by equality.
pub const BY_COLOR: IndexId = IndexId(2);
/// Ranks of lists, as a range.
pub const BY_RANK: IndexId = IndexId(3);

/// Titles of lists, as a range.
pub const BY_TITLE: IndexId = IndexId(4);

/// The schema that all cases are written for.
pub fn schema() -> Schema {
    let ranked =
        DerivedEdge { order_by: Some("rank".into()), ..DerivedEdge::new(RANKED, "rankedLists", USER, LIST, "ownerId") };
    let cascade = |id, name, from, key| DerivedEdge {
        on_delete: OnDelete::Cascade,
        ..DerivedEdge::new(id, name, from, NOTE, key)
    };
    let badges =
        DerivedEdge { on_delete: OnDelete::Restrict, ..DerivedEdge::new(BADGES, "badges", USER, BADGE, "userId") };
    let stored = |id, name: &str, to, inverse, inverse_name: &str| StoredEdge {
        id,
        name: name.into(),
        from: USER,
        to,
        inverse,
        inverse_name: inverse_name.into(),
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
        .node_type(NodeTypeDef { id: NOTE, name: "Note".into() })
        .node_type(NodeTypeDef { id: BADGE, name: "Badge".into() })
        .edge(DerivedEdge::new(LISTS, "lists", USER, LIST, "ownerId"))
        .edge(ranked)
        .edge(cascade(NOTES, "notes", LIST, "listId"))
        .edge(cascade(ANSWERS, "answers", NOTE, "noteId"))
        .edge(badges)
        .stored_edge(stored(FOLLOWS, "follows", USER, FOLLOWERS, "followers"))
        .stored_edge(stored(LIKES, "likes", LIST, LIKED_BY, "likedBy"))
        .index(index(BY_USERNAME, "byUsername", USER, "username", IndexKind::Equality, true))
        .index(index(BY_COLOR, "byColor", LIST, "color", IndexKind::Equality, false))
        .index(index(BY_RANK, "byRank", LIST, "rank", IndexKind::Range, false))
        .index(index(BY_TITLE, "byTitle", LIST, "title", IndexKind::Range, false))
        .build()
        .expect("the schema of the tests is valid")
}

/// A user with this name.
pub fn user(username: &str) -> Create {
    Create::new(USER, Props::from([("username", username)]))
}

/// A list of this owner, at this rank.
pub fn list(owner: NodeId, rank: i64) -> Create {
    Create::new(LIST, Props::from([("ownerId", Value::Id(owner)), ("rank", Value::Int(rank))]))
}

/// Creates a node whose rows are all there at once.
pub async fn created(store: &Kvetch, create: Create) -> Node {
    let written = store.create(create).await.expect("the node is created");
    assert_eq!(written.pending, 0);
    written.node
}

/// A node whose id is spread over the shards by a number.
pub fn spread(number: u64) -> NodeId {
    let bucket = (number * 1237 % u64::from(VirtualShard::COUNT)) as u16;
    NodeId::from_parts(1000, VirtualShard::new(bucket).expect("it is below 4096"), number)
}

async fn one(store: &Kvetch, read: Read) -> Answer {
    let Round { mut answers, .. } = store.round(vec![read]).await;
    assert_eq!(answers.len(), 1);
    answers.remove(0)
}

/// Reads nodes.
pub async fn nodes(store: &Kvetch, ids: &[NodeId]) -> Vec<Result<Option<Node>>> {
    let Answer::Nodes(nodes) = one(store, Read::Nodes { ids: ids.to_vec() }).await else { panic!("another answer") };
    nodes.into_iter().map(|node| node.map(|node| node.map(Arc::unwrap_or_clone))).collect()
}

/// Reads one node.
pub async fn node(store: &Kvetch, id: NodeId) -> Option<Node> {
    nodes(store, &[id]).await.remove(0).expect("the node can be read")
}

/// All edges, in ascending order.
pub fn all(edge: EdgeType) -> EdgeRead {
    EdgeRead::new(edge, 1000)
}

/// Reads a page of edges for each source.
pub async fn pages(store: &Kvetch, read: EdgeRead, from: &[NodeId]) -> Vec<Result<EdgePage>> {
    let read = Read::Edges { read, from: from.to_vec() };
    let Answer::Edges(pages) = one(store, read).await else { panic!("another answer") };
    pages.into_iter().map(|page| page.map(Arc::unwrap_or_clone)).collect()
}

/// Reads a page of edges.
pub async fn page(store: &Kvetch, read: EdgeRead, from: NodeId) -> EdgePage {
    pages(store, read, &[from]).await.remove(0).expect("the edges can be read")
}

/// All nodes an edge leads to.
pub async fn ends(store: &Kvetch, edge: EdgeType, from: NodeId) -> Vec<NodeId> {
    ids_of(&page(store, all(edge), from).await)
}

/// Where the edges of a page lead to.
pub fn ids_of(page: &EdgePage) -> Vec<NodeId> {
    page.edges.iter().map(|Edge { to, .. }| *to).collect()
}

/// Reads a count.
pub async fn count(store: &Kvetch, edge: EdgeType, from: NodeId) -> u64 {
    let Answer::Counts(mut counts) = one(store, Read::Counts { edge, from: vec![from] }).await else {
        panic!("another answer")
    };
    counts.remove(0).expect("the count can be read")
}

/// Reads a page of an index.
pub async fn find_page(store: &Kvetch, read: IndexRead, value: Value) -> Result<IdPage> {
    let Answer::Find(mut pages) = one(store, Read::Find { read, values: vec![value] }).await else {
        panic!("another answer")
    };
    pages.remove(0)
}

/// All nodes that an index finds under a value.
pub async fn find(store: &Kvetch, index: IndexId, value: impl Into<Value>) -> Vec<NodeId> {
    find_page(store, IndexRead::new(index, 1000), value.into()).await.expect("the index can be read").ids
}

/// Reads a page of the nodes of a type.
pub async fn browse(store: &Kvetch, node_type: NodeType, after: Option<NodeId>, first: u32) -> NodePage {
    let Answer::Browse(page) = one(store, Read::Browse { node_type, after, first }).await else {
        panic!("another answer")
    };
    page.expect("the type can be browsed")
}
