//! A server that is told to stop finishes what it has begun, and says no more.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::process::{Process, program};

/// Clients that ask without pause.
const CLIENTS: usize = 8;

/// Each request that the server took in is answered whole, though it was told to stop meanwhile: whoever made a write
/// hears of it. What is in the store afterwards is what was answered, and nothing else.
#[test]
fn requests_that_are_running_are_finished() {
    let folder = std::env::temp_dir().join(format!("graphscale-stopping-{}", std::process::id()));
    let store = format!("file:{}?shards=2", folder.display());
    let start = || Process::start_of(program().args(["--store", &store, "--listen", "127.0.0.1:0"]));
    let mut server = start();
    let (is_stopping, heard) = (AtomicBool::new(false), Mutex::new(BTreeSet::new()));
    let ready = Barrier::new(CLIENTS + 1);
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (server, is_stopping, heard, ready) = (&server, &is_stopping, &heard, &ready);
            scope.spawn(move || {
                ready.wait();
                for number in 0.. {
                    let name = format!("u{client}-{number:06}");
                    match server.try_post(create(&name).as_bytes()) {
                        Some((status, body)) => {
                            assert!(
                                status == 200 && body.contains(&name) && !body.contains("errors"),
                                "{status}: {body}"
                            );
                            heard.lock().expect("nobody panics with it").insert(name);
                        }
                        // The listener is closed, or closed with the connection still in its queue.
                        None => {
                            assert!(is_stopping.load(Ordering::SeqCst), "a request was dropped");
                            return;
                        }
                    }
                }
            });
        }
        ready.wait();
        std::thread::sleep(Duration::from_millis(300));
        is_stopping.store(true, Ordering::SeqCst);
        server.signal("TERM");
    });
    assert!(server.wait().success(), "{}", server.log());
    assert!(server.log().trim_end().ends_with("stopped"), "{}", server.log());
    let heard = heard.into_inner().expect("nobody panicked with it");
    assert!(heard.len() > CLIENTS, "too few to tell: {}", heard.len());
    let stored = usernames(&start());
    let _ = std::fs::remove_dir_all(&folder);
    let (lost, unheard) = (heard.difference(&stored).count(), stored.difference(&heard).collect::<Vec<_>>());
    assert!(lost == 0 && unheard.is_empty(), "of {}: {lost} lost, {unheard:?} never answered", heard.len());
}

fn create(username: &str) -> String {
    let fields = format!("data: {{name: \\\"N\\\", username: \\\"{username}\\\"}}");
    format!("{{\"query\":\"mutation {{ createTodoUser({fields}) {{ todoUser {{ username }} }} }}\"}}")
}

/// Of all users, page by page.
fn usernames(server: &Process) -> BTreeSet<String> {
    let (mut all, mut after) = (BTreeSet::new(), "null".to_owned());
    loop {
        let query = format!("{{ allTodoUsers(first: 1000, after: {after}) {{ id username }} }}");
        let (_, body) = server.post(json!({ "query": query }).to_string().as_bytes());
        let body = serde_json::from_str::<Value>(&body).expect("a response is JSON");
        let users = body["data"]["allTodoUsers"].as_array().expect("users").clone();
        let Some(last) = users.last() else { return all };
        after = last["id"].to_string();
        all.extend(users.iter().filter_map(|user| user["username"].as_str()).map(str::to_owned));
    }
}

/// A mutation that takes a while is answered whole, whichever way its client wants to hear of it.
#[test]
fn a_mutation_that_is_running_is_finished_and_answered() {
    for accept in ["application/json", "text/event-stream"] {
        let mut server = Process::start(&[]);
        let creates = (0..400).map(|number| {
            format!(
                "a{number}: createTodoUser(data: {{name: \\\"N\\\", username: \\\"u{number}\\\"}}) \
                 {{ todoUser {{ id }} }} "
            )
        });
        let body = format!("{{\"query\":\"mutation {{ {} }}\"}}", creates.collect::<String>());
        let (answered, asked) = std::thread::scope(|scope| {
            let shared = &server;
            let asking = scope.spawn(move || {
                let answer = shared.try_post_with(&format!("accept: {accept}\r\n"), body.as_bytes());
                (answer, Instant::now())
            });
            // Once it has been written by a few of them, it runs.
            std::thread::sleep(Duration::from_millis(100));
            let told = Instant::now();
            shared.signal("TERM");
            let (answer, at) = asking.join().expect("it asks");
            (answer, at > told)
        });
        assert!(asked, "it was answered before the server was told to stop");
        let (status, answer) = answered.unwrap_or_else(|| panic!("{accept}: no response: {}", server.log()));
        assert_eq!((status, answer.matches("todoUser").count()), (200, 400), "{accept}: {answer}");
        assert_eq!(answer.contains("event: complete"), accept == "text/event-stream", "{answer}");
        assert!(server.wait().success(), "{}", server.log());
    }
}

/// A connection on which nothing is asked is nothing to wait for.
#[test]
fn idle_connections_do_not_keep_it_from_stopping() {
    let mut server = Process::start(&[]);
    let idle = (0..20).map(|_| server.connect()).collect::<Vec<_>>();
    assert_eq!(server.post(b"{\"query\":\"{__typename}\"}").0, 200);
    let begun = Instant::now();
    server.signal("TERM");
    assert!(server.wait().success(), "{}", server.log());
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    drop(idle);
}
