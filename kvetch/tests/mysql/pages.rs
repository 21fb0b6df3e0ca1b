//! How many rows a page reads on the server.

use kvetch::{EdgeAfter, EdgeRead, EdgeType, Kvetch, NodeId, Order, PutEdge, Read, ReadKind, Shard, ShardIdx};

use crate::fixture::*;
use crate::server::{Server, shared};

/// Rows that the server has read so far, by keys and by their neighbors.
fn rows_read(server: &Server) -> u64 {
    let status = server.execute("SHOW GLOBAL STATUS LIKE 'Handler_read%'");
    let count = |line: &str| line.split('\t').nth(1).and_then(|count| count.parse::<u64>().ok()).unwrap_or(0);
    status.lines().map(count).sum()
}

/// Edges past the front door: all of a list have one sort key.
fn fill(server: &Server, database: &str, from: NodeId, edges: usize) {
    let from = hex(from);
    server.execute(&format!(
        "INSERT INTO {database}.kvetch_edges (edge, from_id, sort_key, to_id)
         SELECT 1, UNHEX('{from}'), 5, UNHEX(MD5(seq)) FROM {database}.seq_1_to_{edges}"
    ));
}

fn hex(id: NodeId) -> String {
    id.to_string().replace('-', "")
}

async fn page(shard: &dyn Shard, read: &EdgeRead, from: &[NodeId]) -> (usize, Option<EdgeAfter>) {
    let pages = shard.edges(read, from).await;
    let edges: usize = pages.iter().map(|page| page.as_ref().unwrap().edges.len()).sum();
    let last = pages[0].as_ref().unwrap().edges.last();
    (edges, last.map(|edge| EdgeAfter::Position { sort_key: edge.sort_key, to: edge.to }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_read_their_own_rows_only() {
    let server = Server::start();
    let store = Kvetch::open(&server.databases(1), schema()).await.unwrap();
    let shard = store.shards()[0].clone();
    let long: Vec<NodeId> = (0..25).map(spread).collect();
    for from in &long {
        fill(&server, "kvetch0", *from, 1000);
    }
    // The first is for what a connection asks once.
    for first in [10, 20, 50] {
        let read = EdgeRead::new(EdgeType(1), first);
        page(&*shard, &read, &long).await;
        let before = rows_read(&server);
        let (edges, _) = page(&*shard, &read, &long).await;
        let read = rows_read(&server) - before;
        assert_eq!(edges, 25 * first as usize);
        assert!(read as f64 <= 1.1 * edges as f64 + 30.0, "{read} rows for {edges} edges");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_page_of_a_long_list_of_ties_costs_what_the_first_does() {
    let server = Server::start();
    let store = Kvetch::open(&server.databases(1), schema()).await.unwrap();
    let shard = store.shards()[0].clone();
    let from = spread(1);
    fill(&server, "kvetch0", from, 10_000);
    for order in [Order::Ascending, Order::Descending] {
        let mut read = EdgeRead { order, ..EdgeRead::new(EdgeType(1), 100) };
        let mut costs = Vec::new();
        loop {
            let before = rows_read(&server);
            let (edges, last) = page(&*shard, &read, &[from]).await;
            costs.push(rows_read(&server) - before);
            if edges < 100 || last.is_none() {
                break;
            }
            read.after = last;
        }
        assert!(costs.len() >= 100, "{costs:?}");
        // The first page is asked by a statement of its own, and each comes with what looking costs.
        let (early, late) = (costs[1], costs[98]);
        assert!(late as f64 <= 1.5 * early as f64 && late < 250, "{order:?}: {costs:?}");
    }
}

/// Bulk loads make ties; the halves of stored edges are paged as any edges are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_edges_of_one_list_are_put_at_once() {
    let store = Kvetch::open(&shared().databases(1), schema()).await.unwrap();
    let ada = created(&store, user("ada")).await.id;
    let creates = (0..120).map(|number| user(&format!("user{number}"))).collect();
    let others = store.create_many(creates).await.into_iter().map(|user| user.unwrap().node.id);
    let puts = others.map(|other| PutEdge { sort_key: Some(7), ..PutEdge::new(FOLLOWS, ada, other) }).collect();
    for put in store.put_edges(puts).await {
        put.unwrap();
    }
    assert_eq!(ends(&store, FOLLOWS, ada).await.len(), 120);
    assert_eq!(count(&store, FOLLOWS, ada).await, 120);
    store.close().await.unwrap();
}

/// Keys of three kinds of read, spread over the shards, each of them in more statements than one.
const KEYS: u64 = 700;

/// A round asks each shard as often as each kind of read takes statements for its keys, and says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_round_is_one_statement_for_each_kind_shard_and_chunk() {
    const SHARDS: usize = 3;
    let server = Server::start();
    let store = Kvetch::open(&server.databases(SHARDS), schema()).await.unwrap();
    let ids: Vec<NodeId> = (0..KEYS).map(spread).collect();
    let kinds = [ReadKind::Nodes, ReadKind::Edges, ReadKind::Counts];
    let chunks = |shard: u16| {
        let keys = ids.iter().filter(|id| store.shard_map().shard_of(id.virtual_shard()) == ShardIdx(shard)).count();
        assert!(keys > 0, "every shard is asked");
        kinds.map(|kind| keys.div_ceil(store.shards()[0].keys_per_statement(kind))).iter().sum::<usize>()
    };
    let stated = (0..SHARDS as u16).map(chunks).sum::<usize>();
    let reads = || {
        vec![
            Read::Nodes { ids: ids.clone() },
            Read::Edges { read: EdgeRead::new(LISTS, 5), from: ids.clone() },
            Read::Counts { edge: LISTS, from: ids.clone() },
        ]
    };
    // The first prepares.
    for _ in 0..2 {
        let before = server.status("Com_stmt_execute");
        let round = store.round(reads()).await;
        let asked = server.status("Com_stmt_execute") - before;
        assert_eq!((round.stats.statements, asked), (stated as u64, stated as u64));
    }
    store.close().await.unwrap();
}
