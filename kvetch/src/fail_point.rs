//! Named places in the course of a write where a test can end the process.
//!
//! Without the feature `conformance` they are nothing.

#[cfg(feature = "conformance")]
mod hook {
    use std::sync::OnceLock;

    /// The places: before and after each call that changes a shard, reached in a layer around it, and those
    /// inside the embedded engine.
    pub const FAIL_POINTS: [&str; 27] = [
        "claim.before",
        "claim.after",
        "write.before",
        "write.after",
        "write_together.before",
        "write_together.after",
        "apply.before",
        "apply.after",
        "settle.before",
        "settle.after",
        "release.before",
        "release.after",
        "void.before",
        "void.after",
        "recount.before",
        "recount.after",
        "put_meta.before",
        "put_meta.after",
        FILE_MADE,
        SHARDS_REMEMBERED,
        BEGUN,
        WRITE_DONE,
        COMMIT_BEFORE,
        COMMIT_AFTER,
        ACKNOWLEDGED,
        CHECKPOINT_BEFORE,
        CHECKPOINT_AFTER,
    ];

    use super::*;

    type Hook = Box<dyn Fn(&'static str) + Send + Sync>;

    static HOOK: OnceLock<Hook> = OnceLock::new();

    /// From now on this is told of every fail point that is reached, on the thread that reaches it. It is set once
    /// in a process; later ones are ignored.
    pub fn on_reaching_fail_points(hook: impl Fn(&'static str) + Send + Sync + 'static) {
        let _ = HOOK.set(Box::new(hook));
    }

    /// Tells the hook, if there is one. For layers around an engine.
    pub fn reach(point: &'static str) {
        if let Some(hook) = HOOK.get() {
            hook(point);
        }
    }
}

#[cfg(feature = "conformance")]
pub use hook::{FAIL_POINTS, on_reaching_fail_points, reach};

/// Nothing ends here.
#[cfg(not(feature = "conformance"))]
pub(crate) fn reach(_point: &'static str) {}

/// The file of a shard has its tables; perhaps others are still to be made.
pub(crate) const FILE_MADE: &str = "file.made";
/// The number of shards is written down; what they are for is not.
pub(crate) const SHARDS_REMEMBERED: &str = "shards.remembered";
/// A transaction has begun.
pub(crate) const BEGUN: &str = "transaction.begun";
/// One write of a transaction is done, and its savepoint released.
pub(crate) const WRITE_DONE: &str = "savepoint.released";
/// A transaction is to be committed.
pub(crate) const COMMIT_BEFORE: &str = "commit.before";
/// It is committed, and nobody knows.
pub(crate) const COMMIT_AFTER: &str = "commit.after";
/// One of those who wait for a commit has its answer, perhaps others not.
pub(crate) const ACKNOWLEDGED: &str = "commit.acknowledged";
/// The log is to be moved into the database.
pub(crate) const CHECKPOINT_BEFORE: &str = "checkpoint.before";
/// The log was moved.
pub(crate) const CHECKPOINT_AFTER: &str = "checkpoint.after";
