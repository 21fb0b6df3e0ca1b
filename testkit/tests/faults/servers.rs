//! Servers come, go and come back.

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use testkit::{Options, Server};

fn server() -> Server {
    let server = Server::start(&Options::default());
    server.create_database("shard");
    server.execute("CREATE TABLE shard.words (word VARCHAR(20) PRIMARY KEY) ENGINE = InnoDB");
    server
}

fn put(server: &Server, word: &str) {
    server.execute(&format!("INSERT INTO shard.words VALUES ('{word}')"));
}

fn words(server: &Server) -> Vec<String> {
    server.execute("SELECT word FROM shard.words ORDER BY word").lines().map(str::to_owned).collect()
}

#[test]
fn committed_rows_outlive_a_kill_and_a_stop() {
    let server = server();
    put(&server, "before the kill");
    server.kill();
    assert!(server.try_execute("SELECT 1").is_err());
    server.restart();
    put(&server, "before the stop");
    server.stop();
    assert!(server.try_execute("SELECT 1").is_err());
    server.restart();
    assert_eq!(words(&server), ["before the kill", "before the stop"]);
}

#[test]
fn two_servers_at_once_do_not_disturb_each_other() {
    let (one, two) = (server(), server());
    assert_ne!(one.port(), two.port());
    put(&one, "one");
    put(&two, "two");
    two.execute("CREATE TEMPORARY TABLE shard.scratch (a INT) ENGINE = InnoDB; INSERT INTO shard.scratch VALUES (1)");
    drop(one);
    assert_eq!(words(&two), ["two"]);
    two.kill();
    two.restart();
    assert_eq!(words(&two), ["two"]);
}

#[test]
fn a_suspended_server_hangs_and_resumes() {
    let server = server();
    server.suspend();
    thread::scope(|scope| {
        let asking = scope.spawn(|| server.execute("SELECT 'answered'"));
        thread::sleep(Duration::from_millis(300));
        assert!(!asking.is_finished());
        server.resume();
        assert_eq!(asking.join().expect("the statement succeeds"), "answered\n");
    });
}

#[test]
fn counters_count_and_settings_are_as_promised() {
    let server = Server::start(&Options { arguments: vec!["--max-connections=33".to_owned()], ..Options::default() });
    let setting = |name: &str| server.execute(&format!("SELECT @@GLOBAL.{name}")).trim().to_owned();
    assert_eq!(setting("max_connections"), "33");
    assert_eq!(setting("innodb_flush_log_at_trx_commit"), "1");
    assert_eq!(setting("innodb_buffer_pool_size"), (64 << 20).to_string());
    let before = server.status("Com_insert");
    server
        .execute("CREATE DATABASE a; CREATE TABLE a.b (c INT); INSERT INTO a.b VALUES (1); INSERT INTO a.b VALUES (2)");
    assert_eq!(server.status("Com_insert"), before + 2);
}

/// A superuser would write to a read-only server, and a test would never see the refusal.
#[test]
fn the_account_of_urls_is_no_superuser() {
    let server = server();
    let grants = server.execute("SHOW GRANTS FOR kvetch@'%'");
    assert!(grants.contains("INSERT") && !grants.contains("READ_ONLY ADMIN") && !grants.contains("SUPER"), "{grants}");
    let url = server.url("shard");
    assert_eq!(url, format!("mysql://kvetch:secret@127.0.0.1:{}/shard", server.port()));
}

#[test]
#[should_panic(expected = "unknown option '--no-such-thing'")]
fn a_start_that_fails_shows_the_log() {
    let _ = Server::start(&Options { arguments: vec!["--no-such-thing".to_owned()], ..Options::default() });
}

/// A killed test drops nothing. So this one starts itself once more, with a variable set: that copy starts a server, tells
/// where it is, and waits for its end.
#[test]
fn a_server_ends_when_its_test_is_killed() {
    const COPY: &str = "GRAPHSCALE_TESTKIT_COPY";
    if std::env::var_os(COPY).is_some() {
        let server = Server::start(&Options::default());
        eprintln!("server {} {}", server.port(), server.folder().display());
        thread::sleep(Duration::from_secs(60));
    }
    let mut copy = Command::new(std::env::current_exe().expect("a test knows its program"))
        .args(["--exact", "servers::a_server_ends_when_its_test_is_killed", "--nocapture"])
        .env(COPY, "1")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a test can be started");
    let said = BufReader::new(copy.stderr.take().expect("it was piped"));
    let told = said.lines().map_while(Result::ok).find_map(|line| Some(line.strip_prefix("server ")?.to_owned()));
    let told = told.expect("the copy tells where its server is");
    let (port, folder) = told.split_once(' ').expect("a port and a folder");
    let port = port.parse::<u16>().expect("a port is a number");
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
    copy.kill().and_then(|()| copy.wait()).expect("a child can be killed");
    let end = Instant::now() + Duration::from_secs(10);
    while TcpStream::connect(("127.0.0.1", port)).is_ok() || Path::new(folder).exists() {
        assert!(Instant::now() < end, "the server or its folder outlived its test");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A run without a server must not look like a run with one.
#[test]
fn a_test_without_a_server_fails_and_says_what_to_do() {
    let copy = Command::new(std::env::current_exe().expect("a test knows its program"))
        .args(["--exact", "servers::a_suspended_server_hangs_and_resumes"])
        .env(testkit::programs::MARIADBD, "/nowhere/mariadbd")
        .output()
        .expect("a test can be started");
    assert!(!copy.status.success());
    let said = String::from_utf8_lossy(&copy.stdout);
    assert!(said.contains("GRAPHSCALE_MARIADBD names /nowhere/mariadbd, which is no file"), "{said}");
}
