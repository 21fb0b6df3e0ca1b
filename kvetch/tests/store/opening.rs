//! Opening, closing and opening again.

use std::collections::BTreeMap;
use std::fs;

use futures::future::join_all;
use kvetch::{
    Create, Error, IndexDef, IndexId, IndexKind, IndexRead, Kvetch, NodeTypeDef, Options, Props, Schema, StoreUrl,
    Value, existing_shards_at, shards_at,
};

use crate::directory::TempDirectory;
use crate::fixture::*;

async fn refused(url: StoreUrl) -> Error {
    Kvetch::open(&[url], schema()).await.expect_err("the store does not open")
}

#[tokio::test]
async fn a_store_that_is_opened_again_has_everything() {
    for shards in SHARD_COUNTS {
        let directory = TempDirectory::new();
        let store = Kvetch::open(&[directory.url(shards)], schema()).await.unwrap();
        let ada = created(&store, user("ada")).await;
        let lists = store.create_many((0..50).map(|rank| list(ada.id, rank)).collect()).await;
        let lists: Vec<_> = lists.into_iter().map(|list| list.unwrap().node).collect();
        store.close().await.unwrap();

        let any_number = StoreUrl::File { directory: directory.0.clone(), shards: None };
        let store = Kvetch::open(&[any_number], schema()).await.unwrap();
        assert_eq!(store.shard_map().shards(), shards);
        assert_eq!(node(&store, ada.id).await, Some(ada.clone()));
        assert_eq!(ends(&store, RANKED, ada.id).await, lists.iter().map(|list| list.id).collect::<Vec<_>>());
        assert_eq!(count(&store, LISTS, ada.id).await, 50);
        assert_eq!(find(&store, BY_USERNAME, "ada").await, [ada.id]);
        assert_eq!(store.create(user("ada")).await.unwrap_err().code(), "duplicate");
        store.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_store_that_is_open_is_locked() {
    let directory = TempDirectory::new();
    let store = Kvetch::open(&[directory.url(1)], schema()).await.unwrap();
    assert_eq!(refused(directory.url(1)).await.code(), "locked");
    let clone = store.clone();
    store.close().await.unwrap();
    // A clone that is left over does not keep it locked, and does not open its files again.
    let again = Kvetch::open(&[directory.url(1)], schema()).await.unwrap();
    assert_eq!(clone.create(user("ada")).await.unwrap_err().code(), "unavailable");
    assert_eq!(nodes(&clone, &[spread(1)]).await[0].as_ref().unwrap_err().code(), "unavailable");
    again.close().await.unwrap();
}

/// A process that is started has copies of all open files until it runs its own program, that of the lock among them:
/// a store that had been closed was still locked at times.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_store_is_free_while_processes_are_started() {
    let directory = TempDirectory::new();
    let done = std::sync::atomic::AtomicBool::new(false);
    let runtime = tokio::runtime::Handle::current();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::SeqCst) {
                let mut command = std::process::Command::new(std::env::current_exe().expect("this test is a program"));
                let started = command.arg("--list").stdout(std::process::Stdio::null()).status();
                assert!(started.expect("a process starts").success());
            }
        });
        let opened = scope.spawn(|| {
            runtime.block_on(async {
                for _ in 0..60 {
                    Kvetch::open(&[directory.url(1)], schema()).await?.close().await?;
                }
                kvetch::Result::Ok(())
            })
        });
        let opened = opened.join();
        done.store(true, std::sync::atomic::Ordering::SeqCst);
        opened.expect("opening does not panic").expect("nobody else has the store");
    });
}

