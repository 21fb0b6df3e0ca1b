//! Drift of every class, put there below the front door: named, mended, and never invented.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use kvetch::conformance::{Call, Fault, Instrumented, Layered};
use kvetch::{
    BackgroundRepair, Change, Claim, Create, Delete, Delivery, DriftClass, EdgeType, Error, IndexId, IndexKey, Kvetch,
    Node, NodeId, NodeType, Nonce, Options, Position, Props, PutEdge, Report, Shard, Update, Value, VerifyOptions,
    shards_at,
};
use rusqlite::Connection;

use crate::directory::TempDirectory;
use crate::fixture::*;

pub(crate) async fn verified(store: &Kvetch) -> Report {
    store.verify(VerifyOptions::default(), |_| {}).await.expect("the store is open")
}

pub(crate) async fn repaired(store: &Kvetch) -> Report {
    store.repair(VerifyOptions::default(), |_| {}).await.expect("the store is open")
}

pub(crate) fn classes(report: &Report) -> BTreeMap<DriftClass, u64> {
    report.drift.iter().map(|(class, drift)| (*class, drift.count)).collect()
}

/// A store with nodes of all kinds, whose shards count what is asked of them.
pub(crate) struct Filled {
    pub(crate) store: Kvetch,
    layers: Vec<Arc<Instrumented>>,
    directory: TempDirectory,
    users: Vec<Node>,
    lists: Vec<Node>,
}

async fn filled(shards: usize) -> Filled {
    let directory = TempDirectory::new();
    let (store, layers) = instrumented(&directory.url(shards)).await;
    let mut users = Vec::new();
    for number in 0..6 {
        users.push(created(&store, Create { id: Some(spread(number)), ..user(&format!("user{number}")) }).await);
    }
    let mut lists = Vec::new();
    for number in 0..12 {
        let mut create = Create { id: Some(spread(100 + number)), ..list(spread(number % 6), number as i64) };
        create.props.insert("color", if number % 2 == 0 { "red" } else { "blue" });
        lists.push(created(&store, create).await);
    }
    let follow = |from: u64, to| PutEdge::new(FOLLOWS, spread(from), spread(to));
    let edges = [follow(0, 1), follow(0, 2), follow(3, 4), follow(5, 5)];
    for put in store.put_edges(edges.to_vec()).await {
        assert_eq!(put.expect("the edge is put").pending, 0);
    }
    Filled { store, layers, directory, users, lists }
}

impl Filled {
    fn shard(&self, number: usize) -> &dyn Shard {
        &*self.store.shards()[number]
    }

    pub(crate) fn home(&self, id: NodeId) -> usize {
        self.store.shard_map().shard_of(id.virtual_shard()).get()
    }

    fn home_of_value(&self, value: &str) -> usize {
        self.store.shard_map().shard_of(key(value).virtual_shard()).get()
    }

    /// Changes rows as a stray delivery would.
    pub(crate) async fn stray(&self, shard: usize, change: Change) {
        let delivery = Delivery { source: NodeId::generate(), version: 1 << 40, changes: vec![change] };
        for applied in self.shard(shard).apply(vec![delivery]).await {
            applied.expect("the delivery is applied");
        }
    }

    fn sql(&self, shard: usize, statement: &str) {
        let file = self.directory.0.join(format!("shard-{shard:04}.sqlite"));
        let connection = Connection::open(file).expect("the file opens");
        connection.execute_batch(statement).expect("the statement is valid");
    }

    /// Calls that write, since it was last asked.
    fn writes(&self) -> Vec<(Call, usize)> {
        let reads = [
            Call::Nodes,
            Call::Edges,
            Call::Edge,
            Call::Scan,
            Call::Counts,
            Call::Find,
            Call::Browse,
            Call::Recorded,
            Call::Intents,
            Call::Meta,
            Call::ListEdges,
            Call::ListCounts,
            Call::ListClaims,
            Call::ClaimsOf,
            Call::Tallies,
            Call::Census,
            Call::Tombstones,
        ];
        let calls = self.layers.iter().flat_map(|layer| layer.take_calls());
        calls.filter(|(call, _)| !reads.contains(call)).collect()
    }

