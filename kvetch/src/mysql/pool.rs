//! The connections to one shard.
//!
//! A pool of our own: it knows several servers of a shard and moves between them, it closes a connection that was
//! interrupted in place of reading on in it, and returning a connection is putting it on a list.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, Params, Row, Statement};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, Result};
use crate::limits::MYSQL_POOL_CONNECTIONS;
use crate::store_url::MysqlUrl;

use super::abandoned::Abandoned;
use super::connecting::{PREPARED_STATEMENTS, check_writable, connect, options};
use super::failure::{Attempt, Fault};
use super::outage::Outage;
use super::query::{Query, query};
use super::script::{Packet, packets};

/// How long a connection may be idle and still be taken for alive. Servers, and what stands between, close them.
const IDLE_MAX: Duration = Duration::from_secs(300);

/// How often a server that is one of several is asked whether it still takes writes.
const WRITABLE_EVERY: Duration = Duration::from_secs(1);

/// How long saying goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// The connections to one shard. Cheap to clone.
#[derive(Clone)]
pub(super) struct Pool {
    inner: Arc<Inner>,
}

struct Inner {
    /// The address without secrets.
    place: String,
    servers: Vec<Opts>,
    /// The number of the server that answered last.
    current: AtomicUsize,
    size: usize,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
    abandoned: Abandoned,
    outage: Outage,
    runtime: Handle,
}

struct Connection {
    foreign: Conn,
    /// What is prepared on it, by text: otherwise the text would be parsed again each time.
    prepared: HashMap<Cow<'static, str>, Statement>,
    server: usize,
    used: Instant,
    known_writable: Instant,
}

/// A connection that one caller has. When it is let go of it goes back, unless it was interrupted.
pub(super) struct Session {
    connection: Option<Connection>,
    /// Statements that go along with the next.
    waiting: Vec<Query>,
    /// One of them begins a transaction.
    begins: bool,
    /// Something was begun on the connection and not ended.
    is_open: bool,
    /// The server or the network ended it.
    is_dead: bool,
    inner: Arc<Inner>,
    _permit: OwnedSemaphorePermit,
}

