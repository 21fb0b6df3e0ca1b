//! Writes that share a transaction, when something is wrong with one of them.
//!
//! They are given to the shard in one call, so that they meet in one group. What goes wrong is done on the server: rows
//! that another session has locked, and triggers that refuse a row.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kvetch::{
    Claim, EdgeType, IndexDef, IndexId, IndexKey, IndexKind, IndexRead, Intent, NodeId, NodeType, NodeTypeDef,
    NodeWrite, Nonce, Outcome, Place, Props, Result, Schema, Shard, ShardIdx, ShardMap, Timestamp, Value, VirtualShard,
    WriteId, WriteOp, shards_at,
};

use crate::fixture::{BY_COLOR, FOLLOWS, LIST, USER, list, schema};
use crate::server::{Server, shared};

/// A type with two unique values.
const ACCOUNT: NodeType = NodeType(1);
const BY_NAME: IndexId = IndexId(1);
const BY_MAIL: IndexId = IndexId(2);

/// A shard of its own on a server.
struct Alone {
    database: String,
    shard: Arc<dyn Shard>,
    place: Place,
}

impl Alone {
    async fn on(server: &Server, schema: Schema) -> Self {
        Self::one_of(server, schema, 1).await
    }

    /// The last of some shards; the others are never asked.
    async fn one_of(server: &Server, schema: Schema, shards: usize) -> Self {
        let database = server.database();
        let mut opened = shards_at(&[server.address(&database)]).await.expect("the shard opens");
        let map = Arc::new(ShardMap::even(shards).expect("a few shards are a store"));
        let here = ShardIdx((shards - 1) as u16);
        Self { database, shard: opened.remove(0), place: Place { schema, map, here } }
    }

    async fn write(&self, writes: Vec<NodeWrite>) -> Vec<Result<Outcome>> {
        self.shard.write(&self.place, writes).await
    }

    /// Users with these numbers.
    async fn with_users(self, numbers: impl IntoIterator<Item = u64>) -> Self {
        let create = |number: u64| write(number, creation(&[("rank", Value::Int(0))]));
        for created in self.write(numbers.into_iter().map(create).collect()).await {
            created.expect("it is created");
        }
        self
    }
}

/// A node of the last bucket, which lies on the last shard of any store.
fn id(number: u64) -> NodeId {
    let last = VirtualShard::new(VirtualShard::COUNT - 1).expect("it is below 4096");
    NodeId::from_parts(1000, last, number)
}

fn write(number: u64, op: WriteOp) -> NodeWrite {
    NodeWrite { id: id(number), node_type: USER, op, now: Timestamp::now(), write_id: None, claims: Vec::new() }
}

fn creation(props: &[(&str, Value)]) -> WriteOp {
    let props = props.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    WriteOp::Create { props, created: Timestamp::now(), restored: None }
}

/// An update that changes nothing but the version.
fn touch(number: u64) -> NodeWrite {
    write(number, WriteOp::Update { set: Props::new(), expected_version: None, found_by: None })
}

fn version(outcome: &Result<Outcome>) -> u64 {
    outcome.as_ref().expect("it is written").node.version
}

/// Locks the rows of nodes from another session for some time. When this returns they are locked.
async fn lock(server: &'static Server, database: &str, numbers: &[u64], time: Duration) -> Locker {
    let ids = numbers.iter().map(|number| format!("UNHEX('{}')", id(*number).to_string().replace('-', "")));
    let (ids, seconds) = (ids.collect::<Vec<_>>().join(","), time.as_secs());
    let locking = format!(
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION; \
         SELECT 1 FROM {database}.kvetch_nodes FORCE INDEX (PRIMARY) WHERE id IN ({ids}) FOR UPDATE; \
         SELECT SLEEP({seconds}); COMMIT"
    );
    let locker = tokio::task::spawn_blocking(move || drop(server.execute(&locking)));
    let first = numbers[0];
    let tried = format!(
        "SELECT 1 FROM {database}.kvetch_nodes WHERE id = UNHEX('{}') FOR UPDATE NOWAIT",
        id(first).to_string().replace('-', "")
    );
    while server.try_execute(&tried).is_ok() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    locker
}

type Locker = tokio::task::JoinHandle<()>;

