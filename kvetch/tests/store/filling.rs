//! Edges and indexes that are added to a store with data.

use std::time::Duration;

use kvetch::conformance::{Call, Fault};
use kvetch::{
    Building, Create, Delete, DerivedEdge, EdgeType, IndexDef, IndexId, IndexKind, IndexRead, Kvetch, NodeId,
    NodeTypeDef, OnDelete, Props, Schema, Update, Value,
};

use crate::directory::TempDirectory;
use crate::fixture::*;

const BY_CITY: IndexId = IndexId(21);
const BY_AGE: IndexId = IndexId(22);
const BY_NAME: IndexId = IndexId(23);
const FRIENDS: EdgeType = EdgeType(24);

fn bare() -> kvetch::SchemaBuilder {
    Schema::builder().node_type(NodeTypeDef { id: USER, name: "User".into() })
}

fn index(id: IndexId, key: &str, kind: IndexKind, unique: bool) -> IndexDef {
    IndexDef { id, name: format!("by{key}"), node_type: USER, key: key.into(), kind, unique }
}

/// The schema with everything that is added later.
fn grown() -> Schema {
    bare()
        .index(index(BY_CITY, "city", IndexKind::Equality, false))
        .index(index(BY_AGE, "age", IndexKind::Range, false))
        .index(index(BY_NAME, "name", IndexKind::Equality, true))
        .edge(DerivedEdge::new(FRIENDS, "friends", USER, USER, "friendId"))
        .build()
        .unwrap()
}

fn person(number: u64) -> Create {
    let props = Props::from([
        ("city", Value::from(format!("city{}", number % 3))),
        ("age", Value::Int(number as i64 % 5)),
        ("name", Value::from(format!("name{number}"))),
        ("friendId", Value::Id(spread(number / 2))),
    ]);
    Create { id: Some(spread(number)), ..Create::new(USER, props) }
}

