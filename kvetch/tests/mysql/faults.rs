//! Connections and servers that go away.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use kvetch::{
    Create, Kvetch, NodeId, NodeWrite, Place, Props, ShardIdx, Timestamp, Update, Value, VerifyOptions, WriteId,
    WriteOp,
};

use crate::fixture::*;
use crate::server::{Server, shared};

/// Writers go on while their connections are killed over and over: every write is done once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_whose_connections_are_killed_are_done_once() {
    let server = Server::start();
    let store = Kvetch::open(&server.databases(2), schema()).await.unwrap();
    let owner = created(&store, user("ada")).await.id;
    let done = AtomicBool::new(false);
    let killer = async {
        let mut killed = 0;
        while !done.load(Ordering::SeqCst) {
            killed += kill_all(&server);
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
        killed
    };
    let writers = async {
        let lists = join_all((0..8).map(|writer| write(&store, owner, writer))).await.concat();
        done.store(true, Ordering::SeqCst);
        lists
    };
    let (killed, lists) = tokio::join!(killer, writers);
    assert!(killed > 10, "only {killed} connections were killed");
    let report = store.verify(VerifyOptions::default(), |_| {}).await.expect("it is compared");
    assert!(report.is_clean(), "{report:?}");
    let found = ends(&store, LISTS, owner).await;
    assert_eq!(found.len(), lists.len());
    assert_eq!(count(&store, LISTS, owner).await, lists.len() as u64);
    for (id, version) in lists {
        assert_eq!(node(&store, id).await.map(|node| node.version), Some(version), "{id}");
    }
    store.close().await.unwrap();
}

/// Lists with their versions.
async fn write(store: &Kvetch, owner: NodeId, writer: u64) -> Vec<(NodeId, u64)> {
    let mut lists = Vec::new();
    for number in 0..25 {
        let list = list(owner, (writer * 100 + number) as i64);
        // Half of the writes have no name of their own.
        let write_id = (number % 2 == 0).then(WriteId::generate);
        let written = store.create(Create { write_id, ..list }).await.expect("it is written in the end");
        let set = Props::from([("rank", Value::Int(number as i64))]);
        let updated = store.update(Update::new(LIST, written.node.id, set)).await.expect("it is written in the end");
        lists.push((updated.node.id, 2));
    }
    lists
}

fn kill_all(server: &Server) -> usize {
    let ids = server.execute("SELECT id FROM information_schema.processlist WHERE db LIKE 'kvetch%'");
    // Some are gone by then.
    ids.lines().filter(|id| server.try_execute(&format!("KILL {id}")).is_ok()).count()
}

/// A server that is killed and comes back loses nothing that was acknowledged, and readers wait for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_was_killed_has_what_was_acknowledged() {
    let server = Server::start();
    let store = Kvetch::open(&server.databases(1), schema()).await.unwrap();
    let owner = created(&store, user("ada")).await.id;
    let mut lists = Vec::new();
    for rank in 0..20 {
        lists.push(created(&store, list(owner, rank)).await.id);
    }
    server.kill();
    let reading = ends(&store, LISTS, owner);
    let starting = async { tokio::task::block_in_place(|| server.restart()) };
    let (found, ()) = tokio::join!(reading, starting);
    assert_eq!(found.len(), lists.len());
    created(&store, list(owner, 21)).await;
    store.close().await.unwrap();
}

/// A read that is given up leaves no connection behind that would answer the next with its rows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_that_is_given_up_spoils_no_other() {
    let url = shared().address(&format!("{}?pool=1", shared().database()));
    let store = Kvetch::open(&[url], schema()).await.unwrap();
    let users = join_all((0..20).map(|number| {
        let store = &store;
        async move { created(store, user(&format!("user{number}"))).await }
    }))
    .await;
    for number in 0..200 {
        let of = &users[number % users.len()];
        let shard = store.shards()[0].clone();
        let id = of.id;
        let read = tokio::spawn(async move { shard.nodes(&[id]).await });
        tokio::time::sleep(Duration::from_micros(20 * (number as u64 % 40))).await;
        read.abort();
        assert_eq!(node(&store, of.id).await.as_ref(), Some(of));
    }
    store.close().await.unwrap();
}

/// A write that is given up while it waits for a lock neither waits on nor holds what it had locked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_is_given_up_ends_on_the_server() {
    let server = Server::start();
    let store = Kvetch::open(&server.databases(1), schema()).await.unwrap();
    let (ada, bob) = (created(&store, user("ada")).await, created(&store, user("bob")).await);
    let id = ada.id.to_string().replace('-', "");
    let locking = format!(
        "START TRANSACTION; SELECT 1 FROM kvetch0.kvetch_nodes WHERE id = UNHEX('{id}') FOR UPDATE; SELECT SLEEP(2); COMMIT"
    );
    let locker = tokio::task::spawn_blocking(move || (server.execute(&locking), server));
    tokio::time::sleep(Duration::from_millis(500)).await;

    let shard = store.shards()[0].clone();
    let place = Place { schema: store.schema().clone(), map: store.shard_map().clone().into(), here: ShardIdx(0) };
    let waiting = shard.write_together(&place, vec![touch(bob.id), touch(ada.id)]);
    assert!(tokio::time::timeout(Duration::from_millis(300), waiting).await.is_err(), "it waits");
    let begun = Instant::now();
    shard.write(&place, vec![touch(bob.id)]).await.remove(0).unwrap();
    assert!(begun.elapsed() < Duration::from_millis(700), "{:?}", begun.elapsed());

    let (_, _server) = locker.await.unwrap();
    assert_eq!(node(&store, ada.id).await.map(|node| node.version), Some(1));
    assert_eq!(node(&store, bob.id).await.map(|node| node.version), Some(2));
    store.close().await.unwrap();
}

/// An update that changes nothing but the version.
fn touch(id: NodeId) -> NodeWrite {
    let op = WriteOp::Update { set: Props::new(), expected_version: None, found_by: None };
    NodeWrite { id, node_type: USER, op, now: Timestamp::now(), write_id: None, claims: Vec::new() }
}