/// One of them waits for its row until the server gives the whole group up. The others were given up with it, again and
/// again, until their row was free too; and whoever wrote to their nodes next waited as long.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_lost_a_lock_goes_on_one_by_one() {
    let alone = Alone::on(shared(), schema()).await.with_users(1..=3).await;
    let begun = Instant::now();
    let locker = lock(shared(), &alone.database, &[2], Duration::from_secs(8)).await;
    let behind = async {
        // It stands in line behind the group's write to the same node.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let outcome = alone.write(vec![touch(3)]).await.remove(0);
        (version(&outcome), begun.elapsed())
    };
    let (group, (next, soon)) = tokio::join!(alone.write(vec![touch(1), touch(2), touch(3)]), behind);
    assert_eq!(group.iter().map(version).collect::<Vec<_>>(), [2, 2, 2]);
    assert_eq!(next, 3);
    assert!(soon < Duration::from_millis(6_500), "it waited for the whole group: {soon:?}");
    assert!(begun.elapsed() > Duration::from_secs(7), "the lock was none");
    locker.await.expect("the lock ends");
}

/// What a server has against one write is told to that one. The group failed as a whole, with writes that nothing was
/// wrong with.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_the_server_refuses_fails_its_own_write() {
    let alone = Alone::on(shared(), schema()).await.with_users(1..=3).await;
    refuse(&alone.database, 2, "45000", 1644);
    let written = alone.write(vec![touch(1), touch(2), touch(3)]).await;
    let error = written[1].as_ref().expect_err("the server refuses it");
    assert!(error.code() == "engine" && error.to_string().contains("not this one"), "{error}");
    assert_eq!([version(&written[0]), version(&written[2])], [2, 2]);
    let nodes = alone.shard.nodes(&[id(1), id(2), id(3)]).await;
    let versions = nodes.into_iter().map(|node| node.expect("it is read").expect("it is there").version);
    assert_eq!(versions.collect::<Vec<_>>(), [2, 1, 2]);
}

/// A deadlock that comes back whenever a row is written: its own write gives up at its deadline, and no other has to
/// wait for that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_always_meets_a_deadlock_keeps_nobody_else() {
    let alone = Alone::on(shared(), schema()).await.with_users(1..=3).await;
    refuse(&alone.database, 2, "40001", 1213);
    let behind = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let begun = Instant::now();
        assert_eq!(version(&alone.write(vec![touch(1)]).await.remove(0)), 3);
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    };
    let (written, ()) = tokio::join!(alone.write(vec![touch(1), touch(2), touch(3)]), behind);
    assert_eq!(written[1].as_ref().expect_err("it gives up").code(), "unavailable");
    assert_eq!([version(&written[0]), version(&written[2])], [2, 2]);
}

/// Has the server refuse every update of a node with an error of this number.
fn refuse(database: &str, number: u64, state: &str, error: u16) {
    let id = id(number).to_string().replace('-', "");
    shared().execute(&format!(
        "DELIMITER $$\nCREATE TRIGGER {database}.refuse BEFORE UPDATE ON {database}.kvetch_nodes FOR EACH ROW \
         IF NEW.id = UNHEX('{id}') THEN \
         SIGNAL SQLSTATE '{state}' SET MYSQL_ERRNO = {error}, MESSAGE_TEXT = 'not this one'; END IF$$"
    ));
}

/// Rows that stay locked: those that were to be tried after them were begun long after their callers had gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_of_a_group_that_waited_too_long_are_not_begun() {
    let alone = Alone::on(shared(), schema()).await.with_users(1..=5).await;
    let locker = lock(shared(), &alone.database, &[1, 2, 3, 4], Duration::from_secs(17)).await;
    let written = alone.write((1..=5).map(touch).collect()).await;
    let errors = written.iter().map(|outcome| outcome.as_ref().expect_err("none is done"));
    let errors = errors.map(|error| (error.code(), error.to_string().contains("was not begun"))).collect::<Vec<_>>();
    assert!(errors.iter().all(|(code, _)| *code == "unavailable"), "{errors:?}");
    assert_eq!(errors.iter().filter(|(_, not_begun)| *not_begun).count(), 1, "{errors:?}");
    locker.await.expect("the locks end");
    let read = alone.shard.nodes(&[id(5)]).await.remove(0).expect("it is read").expect("it is there");
    assert_eq!(read.version, 1);
}

