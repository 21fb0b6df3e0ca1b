//! The embedded engine: one SQLite database per shard, in a directory or in memory.
//!
//! The only module that names rusqlite.

mod failure;
mod directory;
mod tables;
mod connections;
mod lists;
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::error::Error;
    use crate::id::{NodeId, NodeType, Timestamp};
    use crate::schema::{NodeTypeDef, Schema};
    use crate::shard::{NodeWrite, Place, WriteOp};
    use crate::shard_map::{ShardIdx, ShardMap};
    use crate::value::{Props, Value};

    use super::*;

    const THING: NodeType = NodeType(1);

    fn place() -> Place {
        let schema = Schema::builder().node_type(NodeTypeDef { id: THING, name: "Thing".into() }).build();
        let map = ShardMap::even(1).expect("one shard is a store");
        Place { schema: schema.expect("the schema is valid"), map: Arc::new(map), here: ShardIdx(0) }
    }

    fn creation(number: u64) -> NodeWrite {
        let bytes = (0..3000).map(|at| (((at * at + number) * 2_654_435_761) >> 17) as u8).collect();
        let op = WriteOp::Create {
            props: Props::from([("bytes", Value::Bytes(bytes))]),
            created: Timestamp(1),
            restored: None,
        };
        let id = NodeId::from_bytes(u128::from(number).to_be_bytes());
        NodeWrite { id, node_type: THING, op, now: Timestamp(1), write_id: None, claims: Vec::new() }
    }

    /// SQLite gives up the whole transaction when the disk is full, so that all writes of a commit fail together. What was
    /// acknowledged before stays, nothing of the others is there, and writing goes on once there is room.
    #[tokio::test]
    async fn a_full_disk_refuses_writes_whole_and_loses_none() {
        let connections = Connections::open_memory().unwrap();
        let limit = |pages: u32| {
            let set = connections.writer().query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()));
            set.unwrap();
        };
        limit(60);
        let shard = EmbeddedShard::start(connections.clone(), Handle::current()).unwrap();
        let place = place();
        let (mut written, mut refused) = (Vec::new(), Vec::new());
        for batch in 0..10 {
            let writes: Vec<NodeWrite> = (batch * 10..batch * 10 + 10).map(creation).collect();
            for (write, outcome) in writes.iter().zip(shard.write(&place, writes.clone()).await) {
                match outcome {
                    Ok(_) => written.push(write.id),
                    Err(Error::Engine { reason }) => {
                        assert!(reason.contains("full"), "{reason}");
                        refused.push(write.clone());
                    }
                    Err(error) => panic!("{error}"),
                }
            }
        }
        assert!(!written.is_empty() && !refused.is_empty());
        assert!(shard.nodes(&written).await.iter().all(|node| matches!(node, Ok(Some(_)))));
        let absent: Vec<NodeId> = refused.iter().map(|write| write.id).collect();
        assert!(shard.nodes(&absent).await.iter().all(|node| *node == Ok(None)));

        limit(u32::MAX - 1);
        assert!(shard.write(&place, refused).await.iter().all(Result::is_ok));
        assert!(shard.nodes(&absent).await.iter().all(|node| matches!(node, Ok(Some(_)))));
        shard.close().await.unwrap();
    }
}
