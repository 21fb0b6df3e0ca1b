//! `copy`.

use std::process::Stdio;
use std::time::Duration;

use kvetch::conformance::fixture::*;
use kvetch::{Kvetch, Props, Update};
use serde_json::json;

use crate::fixture::*;

fn place(directory: &Directory, name: &str) -> String {
    format!("file:{}", directory.path(name).display())
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().skip(1).collect()
}

#[test]
fn a_copy_on_any_number_of_shards_is_the_same_store() {
    for (from, to) in [(1, 4), (4, 1), (4, 7)] {
        let directory = Directory::new();
        fill(&directory.path("store"), from);
        let (store, copy) = (place(&directory, "store"), format!("{}?shards={to}", place(&directory, "copy")));
        let said = succeeds(&["copy", &store, &copy, "--json"]).json();
        assert_eq!(said["copied"]["nodes"], json!({"put": 18, "already": 0, "pending": 0}), "{said}");
        assert_eq!(said["copied"]["edges"], json!({"put": 5, "already": 0, "pending": 0}), "{said}");
        let compared = json!({"same": 23, "missing": 0, "onlyInCopy": 0, "differing": 0, "examples": []});
        assert_eq!((&said["compared"], &said["clean"], &said["same"]), (&compared, &json!(true), &json!(true)));
        let export = |name: &str| succeeds(&["export", &directory.store(name)]).out;
        assert_eq!(lines(&export("store")), lines(&export("copy")));
        let rows = |name: &str| succeeds(&["verify", "--json", &directory.store(name)]).json()["rows"].clone();
        assert_eq!(rows("store"), rows("copy"));

        let again = ran(command(&["copy", "env:FROM_HERE", &copy]).env("FROM_HERE", &store).output().expect("it runs"));
        assert!(again.out.contains("18 and 5 were there already"), "{again:?}");
        assert!(again.out.contains("23 nodes and stored edges are the same"), "{again:?}");
    }
}

#[test]
fn a_place_with_something_else_in_it_is_no_place_for_a_copy() {
    let directory = Directory::new();
    fill(&directory.path("store"), 1);
    fill(&directory.path("other"), 1);
    let [store, other, copy] = ["store", "other", "copy"].map(|name| place(&directory, name));
    let refused = kvetch(&["copy", &store, &other, "--json"]).error();
    assert!(refused.0 == "not_empty" && refused.1.contains("kvetch import"), "{refused:?}");
    succeeds(&["copy", &store, &copy]);
    let refused = kvetch(&["copy", &other, &copy, "--json"]).error();
    assert!(refused.0 == "not_empty" && refused.1.contains("a copy of another store"), "{refused:?}");
    for (arguments, why) in [
        (["copy", &store, &store].as_slice(), "is named as FROM and as TO"),
        (&["copy", &store, ","], "an address is empty"),
        (&["copy", &store, "memory:"], "gone when this command ends"),
        (&["copy", "env:KVETCH_NOT_SET", &copy], "the variable KVETCH_NOT_SET is not set"),
        (&["copy", &store, &copy, "--store", &other], "takes its two stores as FROM and TO"),
        (&["copy", &store], "<TO>"),
    ] {
        let refused = kvetch(&[arguments, &["--json"]].concat()).error();
        assert!(refused.0 == "usage" && refused.1.contains(why), "{refused:?}");
    }
    let refused = kvetch(&["copy", &place(&directory, "nothing"), &place(&directory, "new"), "--json"]).error();
    assert_eq!(refused.0, "not_a_store");
    assert!(!directory.path("new").exists());
}

#[test]
fn what_was_written_to_the_store_or_the_copy_meanwhile_is_named() {
    let directory = Directory::new();
    fill(&directory.path("store"), 4);
    let [store, copy] = ["store", "copy"].map(|name| place(&directory, name));
    succeeds(&["copy", &store, &copy]);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    runtime.block_on(async {
        let opened = async |url: &str| {
            Kvetch::open(&[url.parse().expect("the address is valid")], schema()).await.expect("the store opens")
        };
        let store = opened(&store).await;
        store.update(Update::new(LIST, spread(103), Props::from([("title", "new")]))).await.expect("it is written");
        store.close().await.expect("it closes");
        let copy = opened(&copy).await;
        created(&copy, user("only here")).await;
        copy.close().await.expect("it closes");
    });
    let ran = kvetch(&["copy", &store, &copy, "--json"]);
    let (code, said) = (ran.code, ran.json());
    assert_eq!((code, &said["same"], &said["copied"]["refused"]), (1, &json!(false), &json!(1)), "{said}");
    let compared = &said["compared"];
    assert_eq!((&compared["same"], &compared["missing"]), (&json!(22), &json!(0)), "{said}");
    assert_eq!((&compared["onlyInCopy"], &compared["differing"]), (&json!(1), &json!(1)), "{said}");
    let told = kvetch(&["copy", &store, &copy]);
    assert!(told.out.contains(&format!("differs: node {}", spread(103))), "{told:?}");
    assert!(told.out.contains("stop its writers and copy again"), "{told:?}");
}

/// Killed anywhere, a copy leaves nothing that the next run does not complete, and that one does not begin anew.
#[test]
fn a_copy_that_was_killed_is_completed_by_the_next_run() {
    let directory = Directory::new();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    runtime.block_on(async {
        let url = format!("{}?shards=2", place(&directory, "store")).parse().expect("the address is valid");
        let store = Kvetch::open(&[url], schema()).await.expect("the store opens");
        let ada = created(&store, user("ada")).await;
        let lists = store.create_many((0..9_000).map(|rank| list(ada.id, rank)).collect()).await;
        assert!(lists.iter().all(Result::is_ok));
        store.close().await.expect("it closes");
    });
    let (store, copy) = (place(&directory, "store"), format!("{}?shards=3", place(&directory, "copy")));
    // Killed later and later, until something had been copied: how long that takes is a matter of the machine.
    let mut copied = 0;
    for doublings in 0..8 {
        let mut copying = command(&["copy", &store, &copy]);
        let mut child = copying.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the command runs");
        std::thread::sleep(Duration::from_millis(50 << doublings));
        let _ = child.kill();
        child.wait().expect("it ends");
        let seen = kvetch(&["verify", "--json", &directory.store("copy")]);
        // Killed early it may have left no store at all.
        copied = if seen.code == 2 { 0 } else { seen.json()["nodes"].as_u64().expect("a number") };
        if copied > 0 {
            break;
        }
    }
    assert!(copied > 0, "nothing was copied in ten seconds");
    let whole = succeeds(&["copy", &store, &copy, "--json"]).json();
    let nodes = |what: &str| whole["copied"]["nodes"][what].as_u64().expect("a number");
    assert_eq!((&whole["compared"]["same"], &whole["same"]), (&json!(9_001), &json!(true)), "{whole}");
    // What was behind the last note is looked at again, and what was before it is not.
    assert!(nodes("put") <= 9_001 - copied, "{copied} were there: {whole}");
    let verified = succeeds(&["verify", "--json", &directory.store("copy")]).json();
    assert_eq!(verified["clean"], json!(true));
}
