//! What cannot be done, and what is said of it.

use std::process::Stdio;

use kvetch::Kvetch;
use kvetch::conformance::fixture::*;

use crate::fixture::*;

#[test]
fn looking_at_nothing_makes_nothing() {
    let directory = Directory::new();
    let store = directory.store("nothing");
    let id = spread(1).to_string();
    let commands: [&[&str]; 6] = [&["status"], &["show", &id], &["ls", "User"], &["verify"], &["repair"], &["export"]];
    for command in commands {
        let refused = kvetch(&[command, &[&store, "--json"]].concat()).error();
        assert!(refused.0 == "not_a_store" && refused.1.contains("kvetch init"), "{refused:?}");
        let text = kvetch(&[command, &[&store]].concat());
        assert!(text.code == 2 && text.err.starts_with("error: "), "{text:?}");
    }
    assert!(!directory.path("nothing").exists());
}

#[test]
fn a_wrong_command_line_is_refused_with_a_way_out() {
    let check = |arguments: &[&str], code: &str, expected: &str| {
        let refused = kvetch(&[arguments, &["--json"]].concat()).error();
        assert!(refused.0 == code && refused.1.contains(expected), "{refused:?}");
    };
    check(&["status"], "usage", "KVETCH_STORE");
    check(&["status", "--store", "memory:"], "usage", "write --store file:DIR");
    check(&["status", "--store", "./data"], "invalid_argument", "`file:./data`");
    check(&["status", "--store", "mysql://ada:secret@db/"], "invalid_argument", "`mysql://db/` is not a store");
    check(&["look"], "usage", "unrecognized subcommand");
    check(&["show", "me", "--store", "file:x"], "usage", "is not a UUID");
    check(&["verify", "--from", "here", "--store", "file:x"], "usage", "is no position");
    check(&["export", "--resume", "--store", "file:x"], "usage", "--out");
    let help = succeeds(&["--help"]).out;
    assert!(help.contains("Exit codes:") && help.contains("Examples:"), "{help}");
    assert!(help.lines().all(|line| line.chars().count() <= 80), "{help}");
    for name in ["init", "status", "show", "ls", "verify", "repair", "export", "import"] {
        let help = succeeds(&[name, "--help"]).out;
        assert!(help.contains("Example"), "{help}");
    }
}

