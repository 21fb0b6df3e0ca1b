//! The command, as people run it.

use std::process::{Command, Output};

use crate::folder::Folder;

fn grapple(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_grapple")).args(arguments).output().expect("the command runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn generate(folder: &Folder) -> Output {
    let path = |name: &str| folder.path().join(name).display().to_string();
    grapple(&["generate", &path("schema.graphql"), "--out", &path("graph")])
}

#[test]
fn generate_says_what_it_wrote_and_what_it_left() {
    let folder = Folder::new("generate_says_what_it_wrote");
    folder.write("schema.graphql", "type Query { answer: Int! @custom }");
    let words = |output: &Output| -> Vec<String> {
        text(&output.stdout).lines().map(|line| line.split(' ').next().unwrap_or_default().to_owned()).collect()
    };
    let first = generate(&folder);
    assert_eq!(first.status.code(), Some(0), "{}", text(&first.stderr));
    assert_eq!(words(&first), ["created", "created", "created", "created"]);
    let second = generate(&folder);
    assert_eq!(words(&second), ["left", "left", "left", "left", "nothing"]);
    assert!(text(&second.stdout).ends_with("\nnothing was written: all of it is as the schema says\n"));
    folder.write("schema.graphql", "type Query { answer: Int! @custom } type Mutation { go: Int @customMutation }");
    let third = generate(&folder);
    assert_eq!(words(&third), ["wrote", "appended", "left", "wrote"]);
}

#[test]
fn mistakes_exit_with_1_and_leave_the_directory_untouched() {
    let folder = Folder::new("mistakes_exit_with_1");
    folder.write("schema.graphql", "type Query { a: Int, b: Strin @custom }");
    let output = generate(&folder);
    assert_eq!(output.status.code(), Some(1));
    let report = text(&output.stderr);
    assert!(report.contains("schema.graphql:1:14") && report.contains("schema.graphql:1:25"), "{report}");
    assert!(report.ends_with("2 mistakes found; nothing was written\n"), "{report}");
    assert_eq!(folder.files(), ["schema.graphql"]);
}

#[test]
fn an_unreadable_schema_exits_with_2_and_names_the_file() {
    let folder = Folder::new("an_unreadable_schema_exits_with_2");
    let output = generate(&folder);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("schema.graphql"), "{}", text(&output.stderr));
}

#[test]
fn a_directory_that_cannot_be_made_is_an_error_and_writes_nothing() {
    let folder = Folder::new("a_directory_that_cannot_be_made");
    folder.write("schema.graphql", "type Query { answer: Int! @custom }");
    folder.write("graph", "a file in the way");
    let output = generate(&folder);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(folder.files(), ["graph", "schema.graphql"]);
}

#[test]
fn help_shows_examples_and_fits_80_columns() {
    for command in ["generate", "check", "print", "new", "dev", "completions"] {
        for help in ["--help", "-h"] {
            let help = text(&grapple(&[command, help]).stdout);
            assert!(help.contains(&format!("\n  grapple {command} ")), "{help}");
            assert_eq!(help.lines().find(|line| line.chars().count() > 80), None);
        }
    }
    assert!(text(&grapple(&["--help"]).stdout).contains("  grapple generate schema.graphql --out src/graph"));
}

