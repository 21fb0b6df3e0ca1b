//! `export` and `import`.

use kvetch::conformance::fixture::*;
use serde_json::{Value as Json, json};

use crate::fixture::*;

/// The lines of an export without its header, which names the store and the moment.
fn lines(text: &str) -> Vec<&str> {
    text.lines().skip(1).collect()
}

#[test]
fn what_is_exported_and_imported_is_exported_again_byte_by_byte() {
    for (from, to) in [(1, 4), (4, 1), (4, 4)] {
        let directory = Directory::new();
        fill(&directory.path("store"), from);
        let exported = succeeds(&["export", &directory.store("store")]);
        assert_eq!(lines(&exported.out).len(), 18 + 5 + 1, "{}", exported.out);
        let file = directory.file("export.jsonl", &exported.out);
        let copy = format!("{}?shards={to}", directory.store("copy"));
        let imported = succeeds(&["import", &file, &copy, "--json"]).json();
        assert_eq!(imported["nodes"], json!({"put": 18, "already": 0, "pending": 0}));
        assert_eq!(imported["edges"], json!({"put": 5, "already": 0, "pending": 0}));
        assert_eq!((&imported["refused"], &imported["edgesWithoutEnd"]), (&json!(0), &json!(0)));
        let copied = succeeds(&["export", &directory.store("copy")]);
        assert_eq!(lines(&copied.out), lines(&exported.out));

        // Everything derived is there: edges, counts, entries, claims, both halves.
        let verified = succeeds(&["verify", "--json", &directory.store("copy")]).json();
        let original = succeeds(&["verify", "--json", &directory.store("store")]).json();
        assert_eq!((&verified["rows"], &verified["clean"]), (&original["rows"], &json!(true)));
        let again = succeeds(&["import", &file, &copy, "--json"]).json();
        assert_eq!((&again["nodes"]["already"], &again["edges"]["already"]), (&json!(18), &json!(5)));
        let copied = succeeds(&["export", &directory.store("copy")]);
        assert_eq!(lines(&copied.out), lines(&exported.out));
    }
}

