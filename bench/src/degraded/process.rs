//! What the process and the servers hold on its behalf.

use testkit::{Proxy, Server};
use tokio::runtime::Runtime;

use super::{GROWTH_MIB, POOL};
use crate::figure::{Bound, Figure};
use crate::memory::resident_mib;

/// Tasks that a store may have more at one moment than at another: deliveries, goodbyes to connections.
const TASKS_SPARE: f64 = 8.0;

/// What is held at one moment.
pub(super) struct Held {
    tasks: usize,
    resident_mib: f64,
    /// The most that one server has.
    connections: usize,
    through_proxy: usize,
}

impl Held {
    pub(super) fn by(runtime: &Runtime, servers: &[Server], proxy: &Proxy) -> Self {
        let connections = |server: &Server| {
            let count = server.execute("SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'kvetch'");
            count.trim().parse::<usize>().expect("a count is a number")
        };
        Self {
            tasks: runtime.metrics().num_alive_tasks(),
            resident_mib: resident_mib(),
            connections: servers.iter().map(connections).max().unwrap_or(0),
            through_proxy: proxy.open_connections(),
        }
    }

    /// What is held now and was not before.
    pub(super) fn beyond(&self, before: &Self) -> Vec<Figure> {
        let tasks = self.tasks as f64 - before.tasks as f64;
        let grown = self.resident_mib - before.resident_mib;
        vec![
            Figure::of("left over: tasks".into(), "", vec![tasks], Bound::AtMost(TASKS_SPARE)),
            Figure::of("left over: memory".into(), "MiB", vec![grown], Bound::AtMost(GROWTH_MIB)),
            Figure::of("connections of a server".into(), "", vec![self.connections as f64], Bound::AtMost(POOL as f64)),
            Figure::of("through the proxy".into(), "", vec![self.through_proxy as f64], Bound::AtMost(POOL as f64)),
        ]
    }
}
