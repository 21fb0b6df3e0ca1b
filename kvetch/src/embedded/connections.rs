//! The connections to one database: one that writes, and some that read.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::hooks::Wal;
use rusqlite::{Connection, OpenFlags};

use crate::error::{Error, Result};
use crate::fail_point;

use super::directory::Directory;
use super::failure::OrFailure;
use super::tables;

/// Statements that each connection keeps prepared: all of this engine's, with room.
const PREPARED_STATEMENTS: usize = 64;

/// Idle connections that are kept for reading. More come and go while more threads read at once.
const IDLE_READERS_MAX: usize = 8;

/// How long a connection waits for another that truncates the write-ahead log.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the log is waited for, to be truncated, while a reader holds it back.
const CHECKPOINT_TIMEOUT: Duration = Duration::from_millis(100);

/// Pages that SQLite keeps in memory for each connection, in KiB (the sign says so).
const CACHE_KIB: i64 = -16 * 1024;

/// The connections to one database. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Connections {
    writer: Arc<Mutex<Connection>>,
    readers: Arc<Readers>,
    log_bytes: Arc<AtomicU64>,
}

/// A database in memory has one connection, which everybody takes in turn: separate connections to
/// one memory would lock whole tables against each other and fail instead of waiting.
#[derive(Debug)]
enum Readers {
    OfFile { file: PathBuf, idle: Mutex<Vec<Connection>>, directory: Mutex<Option<Directory>> },
    OfMemory,
}

impl Connections {
    pub(super) fn open_file(file: &Path, directory: &Directory) -> Result<Self> {
        let mut writer = Connection::open(file).or_failure()?;
        writer.busy_timeout(BUSY_TIMEOUT).or_failure()?;
        tables::prepare(&writer, &file.display().to_string())?;
        fail_point::reach(fail_point::FILE_MADE);
        configure(&writer)?;
        // Checkpoints flush twice; the checkpointing thread makes them, never a commit.
        writer
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;")
            .or_failure()?;
        let log_bytes = measure_log(&mut writer)?;
        let readers = Readers::OfFile {
            file: file.to_owned(),
            idle: Mutex::default(),
            directory: Mutex::new(Some(directory.clone())),
        };
        Ok(Self { writer: Arc::new(Mutex::new(writer)), readers: Arc::new(readers), log_bytes })
    }

    pub(super) fn open_memory() -> Result<Self> {
        let connection = Connection::open_in_memory().or_failure()?;
        tables::prepare(&connection, "memory")?;
        configure(&connection)?;
        Ok(Self {
            writer: Arc::new(Mutex::new(connection)),
            readers: Arc::new(Readers::OfMemory),
            log_bytes: Arc::default(),
        })
    }

    /// The connection that writes.
    pub(super) fn writer(&self) -> MutexGuard<'_, Connection> {
        unpoisoned(&self.writer)
    }

    /// Bytes of the write-ahead log after the last commit. They begin anew when a checkpoint has moved all of it.
    pub(super) fn log_bytes(&self) -> u64 {
        self.log_bytes.load(Ordering::Relaxed)
    }

    /// Runs a read on a connection that sees every committed write.
    pub(super) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let Readers::OfFile { file, idle, directory } = &*self.readers else {
            return work(&self.writer());
        };
        // Whoever takes the directory next may remove the file, or be another process.
        if unpoisoned(directory).is_none() {
            return Err(Error::unavailable("the shard is closed"));
        }
        let idle_one = unpoisoned(idle).pop();
        let connection = idle_one.map_or_else(|| open_reader(file), Ok)?;
        // One transaction for all keys of a read: one snapshot, and the locks are taken once.
        let transaction = connection.unchecked_transaction().or_failure()?;
        let answer = work(&transaction);
        transaction.finish().or_failure()?;
        let mut idle = unpoisoned(idle);
        if idle.len() < IDLE_READERS_MAX {
            idle.push(connection);
        }
        answer
    }

    /// A connection for checkpoints; none in memory.
    pub(super) fn checkpointer(&self) -> Result<Option<Connection>> {
        let Readers::OfFile { file, .. } = &*self.readers else {
            return Ok(None);
        };
        Connection::open(file).or_failure().map(Some)
    }

    /// The connection that writes, for truncating the log between two commits: nobody else could get a word in. It
    /// waits only for a moment for readers that hold the log back, because writers wait as long.
    pub(super) fn for_truncating(&self) -> Truncating<'_> {
        let writer = self.writer();
        // It fails for a negative time alone.
        let _ = writer.busy_timeout(CHECKPOINT_TIMEOUT);
        Truncating(writer)
    }

    /// Closes the idle readers and lets go of the directory.
    pub(super) fn release(&self) {
        if let Readers::OfFile { idle, directory, .. } = &*self.readers {
            unpoisoned(idle).clear();
            unpoisoned(directory).take();
        }
    }
}

/// Has each commit of a connection tell how long the log is. This takes the place of SQLite's own checkpoints.
fn measure_log(writer: &mut Connection) -> Result<Arc<AtomicU64>> {
    let page_bytes: u64 = writer.query_row("PRAGMA page_size", [], |row| row.get::<_, u32>(0)).or_failure()?.into();
    let log_bytes = Arc::new(AtomicU64::new(0));
    let measured = log_bytes.clone();
    let hook = move |_: &mut Wal, pages: i32| {
        measured.store(u64::from(pages.unsigned_abs()) * page_bytes, Ordering::Relaxed);
        Ok(())
    };
    writer.wal_hook(Some(hook)).or_failure()?;
    Ok(log_bytes)
}

/// The writing connection while it truncates the log.
pub(super) struct Truncating<'a>(MutexGuard<'a, Connection>);

impl Deref for Truncating<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl Drop for Truncating<'_> {
    fn drop(&mut self) {
        let _ = self.0.busy_timeout(BUSY_TIMEOUT);
    }
}

fn open_reader(file: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).or_failure()?;
    connection.busy_timeout(BUSY_TIMEOUT).or_failure()?;
    configure(&connection)?;
    connection.execute_batch("PRAGMA query_only = ON;").or_failure()?;
    Ok(connection)
}

fn configure(connection: &Connection) -> Result<()> {
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
    // A large mapping halves mixed throughput: every commit then remaps what the readers use.
    connection.execute_batch(&format!("PRAGMA mmap_size = 0; PRAGMA cache_size = {CACHE_KIB};")).or_failure()
}

/// What a panic interrupted is rolled back by SQLite, so the connection behind a poisoned lock is
/// as good as any.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