#[tokio::test]
async fn what_is_no_store_is_left_as_it_is() {
    let directory = TempDirectory::new();
    fs::create_dir(&directory.0).unwrap();
    let letter = directory.0.join("letter.txt");
    fs::write(&letter, "dear").unwrap();
    assert_eq!(refused(directory.url(1)).await.code(), "not_a_store");
    assert_eq!(fs::read_dir(&directory.0).unwrap().count(), 1);

    let file = StoreUrl::File { directory: letter, shards: None };
    assert_eq!(refused(file).await.code(), "not_a_store");

    let directory = TempDirectory::new();
    Kvetch::open(&[directory.url(1)], schema()).await.unwrap().close().await.unwrap();
    fs::write(directory.0.join("shard-0000.sqlite"), "not a database at all").unwrap();
    assert_eq!(refused(directory.url(1)).await.code(), "not_a_store");
}

#[tokio::test]
async fn another_number_of_shards_is_refused() {
    let directory = TempDirectory::new();
    Kvetch::open(&[directory.url(3)], schema()).await.unwrap().close().await.unwrap();
    for asked in [1, 4] {
        assert_eq!(refused(directory.url(asked)).await, Error::ShardCount { stored: 3, asked });
    }
}

#[tokio::test]
async fn shards_of_another_store_or_in_another_order_are_refused() {
    let (first, second) = (TempDirectory::new(), TempDirectory::new());
    let urls = [first.url(1), second.url(1)];
    Kvetch::open(&urls, schema()).await.unwrap().close().await.unwrap();
    let [a, b] = urls.clone();
    let error = Kvetch::open(&[b, a], schema()).await.unwrap_err();
    assert_eq!(error.code(), "not_a_store");
    Kvetch::open(&urls, schema()).await.unwrap().close().await.unwrap();
}

/// A shard that was put back from before a change of the map would take writes that belong to others.
#[tokio::test]
async fn shards_with_maps_of_different_epochs_are_refused() {
    let directory = TempDirectory::new();
    Kvetch::open(&[directory.url(3)], schema()).await.unwrap().close().await.unwrap();
    let shards = existing_shards_at(&[directory.url(3)]).await.unwrap();
    let meta = shards[2].meta().await.unwrap();
    let mut map = meta["map"].clone();
    map.insert("epoch", 2);
    shards[2].put_meta(BTreeMap::from([("map".to_owned(), map)])).await.unwrap();
    for shard in &shards {
        shard.close().await.unwrap();
    }
    drop(shards);
    let error = refused(directory.url(3)).await;
    assert_eq!(error, Error::ShardMapEpoch { shard: 2, found: 2, expected: 1 });
    assert!(error.to_string().contains("from a backup of another time"), "{error}");
}

#[tokio::test]
async fn a_newer_format_is_refused() {
    let directory = TempDirectory::new();
    Kvetch::open(&[directory.url(1)], schema()).await.unwrap().close().await.unwrap();
    let shards = shards_at(&[directory.url(1)]).await.unwrap();
    let mut meta = shards[0].meta().await.unwrap();
    let store = meta.get_mut("store").unwrap();
    store.insert("format", 2);
    shards[0].put_meta(BTreeMap::from([("store".to_owned(), store.clone())])).await.unwrap();
    shards[0].close().await.unwrap();
    drop(shards);
    assert_eq!(refused(directory.url(1)).await, Error::NewerFormat { found: 2, supported: 1 });
}

fn with_index(index: IndexDef) -> Schema {
    Schema::builder().node_type(NodeTypeDef { id: USER, name: "Person".into() }).index(index).build().unwrap()
}

fn by_city(key: &str) -> IndexDef {
    let (id, name, key) = (IndexId(9), "byCity".into(), key.into());
    IndexDef { id, name, node_type: USER, key, kind: IndexKind::Equality, unique: false }
}

#[tokio::test]
async fn a_schema_that_contradicts_the_store_is_refused_with_the_difference() {
    let directory = TempDirectory::new();
    let url = [directory.url(1)];
    Kvetch::open(&url, with_index(by_city("city"))).await.unwrap().close().await.unwrap();
    let error = Kvetch::open(&url, with_index(by_city("town"))).await.unwrap_err();
    assert_eq!(error.code(), "schema_contradicts");
    assert!(error.to_string().contains("byCity") && error.to_string().contains("town"), "{error}");
    let renamed = IndexDef { name: "byPlace".into(), ..by_city("city") };
    Kvetch::open(&url, with_index(renamed)).await.unwrap().close().await.unwrap();
}

