//! Creating many nodes, over several numbers of connections, and what limits that.
//!
//! The nodes have nothing that follows from them: by hand that is one row and nothing else. Every figure comes with
//! what the server counted meanwhile. The server syncs its log on every commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use kvetch::{Body, Create, Kvetch, NodeId, Props};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder, Params, Value};
use testkit::Server;
use tokio::runtime::Runtime;

use super::filled::{OWNER, open};
use crate::contest::Effort;
use crate::database::{self, counted};
use crate::figure::{Bound, Figure};

/// Connections, and writers: each has one.
const CONNECTIONS: [usize; 3] = [1, 4, 16];

/// Rows of one statement by hand, where it takes many, and nodes of one batch of Kvetch.
const BATCH: usize = 100;

/// One way to create nodes, over and over until the time is up.
#[derive(Clone, Copy)]
enum Way {
    Kvetch,
    KvetchBatches,
    Rows,
    ManyRows,
}

const WAYS: [(Way, &str); 4] = [
    (Way::Kvetch, "kvetch, one by one"),
    (Way::KvetchBatches, "kvetch, batches of 100"),
    (Way::Rows, "rows by hand"),
    (Way::ManyRows, "100 rows by hand"),
];

pub(super) fn run(effort: Effort) -> Vec<Figure> {
    let turn = if effort.is_quick() { Duration::from_millis(200) } else { Duration::from_secs(2) };
    let server = database::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let mut figures = Vec::new();
    for connections in CONNECTIONS {
        let kvetch = runtime.block_on(open(&server, connections));
        let rounds = (0..effort.rounds().div_ceil(3))
            .map(|_| WAYS.map(|(way, _)| measure(&runtime, &server, &kvetch, way, connections, turn)))
            .collect::<Vec<_>>();
        for (number, (_, name)) in WAYS.iter().enumerate() {
            let of = |what: &str, unit, pick: fn(&Measured) -> f64| {
                let rounds = rounds.iter().map(|round| pick(&round[number])).collect();
                Figure::of(format!("x{connections} {name}{what}"), unit, rounds, Bound::None)
            };
            figures.push(of("", "/s", |measured| measured.nodes));
            figures.push(of(": syncs", "/s", |measured| measured.syncs));
            figures.push(of(": lock waits", "/s", |measured| measured.lock_waits));
            figures.push(of(": server's CPU", "%", |measured| measured.server_cpu));
            figures.push(of(": own CPU", "%", |measured| measured.own_cpu));
        }
        runtime.block_on(kvetch.close()).expect("the store closes");
    }
    figures
}

/// What happened in a second.
struct Measured {
    nodes: f64,
    syncs: f64,
    lock_waits: f64,
    /// Of one core.
    server_cpu: f64,
    own_cpu: f64,
}

fn measure(
    runtime: &Runtime,
    server: &Server,
    kvetch: &Kvetch,
    way: Way,
    connections: usize,
    turn: Duration,
) -> Measured {
    let writers: Vec<Writer> = (0..connections).map(|_| runtime.block_on(Writer::new(server, kvetch, way))).collect();
    let look = || {
        let counters = ["Innodb_data_fsyncs", "Innodb_row_lock_waits"].map(|name| counted(server, name) as f64);
        let server_cpu = database::cpu_seconds(server);
        (counters, server_cpu, database::own_cpu_seconds())
    };
    let before = look();
    let start = Instant::now();
    let created = Arc::new(AtomicU64::new(0));
    let tasks = writers.into_iter().map(|writer| runtime.spawn(writer.write(start + turn, created.clone())));
    for ended in runtime.block_on(join_all(tasks.collect::<Vec<_>>())) {
        ended.expect("the writer ends");
    }
    let seconds = start.elapsed().as_secs_f64();
    let after = look();
    Measured {
        nodes: created.load(Ordering::Relaxed) as f64 / seconds,
        syncs: (after.0[0] - before.0[0]) / seconds,
        lock_waits: (after.0[1] - before.0[1]) / seconds,
        server_cpu: (after.1 - before.1) / seconds * 100.0,
        own_cpu: (after.2 - before.2) / seconds * 100.0,
    }
}

/// One of those that write at once.
enum Writer {
    Kvetch(Kvetch, usize),
    Bare(Box<Conn>, usize),
}

impl Writer {
    async fn new(server: &Server, kvetch: &Kvetch, way: Way) -> Self {
        match way {
            Way::Kvetch => Self::Kvetch(kvetch.clone(), 1),
            Way::KvetchBatches => Self::Kvetch(kvetch.clone(), BATCH),
            Way::Rows => Self::Bare(Box::new(connect(server).await), 1),
            Way::ManyRows => Self::Bare(Box::new(connect(server).await), BATCH),
        }
    }

    async fn write(mut self, end: Instant, created: Arc<AtomicU64>) {
        let props = Props::from([("name", "somebody who does things before the end of the week")]);
        let body = Body::from_props(&props).expect("the props can be encoded");
        let stored = [&[1], body.as_cbor()].concat();
        while Instant::now() < end {
            let batch = match &mut self {
                Self::Kvetch(kvetch, batch) => {
                    let creates = (0..*batch).map(|_| Create::new(OWNER, props.clone())).collect();
                    for written in kvetch.create_many(creates).await {
                        written.expect("a node is created");
                    }
                    *batch
                }
                Self::Bare(connection, batch) => {
                    let rows = vec!["(?,?,1,5,5,?)"; *batch].join(",");
                    let sql =
                        format!("INSERT INTO kvetch_nodes (id, type, version, created, updated, body) VALUES {rows}");
                    let row = |_| {
                        let id = Value::Bytes(NodeId::generate().as_bytes().to_vec());
                        [id, Value::from(OWNER.0), Value::Bytes(stored.clone())]
                    };
                    let parameters = Params::Positional((0..*batch).flat_map(row).collect());
                    connection.exec_drop(sql, parameters).await.expect("the rows are inserted");
                    *batch
                }
            };
            created.fetch_add(batch as u64, Ordering::Relaxed);
        }
    }
}

async fn connect(server: &Server) -> Conn {
    let options = OptsBuilder::from_opts(Opts::from_url(&server.url(database::NAME)).expect("the address is valid"));
    Conn::new(options.prefer_socket(false)).await.expect("the server is there")
}
