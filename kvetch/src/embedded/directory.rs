//! The directory of an embedded store: a lock file and one database file per shard.
//!
//! The lock file also holds the number of shards, in decimal. The files alone do not say whether the last of them
//! is missing, or all; without the number what is left would be taken for a smaller store, or for a new one. While the
//! files are being made it says `new` instead: what a process that was killed then leaves is no store yet.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Result};

const LOCK_FILE: &str = "kvetch.lock";

/// What the lock file says while the files of the shards are being made.
const NEW: &str = "new";

/// A directory that this process has locked, until the last clone is gone. The lock is the operating
/// system's, so that a killed process leaves none behind.
#[derive(Debug, Clone)]
pub(super) struct Directory {
    path: PathBuf,
    lock: Arc<Lock>,
}

/// The locked file.
#[derive(Debug)]
struct Lock(File);

/// Closing the file alone would not do: a process that this one is about to start has a copy of it for a moment, and
/// with it the lock.
impl Drop for Lock {
    fn drop(&mut self) {
        // Where it cannot be unlocked, closing it has to do.
        let _ = self.0.unlock();
    }
}

impl Directory {
    /// Locks the directory of a store that is there. Nothing is made where there is none.
    pub(super) fn lock_existing(path: &Path) -> Result<Self> {
        let nothing = |reason| Err(not_a_store(path, reason));
        match fs::metadata(path.join(LOCK_FILE)) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound && path.is_dir() => {
                return nothing("it is a directory without a store");
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return nothing("there is nothing at this place"),
            Err(error) => return Err(unreadable(path, &error)),
        }
        let directory = Self::lock(path)?;
        if directory.stored_shards(&directory.present_shards()?)? == 0 {
            return nothing("no store was made there yet");
        }
        Ok(directory)
    }

    /// Locks the directory, and makes it if there is none.
    pub(super) fn lock(path: &Path) -> Result<Self> {
        fs::create_dir_all(path).map_err(|error| unreadable(path, &error))?;
        refuse_strangers(path)?;
        let lock = File::options().create(true).truncate(false).read(true).write(true).open(path.join(LOCK_FILE));
        let lock = lock.map_err(|error| unreadable(path, &error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), lock: Arc::new(Lock(lock)) }),
            Err(TryLockError::WouldBlock) => Err(Error::Locked { path: path.to_owned() }),
            Err(TryLockError::Error(error)) => Err(unreadable(path, &error)),
        }
    }

    /// The files of the shards, there or to be made. An old store keeps its number.
    ///
    /// # Errors
    /// When a file is missing that was there, or another number is asked for.
    pub(super) fn shard_files(&self, asked: Option<usize>) -> Result<Vec<PathBuf>> {
        if self.is_unfinished()? {
            self.remove_unfinished()?;
        }
        let present = self.present_shards()?;
        let stored = self.stored_shards(&present)?;
        if let Some(missing) = (0..stored).find(|shard| !present.contains(shard)) {
            let reason = format!(
                "{} is missing, one of its {stored} shard files; put it back, or begin anew in another directory",
                shard_file(missing)
            );
            return Err(not_a_store(&self.path, &reason));
        }
        match asked {
            Some(asked) if stored > 0 && asked != stored => Err(Error::ShardCount { stored, asked }),
            asked => Ok((0..asked.unwrap_or(stored.max(1))).map(|shard| self.path.join(shard_file(shard))).collect()),
        }
    }

    /// Writes the number of shards down, once their files are there.
    pub(super) fn remember_shards(&self, shards: usize) -> Result<()> {
        if self.remembered_shards()? == shards {
            return Ok(());
        }
        self.say(&shards.to_string())
    }

    /// Writes down that the files are being made, before the first of them is.
    pub(super) fn begin(&self) -> Result<()> {
        self.say(NEW)
    }

    /// How many shards the store has; 0 where none was made yet.
    fn stored_shards(&self, present: &BTreeSet<usize>) -> Result<usize> {
        if self.is_unfinished()? {
            return Ok(0);
        }
        Ok(present.last().map_or(0, |last| last + 1).max(self.remembered_shards()?))
    }

    /// The number that was written down. What a crash left unreadable counts as nothing: then the files tell.
    fn remembered_shards(&self) -> Result<usize> {
        Ok(self.says()?.trim().parse().unwrap_or(0))
    }

    fn say(&self, text: &str) -> Result<()> {
        let mut lock = &self.lock.0;
        let written = lock.set_len(0).and_then(|()| lock.rewind()).and_then(|()| writeln!(lock, "{text}"));
        written.and_then(|()| lock.sync_data()).map_err(|error| unreadable(&self.path, &error))
    }

    fn says(&self) -> Result<String> {
        let mut lock = &self.lock.0;
        let mut text = Vec::new();
        let read = lock.rewind().and_then(|()| lock.read_to_end(&mut text));
        read.map_err(|error| unreadable(&self.path, &error))?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    fn is_unfinished(&self) -> Result<bool> {
        Ok(self.says()?.trim() == NEW)
    }

    /// Removes files of a store that never came to be. Nothing was written to them: a store opens, and is written
    /// down, once all of them are there.
    fn remove_unfinished(&self) -> Result<()> {
        for shard in self.present_shards()? {
            for suffix in ["", "-wal", "-shm"] {
                let file = self.path.join(format!("{}{suffix}", shard_file(shard)));
                match fs::remove_file(file) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        return Err(unreadable(&self.path, &error));
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// The shards whose files are there.
    fn present_shards(&self) -> Result<BTreeSet<usize>> {
        let entries = fs::read_dir(&self.path).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
        let entries = entries.map_err(|error| unreadable(&self.path, &error))?;
        Ok(entries.iter().filter_map(|entry| shard_of(&entry.file_name().to_string_lossy())).collect())
    }
}

/// Takes back files that were made a moment ago, under the lock. One that cannot be removed is no worse than before.
pub(super) fn remove(files: &[&PathBuf]) {
    for file in files {
        let _ = fs::remove_file(file);
    }
}

fn shard_file(shard: usize) -> String {
    format!("shard-{shard:04}.sqlite")
}

/// The shard whose file has this name.
fn shard_of(name: &str) -> Option<usize> {
    let shard = name.strip_prefix("shard-")?.strip_suffix(".sqlite")?.parse().ok()?;
    (shard_file(shard) == name).then_some(shard)
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