/// An edge that the schema does not have, which the front door lets nobody write. The panic over it took the group along.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_over_one_write_is_its_own() {
    let alone = Alone::on(shared(), schema()).await.with_users(1..=3).await;
    let unknown = WriteOp::PutEdge { edge: EdgeType(999), to: id(9), sort_key: None, props: Props::new() };
    let written = alone.write(vec![touch(1), write(2, unknown), touch(3)]).await;
    let error = written[1].as_ref().expect_err("nobody can decide it");
    assert!(error.to_string().contains("panicked"), "{error}");
    assert_eq!([version(&written[0]), version(&written[2])], [2, 2]);
}

/// Of two claims of a write one was undone. The write is refused, and the nonce of the other is taken back: it stood in
/// the fences as that of a write that was done, and its claim could not be let go of.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_is_refused_leaves_no_nonce_behind() {
    let unique = |id, name: &str, key: &str| IndexDef {
        id,
        name: name.into(),
        node_type: ACCOUNT,
        key: key.into(),
        kind: IndexKind::Equality,
        unique: true,
    };
    let schema = Schema::builder().node_type(NodeTypeDef { id: ACCOUNT, name: "Account".into() });
    let schema = schema.index(unique(BY_NAME, "byName", "name")).index(unique(BY_MAIL, "byMail", "mail"));
    let alone = Alone::on(shared(), schema.build().expect("the schema is valid")).await;
    for (number, undone) in [(1, BY_NAME), (2, BY_MAIL)] {
        let (name, mail) = (Value::from(format!("ada{number}")), Value::from(format!("{number}@example.org")));
        let claim = |index: IndexId, value: &Value| {
            let value = IndexKey::new(value).expect("it can be indexed");
            let nonce = Nonce::from_bytes([10 * number as u8 + index.0 as u8; 16]);
            Claim { index, value, holder: id(number), nonce }
        };
        let claims = vec![claim(BY_NAME, &name), claim(BY_MAIL, &mail)];
        let (voided, kept) = match claims[0].index == undone {
            true => (claims[0].nonce, claims[1].nonce),
            false => (claims[1].nonce, claims[0].nonce),
        };
        assert_eq!(alone.shard.void(vec![voided]).await.expect("it is written"), [true]);
        let create = NodeWrite { claims, ..write(number, creation(&[("name", name), ("mail", mail)])) };
        let other = write(10 + number, creation(&[("color", "red".into())]));
        let written = alone.write(vec![create, other]).await;
        assert_eq!(written[0].as_ref().expect_err("a claim was undone").code(), "claim_pending");
        assert_eq!(version(&written[1]), 1);
        assert_eq!(alone.shard.nodes(&[id(number)]).await, [Ok(None)]);
        assert_eq!(alone.shard.void(vec![kept]).await.expect("it is written"), [true], "the nonce is still burnt");
    }
}

/// A write that is repeated under its id while rows of it wait for another shard: with its outcome comes the intent that
/// its node has by now, or nobody would deliver what is left.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_write_knows_what_is_still_to_be_delivered() {
    let alone = Alone::one_of(shared(), schema(), 2).await;
    let owner = NodeId::from_parts(1000, VirtualShard::new(0).expect("it is below 4096"), 1);
    let op = WriteOp::Create { props: list(owner, 1).props, created: Timestamp::now(), restored: None };
    let write_id = WriteId::generate();
    let create = NodeWrite { node_type: LIST, write_id: Some(write_id), ..write(1, op) };
    let first = alone.write(vec![create.clone()]).await.remove(0).expect("it is created");
    let pending = first.intent.clone().expect("its owner lies on the other shard");
    assert_eq!((pending.source, pending.version), (id(1), 1));

    let again = alone.write(vec![create.clone()]).await.remove(0);
    assert_eq!(again.as_ref(), Ok(&first));
    let set = Props::from([("rank", 2i64)]);
    let update = WriteOp::Update { set, expected_version: None, found_by: None };
    let newer = alone.write(vec![NodeWrite { node_type: LIST, ..write(1, update) }]).await.remove(0);
    let newer: Option<Intent> = newer.expect("it is updated").intent;
    assert_eq!(newer.as_ref().map(|intent| intent.version), Some(2));
    let recorded = alone.shard.recorded(&[write_id]).await.remove(0).expect("it is read").expect("it was done");
    assert_eq!((recorded.node.version, recorded.intent), (1, newer));

    alone.shard.settle(vec![(id(1), 2)]).await.expect("it is removed");
    let settled = alone.write(vec![create]).await.remove(0).expect("it was done");
    assert_eq!((settled.node.version, settled.intent), (1, None));
}

