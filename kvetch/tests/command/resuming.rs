//! Exports and imports that were cut.

use std::process::Stdio;
use std::time::Duration;

use kvetch::conformance::fixture::*;
use kvetch::{Create, Kvetch};
use serde_json::json;

use crate::fixture::*;

#[test]
fn an_export_that_was_cut_anywhere_is_gone_on_with() {
    let directory = Directory::new();
    fill(&directory.path("store"), 4);
    let store = directory.store("store");
    let whole = succeeds(&["export", &store]).out;
    let line_ends: Vec<usize> = whole.match_indices('\n').map(|(at, _)| at + 1).collect();
    // In the header and after it, in and after a node, between types, in and after edges, in the trailer, at the end.
    let cuts = [0, 10, line_ends[0], line_ends[3] - 2, line_ends[3], line_ends[6], line_ends[18], line_ends[19]];
    let cuts = cuts.into_iter().chain([line_ends[20] + 9, line_ends[23], whole.len() - 3, whole.len()]);
    for cut in cuts {
        let file = directory.file("export.jsonl", &whole[..cut]);
        let refused = kvetch(&["export", &store, "--out", &file, "--json"]).error();
        assert!(refused.0 == "file_exists" && refused.1.contains("--resume"), "{refused:?}");
        let resumed = succeeds(&["export", &store, "--out", &file, "--resume"]);
        let note = if cut < line_ends[0] {
            ""
        } else if cut == whole.len() {
            "is complete"
        } else {
            "going on with"
        };
        assert!(resumed.err.contains(note), "{resumed:?}");
        let text = directory.text("export.jsonl");
        let (resumed, expected): (Vec<_>, Vec<_>) = (text.lines().collect(), whole.lines().collect());
        assert_eq!(resumed[1..], expected[1..], "cut at {cut}");
    }
}

#[test]
fn an_export_of_another_store_is_not_gone_on_with() {
    let directory = Directory::new();
    fill(&directory.path("store"), 1);
    fill(&directory.path("other"), 1);
    let file = directory.file("export.jsonl", succeeds(&["export", &directory.store("store")]).out);
    let before = directory.text("export.jsonl");
    let refused = kvetch(&["export", &directory.store("other"), "--out", &file, "--resume", "--json"]).error();
    assert!(refused.0 == "other_export" && refused.1.contains("it is of store"), "{refused:?}");
    let mine = directory.file("mine.jsonl", "my own words\n");
    let refused = kvetch(&["export", &directory.store("other"), "--out", &mine, "--resume", "--json"]).error();
    assert_eq!(refused.0, "bad_input");
    assert_eq!((directory.text("export.jsonl"), directory.text("mine.jsonl")), (before, "my own words\n".to_owned()));
}

#[test]
fn an_import_of_a_cut_file_puts_what_is_there_and_goes_on_with_the_rest() {
    for shards in SHARD_COUNTS {
        let directory = Directory::new();
        fill(&directory.path("store"), shards);
        let whole = succeeds(&["export", &directory.store("store")]).out;
        let copy = format!("{}?shards={shards}", directory.store("copy"));
        let at = whole.match_indices('\n').nth(10).expect("it has more lines").0 + 20;
        let file = directory.file("cut.jsonl", &whole[..at]);
        let (code, message) = kvetch(&["import", &file, &copy, "--json"]).error();
        assert_eq!(code, "incomplete");
        assert!(message.contains("put 10 nodes") && message.contains("--resume"), "{message}");
        let file = directory.file("whole.jsonl", &whole);
        let rest = succeeds(&["import", &file, &copy, "--json"]).json();
        assert_eq!(rest["nodes"], json!({"put": 8, "already": 10, "pending": 0}));
        succeeds(&["verify", &directory.store("copy")]);
    }
}

/// Killed anywhere, an import leaves nothing that the next one does not complete.
#[test]
fn an_import_that_was_killed_is_completed_by_the_next() {
    let directory = Directory::new();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    runtime.block_on(async {
        let url = format!("file:{}?shards=4", directory.path("store").display()).parse().expect("it is valid");
        let store = Kvetch::open(&[url], schema()).await.expect("the store opens");
        let users = (0..1500).map(|number| Create { id: Some(spread(number)), ..user(&format!("user{number}")) });
        let lists = (0..1500).map(|number| Create { id: Some(spread(5000 + number)), ..list(spread(number), 1) });
        for written in store.create_many(users.chain(lists).collect()).await {
            written.expect("it is created");
        }
        store.close().await.expect("the store closes");
    });
    let exported = succeeds(&["export", &directory.store("store")]).out;
    let file = directory.file("export.jsonl", &exported);
    let copy = format!("{}?shards=4", directory.store("copy"));
    for milliseconds in [60, 90, 130] {
        let mut import = command(&["import", &file, &copy]);
        let mut running = import.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the command runs");
        std::thread::sleep(Duration::from_millis(milliseconds));
        running.kill().expect("it is mine");
        running.wait().expect("it ended");
    }
    succeeds(&["import", &file, &copy]);
    succeeds(&["repair", &directory.store("copy")]);
    let copied = succeeds(&["export", &directory.store("copy")]).out;
    assert!(copied.lines().skip(1).eq(exported.lines().skip(1)));
}
