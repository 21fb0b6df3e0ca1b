//! A directory for one test.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use kvetch::StoreUrl;

/// A directory that is not there yet, and is removed at the end.
pub(crate) struct TempDirectory(pub(crate) PathBuf);

impl TempDirectory {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        Self(std::env::temp_dir().join(format!("kvetch-test-{}-{number}", std::process::id())))
    }

    pub(crate) fn url(&self, shards: usize) -> StoreUrl {
        StoreUrl::File { directory: self.0.clone(), shards: Some(shards) }
    }
}

impl Drop for TempDirectory {
    fn drop(&mut self) {
        // A test that made none has nothing to remove.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
