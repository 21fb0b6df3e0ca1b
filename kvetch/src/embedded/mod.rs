//! The embedded engine: one SQLite database per shard, in a directory or in memory.
//!
//! The only module that names rusqlite.

mod failure;
mod directory;
mod tables;
mod connections;
mod writer;
mod number;
mod reads;
mod listing;
mod census;
mod claims;
mod rows;
mod nodes;
mod meta;
mod prune;
mod shard;

use std::path::Path;
use std::sync::Arc;

use tokio::runtime::Handle;

use crate::error::{Result, within};
use crate::fail_point;
use crate::limits::SHARDS_MAX;
use crate::shard::Shard;

use connections::Connections;
use directory::Directory;
use shard::EmbeddedShard;

/// The shards of a directory, made where it is absent or empty.
pub(crate) fn open_directory(path: &Path, shards: Option<usize>, runtime: &Handle) -> Result<Vec<Arc<dyn Shard>>> {
    open_locked(Directory::lock, path, shards, runtime)
}

/// The shards of a directory that a store was made in. Nothing is made.
pub(crate) fn open_existing(path: &Path, shards: Option<usize>, runtime: &Handle) -> Result<Vec<Arc<dyn Shard>>> {
    open_locked(Directory::lock_existing, path, shards, runtime)
}

fn open_locked(
    lock: impl FnOnce(&Path) -> Result<Directory>,
    path: &Path,
    shards: Option<usize>,
    runtime: &Handle,
) -> Result<Vec<Arc<dyn Shard>>> {
    // Each shard costs files and a thread, so a number that no store can have is refused before the first.
    within("the number of shards", shards.unwrap_or(1), SHARDS_MAX)?;
    let directory = lock(path)?;
    let files = directory.shard_files(shards)?;
    let new = files.iter().filter(|file| file.symlink_metadata().is_err()).collect::<Vec<_>>();
    if new.len() == files.len() {
        directory.begin()?;
    }
    // Every file is checked before one of them is changed.
    let connections = files.iter().map(|file| Connections::open_file(file, &directory)).collect::<Result<Vec<_>>>();
    // Half a new store (the process may open no more files) would pass for a whole one with fewer shards.
    let connections = connections.inspect_err(|_| directory::remove(&new))?;
    directory.remember_shards(files.len())?;
    fail_point::reach(fail_point::SHARDS_REMEMBERED);
    connections.into_iter().map(|connections| start(connections, runtime)).collect()
}

/// Shards in memory, empty.
pub(crate) fn open_memory(shards: usize, runtime: &Handle) -> Result<Vec<Arc<dyn Shard>>> {
    within("the number of shards", shards, SHARDS_MAX)?;
    (0..shards).map(|_| start(Connections::open_memory()?, runtime)).collect()
}

fn start(connections: Connections, runtime: &Handle) -> Result<Arc<dyn Shard>> {
    EmbeddedShard::start(connections, runtime.clone()).map(|shard| Arc::new(shard) as Arc<dyn Shard>)
}
