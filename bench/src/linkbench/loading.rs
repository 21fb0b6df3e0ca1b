//! The graph in the tables of a store, put there past the front door, which would take an hour.

use std::collections::BTreeSet;

use indicatif::{ProgressBar, ProgressStyle};
use kvetch::{Body, EdgeType, Kvetch, NodeId, NodeType, NodeTypeDef, Props, Schema, StoreUrl, StoredEdge, Value};
use testkit::Server;

use super::graph::Graph;
use crate::database::{self, hex, insert};

pub(super) const NODE: NodeType = NodeType(1);
pub(super) const LINKS: EdgeType = EdgeType(1);
pub(super) const LINKED_BY: EdgeType = EdgeType(2);

/// Bytes of the data of a node, and of a link.
pub(super) const NODE_DATA: usize = 128;
pub(super) const LINK_DATA: usize = 32;

/// Rows that are put between two looks at the progress.
const STEP: usize = 40_000;

/// A store in the server's database.
pub(super) async fn open(server: &Server, connections: usize) -> Kvetch {
    let links = StoredEdge {
        id: LINKS,
        name: "links".to_owned(),
        from: NODE,
        to: NODE,
        inverse: LINKED_BY,
        inverse_name: "linkedBy".to_owned(),
    };
    let schema = Schema::builder().node_type(NodeTypeDef { id: NODE, name: "Node".to_owned() }).stored_edge(links);
    let schema = schema.build().expect("the schema is consistent");
    let url: StoreUrl = format!("{}?pool={connections}", server.url(database::NAME)).parse().expect("it is valid");
    Kvetch::open(&[url], schema).await.expect("the store opens")
}

/// Props that hold so many bytes.
pub(super) fn data(bytes: usize, random: &mut fastrand::Rng) -> Props {
    Props::from([("data", Value::Bytes((0..bytes).map(|_| random.u8(..)).collect()))])
}

/// Props as they are stored.
pub(super) fn stored(props: &Props) -> Vec<u8> {
    [&[1], Body::from_props(props).expect("the props can be encoded").as_cbor()].concat()
}

pub(super) fn load(server: &Server, graph: &Graph) {
    let mut random = fastrand::Rng::with_seed(3);
    let links = links(graph);
    eprintln!("loading {} nodes and {} links, each with its other half", graph.nodes().len(), links.len());
    let mut nodes = graph.nodes().to_vec();
    nodes.sort_unstable();
    let node = |id: &NodeId| {
        format!("({},{},1,5,5,{})", hex(id.as_bytes()), NODE.0, hex(&stored(&data(NODE_DATA, &mut random))))
    };
    put("nodes", server, "kvetch_nodes (id, type, version, created, updated, body)", nodes.iter().map(node));

    let props = hex(&stored(&data(LINK_DATA, &mut fastrand::Rng::with_seed(4))));
    let mut back = links.iter().map(|(from, to)| (*to, *from)).collect::<Vec<_>>();
    back.sort_unstable();
    let forth = links.into_iter().collect::<Vec<_>>();
    for (edge, ends, what) in [(LINKS, &forth, "links"), (LINKED_BY, &back, "other halves")] {
        let row = |(from, to): &(NodeId, NodeId)| {
            // Both halves have one sort key, whichever is put first.
            let sort_key = if edge == LINKS { sort_key(*from, *to) } else { sort_key(*to, *from) };
            format!("({},{},{sort_key},{},{props})", edge.0, hex(from.as_bytes()), hex(to.as_bytes()))
        };
        put(what, server, "kvetch_edges (edge, from_id, sort_key, to_id, props)", ends.iter().map(row));
        let count = |ends: &[(NodeId, NodeId)]| format!("({},{},{})", edge.0, hex(ends[0].0.as_bytes()), ends.len());
        let counts = ends.chunk_by(|one, other| one.0 == other.0).map(count).collect::<Vec<_>>();
        put("counts", server, "kvetch_counts (edge, from_id, count)", counts.into_iter());
    }
}

/// All links, in the order of their ends.
fn links(graph: &Graph) -> BTreeSet<(NodeId, NodeId)> {
    let of = |(rank, from): (usize, &NodeId)| {
        let from = *from;
        (0..graph.links(rank)).map(move |link| (from, graph.target(rank, link)))
    };
    graph.nodes().iter().enumerate().flat_map(of).filter(|(from, to)| from != to).collect()
}

/// The moment that a link was made at, about.
fn sort_key(from: NodeId, to: NodeId) -> i64 {
    let one = |id: NodeId| i64::from(id.as_bytes()[15]) << 8 | i64::from(id.as_bytes()[14]);
    1_760_000_000_000_000 + one(from) * one(to)
}

fn put(what: &str, server: &Server, table: &str, rows: impl ExactSizeIterator<Item = String>) {
    let style = ProgressStyle::with_template("{msg:>12} {wide_bar} {pos}/{len}").expect("the template is valid");
    let bar = ProgressBar::new(rows.len() as u64).with_style(style).with_message(what.to_owned());
    let mut rows = rows.peekable();
    while rows.peek().is_some() {
        let step = rows.by_ref().take(STEP).collect::<Vec<_>>();
        insert(server, &format!("INSERT INTO {table} VALUES"), &step);
        bar.inc(step.len() as u64);
    }
    bar.finish_and_clear();
}
