//! Every limit of the crate, with its unit and its reason.

use std::time::Duration;

/// Rows in one page of edges, ids or nodes (`first`). A larger wish is refused, not cut: a caller
/// who believes to have read a whole list must not be wrong.
pub const PAGE_ROWS_MAX: u32 = 10_000;

/// Bytes of one encoded body, before compression. A node is read and written whole.
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// Bytes of one key of a body, in UTF-8.
pub const KEY_BYTES_MAX: usize = 255;

/// Lists and maps inside one another in a value. Reading them recurses.
pub const VALUE_DEPTH_MAX: usize = 32;

/// Bytes of one index value in its canonical encoding. It is part of a primary key, which
/// MySQL bounds at 3072 bytes with all its columns. Longer values are refused, never cut.
pub const INDEX_VALUE_BYTES_MAX: usize = 512;

/// Bytes of encoded body from which on compression is tried, on disk only. Below it lz4 wins
/// nothing worth the pass.
pub const COMPRESS_FROM_BYTES: usize = 1024;

/// Shards in one store: each owns at least one of the virtual shards.
pub const SHARDS_MAX: usize = crate::id::VirtualShard::COUNT as usize;

/// Keys of one statement of the embedded engine; more are asked in several.
pub const EMBEDDED_KEYS_PER_CHUNK: usize = 1000;

/// Keys up to which the embedded engine reads on the calling async thread. A hundred point reads
/// take about as long as ten hand-overs to another thread.
pub const INLINE_KEYS_MAX: usize = 100;

/// Rows up to which the embedded engine reads on the calling async thread.
pub const INLINE_ROWS_MAX: usize = 1_000;

/// Writes that one commit of the embedded engine covers at most. More would let the first of
/// them wait for long, fewer would pay for more flushes.
pub const GROUP_COMMIT_WRITES_MAX: usize = 256;

/// Writes waiting for the writer of one embedded shard. A caller over it waits to be let in.
pub const WRITE_QUEUE_MAX: usize = 4096;

/// Bytes of a write-ahead log from which on it is truncated, though writers then wait for it.
pub const WAL_BYTES_MAX: u64 = 64 << 20;

/// Bytes that a write-ahead log grows by between two checkpoints. Less would write pages of the database more often,
/// more would have readers look through a longer log.
pub const WAL_BYTES_PER_CHECKPOINT: u64 = 8 << 20;

/// Connections to one MySQL shard, unless its address says otherwise.
pub const MYSQL_POOL_CONNECTIONS: usize = 16;

/// How long connecting to a MySQL server may take.
pub const MYSQL_CONNECT_DEADLINE: Duration = Duration::from_secs(3);

/// How long a MySQL server may work on one statement. Less than a round waits for it.
pub const MYSQL_READ_TIME_MAX: Duration = Duration::from_secs(8);

/// How long a statement waits for a row that another transaction has locked, before its own is begun again.
pub const MYSQL_LOCK_DEADLINE: Duration = Duration::from_secs(3);

/// How long a read from a MySQL shard is tried, with all its attempts. Less than a round waits for it, so that
/// the error says what was wrong.
pub const MYSQL_READ_DEADLINE: Duration = Duration::from_secs(9);

/// How long a transaction on a MySQL shard is tried, with all its attempts: longer than a group of servers takes to
/// agree on who goes on, shorter than a caller waits.
pub const MYSQL_WRITE_DEADLINE: Duration = Duration::from_secs(12);

/// How long one attempt may take where there are other servers to ask.
pub const MYSQL_ATTEMPT_DEADLINE: Duration = Duration::from_secs(4);

/// How long a MySQL shard has to be silent before callers are told at once that it is away, but for one at a time who
/// finds out whether it is back. As long as a write would wait for it: sooner, some would fail that need not.
pub const MYSQL_OUTAGE_AFTER: Duration = MYSQL_WRITE_DEADLINE;

/// How long a round waits for a shard. After it the keys of that shard are answered with an
/// error and the others with what was read.
pub const ROUND_DEADLINE: Duration = Duration::from_secs(10);

/// How long a write waits for its derived rows on other shards, and for a unique value that
/// another write is claiming. After it the write is answered as pending, or refused.
pub const WRITE_DEADLINE: Duration = Duration::from_secs(5);

/// How long a caller waits for a write in all. After it the outcome is unknown to the caller, and
/// the write is still done or not done as a whole.
pub const WRITE_ANSWER_DEADLINE: Duration = Duration::from_secs(15);