/// Each write of a group had a statement of its own for its node: the server reads and answers each by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_of_one_kind_are_put_by_one_statement() {
    let server = Server::start();
    let alone = Alone::on(&server, schema()).await;
    let counted = |what: &str| {
        let row = server.execute(&format!("SHOW GLOBAL STATUS LIKE 'Com_{what}'"));
        row.split_whitespace().nth(1).and_then(|count| count.parse::<u64>().ok()).expect("a counter is a number")
    };
    let inserted = counted("insert");
    let alone = alone.with_users(1..=30).await;
    assert_eq!(counted("insert") - inserted, 2, "the nodes, and a mark");

    let put = |number: u64| {
        let to = id(number + 10);
        write(number, WriteOp::PutEdge { edge: FOLLOWS, to, sort_key: Some(number as i64), props: Props::new() })
    };
    let (inserted, updated) = (counted("insert"), counted("update"));
    let written = alone.write((1..=10).map(put).collect()).await;
    assert_eq!(written.iter().map(version).collect::<Vec<_>>(), [2; 10]);
    assert_eq!(
        (counted("insert") - inserted, counted("update") - updated),
        (3, 1),
        "halves, counts and a mark; versions"
    );
    let nodes = alone.shard.nodes(&(1..=30).map(id).collect::<Vec<_>>()).await;
    let versions = nodes.into_iter().map(|node| node.expect("it is read").expect("it is there").version);
    assert_eq!(versions.collect::<Vec<_>>(), [[2; 10], [1; 10], [1; 10]].concat());
}

/// Entries that are put and removed in one transaction, in the order of their rows; bodies too long for one statement.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_of_every_kind_and_size_share_a_group() {
    let alone = Alone::on(shared(), schema()).await;
    let of_list = |number: u64, op| NodeWrite { node_type: LIST, ..write(number, op) };
    let text = |number: u64| Value::from("x".repeat(3_000 * number as usize));
    let create = |number: u64| {
        let props = [("color", Value::from(format!("color{}", number % 3))), ("title", text(number % 7))];
        of_list(number, creation(&props[..if number % 7 < 1 { 2 } else { 1 }]))
    };
    let long = |number: u64| of_list(number, creation(&[("text", text(number))]));
    let created = alone.write((1..=40).map(create).chain((41..=60).map(long)).collect()).await;
    assert_eq!(created.iter().map(version).collect::<Vec<_>>(), [1; 60]);
    let recolor = |number: u64| {
        let set = Props::from([("color", format!("color{}", (number + 1) % 3))]);
        of_list(number, WriteOp::Update { set, expected_version: None, found_by: None })
    };
    let updated = alone.write((1..=40).map(recolor).chain((61..=70).map(create)).collect()).await;
    assert_eq!(updated.iter().map(version).collect::<Vec<_>>(), [vec![2; 40], vec![1; 10]].concat());
    let read = IndexRead::new(BY_COLOR, 100);
    let values = (0..3).map(|color| IndexKey::new(&Value::from(format!("color{color}"))).expect("it can be indexed"));
    let pages = alone.shard.find(&read, &values.collect::<Vec<_>>()).await;
    for (color, page) in pages.into_iter().enumerate() {
        let old = (1..=40).filter(|number| (number + 1) % 3 == color as u64);
        let new = (61..=70).filter(|number| number % 3 == color as u64);
        assert_eq!(page.expect("it is read").ids, old.chain(new).map(id).collect::<Vec<_>>());
    }
    let long = alone.shard.nodes(&(41..=60).map(id).collect::<Vec<_>>()).await;
    for (number, node) in (41u64..).zip(long) {
        let props = node.expect("it is read").expect("it is there").body.to_props().expect("it decodes");
        assert_eq!(props.get("text"), Some(&text(number)));
    }
}