async fn filled_in(store: &Kvetch) {
    for _ in 0..1000 {
        if store.building().is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("still building {:?}", store.building());
}

/// Whether edges, counts, indexes and claims say what the nodes say.
async fn agrees(store: &Kvetch) {
    let nodes = browse(store, USER, None, 5000).await.nodes;
    let having = |key: &str, value: &Value| {
        let has = |node: &&kvetch::Node| node.body.to_props().unwrap().get(key) == Some(value);
        nodes.iter().filter(has).map(|node| node.id).collect::<Vec<NodeId>>()
    };
    for city in (0..5).map(|city| Value::from(format!("city{city}"))) {
        assert_eq!(find(store, BY_CITY, city.clone()).await, having("city", &city), "{city:?}");
    }
    for age in (0..9).map(Value::Int) {
        assert_eq!(find(store, BY_AGE, age.clone()).await, having("age", &age), "{age:?}");
    }
    for node in nodes.iter().step_by(7) {
        let name = node.body.to_props().unwrap().get("name").unwrap().clone();
        assert_eq!(find(store, BY_NAME, name.clone()).await, [node.id]);
        let mut friends = ends(store, FRIENDS, node.id).await;
        friends.sort_unstable();
        assert_eq!(friends, having("friendId", &node.id.into()), "friends of {}", node.id);
        assert_eq!(count(store, FRIENDS, node.id).await, friends.len() as u64);
        let taken = store.create(Create::new(USER, Props::from([("name", name)]))).await;
        assert_eq!(taken.unwrap_err().code(), "duplicate");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_added_is_filled_in_while_others_write() {
    for shards in SHARD_COUNTS {
        let directory = TempDirectory::new();
        let url = [directory.url(shards)];
        let store = Kvetch::open(&url, bare().build().unwrap()).await.unwrap();
        let written = store.create_many((0..400).map(person).collect()).await;
        assert!(written.iter().all(Result::is_ok));
        store.close().await.unwrap();

        let store = Kvetch::open(&url, grown()).await.unwrap();
        for number in 0..80 {
            let set = Props::from([
                ("city", Value::from(format!("city{}", number % 5))),
                ("age", Value::Int(number as i64 % 9)),
                ("friendId", Value::Id(spread(number))),
            ]);
            store.update(Update::new(USER, spread(number * 4), set)).await.unwrap();
            if number % 10 == 0 {
                store.delete(Delete::new(USER, spread(number * 4 + 1))).await.unwrap();
                store.create(person(1000 + number)).await.unwrap();
            }
        }
        filled_in(&store).await;
        agrees(&store).await;
        store.close().await.unwrap();
        let store = Kvetch::open(&url, grown()).await.unwrap();
        assert!(store.building().is_empty(), "what is filled in stays so");
        store.close().await.unwrap();
    }
}

#[tokio::test]
async fn what_is_not_filled_in_is_not_ready_and_goes_on_after_a_restart() {
    let directory = TempDirectory::new();
    let url = [directory.url(3)];
    let store = Kvetch::open(&url, bare().build().unwrap()).await.unwrap();
    assert!(store.create_many((0..300).map(person).collect()).await.iter().all(Result::is_ok));
    store.close().await.unwrap();

    let (shards, layers) = instrumented_shards(&url[0]).await;
    // The last shard takes no rows, so that nothing that names it is complete.
    layers[2].inject(Call::Apply, Fault::Fails);
    layers[2].inject(Call::Write, Fault::Fails);
    let store = Kvetch::open_shards(shards, grown()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(store.building().len(), 4);
    let refused = pages(&store, all(FRIENDS), &[spread(1)]).await.remove(0).unwrap_err();
    assert_eq!(refused.code(), "not_ready");
    store.close().await.unwrap();
    drop(layers);

    let store = Kvetch::open(&url, grown()).await.unwrap();
    filled_in(&store).await;
    agrees(&store).await;
    store.close().await.unwrap();
}

/// An index that was away while nodes were written and deleted comes back true.
#[tokio::test]
async fn what_comes_back_forgets_what_is_no_longer_true() {
    for shards in [1, 3] {
        let directory = TempDirectory::new();
        let url = [directory.url(shards)];
        let store = Kvetch::open(&url, grown()).await.unwrap();
        assert!(store.create_many((0..60).map(person).collect()).await.iter().all(Result::is_ok));
        store.close().await.unwrap();

        let store = Kvetch::open(&url, bare().build().unwrap()).await.unwrap();
        for number in 0..20 {
            let set = Props::from([
                ("city", Value::from("city4")),
                ("name", Value::from(format!("other{number}"))),
                ("friendId", Value::Id(spread(50))),
            ]);
            store.update(Update::new(USER, spread(number), set)).await.unwrap();
            store.delete(Delete::new(USER, spread(number + 20))).await.unwrap();
        }
        store.close().await.unwrap();

        let store = Kvetch::open(&url, grown()).await.unwrap();
        filled_in(&store).await;
        agrees(&store).await;
        // Names that were given up while nobody kept the claims are free.
        store.create(Create::new(USER, Props::from([("name", "name3")]))).await.unwrap();
        store.close().await.unwrap();
    }
}

/// Two nodes have the value that is to be unique from now on.
#[tokio::test]
async fn a_unique_index_over_values_that_are_not_never_becomes_ready() {
    let directory = TempDirectory::new();
    let url = [directory.url(1)];
    let store = Kvetch::open(&url, bare().build().unwrap()).await.unwrap();
    let twice = || Create::new(USER, Props::from([("name", "ada")]));
    let (first, _) = (created(&store, twice()).await, created(&store, twice()).await);
    store.close().await.unwrap();

    let schema = bare().index(index(BY_NAME, "name", IndexKind::Equality, true)).build().unwrap();
    let store = Kvetch::open(&url, schema).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(store.building(), [Building::Index(BY_NAME)]);
    let refused = find_page(&store, IndexRead::new(BY_NAME, 1), "ada".into()).await.unwrap_err();
    assert!(refused.code() == "not_ready" && refused.is_retryable(), "{refused}");
    // Once one of them has another name, the next attempt succeeds.
    store.delete(Delete::new(USER, first.id)).await.unwrap();
    filled_in(&store).await;
    assert_eq!(find(&store, BY_NAME, "ada").await.len(), 1);
    store.close().await.unwrap();
}

/// Each attempt wrote the whole page of the two nodes once more, and whatever was to be filled in after the index
/// waited for it.
#[tokio::test]
async fn an_index_that_cannot_become_unique_writes_nothing_again_and_holds_up_no_other() {
    let directory = TempDirectory::new();
    let url = [directory.url(3)];
    let store = Kvetch::open(&url, bare().build().unwrap()).await.unwrap();
    assert!(store.create_many((0..50).map(person).collect()).await.iter().all(Result::is_ok));
    let double = Create { id: Some(spread(50)), ..Create::new(USER, Props::from([("name", "name7")])) };
    created(&store, double).await;
    store.close().await.unwrap();

    let store = Kvetch::open(&url, grown()).await.unwrap();
    for _ in 0..1000 {
        if store.building() == [Building::Index(BY_NAME)] {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(store.building(), [Building::Index(BY_NAME)]);
    // The first attempt writes those whose values are free.
    tokio::time::sleep(Duration::from_millis(400)).await;
    let versions = async || browse(&store, USER, None, 100).await.nodes.iter().map(|node| node.version).sum::<u64>();
    let before = versions().await;
    // Long enough for two more attempts.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(versions().await, before);
    store.delete(Delete::new(USER, spread(50))).await.unwrap();
    filled_in(&store).await;
    agrees(&store).await;
    store.close().await.unwrap();
}

/// A deletion's rows are still pending when the index is dropped. They would come, with those of older writes, after
/// the index was looked through for rows that are no longer true.
#[tokio::test]
async fn what_was_pending_when_an_index_was_dropped_is_applied_before_it_comes_back() {
    let directory = TempDirectory::new();
    let url = [directory.url(3)];
    let (store, layers) = instrumented_shards(&url[0]).await;
    let store = Kvetch::open_shards(store, grown()).await.unwrap();
    for layer in &layers {
        layer.inject(Call::Apply, Fault::Fails);
    }
    assert!(store.create_many((0..60).map(person).collect()).await.iter().all(Result::is_ok));
    store.close().await.unwrap();
    drop(layers);

    // Nobody finishes what is pending, and the values go on to others.
    let unfinished = || {
        let mut options = kvetch::Options::default();
        options.leave_unfinished = true;
        options
    };
    let store = Kvetch::open_with(&url, bare().build().unwrap(), unfinished()).await.unwrap();
    for number in 0..60 {
        let set = Props::from([("city", Value::from("city4")), ("name", Value::from(format!("other{number}")))]);
        store.update(Update::new(USER, spread(number), set)).await.unwrap();
    }
    store.close().await.unwrap();

    let (shards, layers) = instrumented_shards(&url[0]).await;
    layers[1].inject(Call::Apply, Fault::Fails);
    let store = Kvetch::open_shards(shards, grown()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(store.building().len(), 4);
    layers[1].heal();
    filled_in(&store).await;
    agrees(&store).await;
    let report = store.verify(kvetch::VerifyOptions::default(), |_| {}).await.unwrap();
    assert!(report.is_clean(), "{report:?}");
    store.close().await.unwrap();
}

/// While the rows of an edge are incomplete they do not tell who stores an id: a deletion that it restricts went
/// through, and one that takes others along left them.
#[tokio::test]
async fn nothing_is_deleted_that_an_unfinished_edge_has_a_say_in() {
    for on_delete in [OnDelete::Restrict, OnDelete::Cascade] {
        let directory = TempDirectory::new();
        let url = [directory.url(3)];
        let store = Kvetch::open(&url, bare().build().unwrap()).await.unwrap();
        assert!(store.create_many((0..60).map(person).collect()).await.iter().all(Result::is_ok));
        store.close().await.unwrap();

        let friends = DerivedEdge { on_delete, ..DerivedEdge::new(FRIENDS, "friends", USER, USER, "friendId") };
        let schema = bare().edge(friends).build().unwrap();
        let (shards, layers) = instrumented_shards(&url[0]).await;
        layers[2].inject(Call::Apply, Fault::Fails);
        layers[2].inject(Call::Write, Fault::Fails);
        let store = Kvetch::open_shards(shards, schema).await.unwrap();
        assert_eq!(store.delete(Delete::new(USER, spread(3))).await.unwrap_err().code(), "not_ready");
        layers[2].heal();
        filled_in(&store).await;
        let deleted = store.delete(Delete::new(USER, spread(3))).await;
        match on_delete {
            OnDelete::Restrict => assert_eq!(deleted.unwrap_err().code(), "restricted"),
            _ => {
                deleted.unwrap();
                assert_eq!(node(&store, spread(6)).await, None);
            }
        }
        store.close().await.unwrap();
    }
}

/// What an unfinished deletion waited for was being filled in, which waited for the deletion.
#[tokio::test]
async fn an_unfinished_deletion_and_what_is_filled_in_do_not_wait_for_each_other() {
    const BOSSES: EdgeType = EdgeType(25);
    let directory = TempDirectory::new();
    let url = [directory.url(3)];
    let cascade = || {
        let friends = DerivedEdge::new(FRIENDS, "friends", USER, USER, "friendId");
        bare().edge(DerivedEdge { on_delete: OnDelete::Cascade, ..friends })
    };
    let (shards, layers) = instrumented_shards(&url[0]).await;
    let store = Kvetch::open_shards(shards, cascade().build().unwrap()).await.unwrap();
    assert!(store.create_many((0..30).map(person).collect()).await.iter().all(Result::is_ok));
    layers.iter().for_each(|layer| layer.inject(Call::Nodes, Fault::Fails));
    assert_eq!(store.delete(Delete::new(USER, spread(3))).await.unwrap().pending, 1);
    store.close().await.unwrap();
    drop(layers);

    let bosses = DerivedEdge::new(BOSSES, "bosses", USER, USER, "bossId");
    let bosses = DerivedEdge { on_delete: OnDelete::Restrict, ..bosses };
    let store = Kvetch::open(&url, cascade().edge(bosses).build().unwrap()).await.unwrap();
    filled_in(&store).await;
    for _ in 0..500 {
        // 6 and 7 have 3 for their friend, 12 to 15 have those.
        if browse(&store, USER, None, 100).await.nodes.len() < 30 - 3 && node(&store, spread(14)).await.is_none() {
            return store.close().await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the deletion did not go on");
}

fn named() -> Schema {
    bare().index(index(BY_NAME, "name", IndexKind::Equality, true)).build().unwrap()
}

/// Each had a claim of before in its way, of the other.
#[tokio::test]
async fn values_that_were_swapped_while_their_index_was_away_are_told_apart() {
    for shards in [1, 3] {
        let directory = TempDirectory::new();
        let url = [directory.url(shards)];
        let store = Kvetch::open(&url, named()).await.unwrap();
        assert!(store.create_many((0..20).map(person).collect()).await.iter().all(Result::is_ok));
        store.close().await.unwrap();
        let store = Kvetch::open(&url, bare().build().unwrap()).await.unwrap();
        for number in 0..20 {
            let name = Props::from([("name", Value::from(format!("name{}", (number + 1) % 20)))]);
            store.update(Update::new(USER, spread(number), name)).await.unwrap();
        }
        store.close().await.unwrap();
        let store = Kvetch::open(&url, named()).await.unwrap();
        filled_in(&store).await;
        assert_eq!(find(&store, BY_NAME, "name1").await, [spread(0)]);
        assert!(store.verify(kvetch::VerifyOptions::default(), |_| {}).await.unwrap().is_clean());
        store.close().await.unwrap();
    }
}

/// A node was deleted while its index was away, and nothing is left of it that could give up its value.
#[tokio::test]
async fn values_of_nodes_that_are_forgotten_are_free_when_their_index_comes_back() {
    for shards in [1, 3] {
        let directory = TempDirectory::new();
        let url = [directory.url(shards)];
        let store = Kvetch::open(&url, named()).await.unwrap();
        assert!(store.create_many((0..20).map(person).collect()).await.iter().all(Result::is_ok));
        store.close().await.unwrap();
        let store = Kvetch::open(&url, bare().build().unwrap()).await.unwrap();
        for number in 0..10 {
            store.delete(Delete::new(USER, spread(number))).await.unwrap();
            created(&store, Create { id: Some(spread(100 + number)), ..person(number) }).await;
        }
        let before = kvetch::Timestamp(i64::MAX);
        for shard in store.shards() {
            for what in [kvetch::Prunable::Fences, kvetch::Prunable::Tombstones] {
                let page = kvetch::PrunePage { after: None, first: 1000 };
                shard.prune(what, before, page).await.unwrap();
            }
        }
        store.close().await.unwrap();
        let store = Kvetch::open(&url, named()).await.unwrap();
        filled_in(&store).await;
        assert_eq!(find(&store, BY_NAME, "name3").await, [spread(103)]);
        assert!(store.verify(kvetch::VerifyOptions::default(), |_| {}).await.unwrap().is_clean());
        store.close().await.unwrap();
    }
}