impl Pool {
    pub(super) fn new(url: &MysqlUrl, runtime: Handle) -> Result<Self> {
        let size = url.pool.unwrap_or(MYSQL_POOL_CONNECTIONS);
        let inner = Inner {
            place: url.to_string(),
            servers: url.hosts.iter().map(|host| options(url, host)).collect(),
            current: AtomicUsize::new(0),
            size,
            permits: Arc::new(Semaphore::new(size)),
            idle: Mutex::default(),
            abandoned: Abandoned::default(),
            outage: Outage::default(),
            runtime,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The address, without secrets.
    pub(super) fn place(&self) -> &str {
        &self.inner.place
    }

    /// Connections at most.
    pub(super) fn size(&self) -> usize {
        self.inner.size
    }

    pub(super) fn has_several_servers(&self) -> bool {
        self.inner.servers.len() > 1
    }

    pub(super) fn outage(&self) -> &Outage {
        &self.inner.outage
    }

    /// A connection, one that is idle or a new one.
    pub(super) async fn session(&self) -> Attempt<Session> {
        let permit = self.inner.permits.clone().acquire_owned().await;
        let permit = permit.map_err(|_| Error::unavailable("the shard is closed"))?;
        let connection = match self.inner.idle_one().await {
            Some(connection) => connection,
            None => self.inner.connect().await?,
        };
        Ok(Session {
            connection: Some(connection),
            waiting: Vec::new(),
            begins: false,
            is_open: false,
            is_dead: false,
            inner: self.inner.clone(),
            _permit: permit,
        })
    }

    /// Ends all connections, once those in use are returned.
    pub(super) async fn close(&self) {
        let all = u32::try_from(self.inner.size).expect("a pool has a few connections");
        if let Ok(permits) = self.inner.permits.acquire_many(all).await {
            self.inner.permits.close();
            drop(permits);
        }
        let idle = std::mem::take(&mut *self.inner.idle());
        futures::future::join_all(idle.into_iter().map(|connection| goodbye(connection.foreign))).await;
    }
}

impl Inner {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection that was used last, so that those of a quiet time grow old and go.
    async fn idle_one(&self) -> Option<Connection> {
        loop {
            let mut connection = self.idle().pop()?;
            let is_current = connection.server == self.current.load(Ordering::Relaxed);
            if !is_current || connection.used.elapsed() > IDLE_MAX {
                self.discard(connection);
            } else if self.servers.len() == 1 || connection.known_writable.elapsed() < WRITABLE_EVERY {
                return Some(connection);
            } else if check_writable(&mut connection.foreign).await.is_ok() {
                connection.known_writable = Instant::now();
                return Some(connection);
            } else {
                self.discard(connection);
            }
        }
    }

    /// A new connection to the server that answered last, or else to the next that does.
    async fn connect(&self) -> Attempt<Connection> {
        let first = self.current.load(Ordering::Relaxed);
        let mut fault = None;
        for server in (0..self.servers.len()).map(|step| (first + step) % self.servers.len()) {
            match connect(&self.servers[server], self.servers.len() > 1).await {
                Ok(foreign) => {
                    self.current.store(server, Ordering::Relaxed);
                    let now = Instant::now();
                    return Ok(Connection {
                        foreign,
                        prepared: HashMap::new(),
                        server,
                        used: now,
                        known_writable: now,
                    });
                }
                Err(found) => fault = Some(found),
            }
        }
        Err(fault.expect("a shard has a server"))
    }

    fn discard(&self, connection: Connection) {
        self.runtime.spawn(goodbye(connection.foreign));
    }

    /// Ends a connection on the server too, where it may still be at work and hold locks.
    fn abandon(self: &Arc<Self>, connection: Connection) {
        let is_first = self.abandoned.add(connection.server, connection.foreign.id());
        self.discard(connection);
        if is_first {
            let inner = self.clone();
            self.runtime.spawn(async move { inner.abandoned.end_all(&inner.servers).await });
        }
    }
}

/// Ends a connection, whatever is still under way on it.
async fn goodbye(connection: Conn) {
    // One that does not take the goodbye is closed without it.
    let _ = tokio::time::timeout(GOODBYE, connection.disconnect()).await;
}

impl Session {
    /// Runs a statement and takes its rows.
    pub(super) async fn rows(&mut self, query: Query) -> Attempt<Vec<Row>> {
        Ok(self.all(vec![query]).await?.pop().expect("a statement has an answer").rows)
    }

    /// Runs a statement and says how many rows it changed.
    pub(super) async fn change(&mut self, query: Query) -> Attempt<u64> {
        Ok(self.all(vec![query]).await?.pop().expect("a statement has an answer").changed)
    }

    /// Runs a statement with those that follow. If it fails, one of them does, or the commit.
    pub(super) fn change_later(&mut self, query: Query) {
        self.waiting.push(query);
    }

    /// Runs statements, sent together, and answers for each. One that fails is the last.
    pub(super) async fn all(&mut self, queries: Vec<Query>) -> Attempt<Vec<Said>> {
        let mut sent = std::mem::take(&mut self.waiting);
        let waited = sent.len();
        sent.extend(queries);
        if sent.is_empty() {
            return Ok(Vec::new());
        }
        let before = std::mem::replace(&mut self.is_open, true) | std::mem::take(&mut self.begins);
        let answer = self.connection().run(sent).await;
        let mut said = self.ended(before, answer)?;
        said.drain(..waited);
        Ok(said)
    }

    /// Runs a statement that is not worth preparing.
    pub(super) async fn command(&mut self, sql: &str) -> Attempt<()> {
        let before = std::mem::replace(&mut self.is_open, true);
        let answer = self.connection().foreign.query_drop(sql).await;
        self.ended(before, answer)
    }

    /// Begins a transaction with the next statement.
    pub(super) fn begin(&mut self) {
        self.change_later(query("START TRANSACTION", []));
        self.begins = true;
    }

    pub(super) async fn commit(&mut self) -> Attempt<()> {
        self.all(vec![query("COMMIT", [])]).await?;
        self.is_open = false;
        Ok(())
    }

    /// Undoes the transaction. Where that fails the connection is closed, which undoes it too.
    pub(super) async fn rollback(&mut self) {
        self.waiting.clear();
        let has_begun = !std::mem::take(&mut self.begins);
        if has_begun && self.command("ROLLBACK").await.is_ok() {
            self.is_open = false;
        }
    }

    /// Leaves the connection out of the pool, because its settings were changed.
    pub(super) fn spend(mut self) {
        (self.is_open, self.is_dead) = (true, true);
    }

    fn connection(&mut self) -> &mut Connection {
        self.connection.as_mut().expect("a session has its connection until it is dropped")
    }

    /// An error of the server leaves the connection as good as before; another leaves it in the middle of something.
    fn ended<T>(&mut self, before: bool, answer: std::result::Result<T, mysql_async::Error>) -> Attempt<T> {
        let answer = answer.map_err(Fault::from);
        let is_spoilt = answer.as_ref().is_err_and(Fault::spoils_connection);
        self.is_open = before || is_spoilt;
        self.is_dead |= is_spoilt;
        if is_spoilt {
            // What ended this one has most likely ended those that wait too: each would cost an attempt.
            let idle = std::mem::take(&mut *self.inner.idle());
            idle.into_iter().for_each(|connection| self.inner.discard(connection));
        }
        answer
    }
}

/// What the server said to a statement.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) rows: Vec<Row>,
    /// How many rows it changed.
    pub(super) changed: u64,
}

impl Connection {
    async fn run(&mut self, queries: Vec<Query>) -> mysql_async::Result<Vec<Said>> {
        let mut said = Vec::with_capacity(queries.len());
        for packet in packets(queries) {
            match packet {
                Packet::Prepared(Query { sql, parameters }) => {
                    let statement = self.prepared(sql).await?;
                    let rows = self.foreign.exec(statement, Params::Positional(parameters)).await?;
                    said.push(Said { rows, changed: self.foreign.affected_rows() });
                }
                Packet::Text(text, statements) => {
                    let mut answers = self.foreign.query_iter(text).await?;
                    for _ in 0..statements {
                        let changed = answers.affected_rows();
                        said.push(Said { rows: answers.collect().await?, changed });
                    }
                    answers.drop_result().await?;
                }
            }
        }
        Ok(said)
    }

    async fn prepared(&mut self, sql: Cow<'static, str>) -> mysql_async::Result<Statement> {
        if let Some(statement) = self.prepared.get(&*sql) {
            return Ok(statement.clone());
        }
        let statement = self.foreign.prep(&*sql).await?;
        // The connection keeps as many and closes the oldest beyond that: those of ours are among the newest.
        if self.prepared.len() >= PREPARED_STATEMENTS {
            self.prepared.clear();
        }
        self.prepared.insert(sql, statement.clone());
        Ok(statement)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        if self.is_open && !self.is_dead {
            self.inner.abandon(connection);
        } else if self.is_open {
            self.inner.discard(connection);
        } else {
            connection.used = Instant::now();
            self.inner.idle().push(connection);
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.place)
    }
}
