//! `grapple new` and `grapple dev`: what is made builds, passes its test and answers, and takes a change up.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::folder::Folder;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace is there")
}

/// What is built for projects is shared between runs, and apart from what may be built at the same time.
fn target() -> PathBuf {
    let target = workspace().join("target/scaffold");
    std::env::var_os("CARGO_TARGET_DIR").map_or(target, |target| Path::new(&target).join("scaffold"))
}

fn cargo(project: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(project).env("CARGO_TARGET_DIR", target());
    command
}

fn new(folder: &Folder, name: &str, path: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grapple"));
    command.arg("new").arg(folder.path().join(name)).arg("--path").arg(path);
    command.output().expect("the command runs")
}

/// A `grapple dev` that is stopped when the test ends, however it does, and its server with it.
struct Dev(Child);

impl Drop for Dev {
    fn drop(&mut self) {
        if let Some(group) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            kill_process_group(group, Signal::TERM).expect("it is ours, and was not waited for");
        }
        drop(self.0.wait());
    }
}

#[test]
fn a_new_project_builds_passes_its_test_and_picks_up_a_new_field() {
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

    let tested = cargo(&project).args(["test", "--offline", "--quiet"]).output().expect("cargo runs");
    assert!(tested.status.success(), "{}", String::from_utf8_lossy(&tested.stderr));

    let mut child = Command::new(env!("CARGO_BIN_EXE_grapple"))
        .args(["dev", "schema.graphql", "--out", "src/graph", "--offline"])
        .args(["--", "--store", "memory:?shards=2", "--listen", "127.0.0.1:0", "--token", "s3cret=ada"])
        .current_dir(&project)
        .env("CARGO_TARGET_DIR", target())
        // The server of a `dev` that is ended goes with it.
        .process_group(0)
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let mut said = BufReader::new(child.stderr.take().expect("it is piped"));
    let _dev = Dev(child);
    let address = serving(&mut said);
    let create = |field: &str| {
        format!(
            r#"{{"query":"mutation {{ createNote(data: {{title: \"a\", text: \"b c\"}}) {{ note {{ {field} }} }} }}"}}"#
        )
    };
    let answer = post(&address, &create("wordCount"));
    assert!(answer.ends_with(r#"{"data":{"createNote":{"note":{"wordCount":2}}}}"#), "{answer}");

    // Who asks is told by a token; one that is nobody's is no way in.
    assert!(post_as(&address, "authorization: Bearer s3cret\r\n", &create("title")).starts_with("HTTP/1.1 200"));
    let refused = post_as(&address, "authorization: Bearer another\r\n", &create("title"));
    assert!(refused.starts_with("HTTP/1.1 401") && refused.contains("UNAUTHENTICATED"), "{refused}");

    // A mistake is told, and leaves the server running.
    let schema = fs::read_to_string(project.join("schema.graphql")).expect("it is there");
    fs::write(project.join("schema.graphql"), schema.replace("text: String\n", "text: Strin\n")).expect("it is ours");
    line_with(&mut said, "did you mean `String`?");
    assert!(post(&address, &create("wordCount")).ends_with(r#"{"data":{"createNote":{"note":{"wordCount":2}}}}"#));

    let with_field = schema.replace("text: String\n", "text: String\n  pinned: Boolean\n");
    fs::write(project.join("schema.graphql"), with_field).expect("it is ours");
    let answer = post(&serving(&mut said), &create("pinned"));
    assert!(answer.ends_with(r#"{"data":{"createNote":{"note":{"pinned":null}}}}"#), "{answer}");
}

/// The lines that are marked `otel:`, taken in as the README says: they had never been compiled, and of rounds and
/// statements nothing would have been told. They bring a hundred crates along, so only `GRAPHSCALE_LONG=1` builds them.
#[test]
fn the_lines_for_opentelemetry_hand_over_requests_with_their_rounds_and_statements() {
    if std::env::var("GRAPHSCALE_LONG").is_ok_and(|long| long == "1") {
        let folder = Folder::new("opentelemetry");
        folder.write("README.md", "");
        let made = new(&folder, "traced", &workspace());
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let project = folder.path().join("traced");
        for file in ["Cargo.toml", "src/main.rs", "src/log.rs"] {
            let text = fs::read_to_string(project.join(file)).expect("it is there");
            assert!(text.contains("otel: "), "{file}");
            fs::write(project.join(file), text.replace("# otel: ", "").replace("// otel: ", "")).expect("it is ours");
        }
        let built = cargo(&project).args(["build", "--quiet"]).env("RUSTFLAGS", "-Dwarnings").output();
        let built = built.expect("cargo runs");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        hands_over_spans(&target().join("debug/traced"));
    }
}

/// Runs a server that has a collector, asks it, and ends it.
fn hands_over_spans(server: &Path) {
    let collector = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let endpoint = format!("http://{}", collector.local_addr().expect("it listens"));
    let collected = std::thread::spawn(move || collect(&collector));
    let mut child = Command::new(server)
        .args(["--store", "memory:", "--listen", "127.0.0.1:0"])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        .process_group(0)
        .stderr(Stdio::piped())
        .spawn()
        .expect("it was built");
    let mut said = BufReader::new(child.stderr.take().expect("it is piped"));
    let server = Dev(child);
    let address = serving(&mut said);
    let answer = post(&address, r#"{"query":"{ notes { title } }"}"#);
    assert!(answer.ends_with(r#"{"data":{"notes":[]}}"#), "{answer}");
    // What was not handed over yet is when it ends.
    drop(server);
    let spans = collected.join().expect("it was reached");
    for name in ["traced", "request", "round", "read", "statement"] {
        assert!(spans.windows(name.len()).any(|part| part == name.as_bytes()), "no {name}");
    }
}

/// The body of the first request to a collector.
fn collect(collector: &TcpListener) -> Vec<u8> {
    let (mut stream, _) = collector.accept().expect("it listens");
    let mut lines = BufReader::new(stream.try_clone().expect("there are files"));
    let (mut line, mut length) = (String::new(), 0);
    while line != "\r\n" {
        line.clear();
        lines.read_line(&mut line).expect("it can be read");
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
            length = value.trim().parse().expect("a length");
        }
    }
    let mut body = vec![0; length];
    lines.read_exact(&mut body).expect("it is whole");
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").expect("it reads");
    body
}

/// The address of the next server that starts.
fn serving(said: &mut impl BufRead) -> String {
    let line = line_with(said, "serving http://");
    line["serving http://".len()..].split('/').next().expect("an address").to_owned()
}

/// Reads on to a line. A build takes what it takes; a command that ends is seen.
fn line_with(said: &mut impl BufRead, text: &str) -> String {
    let mut before = String::new();
    loop {
        let mut line = String::new();
        assert_ne!(said.read_line(&mut line).expect("it can be read"), 0, "it ended: {before}");
        if line.contains(text) {
            return line;
        }
        before += &line;
    }
}

fn post(address: &str, body: &str) -> String {
    post_as(address, "", body)
}

fn post_as(address: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\n\
        {headers}content-length: {}\r\n\r\n",
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
        ("match", workspace(), "`match` is a word of Rust"),
        // The program has modules of these names, and cargo a folder.
        ("log", workspace(), "`log` cannot be the name of a package"),
        ("viewer", workspace(), "`viewer` cannot be the name of a package"),
        ("deps", workspace(), "`deps` cannot be the name of a package"),
        ("tracing-subscriber", workspace(), "`tracing-subscriber` cannot be the name of a package"),
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

/// A checkout below a folder with `NAME` in its name was looked for elsewhere.
#[test]
fn the_path_of_a_checkout_may_have_any_letters() {
    let folder = Folder::new("the_path_of_a_checkout");
    let checkout = folder.path().join("a NAME and a \"CRATE\"");
    for manifest in ["kvetch/Cargo.toml", "pent/Cargo.toml"] {
        let path = checkout.join(manifest);
        fs::create_dir_all(path.parent().expect("it has one")).expect("it can be made");
        fs::write(path, "").expect("it can be written");
    }
    let made = new(&folder, "shop", &checkout);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let manifest = folder.read("shop/Cargo.toml");
    assert!(manifest.contains(r#"/a NAME and a \"CRATE\"/"#), "{manifest}");
}
