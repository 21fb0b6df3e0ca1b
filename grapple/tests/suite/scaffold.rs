//! `grapple new`: what it makes builds, passes its test and answers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use crate::folder::Folder;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace is there")
}

fn new(folder: &Folder, name: &str, path: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grapple"));
    command.arg("new").arg(folder.path().join(name)).arg("--path").arg(path);
    command.output().expect("the command runs")
}

/// A server that is stopped when the test ends, however it does.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn a_new_project_builds_passes_its_test_and_answers() {
    let folder = Folder::new("a_new_project");
    folder.write("README.md", "");
    let made = new(&folder, "shop", &workspace());
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let project = folder.path().join("shop");
    let check = Command::new(env!("CARGO_BIN_EXE_grapple"))
        .args(["check", "schema.graphql", "--out", "src/graph"])
        .current_dir(&project)
        .output()
        .expect("the command runs");
    assert_eq!(check.status.code(), Some(0), "{}", String::from_utf8_lossy(&check.stderr));

    // What is built for it is shared between runs, and apart from what may be built at the same time.
    let target = workspace().join("target/scaffold");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(target, |target| Path::new(&target).join("scaffold"));
    let cargo = || {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(&project).env("CARGO_TARGET_DIR", &target);
        command
    };
    let tested = cargo().args(["test", "--offline", "--quiet"]).output().expect("cargo runs");
    assert!(tested.status.success(), "{}", String::from_utf8_lossy(&tested.stderr));

    let mut child = cargo()
        .args(["run", "--offline", "--quiet", "--", "--store", "memory:?shards=2", "--listen", "127.0.0.1:0"])
        .stderr(Stdio::piped())
        .spawn()
        .expect("cargo runs");
    let mut said = BufReader::new(child.stderr.take().expect("it is piped"));
    let _server = Server(child);
    let mut line = String::new();
    while !line.starts_with("serving http://") {
        line.clear();
        assert_ne!(said.read_line(&mut line).expect("it can be read"), 0, "the server ended");
    }
    let address = line["serving http://".len()..].split('/').next().expect("an address").to_owned();
    let answer = post(
        &address,
        r#"{"query":"mutation { createNote(data: {title: \"a\", text: \"b c\"}) { note { wordCount } } }"}"#,
    );
    assert!(answer.ends_with(r#"{"data":{"createNote":{"note":{"wordCount":2}}}}"#), "{answer}");
}

fn post(address: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\n\
        content-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + body).as_bytes()).expect("it can be written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it can be read");
    answer
}

#[test]
fn what_cannot_be_made_is_refused_with_a_way_out() {
    let folder = Folder::new("what_cannot_be_made");
    folder.write("taken/file", "");
    for (name, path, message) in [
        ("Shop", workspace(), "`Shop` cannot be the name of a package"),
        ("kvetch", workspace(), "`kvetch` cannot be the name of a package"),
        ("taken", workspace(), "is there already; take another name"),
        ("shop", folder.path().clone(), "is no checkout of Graphscale: it has no kvetch/Cargo.toml"),
    ] {
        let refused = new(&folder, name, &path);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert!(said.contains(message), "{said}");
    }
    assert_eq!(folder.files(), ["taken"]);
}