/// The exit code of a check, and all that it says.
fn check(folder: &Folder, more: &[&str]) -> (Option<i32>, String) {
    let path = |name: &str| folder.path().join(name).display().to_string();
    let output = grapple(&[&["check", &path("schema.graphql"), "--out", &path("graph")], more].concat());
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

const NOTE: &str =
    "type Query { note(id: UUID!): Note @readPent }\ntype Note @pent(typeId: 1) { id: UUID! text: String }\n";

#[test]
fn a_check_tells_clean_from_stale_from_edited_from_incompatible() {
    let folder = Folder::new("a_check_tells");
    folder.write("schema.graphql", NOTE);
    assert_eq!(check(&folder, &[]).0, Some(1), "nothing was generated yet");
    assert_eq!(generate(&folder).status.code(), Some(0));
    assert_eq!(check(&folder, &[]), (Some(0), "all of it is as the schema says\n".to_owned()));

    folder.write("schema.graphql", &NOTE.replace("text: String", "text: String more: Int"));
    let (code, said) = check(&folder, &[]);
    assert_eq!(code, Some(1));
    assert!(said.contains("generated.rs") && said.contains("graphscale.lock"), "{said}");

    let text = folder.read("graph/generated.rs");
    folder.write("graph/generated.rs", &format!("{text}// by hand\n"));
    let (code, said) = check(&folder, &[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("edited by hand: "), "{said}");

    folder.write("schema.graphql", &NOTE.replace("text: String", "text: Int"));
    let (code, said) = check(&folder, &[]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.ends_with("2 mistakes found: 1 that break clients, 1 that break stored data\n"), "{said}");

    folder.write("schema.graphql", &NOTE.replace("text: String", "text: Srting"));
    assert_eq!(check(&folder, &[]).0, Some(4));
    assert_eq!(check(&folder, &["--nonsense"]).0, Some(5));
    folder.write("schema.graphql", NOTE);
    folder.write("graph/generated.rs", &text);
    assert_eq!(check(&folder, &["--no-lock"]).0, Some(0), "the file is as it was written");
}

#[test]
fn a_refused_change_exits_with_3_and_can_be_accepted() {
    let folder = Folder::new("a_refused_change_exits_with_3");
    folder.write("schema.graphql", NOTE);
    assert_eq!(generate(&folder).status.code(), Some(0));
    folder.write("schema.graphql", &NOTE.replace("text: String", "text: Int"));
    assert_eq!(generate(&folder).status.code(), Some(3));
    let path = |name: &str| folder.path().join(name).display().to_string();
    let with = |more: &[&str]| {
        grapple(&[&["generate", &path("schema.graphql"), "--out", &path("graph")], more].concat()).status.code()
    };
    assert_eq!(with(&["--accept", "G804:Note.text"]), Some(3), "clients are not asked yet");
    assert_eq!(with(&["--accept", "G804:Note.text", "--accept", "api"]), Some(0));
    assert_eq!(with(&["--lock", &path("other.lock")]), Some(0));
    assert!(folder.files().contains(&"other.lock".to_owned()));
}

#[test]
fn diagnostics_as_json_have_places_and_ends() {
    let folder = Folder::new("diagnostics_as_json");
    folder.write("schema.graphql", "type Query {\n  a: Strin @custom\n}\n");
    let (code, said) = check(&folder, &["--format", "json"]);
    assert_eq!(code, Some(4));
    let found: serde_json::Value = serde_json::from_str(&said).expect("one document");
    let mistake = &found["diagnostics"][0];
    assert!(mistake["file"].as_str().is_some_and(|file| file.ends_with("schema.graphql")));
    assert_eq!(mistake["code"], "G002");
    assert_eq!(mistake["severity"], "error");
    for (key, place) in [("line", 2), ("column", 6), ("endLine", 2), ("endColumn", 11)] {
        assert_eq!(mistake[key], place, "{key}");
    }
    assert_eq!(mistake["help"], "did you mean `String`?");
    assert_eq!(mistake["related"], serde_json::json!([]));
}

#[test]
fn expand_prints_what_a_directive_stands_for_and_says_what_is_wrong() {
    let folder = Folder::new("expand_prints");
    let schema = folder.path().join("schema.graphql").display().to_string();
    folder.write("schema.graphql", "type Note @pent(typeId: 1, crud: [READ]) { id: UUID! text: String! }");
    let expanded = grapple(&["expand", &schema]);
    assert_eq!(expanded.status.code(), Some(0), "{}", text(&expanded.stderr));
    let explicit = text(&expanded.stdout);
    assert!(
        explicit.contains("@pent(typeId: 1)") && explicit.contains("note(id: UUID!): Note @readPent"),
        "{explicit}"
    );
    folder.write("schema.graphql", "type Note @pent(typeId: 1, crud: [READ]) { text: String! }");
    let refused = grapple(&["expand", &schema]);
    assert_eq!((refused.status.code(), text(&refused.stdout)), (Some(1), String::new()));
    assert!(text(&refused.stderr).contains("nothing was printed"), "{}", text(&refused.stderr));
}

#[test]
fn what_is_stored_is_printed_as_json() {
    let folder = Folder::new("what_is_stored_is_printed");
    let fields = "moods: [Mood!]! about: Note @genFromStoredId due: DateTime! days: [Date!] views: BigInt extra: JSON
        price: Money";
    let types = "enum Mood { A B } scalar DateTime scalar Date scalar BigInt scalar JSON
        scalar Money @scalar(rust: \"crate::Money\") type Note";
    folder.write("schema.graphql", &NOTE.replace("text: String", fields).replace("type Note", types));
    let path = folder.path().join("schema.graphql").display().to_string();
    let output = grapple(&["print", &path, "--stored"]);
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one document");
    let values = serde_json::json!([
        {"key": "moods", "type": "[Mood!]!", "required": true, "item": {"required": true, "values": ["A", "B"], "kind": "enum"}, "kind": "list"},
        {"key": "aboutId", "type": "UUID", "required": false, "kind": "id"},
        {"key": "due", "type": "DateTime!", "required": true, "kind": "time"},
        {
            "key": "days", "type": "[Date!]", "required": false, "kind": "list",
            "item": {"required": true, "kind": "date"},
        },
        {"key": "views", "type": "BigInt", "required": false, "kind": "long"},
        {"key": "extra", "type": "JSON", "required": false, "kind": "json"},
        {"key": "price", "type": "Money", "required": false, "kind": "any"},
    ]);
    let expected = serde_json::json!({
        "format": "graphscale-stored", "version": 1, "types": [{"name": "Note", "number": 1, "values": values}],
    });
    assert_eq!(found, expected);
}

#[test]
fn every_shell_gets_its_completions() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = text(&grapple(&["completions", shell]).stdout);
        assert!(script.contains("grapple") && script.contains("check"), "{shell}");
    }
}

/// With one more path the lock was looked for in another directory, and nothing was known any more.
#[test]
fn a_lock_that_lies_beside_other_paths_is_not_forgotten() {
    let folder = Folder::new("a_lock_that_lies_beside_other_paths");
    folder.write("a/schema.graphql", "type Query { answer: Int! @custom }");
    folder.write("b/more.graphql", "extend type Query { more: Int @custom }");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (a, b, out) = (path("a"), path("b"), path("graph"));
    assert_eq!(grapple(&["generate", &a, "--out", &out]).status.code(), Some(0));
    let both = grapple(&["generate", &a, &b, "--out", &out]);
    let report = text(&both.stderr);
    assert_eq!(both.status.code(), Some(2), "{report}");
    assert!(report.contains("a/graphscale.lock is the lock of a schema of other paths"), "{report}");
    std::fs::rename(path("a/graphscale.lock"), path("graphscale.lock")).expect("it can be moved");
    assert_eq!(grapple(&["generate", &a, &b, "--out", &out]).status.code(), Some(0));
    let one = grapple(&["check", &a, "--out", &out]);
    assert_eq!(one.status.code(), Some(5), "{}", text(&one.stderr));
    let named = ["generate", &a, "--out", &out, "--lock", &path("a/graphscale.lock")];
    assert_eq!(grapple(&named).status.code(), Some(0), "a new one that is named is made");
}

#[test]
fn a_program_that_asks_for_json_gets_a_document_whatever_happens() {
    let folder = Folder::new("a_program_that_asks_for_json");
    let path = |name: &str| folder.path().join(name).display().to_string();
    for command in ["generate", "check"] {
        let output = grapple(&[command, &path("none.graphql"), "--out", &path("graph"), "--format", "json"]);
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
        assert!(document["error"].as_str().is_some_and(|error| error.contains("none.graphql")), "{document}");
    }
}

#[test]
fn an_edit_of_the_generated_file_is_told_when_it_is_lost() {
    let folder = Folder::new("an_edit_of_the_generated_file_is_told");
    folder.write("schema.graphql", "type Query { answer: Int! @custom }");
    generate(&folder);
    let edited = format!("{}// mine\n", folder.read("graph/generated.rs"));
    folder.write("graph/generated.rs", &edited);
    let report = text(&generate(&folder).stderr);
    assert!(report.contains("generated.rs was edited by hand; that is lost"), "{report}");
    assert!(!text(&generate(&folder).stderr).contains("edited"));
}
