//! Connections whose callers have gone while the server was still at work for them.
//!
//! The server does not notice before it has an answer to send. Until then its statement takes its time, and its
//! transaction holds its locks; so they are killed, all by one connection, however many there are.

use std::sync::{Mutex, PoisonError};

use mysql_async::Opts;
use mysql_async::prelude::Queryable;

use super::connecting::connect;
use super::failure::Attempt;

/// Those that are still to be ended.
#[derive(Debug, Default)]
pub(super) struct Abandoned(Mutex<List>);

#[derive(Debug, Default)]
struct List {
    /// The number of the server and that of the connection on it.
    connections: Vec<(usize, u32)>,
    is_seen_to: bool,
}

impl Abandoned {
    /// Takes one up, and says whether somebody has to see to them.
    pub(super) fn add(&self, server: usize, connection: u32) -> bool {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        list.connections.push((server, connection));
        !std::mem::replace(&mut list.is_seen_to, true)
    }

    /// Ends all, and those that come meanwhile.
    pub(super) async fn end_all(&self, servers: &[Opts]) {
        while let Some(connections) = self.taken() {
            for (number, server) in servers.iter().enumerate() {
                let here =
                    connections.iter().filter(|(server, _)| *server == number).map(|(_, connection)| *connection);
                let here: Vec<u32> = here.collect();
                if here.is_empty() {
                    continue;
                }
                if let Err(fault) = kill(server, &here).await {
                    // A server that is away ends them itself, or at their time limit.
                    tracing::debug!(?fault, "abandoned statements were not ended");
                }
            }
        }
    }

    /// All there are now. Where there are none, nobody sees to them any more.
    fn taken(&self) -> Option<Vec<(usize, u32)>> {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        list.is_seen_to = !list.connections.is_empty();
        list.is_seen_to.then(|| std::mem::take(&mut list.connections))
    }
}

async fn kill(server: &Opts, connections: &[u32]) -> Attempt<()> {
    let mut own = connect(server, false).await?;
    for connection in connections {
        // It may have ended in the meantime.
        let _ = own.query_drop(format!("KILL {connection}")).await;
    }
    Ok(own.disconnect().await?)
}
