//! A group of servers that replicate to each other.

use std::thread;
use std::time::{Duration, Instant};

use crate::server::Failure;
use crate::{Options, Server, ports, programs};

/// Nodes of a group: the least that outvotes the loss of one.
const NODES: usize = 3;

/// How often forming a group is tried, when somebody took a port that was free: a group takes 9.
const TRIES: usize = 3;

/// For a node to be in step. Taking over all data is part of it, on a machine that is busy.
const SYNC_LIMIT: Duration = Duration::from_secs(60);

/// Between two looks at a node that is getting there.
const PAUSE: Duration = Duration::from_millis(50);

/// How a node gets its data from another; the server looks for a program of the method's name.
const TRANSFER: &str = include_str!("galera/transfer.sh");

/// Three `mariadbd` that form a Galera group: each takes writes, and what one has committed all have.
///
/// The group has Galera's own timeouts: a node that was killed or hangs is voted out after about 5 seconds, and writes
/// wait meanwhile. One that comes back takes over all data from another.
#[derive(Debug)]
pub struct Galera {
    nodes: Vec<Server>,
}

/// Where a node of a group listens, besides its port for clients.
struct Addresses {
    /// For messages of the group.
    group: u16,
    /// For transactions that it missed.
    transactions: u16,
}

impl Galera {
    /// Starts a group with nothing in it and waits until its nodes are in step.
    ///
    /// # Panics
    /// When MariaDB or Galera is not installed (the message says what to do) or a node does not start.
    #[must_use]
    pub fn start(options: &Options) -> Self {
        for _ in 1..TRIES {
            match Self::start_once(options) {
                Err(Failure::PortTaken) => {}
                started => return started.unwrap_or_else(|failure| panic!("{failure}")),
            }
        }
        Self::start_once(options).unwrap_or_else(|failure| panic!("{failure}"))
    }

    fn start_once(options: &Options) -> Result<Self, Failure> {
        let library = programs::galera().map_err(Failure::Other)?;
        let addresses = (0..NODES).map(|_| Addresses::free()).collect::<Vec<_>>();
        let group = addresses.iter().map(|node| format!("127.0.0.1:{}", node.group)).collect::<Vec<_>>().join(",");
        let shared = [
            "--wsrep-on=ON".to_owned(),
            format!("--wsrep-provider={}", library.display()),
            format!("--wsrep-cluster-address=gcomm://{group}"),
            format!("--wsrep-cluster-name=testkit-{}", addresses[0].group),
            "--wsrep-sst-method=copy".to_owned(),
            // Replication wants both.
            "--binlog-format=ROW".to_owned(),
            "--innodb-autoinc-lock-mode=2".to_owned(),
        ];
        let mut galera = Self { nodes: Vec::new() };
        for (number, node) in addresses.iter().enumerate() {
            let mut options = options.clone();
            options.arguments = [&shared[..], &node.arguments(number), &options.arguments].concat();
            // The first one founds the group; when it comes back it joins, as the others do.
            let first = if number == 0 { vec!["--wsrep-new-cluster".to_owned()] } else { Vec::new() };
            let node = Server::install(&options)?;
            node.add_program("wsrep_sst_copy", TRANSFER)?;
            node.launch(&first).map_err(|failure| galera.explained(failure))?;
            galera.nodes.push(node);
            galera.wait_until_synced(number);
        }
        Ok(galera)
    }

    /// Its nodes. They may be killed, stopped, suspended and resumed; to start one again, use [`restart`](Self::restart).
    #[must_use]
    pub fn nodes(&self) -> &[Server] {
        &self.nodes
    }

    /// Where a client finds a database of the group: the first node, and the others as its further endpoints.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let others = self.nodes[1..].iter().map(|node| format!("127.0.0.1:{}", node.port())).collect::<Vec<_>>();
        format!("{}?endpoints={}", self.nodes[0].url(database), others.join(","))
    }

    /// Starts a node again and waits until it is in step with the others, of which one at least must be up.
    ///
    /// # Panics
    /// When it does not start or does not get in step.
    pub fn restart(&self, node: usize) {
        self.nodes[node].restart();
        self.wait_until_synced(node);
    }

    /// Waits until a node sees a group of so many nodes.
    ///
    /// # Panics
    /// When that does not come to be within a minute.
    pub fn wait_for_size(&self, node: usize, size: usize) {
        let size = size.to_string();
        self.wait_for_status(node, "wsrep_cluster_size", &size);
    }

    /// Why a node does not join is often told by the one that it should have its data from.
    fn explained(&self, failure: Failure) -> Failure {
        match failure {
            Failure::PortTaken => failure,
            Failure::Other(words) => {
                let tails = self.nodes.iter().map(|node| format!("\nthe other node: {}", node.log_tail()));
                Failure::Other(words + &tails.collect::<String>())
            }
        }
    }

    fn wait_until_synced(&self, node: usize) {
        self.wait_for_status(node, "wsrep_local_state_comment", "Synced");
    }

    fn wait_for_status(&self, node: usize, variable: &str, wanted: &str) {
        let server = &self.nodes[node];
        let end = Instant::now() + SYNC_LIMIT;
        loop {
            let row = server.try_execute(&format!("SHOW GLOBAL STATUS WHERE Variable_name = '{variable}'"));
            if row.as_ref().is_ok_and(|row| row.trim().ends_with(&format!("\t{wanted}"))) {
                return;
            }
            let tail = || server.log_tail();
            assert!(Instant::now() < end, "{variable} of node {node} is not {wanted} but {row:?}; {}", tail());
            thread::sleep(PAUSE);
        }
    }
}

impl Addresses {
    fn free() -> Self {
        Self { group: ports::free(), transactions: ports::free() }
    }

    fn arguments(&self, number: usize) -> Vec<String> {
        let Self { group, transactions } = self;
        vec![
            format!("--wsrep-node-name=node{number}"),
            "--wsrep-node-address=127.0.0.1".to_owned(),
            format!(
                "--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:{group};\
                 ist.recv_addr=127.0.0.1:{transactions};ist.recv_bind=127.0.0.1:{transactions};gcache.size=32M"
            ),
        ]
    }
}
