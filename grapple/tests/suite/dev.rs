//! `grapple dev`: what it has started ends with it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::folder::Folder;

/// A server that needs nothing: it says who it is and stays.
const SERVER: &str = "fn main() {
    eprintln!(\"server {}\", std::process::id());
    std::thread::sleep(std::time::Duration::from_secs(600));
}
";

/// A build that stays, in the place of one that takes long.
const SLOW_BUILD: &str = "fn main() {
    eprintln!(\"build\");
    let parent = std::os::unix::process::parent_id();
    std::fs::write(\"build.pids\", format!(\"{parent} {}\", std::process::id())).expect(\"it can be written\");
    std::thread::sleep(std::time::Duration::from_secs(600));
}
";

/// A `grapple dev` that does not outlive its test.
struct Dev(Child);

impl Drop for Dev {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn project(test: &str) -> Folder {
    let folder = Folder::new(test);
    folder
        .write("Cargo.toml", "[package]\nname = \"server\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n");
    folder.write("schema.graphql", "type Query { ok: Boolean @custom }\n");
    folder.write("src/main.rs", SERVER);
    folder
}

fn start(folder: &Folder) -> (Dev, BufReader<std::process::ChildStderr>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_grapple"))
        .args(["dev", "schema.graphql", "--out", "src/graph", "--offline"])
        .current_dir(folder.path())
        .env("CARGO_TARGET_DIR", folder.path().join("target"))
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let said = BufReader::new(child.stderr.take().expect("it is piped"));
    (Dev(child), said)
}

/// What follows a word at the start of a line.
fn said_after(said: &mut impl BufRead, word: &str) -> String {
    loop {
        let mut line = String::new();
        assert_ne!(said.read_line(&mut line).expect("it can be read"), 0, "it ended");
        if let Some(rest) = line.strip_prefix(word) {
            return rest.trim().to_owned();
        }
    }
}

fn pid(text: &str) -> Pid {
    text.parse().ok().and_then(Pid::from_raw).expect("the number of a process")
}

fn is_gone_soon(pid: Pid) -> bool {
    let asked = Instant::now();
    while test_kill_process(pid).is_ok() {
        if asked.elapsed() > Duration::from_secs(20) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

#[test]
fn a_dev_that_is_asked_to_end_ends_its_server() {
    let folder = project("a_dev_that_is_asked_to_end");
    for (signal, status) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 129)] {
        let (mut dev, mut said) = start(&folder);
        let server = pid(&said_after(&mut said, "server "));
        assert!(test_kill_process(server).is_ok(), "it runs");
        kill_process(Pid::from_child(&dev.0), signal).expect("it runs");
        assert_eq!(dev.0.wait().expect("it ends").code(), Some(status), "{signal:?}");
        assert!(is_gone_soon(server), "the server outlived a {signal:?}");
    }
}

#[test]
fn a_dev_that_is_asked_to_end_while_it_builds_ends_the_build() {
    let folder = project("a_dev_that_is_asked_to_end_while_it_builds");
    folder.write("build.rs", SLOW_BUILD);
    let (mut dev, _said) = start(&folder);
    let file = folder.path().join("build.pids");
    let asked = Instant::now();
    while written(&file).is_none() {
        assert!(asked.elapsed() < Duration::from_secs(120), "the build does not start");
        std::thread::sleep(Duration::from_millis(20));
    }
    kill_process(Pid::from_child(&dev.0), Signal::TERM).expect("it runs");
    assert_eq!(dev.0.wait().expect("it ends").code(), Some(143));
    let pids = written(&file).expect("it was there");
    let (cargo, build) = pids.split_once(' ').expect("two numbers");
    // What cargo itself has started is nobody's now, and goes on until it is done.
    let _ = kill_process(pid(build), Signal::KILL);
    assert!(is_gone_soon(pid(cargo)), "the build outlived what waited for it");
}

fn written(file: &Path) -> Option<String> {
    fs::read_to_string(file).ok().filter(|text| !text.is_empty())
}