    /// Waits until no intent is left: they are settled after the answer.
    pub(crate) async fn quiet(&self) {
        for _ in 0..500 {
            let left = join_all(self.store.shards().iter().map(|shard| shard.intents(None, 1))).await;
            if left.iter().all(|page| page.as_ref().is_ok_and(|page| page.last.is_none())) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("intents are left");
    }

    /// Exactly this is named; it is mended; and then there is nothing to write.
    pub(crate) async fn expect(&self, expected: &[(DriftClass, u64)]) {
        self.quiet().await;
        let expected: BTreeMap<DriftClass, u64> = expected.iter().copied().collect();
        let report = verified(&self.store).await;
        assert_eq!(classes(&report), expected, "{report:?}");
        assert_eq!((report.pending, report.undecided, report.position), (0, 0, None));
        let report = repaired(&self.store).await;
        assert_eq!(classes(&report), expected, "{report:?}");
        assert_eq!((&report.mended, report.left), (&expected, 0), "{report:?}");
        let report = verified(&self.store).await;
        assert!(report.is_clean() && report.pending == 0, "{report:?}");
        self.quiet().await;
        self.writes();
        let report = repaired(&self.store).await;
        assert!(report.is_clean(), "{report:?}");
        assert_eq!(self.writes(), []);
    }
}

fn key(value: &str) -> IndexKey {
    IndexKey::new(&value.into()).expect("it can be indexed")
}

pub(crate) fn put_edge(edge: EdgeType, from: NodeId, to: NodeId, sort_key: i64) -> Change {
    Change::PutEdge { edge, from, to, sort_key }
}

fn remove_edge(edge: EdgeType, from: NodeId, to: NodeId) -> Change {
    Change::RemoveEdge { edge, from, to }
}

/// Runs a test on a filled store of each size, and closes it.
pub(crate) fn on_filled<F: Future<Output = ()>>(test: impl Fn(Arc<Filled>) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime starts");
    for shards in SHARD_COUNTS {
        runtime.block_on(async {
            let filled = Arc::new(filled(shards).await);
            test(filled.clone()).await;
            filled.store.clone().close().await.expect("a store closes");
        });
    }
}

#[test]
fn a_store_in_step_is_clean() {
    on_filled(async |filled| {
        filled.quiet().await;
        let report = verified(&filled.store).await;
        assert!(report.is_clean(), "{report:?}");
        // 12 lists with an edge in two orders, a color and a rank; 6 names and their claims; 4 stored
        // edges of two halves; and 6 counts of either order, 3 of followed and 4 of followers.
        assert_eq!((report.nodes, report.rows), (18, 12 * 4 + 6 * 2 + 4 * 2 + 6 * 2 + 3 + 4));
        filled.expect(&[]).await;
    });
}

#[test]
fn edges_that_are_missing_dangling_or_in_the_wrong_place_are_mended() {
    on_filled(async |filled| {
        let [list, other] = [&filled.lists[0], &filled.lists[1]];
        let (owner, stranger) = (filled.users[0].id, filled.users[3].id);
        filled.stray(filled.home(owner), remove_edge(LISTS, owner, list.id)).await;
        filled.expect(&[(DriftClass::EdgeMissing, 1)]).await;
        filled.stray(filled.home(stranger), put_edge(RANKED, stranger, list.id, 3)).await;
        filled.expect(&[(DriftClass::EdgeDangling, 1)]).await;
        filled.stray(filled.home(filled.users[1].id), put_edge(RANKED, filled.users[1].id, other.id, 77)).await;
        filled.expect(&[(DriftClass::SortKeyWrong, 1)]).await;
        assert_eq!(ends(&filled.store, LISTS, owner).await.len(), 2);
        assert_eq!(count(&filled.store, LISTS, owner).await, 2);
    });
}

#[test]
fn rows_of_nodes_that_are_gone_or_never_were_are_removed() {
    on_filled(async |filled| {
        let (owner, nobody) = (filled.users[0].id, spread(900));
        let dead = created(&filled.store, list(owner, 1)).await.id;
        filled.store.delete(Delete::new(LIST, dead)).await.expect("the list is deleted");
        for end in [dead, nobody] {
            filled.stray(filled.home(owner), put_edge(LISTS, owner, end, 3)).await;
            let entry = Change::PutEntry { index: BY_COLOR, value: key("green"), target: end };
            filled.stray(filled.home_of_value("green"), entry).await;
            let claim = Change::PutClaim { index: BY_USERNAME, value: key("lost"), holder: end, nonce: None };
            filled.stray(filled.home_of_value("lost"), claim).await;
            let shard = filled.home_of_value("lost");
            filled.sql(shard, "UPDATE kvetch_claims SET version = 1 WHERE version > 1000");
            let one = [DriftClass::EdgeDangling, DriftClass::EntryDangling, DriftClass::ClaimStale];
            filled.expect(&one.map(|class| (class, 1))).await;
        }
        // What was never there may still come.
        let create = Create { id: Some(nobody), ..list(owner, 9) };
        created(&filled.store, create).await;
        filled.expect(&[]).await;
        assert!(ends(&filled.store, LISTS, owner).await.contains(&nobody));
    });
}

#[test]
fn counts_say_again_how_many_edges_there_are() {
    on_filled(async |filled| {
        let (owner, nobody) = (filled.users[2].id, spread(901));
        let hex = |id: NodeId| id.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        filled.sql(
            filled.home(owner),
            &format!("UPDATE kvetch_counts SET count = 9 WHERE edge = 1 AND from_id = x'{}'", hex(owner)),
        );
        filled.sql(
            filled.home(owner),
            &format!("DELETE FROM kvetch_counts WHERE edge = 2 AND from_id = x'{}'", hex(owner)),
        );
        filled.sql(filled.home(nobody), &format!("INSERT INTO kvetch_counts VALUES (6, x'{}', 4)", hex(nobody)));
        filled.expect(&[(DriftClass::CountWrong, 3)]).await;
        assert_eq!(count(&filled.store, LISTS, owner).await, 2);
        assert_eq!(count(&filled.store, RANKED, owner).await, 2);
    });
}

#[test]
fn entries_of_both_kinds_of_index_are_mended() {
    on_filled(async |filled| {
        let list = filled.lists[0].id;
        let remove = |index: IndexId, value, target| Change::RemoveEntry { index, value, target };
        let put = |index: IndexId, value, target| Change::PutEntry { index, value, target };
        let rank = IndexKey::new(&Value::Int(0)).expect("it can be indexed");
        filled.stray(filled.home_of_value("red"), remove(BY_COLOR, key("red"), list)).await;
        filled.stray(filled.home(list), remove(BY_RANK, rank, list)).await;
        filled.stray(filled.home_of_value("blue"), put(BY_COLOR, key("blue"), list)).await;
        filled.stray(filled.home(list), put(BY_TITLE, key("a title"), list)).await;
        filled.expect(&[(DriftClass::EntryMissing, 2), (DriftClass::EntryDangling, 2)]).await;
        assert_eq!(find(&filled.store, BY_COLOR, "red").await.len(), 6);
    });
}

#[test]
fn claims_are_given_back_to_those_who_have_the_value() {
    on_filled(async |filled| {
        let [ada, bob] = [filled.users[0].id, filled.users[1].id];
        let claim =
            |value: &str, holder| Change::PutClaim { index: BY_USERNAME, value: key(value), holder, nonce: None };
        let give_up =
            |value: &str, holder| Change::RemoveClaim { index: BY_USERNAME, value: key(value), holder, nonce: None };
        filled.stray(filled.home_of_value("user0"), give_up("user0", ada)).await;
        filled.expect(&[(DriftClass::ClaimMissing, 1)]).await;
        // Somebody else has it who should not.
        filled.stray(filled.home_of_value("user0"), give_up("user0", ada)).await;
        filled.stray(filled.home_of_value("user0"), claim("user0", bob)).await;
        filled.sql(filled.home_of_value("user0"), "UPDATE kvetch_claims SET version = 1 WHERE version > 1000");
        filled.expect(&[(DriftClass::ClaimMissing, 1), (DriftClass::ClaimStale, 1)]).await;
        let taken = filled.store.create(user("user0")).await.expect_err("the name is taken");
        assert_eq!(taken.code(), "duplicate");
    });
}

#[test]
fn attempts_that_were_left_are_taken_back() {
    on_filled(async |filled| {
        let ada = filled.users[0].id;
        for (value, byte) in [("free", 1), ("user0", 2)] {
            let claim =
                Claim { index: BY_USERNAME, value: key(value), holder: ada, nonce: Nonce::from_bytes([byte; 16]) };
            let shard = filled.home_of_value(value);
            for claimed in filled.shard(shard).claim(vec![claim]).await {
                claimed.expect("the claim is made");
            }
            // A fresh attempt is no drift.
            filled.quiet().await;
            assert!(verified(&filled.store).await.is_clean());
            filled.sql(shard, "UPDATE kvetch_claims SET claimed = 0 WHERE nonce IS NOT NULL");
            filled.expect(&[(DriftClass::AttemptStale, 1)]).await;
        }
        // One whose write won, and was never confirmed.
        let shard = filled.home_of_value("user0");
        let nonce = Nonce::from_bytes([3; 16]);
        let claim = Claim { index: BY_USERNAME, value: key("user0"), holder: ada, nonce };
        filled.shard(shard).claim(vec![claim]).await.pop().expect("it is answered").expect("the claim is made");
        filled.shard(filled.home(ada)).void(vec![nonce]).await.expect("the mark is written");
        filled.sql(shard, "UPDATE kvetch_claims SET claimed = 0, version = 0 WHERE nonce IS NOT NULL");
        filled.expect(&[(DriftClass::ClaimMissing, 1), (DriftClass::AttemptStale, 1)]).await;

        created(&filled.store, user("free")).await;
        let taken = filled.store.create(user("user0")).await.expect_err("the name is taken");
        assert_eq!(taken.code(), "duplicate");
    });
}

#[test]
fn a_value_of_two_nodes_is_reported_and_left() {
    on_filled(async |filled| {
        let carl = created(&filled.store, Create { id: Some(spread(50)), ..user("carl") }).await;
        let props = Props::from([("username", "user0")]);
        let body = kvetch::Body::from_props(&props).expect("it is small").to_stored();
        let file = filled.directory.0.join(format!("shard-{:04}.sqlite", filled.home(carl.id)));
        Connection::open(file)
            .and_then(|connection| {
                connection.execute("UPDATE kvetch_nodes SET body = ?1 WHERE id = ?2", (body, carl.id.as_bytes()))
            })
            .expect("the node is there");
        let shared = (DriftClass::ValueShared, 1);
        let others = [(DriftClass::EntryMissing, 1), (DriftClass::EntryDangling, 1), (DriftClass::ClaimStale, 1)];
        let report = repaired(&filled.store).await;
        assert_eq!(classes(&report), others.into_iter().chain([shared]).collect(), "{report:?}");
        assert_eq!(classes(&verified(&filled.store).await), BTreeMap::from([shared]));
    });
}

#[test]
fn halves_of_stored_edges_are_made_whole_or_removed() {
    on_filled(async |filled| {
        let id = |number: u64| spread(number);
        filled.stray(filled.home(id(1)), remove_edge(FOLLOWERS, id(1), id(0))).await;
        filled.expect(&[(DriftClass::HalfMissing, 1)]).await;
        filled.stray(filled.home(id(3)), remove_edge(FOLLOWS, id(3), id(4))).await;
        filled.expect(&[(DriftClass::HalfDangling, 1)]).await;
        filled.stray(filled.home(id(2)), put_edge(FOLLOWERS, id(2), id(0), 5)).await;
        filled.expect(&[(DriftClass::HalvesDiffer, 1)]).await;
        assert_eq!(ends(&filled.store, FOLLOWERS, id(1)).await, [id(0)]);
        assert!(ends(&filled.store, FOLLOWERS, id(4)).await.is_empty());

        // Whole edges, whose ends are gone or never were.
        filled.store.delete(Delete::new(USER, id(5))).await.expect("nothing forbids it");
        for (from, to) in [(id(5), id(1)), (id(1), id(5)), (id(1), id(902)), (id(903), id(1)), (id(5), id(904))] {
            filled.stray(filled.home(from), put_edge(FOLLOWS, from, to, 5)).await;
            filled.stray(filled.home(to), put_edge(FOLLOWERS, to, from, 5)).await;
            let lists = filled.lists[5].id;
            filled.quiet().await;
            assert!(node(&filled.store, lists).await.is_some());
            filled.expect(&[(DriftClass::HalfDangling, 1)]).await;
        }
    });
}

#[test]
fn rows_on_the_wrong_shard_are_removed() {
    on_filled(async |filled| {
        let shards = filled.store.shards().len();
        if shards == 1 {
            return;
        }
        let (owner, list) = (filled.users[0].id, filled.lists[0].id);
        let beside = |shard: usize| (shard + 1) % shards;
        filled.stray(beside(filled.home(owner)), put_edge(LISTS, owner, list, 3)).await;
        let entry = Change::PutEntry { index: BY_COLOR, value: key("red"), target: list };
        filled.stray(beside(filled.home_of_value("red")), entry).await;
        filled.expect(&[(DriftClass::Misplaced, 2)]).await;
    });
}

#[test]
fn what_an_intent_names_is_pending_until_a_repair_finishes_it() {
    on_filled(async |filled| {
        if filled.store.shards().len() == 1 {
            return;
        }
        filled.quiet().await;
        for layer in &filled.layers {
            layer.inject(Call::Apply, Fault::Fails);
        }
        let (list, other) = (filled.lists[0].id, filled.users[4].id);
        let update = Update::new(LIST, list, Props::from([("ownerId", Value::Id(other)), ("color", "gray".into())]));
        assert!(filled.store.update(update).await.expect("it is committed").pending > 0);
        let report = verified(&filled.store).await;
        assert!(report.is_clean() && report.pending > 0, "{report:?}");
        for layer in &filled.layers {
            layer.heal();
        }
        let report = repaired(&filled.store).await;
        assert!(report.is_clean() && report.pending == 0, "{report:?}");
        filled.expect(&[]).await;
    });
}

#[test]
fn a_shard_that_is_down_is_named_and_the_rest_compared() {
    on_filled(async |filled| {
        let shards = filled.store.shards().len();
        if shards == 1 {
            return;
        }
        let (owner, list) = (filled.users[0].id, filled.lists[0].id);
        filled.stray(filled.home(owner), remove_edge(LISTS, owner, list)).await;
        filled.quiet().await;
        let down = (0..shards).find(|shard| ![filled.home(owner), filled.home(list)].contains(shard));
        let Some(down) = down else { return };
        for call in [Call::Browse, Call::ListEdges, Call::Nodes] {
            filled.layers[down].inject(call, Fault::Fails);
        }
        let report = verified(&filled.store).await;
        assert_eq!(report.unseen.keys().copied().collect::<Vec<_>>(), [down as u16]);
        assert_eq!(classes(&report), BTreeMap::from([(DriftClass::EdgeMissing, 1)]), "{report:?}");
        filled.layers[down].heal();
        filled.expect(&[(DriftClass::EdgeMissing, 1)]).await;
    });
}

#[test]
fn an_interrupted_comparison_goes_on_where_it_was() {
    on_filled(async |filled| {
        let id = |number: u64| spread(number);
        filled.stray(filled.home(id(1)), remove_edge(FOLLOWERS, id(1), id(0))).await;
        filled.quiet().await;
        let mut positions = Vec::new();
        let report = filled.store.verify(VerifyOptions::default(), |report| positions.extend(report.position)).await;
        assert_eq!(report.expect("the store is open").drift_of(DriftClass::HalfMissing), 1);
        positions.dedup();
        assert!(positions.is_sorted() && positions.len() > 2);
        let mut options = VerifyOptions::default();
        let last: Position = positions[positions.len() - 2].to_string().parse().expect("it was printed");
        options.from = Some(last);
        let report = filled.store.verify(options, |_| {}).await.expect("the store is open");
        assert_eq!((report.nodes, report.drift_of(DriftClass::HalfMissing)), (0, 1));
    });
}

#[tokio::test]
async fn a_rate_is_kept() {
    let filled = filled(3).await;
    let mut options = VerifyOptions::default();
    options.rows_per_second = Some(400);
    let begun = std::time::Instant::now();
    let report = filled.store.verify(options, |_| {}).await.expect("the store is open");
    let least = (report.rows + report.nodes) as f64 / 400.0;
    assert!(begun.elapsed().as_secs_f64() >= least * 0.8, "{:?} for {} rows", begun.elapsed(), report.rows);
    filled.store.close().await.expect("a store closes");
}

#[tokio::test]
async fn a_layer_of_the_kit_passes_lists_on() {
    let shards = shards_at(&["memory:".parse().expect("the address is valid")]).await.expect("it opens");
    let layer: Arc<Instrumented> = Arc::default();
    let shard = Layered::around(shards[0].clone(), layer.clone());
    assert_eq!(shard.list_edges(LISTS, None, 1).await, Ok(Vec::new()));
    assert_eq!(shard.list_counts(LISTS, None, 1).await, Ok(Vec::new()));
    assert_eq!(shard.list_claims(BY_USERNAME, None, 1).await, Ok(Vec::new()));
    assert_eq!(layer.take_calls(), [(Call::ListEdges, 1), (Call::ListCounts, 1), (Call::ListClaims, 1)]);
}

/// No section of the schema has them, so that nobody ever saw them.
#[tokio::test]
async fn nodes_of_a_type_that_the_schema_does_not_have_are_named() {
    let filled = filled(3).await;
    let list = filled.lists[0].id;
    let home = filled.home(list);
    filled.sql(home, &format!("UPDATE kvetch_nodes SET type = 99 WHERE id = x'{}'", list.to_string().replace('-', "")));
    let report = verified(&filled.store).await;
    let named = Error::UnknownType { node_type: NodeType(99), shard: home as u16, nodes: 1 };
    assert_eq!(report.unreadable, [named]);
    assert!(!report.is_clean());
    filled.store.close().await.unwrap();
}

/// The shard of a node was put back from an older state: those of others know versions of it that are yet to come.
#[tokio::test]
async fn rows_that_fences_hold_back_are_mended_by_versions_above_them() {
    let filled = filled(3).await;
    let pairs = (0..12).map(|number| (&filled.lists[number], filled.users[number % 6].id));
    let mut apart = pairs.filter(|(list, owner)| filled.home(list.id) != filled.home(*owner));
    let (list, owner) = apart.next().expect("some list lies elsewhere than its owner");
    let home = filled.home(owner);
    let source = list.id.to_string().replace('-', "");
    filled.sql(home, &format!("UPDATE kvetch_fences SET version = 5000 WHERE source = x'{source}'"));
    filled.stray(home, Change::RemoveEdge { edge: LISTS, from: owner, to: list.id }).await;
    let report = repaired(&filled.store).await;
    assert_eq!((report.drift_of(DriftClass::EdgeMissing), report.left), (1, 0), "{report:?}");
    assert!(verified(&filled.store).await.is_clean());
    assert!(ends(&filled.store, LISTS, owner).await.contains(&list.id));
    // From now on its own writes are above the fence again.
    let moved = Update::new(LIST, list.id, Props::from([("ownerId", NodeId::generate())]));
    filled.store.update(moved).await.unwrap();
    assert!(!ends(&filled.store, LISTS, owner).await.contains(&list.id));
    filled.store.close().await.unwrap();
}

/// A server repairs while it serves: what goes wrong is mended without anybody's asking.
#[tokio::test]
async fn a_store_repairs_itself_in_the_background() {
    let directory = TempDirectory::new();
    let mut options = Options::default();
    options.repair = Some(BackgroundRepair { every: Duration::from_millis(20), rows_per_second: 100_000 });
    let store = Kvetch::open_with(&[directory.url(3)], schema(), options).await.unwrap();
    let ada = created(&store, user("ada")).await;
    let list = created(&store, list(ada.id, 1)).await;
    let removal = Change::RemoveEdge { edge: LISTS, from: ada.id, to: list.id };
    let home = store.shard_map().shard_of(ada.id.virtual_shard()).get();
    let delivery = Delivery { source: NodeId::generate(), version: 0, changes: vec![removal] };
    store.shards()[home].apply(vec![delivery]).await.remove(0).unwrap();
    assert!(ends(&store, LISTS, ada.id).await.is_empty());
    for _ in 0..500 {
        let ended = store.last_repair().is_some_and(|ended| ended.report.is_ok_and(|report| report.is_clean()));
        if ended && ends(&store, LISTS, ada.id).await == [list.id] {
            return store.close().await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the edge was not mended: {:?}", store.last_repair());
}
