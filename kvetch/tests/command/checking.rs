//! `verify` and `repair`.

use std::process::Stdio;
use std::time::Duration;

use kvetch::conformance::fixture::*;
use rusqlite::Connection;
use serde_json::json;

use crate::fixture::*;

/// Makes rows differ from their nodes, behind the back of the store.
fn spoil(directory: &Directory, shards: usize) {
    for shard in 0..shards {
        let file = directory.path("store").join(format!("shard-{shard:04}.sqlite"));
        let connection = Connection::open(file).expect("the file opens");
        let sql = "DELETE FROM kvetch_edges WHERE edge = 1; UPDATE kvetch_counts SET count = 9 WHERE edge = 2;
                   DELETE FROM kvetch_index WHERE index_id = 2 AND value = CAST(x'06' || 'red' AS BLOB);
                   UPDATE kvetch_edges SET sort_key = 5 WHERE edge = 7;";
        connection.execute_batch(sql).expect("the statements are valid");
    }
}

#[test]
fn drift_is_found_and_mended_and_then_nothing_is_written() {
    for shards in SHARD_COUNTS {
        let directory = Directory::new();
        fill(&directory.path("store"), shards);
        let store = directory.store("store");
        let clean = succeeds(&["verify", "--json", &store]).json();
        assert_eq!((&clean["clean"], &clean["drift"], &clean["nodes"]), (&json!(true), &json!({}), &json!(18)));
        assert!(succeeds(&["verify", &store]).out.contains("nothing differs"));

        spoil(&directory, shards);
        let found = kvetch(&["verify", "--json", &store]);
        assert_eq!(found.code, 1, "{found:?}");
        let drift = found.json()["drift"].clone();
        let counts = ["edge_missing", "count_wrong", "entry_missing", "halves_differ"]
            .map(|class| drift[class]["count"].clone());
        assert_eq!(counts, [json!(11), json!(12), json!(6), json!(4)], "{drift}");
        assert_eq!(drift["edge_missing"]["examples"][0]["name"], "lists");
        assert_eq!(drift["entry_missing"]["examples"][0]["value"], "red");
        let text = kvetch(&["verify", &store]);
        let line = text.out.lines().find(|line| line.starts_with("edge_missing"));
        assert_eq!((text.code, line.map(|line| line.ends_with(" 11"))), (1, Some(true)), "{text:?}");
        assert!(text.out.lines().all(|line| line.chars().count() <= 80), "{text:?}");

        let repaired = succeeds(&["repair", "--json", &store]).json();
        assert_eq!((&repaired["left"], &repaired["drift"]["edge_missing"]["mended"]), (&json!(0), &json!(11)));
        succeeds(&["verify", &store]);
        let before = export(&store);
        assert_eq!(succeeds(&["repair", "--json", &store]).json()["drift"], json!({}));
        // A repair that writes raises versions.
        assert_eq!(export(&store), before);
    }
}

fn export(store: &str) -> Vec<String> {
    succeeds(&["export", store]).out.lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn a_value_of_two_nodes_is_left_to_people() {
    let directory = Directory::new();
    fill(&directory.path("store"), 1);
    let body =
        kvetch::Body::from_props(&kvetch::Props::from([("username", "user0")])).expect("it is small").to_stored();
    let file = directory.path("store").join("shard-0000.sqlite");
    let connection = Connection::open(file).expect("the file opens");
    let update = "UPDATE kvetch_nodes SET body = ?1 WHERE id = ?2";
    connection.execute(update, (body, spread(1).as_bytes())).expect("the node is there");
    drop(connection);
    let repaired = kvetch(&["repair", &directory.store("store")]);
    assert!(
        repaired.code == 1 && repaired.out.contains("value_shared") && repaired.out.contains("1 are left"),
        "{repaired:?}"
    );
}

#[test]
fn an_interrupted_comparison_says_how_to_go_on() {
    let directory = Directory::new();
    fill(&directory.path("store"), 4);
    let store = directory.store("store");
    for name in ["verify", "repair"] {
        let mut slow = command(&[name, &store, "--rows-per-second", "2"]);
        let running = slow.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command runs");
        std::thread::sleep(Duration::from_millis(1500));
        let pid = running.id().to_string();
        assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().expect("kill runs").success());
        let ended = ran(running.wait_with_output().expect("it ends"));
        assert!(ended.code == 2 && ended.out.is_empty(), "{ended:?}");
        assert!(
            ended.err.contains(&format!("kvetch {name} --store ")) && ended.err.contains(" --from part-0"),
            "{ended:?}"
        );
        succeeds(&[name, &store, "--from", "part-0"]);
    }
    // The last two parts are the stored edges.
    assert_eq!(succeeds(&["verify", "--json", &store, "--from", "part-4"]).json()["nodes"], 0);
    let beyond = kvetch(&["verify", "--json", &store, "--from", "part-99"]).error();
    assert!(beyond.1.contains("there are 6 parts"), "{beyond:?}");
}

/// On a terminal the log asked for colors that it was built without, and every command panicked.
#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_a_bar_is_drawn_and_taken_away() {
    let directory = Directory::new();
    fill(&directory.path("store"), 4);
    let line = format!("{} verify --rows-per-second 200 {}", env!("CARGO_BIN_EXE_kvetch"), directory.store("store"));
    let run = std::process::Command::new("script").args(["-qec", &line, "/dev/null"]).stdin(Stdio::null()).output();
    let Ok(run) = run else {
        eprintln!("not tested: there is no `script` (util-linux) to make a terminal");
        return;
    };
    let ran = ran(run);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("nothing differs") && ran.out.contains("part 1 of 6"), "{ran:?}");
}
