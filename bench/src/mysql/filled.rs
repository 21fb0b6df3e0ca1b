//! A store on a server, with nodes and with lists of several lengths. The rows are put past the front door, which
//! would take minutes.

use kvetch::{Body, DerivedEdge, EdgeType, Kvetch, NodeId, NodeType, NodeTypeDef, Props, Schema, StoreUrl};
use testkit::Server;
use tokio::runtime::Runtime;

use crate::database::{self, hex, insert};

pub(super) const OWNER: NodeType = NodeType(1);
pub(super) const THING: NodeType = NodeType(2);
pub(super) const THINGS: EdgeType = EdgeType(1);

/// Lengths of lists that are compared.
pub(super) const LENGTHS: [usize; 4] = [10, 100, 1_000, 10_000];

/// The edges of a list whose sort keys are all the same.
pub(super) const TIES: usize = 10_000;

/// Milliseconds of the time that the ids begin with.
const ERA: u64 = 1_760_000_000_000;

pub(super) struct Filled {
    pub(super) runtime: Runtime,
    pub(super) kvetch: Kvetch,
    pub(super) server: Server,
    pub(super) nodes: Vec<NodeId>,
    /// Many lists of a hundred.
    pub(super) lists: Vec<NodeId>,
    /// As many lists of each of the [`LENGTHS`].
    pub(super) by_length: [Vec<NodeId>; LENGTHS.len()],
    /// The list of ties.
    pub(super) ties: NodeId,
}

impl Filled {
    pub(super) fn make(is_quick: bool) -> Self {
        let (nodes, lists, of_each) = if is_quick { (5_000, 1_000, 10) } else { (200_000, 2_000, 100) };
        let server = database::start();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let kvetch = runtime.block_on(open(&server, 16));

        eprintln!("filling: {nodes} nodes, {lists} lists of 100, {of_each} lists each of {LENGTHS:?}");
        let nodes = ids(0, nodes);
        let body = [&[1], body().as_cbor()].concat();
        let row = |id: &NodeId| format!("({},{},1,5,5,{})", hex(id.as_bytes()), THING.0, hex(&body));
        let rows = nodes.iter().map(row).collect::<Vec<_>>();
        insert(&server, "INSERT INTO kvetch_nodes (id, type, version, created, updated, body) VALUES", &rows);

        let lists = ids(1, lists);
        lists.chunks(100).for_each(|lists| fill(&server, lists, 100, "seq"));
        let by_length = LENGTHS.map(|length| {
            let lists = ids(length as u64, of_each);
            lists.chunks((200_000 / length).max(1)).for_each(|lists| fill(&server, lists, length, "seq"));
            lists
        });
        let ties = ids(2, 1)[0];
        fill(&server, &[ties], TIES, "7");
        Self { runtime, kvetch, server, nodes, lists, by_length, ties }
    }

    /// The address of the database, for other connections.
    pub(super) fn url(&self) -> String {
        self.server.url(database::NAME)
    }

    pub(super) fn close(self) {
        self.runtime.block_on(self.kvetch.close()).expect("the store closes");
    }
}

/// A store in the server's database, made where it is not there yet.
pub(super) async fn open(server: &Server, connections: usize) -> Kvetch {
    open_at(&server.url(database::NAME), connections).await
}

/// The same at another address.
pub(super) async fn open_at(url: &str, connections: usize) -> Kvetch {
    let schema = Schema::builder()
        .node_type(NodeTypeDef { id: OWNER, name: "Owner".to_owned() })
        .node_type(NodeTypeDef { id: THING, name: "Thing".to_owned() })
        .edge(DerivedEdge::new(THINGS, "things", OWNER, THING, "owner"))
        .build();
    let url: StoreUrl = format!("{url}?pool={connections}").parse().expect("the address is valid");
    Kvetch::open(&[url], schema.expect("the schema is consistent")).await.expect("the store opens")
}

fn body() -> Body {
    let props =
        Props::from([("text", "something that has to be done before the end of the week"), ("code", "a-b-c-d")]);
    Body::from_props(&props).expect("the props can be encoded")
}

/// Ids as they come to be over time, ten in a millisecond.
fn ids(series: u64, count: usize) -> Vec<NodeId> {
    let mut random = fastrand::Rng::with_seed(series);
    let id = |number: usize| {
        let time = ERA + series * 1_000_000 + number as u64 / 10;
        let bits = u128::from(time) << 80 | random.u128(..) >> 48;
        NodeId::from_bytes((bits & !(0xf << 76) | 8 << 76).to_be_bytes())
    };
    (0..count).map(id).collect()
}

/// Edges of these lists, with sort keys by their number or all the same.
fn fill(server: &Server, lists: &[NodeId], length: usize, sort_key: &str) {
    let lists = lists.iter().map(|list| format!("SELECT {} AS id", hex(list.as_bytes())));
    let lists = lists.collect::<Vec<_>>().join(" UNION ALL ");
    server.execute(&format!(
        "USE {}; INSERT INTO kvetch_edges (edge, from_id, sort_key, to_id) \
         SELECT {}, id, {sort_key}, UNHEX(MD5(CONCAT(id, seq))) FROM ({lists}) AS lists, seq_1_to_{length}",
        database::NAME,
        THINGS.0,
    ));
}