#[test]
fn the_header_and_the_trailer_say_what_an_export_is() {
    let directory = Directory::new();
    fill(&directory.path("store"), 4);
    let file = directory.named("export.jsonl");
    let said = succeeds(&["export", &directory.store("store"), "--out", &file, "--json"]).json();
    assert_eq!(said, json!({"out": file, "nodes": 18, "edges": 5, "unreadable": 0}));
    let text = directory.text("export.jsonl");
    let header: Json = serde_json::from_str(text.lines().next().expect("it has a header")).expect("it is JSON");
    let status = succeeds(&["status", "--json", &directory.store("store")]).json();
    assert_eq!((&header["format"], &header["version"]), (&json!("kvetch-export"), &json!(1)));
    assert_eq!((&header["store"], &header["schema"]), (&status["store"], &status["schema"]));
    assert_eq!(header["map"], json!({"epoch": 1, "shards": 4}));
    assert!(header["consistency"].as_str().is_some_and(|text| text.contains("not all of the same moment")));
    assert_eq!(text.lines().last(), Some(r#"{"end":{"nodes":18,"edges":5,"unreadable":0}}"#));
}

#[test]
fn an_export_goes_through_a_pipe_into_a_store_that_was_made_for_it() {
    let directory = Directory::new();
    fill(&directory.path("store"), 1);
    succeeds(&["init", &format!("{}?shards=4", directory.store("copy"))]);
    let exported = directory.file("export.jsonl", succeeds(&["export", &directory.store("store")]).out);
    let mut import = command(&["import", "-", &directory.store("copy")]);
    import.stdin(std::fs::File::open(&exported).expect("it was written"));
    let imported = ran(import.output().expect("the command runs"));
    assert!(imported.code == 0 && imported.out.contains("imported standard input: put 18 nodes"), "{imported:?}");
    assert_eq!(
        succeeds(&["status", "--json", &directory.store("copy")]).json()["shards"].as_array().map(Vec::len),
        Some(4)
    );
}

#[test]
fn what_is_there_in_another_state_is_named_and_the_rest_goes_on() {
    for shards in SHARD_COUNTS {
        let directory = Directory::new();
        fill(&directory.path("store"), shards);
        let store = directory.store("store");
        let text = succeeds(&["export", &store]).out;
        let changed =
            text.replacen(r#""version":2"#, r#""version":9"#, 1).replacen(r#""sortKey":-3"#, r#""sortKey":-4"#, 1);
        let gone = spread(111);
        let more = format!(
            "{{\"node\":\"{gone}\",\"type\":3,\"version\":1,\"created\":1,\"updated\":1,\"props\":{{}}}}\n{{\"edge\":6,\"from\":\"{}\",\"to\":\"{gone}\",\"sortKey\":1,\"props\":{{}}}}\n",
            spread(0)
        );
        let end = changed.find("{\"end\"").expect("it has an end");
        let changed = format!("{}{more}{{\"end\":{{\"nodes\":19,\"edges\":6,\"unreadable\":0}}}}\n", &changed[..end]);
        let file = directory.file("changed.jsonl", &changed);
        let imported = kvetch(&["import", &file, &store, "--json"]);
        assert_eq!(imported.code, 1, "{imported:?}");
        let said = imported.json();
        let codes: Vec<&str> = said["refusals"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|refused| refused["code"].as_str())
            .collect();
        assert_eq!(codes, ["exists", "gone", "edge_differs"], "{said}");
        assert_eq!(
            (&said["nodes"]["already"], &said["edges"]["already"], &said["edgesWithoutEnd"]),
            (&json!(17), &json!(4), &json!(1))
        );
        let told = kvetch(&["import", &file, &store]);
        assert!(told.err.contains("changed.jsonl:") && told.err.contains("in another state"), "{told:?}");
        assert_eq!(lines(&succeeds(&["export", &store]).out), lines(&text));
    }
}

#[test]
fn a_node_that_cannot_be_read_is_named_and_left_out() {
    for shards in SHARD_COUNTS {
        let directory = Directory::new();
        fill(&directory.path("store"), shards);
        let store = directory.store("store");
        for shard in 0..shards {
            let file = directory.path("store").join(format!("shard-{shard:04}.sqlite"));
            let connection = rusqlite::Connection::open(file).expect("the file opens");
            let corrupt = "UPDATE kvetch_nodes SET body = x'01ff' WHERE id = ?1";
            connection.execute(corrupt, [spread(103).as_bytes()]).expect("the statement is valid");
        }
        let out = directory.named("export.jsonl");
        let exported = kvetch(&["export", &store, "--out", &out]);
        assert!(
            exported.code == 1 && exported.err.contains(&format!("left out: the stored body of node {}", spread(103))),
            "{exported:?}"
        );
        assert_eq!(
            directory.text("export.jsonl").lines().last(),
            Some(r#"{"end":{"nodes":17,"edges":5,"unreadable":1}}"#)
        );
        // An export that was interrupted right after it, and gone on with, still knows of it.
        let text = directory.text("export.jsonl");
        let end = text.find(r#"{"edge""#).expect("it has edges");
        let cut = directory.file("cut.jsonl", &text[..end]);
        assert_eq!(kvetch(&["export", &store, "--out", &cut, "--resume"]).code, 1);
        let without_header = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(without_header(&directory.text("cut.jsonl")), without_header(&text));
        let listed = kvetch(&["ls", "List", "--json", &store]);
        assert_eq!((listed.code, listed.out.lines().count()), (1, 10), "{listed:?}");
        assert!(listed.err.contains(r#""code":"corrupt""#), "{listed:?}");
        let imported = kvetch(&["import", &out, &directory.store("copy")]);
        assert!(
            imported.code == 1 && imported.out.contains("1 could not be read where they come from"),
            "{imported:?}"
        );
    }
}

/// A file that is somebody's was emptied, where it had no line end.
#[test]
fn a_file_that_is_no_export_is_not_gone_on_with() {
    let directory = Directory::new();
    fill(&directory.path("store"), 1);
    for text in ["dear", "dear\n", "{\"format\":\"other\""] {
        let letter = directory.file("letter.txt", text);
        let refused = kvetch(&["export", &directory.store("store"), "--out", &letter, "--resume"]);
        assert!(refused.code == 2 && refused.err.contains("it is no export"), "{refused:?}");
        assert_eq!(directory.text("letter.txt"), text);
    }
    for begun in ["", "{\"form", "{\"format\":\"kvetch-export\",\"vers"] {
        let out = directory.file("begun.jsonl", begun);
        succeeds(&["export", &directory.store("store"), "--out", &out, "--resume"]);
    }
}