#[test]
fn the_environment_names_a_store_of_several_addresses() {
    let directory = Directory::new();
    let schema = directory.file("schema.json", r#"{"nodeTypes": [{"id": 1, "name": "User"}]}"#);
    let (one, other) = (directory.store("one"), directory.store("other"));
    succeeds(&["init", &one, &other, "--schema", &schema]);
    let urls = [one, other].map(|argument| argument.replacen("--store=", "", 1)).join(",");
    let status = ran(command(&["status", "--json"]).env("KVETCH_STORE", urls).output().expect("the command runs"));
    assert_eq!(status.json()["shards"].as_array().map(Vec::len), Some(2));
    let half = kvetch(&["status", "--json", &directory.store("one")]).error();
    assert_eq!(half.0, "shard_count");
}

#[test]
fn a_wrong_type_is_answered_with_those_that_there_are() {
    let directory = Directory::new();
    fill(&directory.path("store"), 1);
    let store = directory.store("store");
    let check = |name: &str, expected: &str| {
        let refused = kvetch(&["ls", name, "--json", &store]).error();
        assert!(refused.0 == "unknown_type" && refused.1.contains(expected), "{refused:?}");
    };
    check("Users", "the types are User (1), List (2), Note (3), Badge (4)");
    check("user", "it is written `User`");
    check("9", "the types are");
}

#[tokio::test]
async fn a_store_that_is_open_elsewhere_is_locked_with_a_way_out() {
    let directory = Directory::new();
    let url = format!("file:{}", directory.path("store").display()).parse().expect("it is valid");
    let store = Kvetch::open(&[url], schema()).await.expect("the store opens");
    for command in ["status", "export", "verify"] {
        let refused = kvetch(&[command, "--json", &directory.store("store")]).error();
        assert!(refused.0 == "locked" && refused.1.contains("stop that one first"), "{refused:?}");
    }
    store.close().await.expect("the store closes");
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_its_line_and_what_came_before_is_put() {
    for shards in SHARD_COUNTS {
        let directory = Directory::new();
        fill(&directory.path("store"), shards);
        let whole = succeeds(&["export", &directory.store("store")]).out;
        let lines: Vec<&str> = whole.lines().collect();
        let copy = format!("{}?shards={shards}", directory.store("copy"));
        let node = |props: &str| {
            format!(
                "{{\"node\":\"{}\",\"type\":1,\"version\":1,\"created\":1,\"updated\":1,\"props\":{props}}}",
                spread(700)
            )
        };
        let too_big = node(&format!("{{\"x\":\"{}\"}}", "y".repeat(1 << 20)));
        let check = |at: usize, line: &str, code: &str, expected: &str| {
            let mut lines = lines.clone();
            lines[at] = line;
            let file = directory.file("bad.jsonl", lines.join("\n") + "\n");
            let (found, message) = kvetch(&["import", &file, &copy, "--json"]).error();
            assert!(found == code && message.contains(expected), "{found}: {message}");
            if at > 0 {
                assert!(
                    message.contains(&format!("bad.jsonl:{}:", at + 1)) && message.contains("before it: put"),
                    "{message}"
                );
            }
        };
        check(0, "{}", "bad_input", "it is no export");
        check(0, "hello", "bad_input", "it is no export");
        check(0, &lines[0].replacen(r#""version":1"#, r#""version":2"#, 1), "newer_format", "formats up to 1");
        assert!(!directory.path("copy").exists());
        check(3, "{\"node\":", "bad_input", "it is no JSON");
        check(3, "{\"nodes\":1}", "bad_input", "neither a node nor an edge");
        check(3, &node("{\"x\":1.5}"), "bad_input", "$float");
        check(3, &node("{\"x\":{\"$when\":1}}"), "bad_input", "is no value");
        check(3, &node("{}").replacen("\"type\":1", "\"type\":77", 1), "invalid_argument", "no node type 77");
        check(3, &too_big, "over_limit", "limit");
        check(20, &lines[20].replacen("\"edge\":6", "\"edge\":7", 1), "invalid_argument", "no stored edge 7");
        let fewer: Vec<&str> = lines.iter().enumerate().filter(|(at, _)| *at != 5).map(|(_, line)| *line).collect();
        let file = directory.file("fewer.jsonl", fewer.join("\n") + "\n");
        let (code, message) = kvetch(&["import", &file, &copy, "--json"]).error();
        assert!(code == "bad_input" && message.contains("18 nodes and 5 edges said, and 17 and 5 found"), "{message}");
        succeeds(&["verify", &directory.store("copy")]);
    }
}

#[test]
fn an_import_into_a_store_of_another_schema_is_refused() {
    let directory = Directory::new();
    fill(&directory.path("store"), 1);
    let file = directory.file("export.jsonl", succeeds(&["export", &directory.store("store")]).out);
    let schema = directory.file("schema.json", r#"{"nodeTypes": [{"id": 1, "name": "Person"}]}"#);
    succeeds(&["init", &directory.store("copy"), "--schema", &schema]);
    let refused = kvetch(&["import", &file, &directory.store("copy"), "--json"]).error();
    assert!(refused.0 == "schema_contradicts" && refused.1.contains("Person"), "{refused:?}");
    let broken = directory.file("broken.json", r#"{"nodeTypes": [{"id": 1}]}"#);
    let refused = kvetch(&["init", &directory.store("new"), "--schema", &broken, "--json"]).error();
    assert!(refused.0 == "invalid_schema" && refused.1.contains("nodeTypes[0]: `name` is missing"), "{refused:?}");
    assert!(!directory.path("new").exists());
}

/// `kvetch export | head` says nothing, and does not pass for an export either.
#[test]
fn a_reader_who_goes_away_is_told_nothing() {
    let directory = Directory::new();
    fill(&directory.path("store"), 1);
    let mut export = command(&["export", &directory.store("store")]);
    let mut running = export.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command runs");
    drop(running.stdout.take());
    let ended = ran(running.wait_with_output().expect("it ends"));
    assert_eq!((ended.code, ended.err.as_str()), (2, ""));
}

/// An address in the wrong place was repeated in the complaint with its password.
#[test]
fn a_complaint_about_the_command_line_tells_no_secrets() {
    for arguments in [["status", "mysql://ada:secret@db/x"], ["show", "mysql://ada:secret@db/x"]] {
        for json in [&[][..], &["--json"][..]] {
            let refused = kvetch(&[&arguments[..], json].concat());
            assert_eq!(refused.code, 2, "{refused:?}");
            assert!(refused.err.contains("mysql://db/x") && !refused.err.contains("secret"), "{refused:?}");
        }
    }
}
