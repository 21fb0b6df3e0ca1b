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
    assert_eq!(words(&first), ["created", "created", "created"]);
    let second = generate(&folder);
    assert_eq!(words(&second), ["left", "left", "left", "nothing"]);
    assert!(text(&second.stdout).ends_with("\nnothing was written: all of it is as the schema says\n"));
    folder.write("schema.graphql", "type Query { answer: Int! @custom } type Mutation { go: Int @customMutation }");
    let third = generate(&folder);
    assert_eq!(words(&third), ["wrote", "appended", "left"]);
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
fn help_shows_an_example() {
    for arguments in [&["--help"][..], &["generate", "--help"]] {
        let output = grapple(arguments);
        assert!(text(&output.stdout).contains("grapple generate schema.graphql --out src/graph"));
    }
}
