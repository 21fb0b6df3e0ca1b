//! The directory of an embedded store: a lock file and one database file per shard.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Result};

const LOCK_FILE: &str = "kvetch.lock";

/// A directory that this process has locked, until the last clone is gone. The lock is the operating
/// system's, so that a killed process leaves none behind.
#[derive(Debug, Clone)]
pub(super) struct Directory {
    path: PathBuf,
    _lock: Arc<File>,
}

impl Directory {
    /// Locks the directory, and makes it if there is none.
    pub(super) fn lock(path: &Path) -> Result<Self> {
        fs::create_dir_all(path).map_err(|error| unreadable(path, &error))?;
        refuse_strangers(path)?;
        let lock = File::options().create(true).truncate(false).write(true).open(path.join(LOCK_FILE));
        let lock = lock.map_err(|error| unreadable(path, &error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: Arc::new(lock) }),
            Err(TryLockError::WouldBlock) => Err(Error::Locked { path: path.to_owned() }),
            Err(TryLockError::Error(error)) => Err(unreadable(path, &error)),
        }
    }

    /// The files of the shards, there or to be made. An old store keeps its number.
    pub(super) fn shard_files(&self, asked: Option<usize>) -> Result<Vec<PathBuf>> {
        let stored = (0..).take_while(|shard| self.shard_file(*shard).exists()).count();
        match asked {
            Some(asked) if stored > 0 && asked != stored => Err(Error::ShardCount { stored, asked }),
            asked => Ok((0..asked.unwrap_or(stored.max(1))).map(|shard| self.shard_file(shard)).collect()),
        }
    }

    fn shard_file(&self, shard: usize) -> PathBuf {
        self.path.join(format!("shard-{shard:04}.sqlite"))
    }
}

/// A directory with something else in it, and no store, is somebody's: nothing is put there.
fn refuse_strangers(path: &Path) -> Result<()> {
    let mut strangers = None;
    for entry in fs::read_dir(path).map_err(|error| unreadable(path, &error))? {
        let name = entry.map_err(|error| unreadable(path, &error))?.file_name();
        let name = name.to_string_lossy();
        if name == LOCK_FILE {
            return Ok(());
        }
        strangers = Some(name.into_owned());
    }
    strangers.map_or(Ok(()), |name| Err(not_a_store(path, &format!("it holds `{name}` and no {LOCK_FILE}"))))
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => not_a_store(path, "it is not a directory"),
        _ => Error::Engine { reason: format!("{}: {error}", path.display()).into() },
    }
}

fn not_a_store(path: &Path, reason: &str) -> Error {
    Error::NotAStore { place: path.display().to_string().into(), reason: reason.into() }
}
