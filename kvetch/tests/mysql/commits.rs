//! Commits whose answers are lost, and such as never arrive.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::join_all;
use kvetch::{Create, Kvetch, NodeId, Props, Update, VerifyOptions, Write, WriteId};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::fixture::*;
use crate::server::shared;

/// How much later a commit arrives: the store has asked again by then.
const LATE: Duration = Duration::from_millis(60);

/// Stands between a store and its server, and cuts connections at their commits: of five of them one before the
/// server has it, one before its answer is passed on, one that reaches the server later, two not at all.
struct Cutter {
    address: String,
    commits: Arc<AtomicUsize>,
}

impl Cutter {
    async fn before(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let address = listener.local_addr().expect("it has an address").to_string();
        let commits = Arc::new(AtomicUsize::new(0));
        let counted = commits.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let upstream = TcpStream::connect(&server).await.expect("the server is there");
                tokio::spawn(pass(client, upstream, counted.clone()));
            }
        });
        Self { address, commits }
    }
}

/// Passes bytes on until one side ends or the connection is cut.
async fn pass(mut client: TcpStream, mut server: TcpStream, commits: Arc<AtomicUsize>) {
    let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(length @ 1..) = read else { return };
                let is_commit = asked[..length].ends_with(b"COMMIT");
                let turn = if is_commit { commits.fetch_add(1, Ordering::SeqCst) % 5 } else { 4 };
                if turn == 2 {
                    return arrive_late(client, server, &asked[..length]).await;
                }
                if turn == 0 || server.write_all(&asked[..length]).await.is_err() {
                    return;
                }
                if turn == 1 {
                    // The server has it, and may still be at it when the store asks again.
                    tokio::time::sleep(Duration::from_millis(turn as u64)).await;
                    return;
                }
            }
            read = server.read(&mut answered) => {
                let Ok(length @ 1..) = read else { return };
                if client.write_all(&answered[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// The store asks again while the transaction is still open on the server, and has to wait until that has ended: it
/// looked for the mark too early, found none, and wrote a second time.
async fn arrive_late(client: TcpStream, mut server: TcpStream, commit: &[u8]) {
    drop(client);
    tokio::time::sleep(LATE).await;
    let _ = server.write_all(commit).await;
    // Until the server has carried it out; what it says reaches nobody.
    while let Ok(Ok(1..)) = tokio::time::timeout(LATE, server.read(&mut [0; 1 << 10])).await {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_whose_commit_is_in_doubt_is_done_once() {
    let server = shared();
    let cutter = Cutter::before(server.host()).await;
    let urls: Vec<_> = (0..2)
        .map(|_| format!("mysql://kvetch:secret@{}/{}?pool=8", cutter.address, server.database()).parse().unwrap())
        .collect();
    let store = Kvetch::open(&urls, schema()).await.unwrap();
    let owner = created(&store, user("ada")).await.id;
    let writers = join_all((0..6).map(|writer| write(&store, owner, writer))).await;
    assert!(cutter.commits.load(Ordering::SeqCst) > 200);

    let lists = writers.concat();
    let report = store.verify(VerifyOptions::default(), |_| {}).await.unwrap();
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(count(&store, LISTS, owner).await, lists.len() as u64);
    assert_eq!(browse(&store, LIST, None, 1000).await.nodes.len(), lists.len());
    for id in lists {
        assert_eq!(node(&store, id).await.map(|node| node.version), Some(3), "{id}");
    }
    store.close().await.unwrap();
}

/// Lists, each written three times, some under names, some two together.
async fn write(store: &Kvetch, owner: NodeId, writer: i64) -> Vec<NodeId> {
    let mut lists = Vec::new();
    for number in 0..12 {
        let write_id = (number % 3 == 0).then(WriteId::generate);
        let written = store.create(Create { write_id, ..list(owner, writer) }).await.expect("it is created");
        assert_eq!(written.node.version, 1);
        let id = written.node.id;
        let update = |rank: i64| Update::new(LIST, id, Props::from([("rank", rank)]));
        let updated = store.update(update(number)).await.expect("it is updated");
        assert_eq!(updated.node.version, 2);
        let together = store.write_together(vec![Write::Update(update(-number))], None).await.expect("it is updated");
        assert_eq!(together[0].node.version, 3);
        lists.push(id);
    }
    lists
}
