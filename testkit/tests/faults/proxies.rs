//! Every fault of a proxy as a client sees it.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use testkit::{Fault, Options, Proxy, Server};

/// Sends back what it is sent, on every connection, for as long as the tests run.
fn echo() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port can be had");
    let port = listener.local_addr().expect("it is bound").port();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || std::io::copy(&mut &stream, &mut &stream));
        }
    });
    port
}

fn connect(proxy: &Proxy) -> TcpStream {
    let client = TcpStream::connect(("127.0.0.1", proxy.port())).expect("the proxy listens");
    client.set_read_timeout(Some(Duration::from_secs(10))).expect("a limit can be set");
    client
}

fn say(client: &mut TcpStream, words: &str) {
    client.write_all(words.as_bytes()).expect("the proxy takes requests");
}

fn hear(client: &mut TcpStream, length: usize) -> String {
    let mut heard = vec![0; length];
    client.read_exact(&mut heard).expect("the reply passes");
    String::from_utf8(heard).expect("it is what was said")
}

/// A client of a proxy whose connection has passed bytes already: faults reach open connections.
fn warm() -> (Proxy, TcpStream) {
    let proxy = Proxy::start(echo());
    let mut client = connect(&proxy);
    say(&mut client, "hello");
    assert_eq!(hear(&mut client, 5), "hello");
    (proxy, client)
}

fn eventually(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_delay_is_seen_by_each_request_and_can_be_lifted() {
    let (proxy, mut client) = warm();
    let delay = Duration::from_millis(200);
    proxy.set(Fault::Delay(delay));
    let sent = Instant::now();
    say(&mut client, "late");
    assert_eq!(hear(&mut client, 4), "late");
    assert!(sent.elapsed() >= delay);
    proxy.set(Fault::Delay(Duration::from_secs(60)));
    say(&mut client, "later");
    proxy.set(Fault::None);
    assert_eq!(hear(&mut client, 5), "later");
}

#[test]
fn a_hanging_proxy_takes_everything_and_answers_when_it_is_over() {
    let (proxy, mut old) = warm();
    proxy.set(Fault::Hang);
    let mut new = connect(&proxy);
    for client in [&mut old, &mut new] {
        say(client, "anyone?");
        client.set_read_timeout(Some(Duration::from_millis(100))).expect("a limit can be set");
        let silence = client.read(&mut [0; 1]).expect_err("nothing comes");
        assert_eq!(silence.kind(), ErrorKind::WouldBlock);
        client.set_read_timeout(Some(Duration::from_secs(10))).expect("a limit can be set");
    }
    proxy.set(Fault::None);
    assert_eq!([hear(&mut old, 7), hear(&mut new, 7)], ["anyone?", "anyone?"]);
}

/// A client that gives up on a hanging server must not count as one that leaks connections.
#[test]
fn connections_that_clients_give_up_are_counted_out_even_while_all_hangs() {
    let (proxy, mut client) = warm();
    let other = connect(&proxy);
    eventually("both are open", || proxy.open_connections() == 2);
    proxy.set(Fault::Hang);
    say(&mut client, "anyone?");
    drop(client);
    eventually("one is left", || proxy.open_connections() == 1);
    drop(other);
    eventually("none is left", || proxy.open_connections() == 0);
}

#[test]
fn a_reset_comes_in_the_middle_of_a_reply() {
    let (proxy, mut client) = warm();
    proxy.set(Fault::ResetAfter(6));
    say(&mut client, "whole");
    assert_eq!(hear(&mut client, 5), "whole");
    say(&mut client, "broken");
    // The byte that still passed may be lost with what the reset throws away.
    let mut heard = Vec::new();
    let error = client.read_to_end(&mut heard).expect_err("the connection is reset");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert!(heard.is_empty() || heard == b"b", "{heard:?}");
}

#[test]
fn a_truncated_reply_ends_early_and_cleanly() {
    let (proxy, mut client) = warm();
    proxy.set(Fault::TruncateAfter(3));
    say(&mut client, "broken");
    let mut heard = Vec::new();
    client.read_to_end(&mut heard).expect("the connection ends cleanly");
    assert_eq!(heard, b"bro");
    eventually("none is left", || proxy.open_connections() == 0);
}

#[test]
fn a_refusing_proxy_keeps_what_is_open_and_takes_nothing_new() {
    let (proxy, mut client) = warm();
    proxy.set(Fault::Refuse);
    let refused = TcpStream::connect(("127.0.0.1", proxy.port())).expect_err("nobody listens");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    say(&mut client, "still here");
    assert_eq!(hear(&mut client, 10), "still here");
    proxy.disconnect();
    let error = client.read(&mut [0; 1]).expect_err("the connection is reset");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    proxy.set(Fault::None);
    say(&mut connect(&proxy), "back");
}

#[test]
fn large_replies_pass_unharmed() {
    let (_proxy, mut client) = warm();
    let words = "0123456789".repeat(100_000);
    thread::scope(|scope| {
        let mut sender = client.try_clone().expect("a socket can be shared");
        let sent = &words;
        scope.spawn(move || say(&mut sender, sent));
        assert_eq!(hear(&mut client, words.len()), words);
    });
}

#[test]
fn a_dropped_proxy_ends_its_connections() {
    let (proxy, mut client) = warm();
    proxy.set(Fault::Hang);
    say(&mut client, "anyone?");
    drop(proxy);
    assert!(!matches!(client.read(&mut [0; 1]), Ok(1)));
}

#[test]
fn a_server_greets_through_a_proxy() {
    let server = Server::start(&Options::default());
    let proxy = Proxy::start(server.port());
    assert!(server.url_through(proxy.port(), "shard").contains(&format!(":{}/", proxy.port())));
    let mut client = connect(&proxy);
    let mut start = [0; 5];
    client.read_exact(&mut start).expect("the greeting passes");
    assert_eq!(start[4], 10, "the version of the protocol");
}