/// Writes of one call that are under way at the same time; more follow after them.
pub const WRITE_BATCH_MAX: usize = 1024;

/// Writes that are done together in one transaction. It holds up all others of its shard.
pub const WRITES_TOGETHER_MAX: usize = 256;

/// How long closing waits for the writes that are under way.
pub const CLOSE_DEADLINE: Duration = Duration::from_secs(20);

/// Age from which on a claim that was never confirmed is taken for abandoned. Longer than a
/// write may take from its claim to its commit; a slower one loses its claim and starts again.
pub const CLAIM_GRACE: Duration = Duration::from_secs(10);

/// Changes that the intent of one node may come to while other shards do not answer. Each write
/// rewrites the whole intent, so it must stay small. A write that would go beyond it first waits
/// for what is pending to be applied, and is refused as backlogged at its deadline.
pub const INTENT_CHANGES_MAX: usize = 1024;

/// Bytes of the props of stored edges that the intent of one node may come to, for the same reason. Twice what writes
/// that are done together can come to.
pub const INTENT_PROPS_BYTES_MAX: usize = 8 << 20;

/// Bytes of the encoded props of one stored edge. They are kept twice, and lie in intents.
pub const EDGE_PROPS_BYTES_MAX: usize = 16 << 10;

/// Rows that one transaction of a deletion takes along: stored edges of the node, or nodes that go
/// with it. Those beyond follow in further steps.
pub const DELETION_STEP_ROWS: u32 = 256;

/// Nodes, or rows, that are looked at in one step when an edge or index is filled in. Where that
/// stands is written down after each step.
pub const FILL_STEP_ROWS: u32 = 256;

/// Leftover intents that are read at a time when a store is opened.
pub const INTENTS_PER_PAGE: u32 = 256;

/// Counters that keep what is in memory in step with writes. Two nodes, or lists, that share one only cost a read.
pub const CACHE_STRIPES: usize = 4096;

/// Rows that a comparison of the store with its nodes reads at a time from one shard.
pub const VERIFY_PAGE_ROWS: u32 = 2048;

/// Buckets of rows that a comparison keeps a sum for, 32 bytes each. Drift in one of them makes all
/// rows of it be compared one by one: the more buckets, the fewer.
pub const VERIFY_BUCKETS: usize = 1 << 18;

/// Rows that a comparison holds in memory at once when it compares one by one. More are compared in several
/// turns, each of which reads the part of the store again.
pub const VERIFY_ROWS_HELD: u64 = 1 << 19;

/// Rows that look wrong and are looked at again, or mended, together.
pub const VERIFY_SUSPECTS: usize = 256;

/// How long a comparison waits for a shard to count its nodes, which reads a whole index.
pub const VERIFY_CENSUS_DEADLINE: Duration = Duration::from_secs(300);

/// The highest version that a node is put back at. Versions above it are for the writes that follow.
pub const RESTORED_VERSION_MAX: u64 = 1 << 60;

/// How often a row is looked at again while its node is being written.
pub const VERIFY_LOOKS: u32 = 8;

/// How many examples a report gives of each class.
pub const DRIFT_EXAMPLES: usize = 5;

/// How long a shard keeps how far it has come with the intents of a node, and the marks of decided attempts to claim.
/// Much longer than any statement may be under way: without it a late one would be applied after newer ones.
pub const FENCE_RETENTION: Duration = Duration::from_secs(3600);

/// How long the outcome of a write that came with a write id is kept. A repetition after it is a write of its own.
pub const WRITE_RETENTION: Duration = Duration::from_secs(24 * 3600);

/// How long the id of a deleted node is refused to others. Longer than [`FENCE_RETENTION`]: the fences of the node
/// would keep the rows of another with its id out.
pub const TOMBSTONE_RETENTION: Duration = Duration::from_secs(30 * 24 * 3600);

/// The wait after opening before records that have had their use are removed for the first time.
pub const PRUNE_AFTER_OPENING: Duration = Duration::from_secs(60);

/// The wait between one such pass and the next.
pub const PRUNE_EVERY: Duration = Duration::from_secs(3600);

/// Records that are looked at in one step of pruning.
pub const PRUNE_PAGE_ROWS: u32 = 1024;

/// Rows that a repair in the background reads in a second, unless its options say otherwise: a few hundredths of what
/// a shard can answer.
pub const BACKGROUND_ROWS_PER_SECOND: u64 = 20_000;
