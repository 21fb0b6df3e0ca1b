//! `init`, `status`, `show` and `ls`.

use kvetch::conformance::fixture::*;
use kvetch::conformance::{Call, Fault, Instrumented, Layered};
use kvetch::{Kvetch, NodeTypeDef, Props, Schema, Update, Value, shards_at};
use serde_json::json;

use crate::fixture::*;

#[test]
fn a_store_is_made_under_a_schema_that_status_prints_again() {
    let directory = Directory::new();
    fill(&directory.path("old"), 1);
    let schema = succeeds(&["status", "--json", &directory.store("old")]).json()["schema"].clone();
    let file = directory.file("schema.json", schema.to_string());
    let new = format!("{}?shards=4", directory.store("new"));
    let made = succeeds(&["init", &new, "--schema", &file, "--json"]).json();
    assert_eq!(made["shards"], 4);
    let status = succeeds(&["status", "--json", &directory.store("new")]).json();
    assert_eq!((&status["schema"], &status["store"]), (&schema, &made["store"]));
    assert_eq!(status["shards"].as_array().map(Vec::len), Some(4));

    let again = kvetch(&["init", &new, "--json"]).error();
    assert_eq!(again.0, "store_exists");
    assert_eq!(succeeds(&["status", "--json", &directory.store("new")]).json(), status);
    let bare = succeeds(&["init", &directory.store("bare")]);
    assert!(bare.out.contains("with 1 shard\n"), "{bare:?}");
}

#[test]
fn status_tells_what_a_store_is() {
    for shards in SHARD_COUNTS {
        let directory = Directory::new();
        fill(&directory.path("store"), shards);
        let status = succeeds(&["status", "--json", &directory.store("store")]).json();
        assert_eq!(status["nodes"], json!({"1": 6, "2": 11, "3": 1, "4": 0}));
        assert_eq!((&status["format"], &status["epoch"]), (&json!(1), &json!(1)));
        let of_shards = status["shards"].as_array().expect("there are shards");
        assert_eq!(of_shards.len(), shards);
        let sum = |key: &str| of_shards.iter().map(|shard| shard[key].as_u64().expect("a number")).sum::<u64>();
        assert_eq!((sum("tombstones"), sum("intents")), (1, 0));
        assert_eq!(of_shards[0]["buckets"], json!([[0, 4096 / shards - 1]]));
        assert_eq!(status["states"]["edges"]["1"], "ready");

        let text = succeeds(&["status", &directory.store("store")]).out;
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        for expected in
            ["format 1", "epoch 1", "   1  User       6\n", "rankedLists", "follows / followers", "unique    ready"]
        {
            assert!(text.contains(expected), "{expected} in {text}");
        }
    }
}

#[test]
fn a_node_is_shown_with_all_that_follows_from_it() {
    for shards in SHARD_COUNTS {
        let directory = Directory::new();
        fill(&directory.path("store"), shards);
        let store = directory.store("store");
        let id = |number: u64| spread(number).to_string();
        let user = succeeds(&["show", &id(0), "--json", &store, "--edges", "1"]).json();
        assert_eq!((&user["state"], &user["type"]), (&json!("there"), &json!({"id": 1, "name": "User"})));
        assert_eq!((&user["version"], &user["props"]), (&json!(3), &json!({"username": "user0"})));
        assert_eq!(user["bucket"], json!(spread(0).virtual_shard().get()));
        let named = |side: &str, name: &str| {
            let edges = user[side].as_array().expect("there are edges");
            edges.iter().find(|edges| edges["name"] == name).expect("it has a name").clone()
        };
        let lists = named("edgesFrom", "lists");
        assert_eq!((&lists["count"], &lists["hasNext"]), (&json!(2), &json!(true)));
        assert_eq!(lists["edges"][0]["to"], json!(id(100)));
        let follows = named("edgesFrom", "follows");
        assert_eq!(follows["edges"][0]["props"], json!({"since": {"$time": 7}, "weight": {"$float": "0.1"}}));
        assert_eq!(named("edgesTo", "followers (inverse of follows)")["count"], 0);
        assert_eq!(user["entries"], json!([{"index": 1, "name": "byUsername", "unique": true, "value": "user0"}]));

        let list = succeeds(&["show", &id(103), &store]).out;
        for expected in
            ["List ", "version 2", "ownerId  {\"$id\":\"", "edges to it", "  lists  1\n    <- ", "byColor  \"blue\""]
        {
            assert!(list.contains(expected), "{expected} in {list}");
        }
        assert!(list.lines().all(|line| line.chars().count() <= 80), "{list}");
        let note = succeeds(&["show", &id(300), "--json", &store]).json();
        assert_eq!(note["props"]["map"], json!({"$map": {"$id": {"$float": "-0.0"}, "x": {}}}));
        assert_eq!(note["props"]["bytes"], json!({"$bytes": "0001ff"}));
    }
}

