//! The one thread that writes to a shard, and the one that keeps its log short.
//!
//! The writer drains its queue into one transaction, each write inside a savepoint, and
//! acknowledges them after the commit: the flush, which costs most, is shared (*group commit*).

use std::cell::{OnceCell, RefCell};
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::error::{Error, Result};
use crate::fail_point;
use crate::id::{EdgeType, NodeId};
use crate::limits::{GROUP_COMMIT_WRITES_MAX, WAL_BYTES_MAX, WAL_BYTES_PER_CHECKPOINT, WRITE_QUEUE_MAX};

use super::connections::Connections;
use super::failure::OrFailure;
use super::lists::{Lists, Touched};

/// The queue in front of the writer.
#[derive(Debug)]
pub(super) struct Writer {
    lists: Lists,
    queue: Mutex<Option<mpsc::Sender<Job>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// A write in the queue: does its work inside the open transaction, or takes the error that there
/// is none, and leaves behind how to acknowledge it.
type Job = Box<dyn FnOnce(Result<&Group<'_>>) -> Acknowledgement + Send>;
type Acknowledgement = Box<dyn FnOnce(Result<()>) + Send>;

/// The transaction of several writes.
struct Group<'a> {
    transaction: Transaction<'a>,
    /// Why SQLite gave it up before its end: all writes in it fail by this.
    given_up: OnceCell<Error>,
}

/// A connection inside the transaction that the writer has begun. What changes edges takes nothing else: it has to say
/// which lists it touches.
pub(super) struct Transaction<'a> {
    connection: &'a Connection,
    touched: RefCell<Touched>,
}

impl Transaction<'_> {
    /// Notes that edges of a type that leave a node change.
    pub(super) fn touch(&self, edge: EdgeType, from: NodeId) {
        self.touched.borrow_mut().note(edge, from);
    }
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

impl Writer {
    /// Starts the threads of one shard.
    pub(super) fn start(connections: Connections) -> Result<Self> {
        let (queue, jobs) = mpsc::channel(WRITE_QUEUE_MAX);
        let lists = Lists::default();
        let mut threads = Vec::new();
        let mut checkpoints = None;
        if let Some(connection) = connections.checkpointer()? {
            let (due, dues) = sync_channel(1);
            checkpoints = Some(due);
            threads.push(spawn("kvetch-checkpoint", move || {
                keep_short(&connection, &dues);
            })?);
        }
        let changed = lists.clone();
        threads.push(spawn("kvetch-writer", move || {
            write_all(&connections, &changed, jobs, checkpoints.as_ref());
        })?);
        Ok(Self { lists, queue: Mutex::new(Some(queue)), threads: Mutex::new(threads) })
    }

    /// How often the lists have changed.
    pub(super) fn lists(&self) -> &Lists {
        &self.lists
    }

    /// Queues a write and waits until it is committed or refused.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let closed = || Error::unavailable("the shard is closed");
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or_else(closed)?;
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |transaction| {
            let result = transaction.and_then(|group| inside_savepoint(group, work));
            // Nobody may be waiting any more; the write stands all the same.
            Box::new(move |committed| drop(answer.send(committed.and(result))))
        });
        queue.send(job).await.map_err(|_| closed())?;
        // The queue must not be kept open by those who wait for its end.
        drop(queue);
        answered.await.map_err(|_| Error::unavailable("the writer of the shard ended"))?
    }

    /// Lets the queue run empty and waits for the threads. Blocks.
    pub(super) fn close(&self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a thread of an embedded shard panicked");
            }
        }
        self.lists.close();
    }
}

/// A shard that is let go of without being closed still finishes its queue, and its directory is
/// free when it is gone.
impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    let spawned = thread::Builder::new().name(name.into()).spawn(work);
    spawned.map_err(|error| Error::Engine { reason: format!("no thread for the shard: {error}").into() })
}