/// The bytes of a body are changed in the file itself.
#[tokio::test]
async fn a_corrupt_body_is_named_and_harms_no_other_node() {
    let directory = TempDirectory::new();
    let url = [directory.url(1)];
    let store = Kvetch::open(&url, schema()).await.unwrap();
    let with_text = |text| Create::new(LIST, Props::from([("text", text)]));
    let (good, bad) = (created(&store, with_text("good")).await, created(&store, with_text("evil")).await);
    store.close().await.unwrap();

    let file = directory.0.join("shard-0000.sqlite");
    let mut bytes = fs::read(&file).unwrap();
    let stored = bad.body.to_stored();
    let at = bytes.windows(stored.len()).position(|window| window == stored).expect("the body is in the file");
    bytes[at] = 99;
    fs::write(&file, bytes).unwrap();

    let store = Kvetch::open(&url, schema()).await.unwrap();
    let answers = nodes(&store, &[good.id, bad.id]).await;
    assert_eq!(answers[0], Ok(Some(good.clone())));
    let error = answers[1].as_ref().unwrap_err();
    assert!(error.code() == "corrupt" && error.to_string().contains(&bad.id.to_string()), "{error}");
    let page = browse(&store, LIST, None, 10).await;
    assert_eq!((page.nodes, page.unreadable, page.last), (vec![good], vec![error.clone()], Some(bad.id)));
    store.close().await.unwrap();
}

#[test]
fn addresses_are_read_or_refused_with_a_way_out() {
    let file = StoreUrl::File { directory: "data/todo".into(), shards: Some(4) };
    assert_eq!("file:data/todo?shards=4".parse(), Ok(file.clone()));
    assert_eq!(file.to_string(), "file:data/todo?shards=4");
    assert_eq!("memory:".parse(), Ok(StoreUrl::Memory { shards: None }));
    let path = "./data".parse::<StoreUrl>().unwrap_err();
    assert!(path.to_string().contains("`file:./data`"), "{path}");
    for wrong in ["", "todo", "file:", "file:x?shards=0", "memory:?shards=many", "memory:?size=3", "mysql:x"] {
        let error = wrong.parse::<StoreUrl>().unwrap_err();
        assert!(error.to_string().contains("write `file:DIR?shards=N`"), "{error}");
    }
}

#[test]
fn a_schema_that_contradicts_itself_is_refused() {
    let user = || Schema::builder().node_type(NodeTypeDef { id: USER, name: "User".into() });
    let check = |builder: kvetch::SchemaBuilder, what: &str| {
        let error = builder.build().unwrap_err();
        assert!(error.code() == "invalid_schema" && error.to_string().contains(what), "{error}");
    };
    check(user().node_type(NodeTypeDef { id: USER, name: "Other".into() }), "is taken");
    check(user().node_type(NodeTypeDef { id: LIST, name: "User".into() }), "two node type definitions");
    check(user().index(IndexDef { node_type: LIST, ..by_city("city") }), "not in the schema");
    check(user().index(IndexDef { id: IndexId(0), ..by_city("city") }), "numbers start at 1");
    check(user().index(by_city("")), "names no key");
}

#[tokio::test]
async fn values_that_cannot_be_looked_up_fail_alone() {
    let store = memory(3).await;
    let read = IndexRead { index: BY_COLOR, first: 10, after: None };
    assert_eq!(find_page(&store, read, Value::Null).await.unwrap_err().code(), "invalid_argument");
    store.close().await.unwrap();
}