#[test]
fn what_was_deleted_is_told_apart_from_what_never_was() {
    for shards in SHARD_COUNTS {
        let directory = Directory::new();
        fill(&directory.path("store"), shards);
        let store = directory.store("store");
        for (number, state, text) in
            [(111, "deleted", "was deleted\n  it was a List; deleted at version 2"), (999, "absent", "is not there")]
        {
            let id = spread(number).to_string();
            let shown = kvetch(&["show", &id, "--json", &store]);
            assert_eq!((shown.code, &shown.json()["state"]), (1, &json!(state)));
            let shown = kvetch(&["show", &id, &store]);
            assert!(shown.code == 1 && shown.out.contains(text), "{shown:?}");
        }
    }
}

#[test]
fn nodes_of_a_type_are_listed_in_pages() {
    for shards in SHARD_COUNTS {
        let directory = Directory::new();
        fill(&directory.path("store"), shards);
        let store = directory.store("store");
        let all = succeeds(&["ls", "List", "--json", &store]);
        let ids: Vec<String> = all.out.lines().map(id_of).collect();
        assert!(ids.len() == 11 && ids.is_sorted(), "{ids:?}");
        let page = succeeds(&["ls", "2", "--first", "4", "--after", &ids[2], "--json", &store]);
        assert_eq!(page.out.lines().map(id_of).collect::<Vec<_>>(), ids[3..7]);
        let text = succeeds(&["ls", "List", "--first", "3", &store]);
        assert_eq!(text.out.lines().count(), 3);
        assert!(text.out.starts_with(&format!("{}  v1  {{\"color\":\"red\"", ids[0])), "{text:?}");
        assert!(text.out.lines().all(|line| line.chars().count() <= 80));
        assert!(text.err.contains(&format!("--after {}", ids[2])), "{text:?}");
        assert!(succeeds(&["ls", "Badge", &store]).err.contains("there are none"));
    }
}

fn id_of(line: &str) -> String {
    let node: serde_json::Value = serde_json::from_str(line).expect("each line is JSON");
    node["node"].as_str().expect("a node has an id").to_owned()
}

/// Leaves a list whose change of owner did not come to the other shards.
async fn interrupt_an_update(directory: &Directory) {
    let url = format!("file:{}", directory.path("store").display()).parse().expect("it is valid");
    let layer: std::sync::Arc<Instrumented> = Default::default();
    let shards = shards_at(&[url]).await.expect("the shards open");
    let shards = shards.into_iter().map(|shard| Layered::around(shard, layer.clone())).collect();
    let store = Kvetch::open_shards(shards, schema()).await.expect("the store opens");
    layer.inject(Call::Apply, Fault::Fails);
    let update = Update::new(LIST, spread(100), Props::from([("ownerId", Value::Id(spread(3)))]));
    assert!(store.update(update).await.expect("it is committed").pending > 0);
    store.close().await.expect("the store closes");
}

#[tokio::test]
async fn what_is_pending_is_shown_and_stays_so_until_a_repair() {
    let directory = Directory::new();
    std::thread::scope(|scope| scope.spawn(|| fill(&directory.path("store"), 4)).join().expect("it is filled"));
    interrupt_an_update(&directory).await;
    let (store, id) = (directory.store("store"), spread(100).to_string());
    for _ in 0..2 {
        let status = succeeds(&["status", "--json", &store]).json();
        let intents = status["shards"].as_array().expect("a list").iter().filter_map(|shard| shard["intents"].as_u64());
        assert_eq!(intents.sum::<u64>(), 1);
        let shown = succeeds(&["show", &id, "--json", &store]).json();
        assert_eq!((&shown["version"], &shown["pending"]["version"]), (&json!(2), &json!(2)));
        assert!(succeeds(&["show", &id, &store]).out.contains("  pending: "));
        let verified = succeeds(&["verify", "--json", &store]).json();
        assert!(verified["pending"].as_u64() > Some(0) && verified["clean"] == true, "{verified}");
        assert!(succeeds(&["verify", &store]).out.contains("`kvetch repair` finishes them"));
    }
    assert_eq!(succeeds(&["repair", "--json", &store]).json()["pending"], 0);
    assert_eq!(succeeds(&["show", &id, "--json", &store]).json()["pending"], json!(null));
}

#[tokio::test]
async fn status_tells_which_edges_and_indexes_were_dropped() {
    let directory = Directory::new();
    std::thread::scope(|scope| scope.spawn(|| fill(&directory.path("store"), 1)).join().expect("it is filled"));
    let url = format!("file:{}", directory.path("store").display()).parse().expect("it is valid");
    let bare = Schema::builder().node_type(NodeTypeDef { id: USER, name: "User".into() }).build().expect("it is valid");
    Kvetch::open(&[url], bare).await.expect("it opens").close().await.expect("it closes");
    let status = succeeds(&["status", "--json", &directory.store("store")]).json();
    assert_eq!(
        (&status["states"]["edges"]["1"], &status["states"]["indexes"]["1"]),
        (&json!("dropped"), &json!("dropped"))
    );
    assert_eq!(status["schema"]["edges"], json!([]));
    let text = succeeds(&["status", &directory.store("store")]).out;
    assert!(text.contains("dropped"), "{text}");
}