fn write_all(
    connections: &Connections,
    lists: &Lists,
    mut jobs: mpsc::Receiver<Job>,
    checkpoints: Option<&SyncSender<()>>,
) {
    let mut checkpointed = 0;
    while let Some(first) = jobs.blocking_recv() {
        let mut group = vec![first];
        while group.len() < GROUP_COMMIT_WRITES_MAX
            && let Ok(job) = jobs.try_recv()
        {
            group.push(job);
        }
        commit(&connections.writer(), lists, group);
        let log_bytes = connections.log_bytes();
        // A log that is shorter than it was begins anew.
        checkpointed = log_bytes.min(checkpointed);
        if log_bytes - checkpointed < WAL_BYTES_PER_CHECKPOINT {
            continue;
        }
        if let Some(checkpoints) = checkpoints {
            checkpointed = log_bytes;
            if log_bytes < WAL_BYTES_MAX {
                // A full channel means that one is due already.
                let _ = checkpoints.try_send(());
            } else {
                checkpoint(&connections.for_truncating(), "TRUNCATE");
            }
        }
    }
}

fn commit(connection: &Connection, lists: &Lists, jobs: Vec<Job>) {
    let begun = connection.execute_batch("BEGIN IMMEDIATE").or_failure();
    fail_point::reach(fail_point::BEGUN);
    let transaction = Transaction { connection, touched: RefCell::default() };
    let group = Group { transaction, given_up: OnceCell::new() };
    let waiting: Vec<Acknowledgement> = jobs.into_iter().map(|job| job(begun.clone().map(|()| &group))).collect();
    fail_point::reach(fail_point::COMMIT_BEFORE);
    let Group { transaction, given_up } = group;
    let changing = lists.commit(transaction.touched.into_inner());
    let committed = begun.and_then(|()| match given_up.into_inner() {
        Some(why) => Err(why),
        None => connection.execute_batch("COMMIT").or_failure(),
    });
    fail_point::reach(fail_point::COMMIT_AFTER);
    if committed.is_err() && !connection.is_autocommit() {
        // Nothing was acknowledged; what cannot be committed must not stay open either.
        let _ = connection.execute_batch("ROLLBACK");
    }
    // Before anybody hears of it, and may ask for what it has changed.
    drop(changing);
    for acknowledge in waiting {
        acknowledge(committed.clone());
        fail_point::reach(fail_point::ACKNOWLEDGED);
    }
}

/// One write fails alone: what it did is rolled back, and the transaction goes on with the others.
/// Where SQLite gives up the whole transaction (a full disk) all in it fail, and nothing of them is there.
fn inside_savepoint<T>(group: &Group<'_>, work: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
    if let Some(why) = group.given_up.get() {
        // A savepoint outside a transaction would commit on its own.
        return Err(why.clone());
    }
    let result = savepoint(&group.transaction, work);
    if let Err(error) = &result
        && group.transaction.is_autocommit()
    {
        group.given_up.get_or_init(|| error.clone());
    }
    fail_point::reach(fail_point::WRITE_DONE);
    result
}

fn savepoint<T>(connection: &Transaction<'_>, work: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
    connection.execute_batch("SAVEPOINT one_write").or_failure()?;
    let result = catch_unwind(AssertUnwindSafe(|| work(connection)))
        .unwrap_or_else(|_| Err(Error::Engine { reason: "the write panicked".into() }));
    if connection.is_autocommit() {
        return result;
    }
    if result.is_err() {
        end_savepoint(connection, "ROLLBACK TO one_write")?;
    }
    end_savepoint(connection, "RELEASE one_write")?;
    result
}

/// Where a savepoint cannot be ended the whole transaction is given up: half of a refused write must not be committed
/// with the others.
fn end_savepoint(connection: &Connection, how: &str) -> Result<()> {
    connection.execute_batch(how).or_failure().inspect_err(|_| {
        let _ = connection.execute_batch("ROLLBACK");
    })
}

/// Moves the log into the database whenever that is due, until the writer ends. It begins anew only where nothing was
/// written meanwhile: under writes without a pause it grows up to its limit, and then the writer truncates it itself.
fn keep_short(connection: &Connection, dues: &Receiver<()>) {
    while dues.recv().is_ok() {
        checkpoint(connection, "PASSIVE");
    }
}

fn checkpoint(connection: &Connection, how: &str) {
    fail_point::reach(fail_point::CHECKPOINT_BEFORE);
    let done = connection.query_row(&format!("PRAGMA wal_checkpoint({how})"), [], |row| row.get::<_, bool>(0));
    fail_point::reach(fail_point::CHECKPOINT_AFTER);
    match done {
        // Readers hold the log back, or the other thread is at it.
        Ok(busy) => tracing::debug!(busy, how, "checkpoint"),
        Err(error) => tracing::warn!(%error, how, "a checkpoint failed"),
    }
}