/// Addresses in another order made a new store of the old one: its map and its schema were written over.
#[tokio::test]
async fn a_store_is_not_made_over_by_addresses_in_the_wrong_order() {
    let (new, old) = (TempDirectory::new(), TempDirectory::new());
    let store = Kvetch::open(&[old.url(1)], schema()).await.unwrap();
    let ada = created(&store, user("ada")).await;
    store.close().await.unwrap();
    let refused = Kvetch::open(&[new.url(1), old.url(1)], schema()).await.expect_err("the first shard is another");
    assert_eq!(refused.code(), "not_a_store", "{refused}");
    let store = Kvetch::open(&[old.url(1)], schema()).await.unwrap();
    assert_eq!(node(&store, ada.id).await, Some(ada));
    store.close().await.unwrap();
}

/// Tools are not built for one store: they take the schema from it.
#[tokio::test]
async fn a_store_opens_under_the_schema_that_it_remembers() {
    let directory = TempDirectory::new();
    let store = Kvetch::open(&[directory.url(3)], schema()).await.unwrap();
    let ada = created(&store, user("ada")).await;
    store.close().await.unwrap();

    let shards = shards_at(&[directory.url(3)]).await.unwrap();
    let store = Kvetch::open_stored(shards, Options::default()).await.unwrap();
    assert_eq!(format!("{:?}", store.schema()), format!("{:?}", schema()));
    assert_eq!(find(&store, BY_USERNAME, "ada").await, [ada.id]);
    store.close().await.unwrap();
}

#[tokio::test]
async fn where_no_store_was_made_none_opens_without_a_schema() {
    let shards = shards_at(&["memory:".parse().unwrap()]).await.unwrap();
    let refused = Kvetch::open_stored(shards.clone(), Options::default()).await.unwrap_err();
    assert_eq!(refused.code(), "not_a_store");
    assert!(shards[0].meta().await.unwrap().is_empty());
}

/// Looking must not make what it looks for.
#[tokio::test]
async fn shards_that_have_to_be_there_are_not_made() {
    let refused = async |url: &str| {
        let error = existing_shards_at(&[url.parse().unwrap()]).await.expect_err("there is no store");
        assert_eq!(error.code(), "not_a_store", "{error}");
    };
    let directory = TempDirectory::new();
    let place = directory.0.clone();
    refused(&directory.url(2).to_string()).await;
    assert!(!place.exists());
    std::fs::create_dir(&place).unwrap();
    refused(&directory.url(2).to_string()).await;
    std::fs::write(place.join("kvetch.lock"), "").unwrap();
    refused(&directory.url(2).to_string()).await;
    assert_eq!(std::fs::read_dir(&place).unwrap().count(), 1);
    refused("memory:").await;

    let store = Kvetch::open(&[directory.url(2)], schema()).await.unwrap();
    let id = store.id();
    store.close().await.unwrap();
    let any_number = StoreUrl::File { directory: place, shards: None };
    let shards = existing_shards_at(&[any_number]).await.unwrap();
    let store = Kvetch::open_stored(shards, Options::default()).await.unwrap();
    assert_eq!((store.id(), store.shards().len()), (id, 2));
    store.close().await.unwrap();
}

/// Under writes without a pause no checkpoint of another thread ever finds the log at rest, and it grew without a bound.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_stays_within_its_limit_under_writes_without_a_pause() {
    let directory = TempDirectory::new();
    let store = Kvetch::open(&[directory.url(1)], schema()).await.unwrap();
    let bytes: Vec<u8> = (0..500_000u64).map(|at| ((at * at).wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let file = directory.0.join("shard-0000.sqlite-wal");
    let writers = (0..6).map(|_| {
        let (store, bytes, file) = (store.clone(), bytes.clone(), file.clone());
        tokio::spawn(async move {
            let mut longest = 0;
            for _ in 0..80 {
                let large = Create::new(BADGE, Props::from([("bytes", Value::Bytes(bytes.clone()))]));
                store.create(large).await.unwrap();
                longest = fs::metadata(&file).unwrap().len().max(longest);
            }
            longest
        })
    });
    let longest = join_all(writers).await.into_iter().map(Result::unwrap).max().unwrap();
    let limit = kvetch::limits::WAL_BYTES_MAX;
    assert!(longest <= limit + limit / 2, "{longest} bytes");
    store.close().await.unwrap();
}
